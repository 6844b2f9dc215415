/** A scatter of measurements on two logarithmic axes with the fitted power law, as SVG. */

export interface Measured {
  readonly x: number;
  readonly y: number;
}

/** y = factor · x^slope, by least squares on the logarithms. */
export interface PowerLaw {
  readonly slope: number;
  readonly factor: number;
}

export function powerLaw(points: readonly Measured[]): PowerLaw {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const mean = (of: (log: readonly [number, number]) => number): number => logs.reduce((sum, log) => sum + of(log), 0) / logs.length;
  const [meanX, meanY] = [mean(([x]) => x), mean(([, y]) => y)];
  const slope = mean(([x, y]) => (x - meanX) * (y - meanY)) / mean(([x]) => (x - meanX) ** 2);
  return { slope, factor: Math.exp(meanY - slope * meanX) };
}

export interface ChartText {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

const [width, height] = [560, 360];
const frame = { left: 64, right: width - 20, top: 40, bottom: height - 52 } as const;

type Scale = (value: number) => number;

function scale(values: readonly number[], from: number, to: number): { readonly at: Scale; readonly ticks: readonly number[] } {
  const [low, high] = [Math.log(Math.min(...values) / 1.3), Math.log(Math.max(...values) * 1.3)];
  const at = (value: number): number => from + ((Math.log(value) - low) / (high - low)) * (to - from);
  const ticks = [-2, -1, 0, 1, 2, 3, 4, 5].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
  return { at, ticks: ticks.filter((tick) => Math.log(tick) >= low && Math.log(tick) <= high) };
}

/** Two sets of points share the axes; each is labelled with its exponent. */
export function logChart(series: readonly { readonly name: string; readonly colour: string; readonly points: readonly Measured[] }[], text: ChartText): string {
  const all = series.flatMap(({ points }) => points);
  const x = scale(all.map((point) => point.x), frame.left, frame.right);
  const y = scale(all.map((point) => point.y), frame.bottom, frame.top);
  const grid = [
    ...x.ticks.map((tick) => line(x.at(tick), frame.bottom, x.at(tick), frame.top, "#ddd") + label(x.at(tick), frame.bottom + 18, "middle", String(tick))),
    ...y.ticks.map((tick) => line(frame.left, y.at(tick), frame.right, y.at(tick), "#ddd") + label(frame.left - 8, y.at(tick) + 4, "end", String(tick))),
  ];
  const drawn = series.map(({ name, colour, points }, k) => {
    const { slope, factor } = powerLaw(points);
    const ends = [points[0], points.at(-1)].flatMap((point) => (point === undefined ? [] : [point.x]));
    const [from = 1, to = 1] = ends;
    const dots = points.map((point) => `<circle cx="${px(x.at(point.x))}" cy="${px(y.at(point.y))}" r="4" fill="${colour}"/>`).join("");
    const fit = line(x.at(from), y.at(factor * from ** slope), x.at(to), y.at(factor * to ** slope), colour);
    return fit + dots + label(frame.left + 12, frame.top + 18 + 18 * k, "start", `${name}: exponent ${slope.toFixed(2)}`, colour);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    label(width / 2, 22, "middle", text.title),
    ...grid,
    ...drawn,
    label((frame.left + frame.right) / 2, height - 12, "middle", text.x),
    `<text transform="translate(16 ${(frame.top + frame.bottom) / 2}) rotate(-90)" text-anchor="middle">${text.y}</text>`,
    "</svg>",
    "",
  ].join("\n");
}

function px(value: number): string {
  return value.toFixed(1);
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" stroke="${colour}"/>`;
}

function label(x: number, y: number, anchor: "start" | "middle" | "end", text: string, colour = "black"): string {
  return `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}" fill="${colour}">${text}</text>`;
}
