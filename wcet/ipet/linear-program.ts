/**
 * Linear programs: maximise a sum of non-negative variables under equations and upper
 * bounds. A solver gives an optimum in floating point and prices of the constraints; the
 * prices are rounded to rationals and checked exactly, and only what they prove is
 * reported (weak duality: every feasible point costs at most Σ price · right side).
 */

export interface Row {
  /** For explanations. */
  readonly name: string;
  /** Σ factor · variable = right, or <= right. */
  readonly kind: "eq" | "le";
  readonly terms: readonly (readonly [variable: number, factor: number])[];
  readonly right: number;
}

export interface LinearProgram {
  /** Cost of each variable; all are integers. */
  readonly costs: readonly number[];
  readonly rows: readonly Row[];
}

export type Optimum =
  | { readonly kind: "optimal"; readonly values: readonly number[]; readonly prices: readonly number[] }
  | { readonly kind: "unbounded" | "infeasible" | "failed"; readonly detail: string };

/**
 * Denominators of rounded prices, tried in this order. A price is a fraction over the copies of a mark: the first is
 * divisible by every number up to 16 and by 2^10, the others by what copies in 25, 27, 17, 19 or 23 leave.
 */
export const denominators: readonly bigint[] = [720_720n * 64n, 75_600n * 64n, 5_040n * 17n * 19n, 5_040n * 23n * 25n];

/** Prices as integers over `denominator`. */
export function roundPrices({ rows }: LinearProgram, prices: readonly number[], denominator = denominators[0] ?? 1n): readonly bigint[] {
  return rows.map(({ kind }, k) => {
    const rounded = BigInt(Math.round((prices[k] ?? 0) * Number(denominator)));
    return kind === "le" && rounded < 0n ? 0n : rounded;
  });
}

/** What the first rounding proves that proves anything. */
export function boundProvedByRounded(program: LinearProgram, prices: readonly number[]): bigint | undefined {
  const exact = fractionsOf(program, prices);
  const told = exact === undefined ? undefined : boundProvedBy(program, exact.prices, exact.denominator);
  if (told !== undefined) return told;
  for (const round of [roundPrices, repairedPrices]) {
    for (const denominator of denominators) {
      const bound = boundProvedBy(program, round(program, prices, denominator), denominator);
      if (bound !== undefined) return bound;
    }
  }
  return undefined;
}

/** Largest denominator of one price, and of all together. */
const largest = { price: 4_096n, all: 1n << 512n } as const;

/** The nearest fractions with small denominators over a common one: nests of different numbers of copies have different ones. */
function fractionsOf({ rows }: LinearProgram, prices: readonly number[]): { readonly prices: readonly bigint[]; readonly denominator: bigint } | undefined {
  const fractions = rows.map(({ kind }, k) => fractionOf(kind === "le" ? Math.max(0, prices[k] ?? 0) : prices[k] ?? 0));
  const denominator = fractions.reduce((all, { below }) => all * (below / gcd(all, below)), 1n);
  return denominator > largest.all ? undefined : { prices: fractions.map(({ above, below }) => above * (denominator / below)), denominator };
}

interface Fraction {
  readonly above: bigint;
  readonly below: bigint;
}

/** By continued fractions: the first convergent as near as the solver's numbers are, or the last with a small denominator. */
function fractionOf(price: number): Fraction {
  let [before, now]: [Fraction, Fraction] = [{ above: 1n, below: 0n }, { above: BigInt(Math.floor(price)), below: 1n }];
  for (let rest = price - Math.floor(price); Math.abs(Number(now.above) / Number(now.below) - price) > nearness * Math.max(1, Math.abs(price));) {
    const whole = Math.floor(1 / rest);
    const next = { above: BigInt(whole) * now.above + before.above, below: BigInt(whole) * now.below + before.below };
    if (next.below > largest.price) break;
    [before, now, rest] = [now, next, 1 / rest - whole];
    if (rest === 0) break;
  }
  return now;
}

/** Relative, of the solver's prices. */
const nearness = 1e-10;

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

/**
 * Prices that are no multiples of the unit, all rounded down: where a price is at least the sum of others and a whole cost,
 * as along an edge of the flow, it still is. What an edge then lacks, an upper bound on it alone or with others pays, by
 * units: such a row takes from no variable, so it can only add to the bound.
 */
function repairedPrices(program: LinearProgram, prices: readonly number[], denominator: bigint): readonly bigint[] {
  const { costs, rows } = program;
  const down = rows.map(({ kind }, k) => {
    const rounded = BigInt(Math.floor((prices[k] ?? 0) * Number(denominator) + (kind === "eq" ? noise : -noise)));
    return kind === "le" && rounded < 0n ? 0n : rounded;
  });
  const paid = paidBy(program, down);
  for (const [k, { kind, terms }] of rows.entries()) {
    if (kind !== "le" || terms.some(([, factor]) => factor < 0)) continue;
    const lacking = terms.map(([v]) => BigInt(costs[v] ?? 0) * denominator - (paid[v] ?? 0n));
    const more = lacking.reduce((most, each) => (each > most ? each : most), 0n);
    down[k] = (down[k] ?? 0n) + more;
    for (const [v, factor] of terms) paid[v] = (paid[v] ?? 0n) + more * BigInt(factor);
  }
  return down;
}

/** Of a unit: prices of the solver that are multiples of it lie beside them. Bounds, which factors multiply, are better a unit too low. */
const noise = 0.25;

/** What each variable is paid in all. */
function paidBy({ costs, rows }: LinearProgram, prices: readonly bigint[]): bigint[] {
  const paid = new Array<bigint>(costs.length).fill(0n);
  for (const [k, { terms }] of rows.entries()) {
    for (const [variable, factor] of terms) paid[variable] = (paid[variable] ?? 0n) + (prices[k] ?? 0n) * BigInt(factor);
  }
  return paid;
}

/** The largest cost that the prices admit, exactly; undefined if some variable costs more than its prices. */
export function boundProvedBy(program: LinearProgram, prices: readonly bigint[], denominator = denominators[0] ?? 1n): bigint | undefined {
  const { costs, rows } = program;
  let total = 0n;
  for (const [k, { kind, right }] of rows.entries()) {
    const price = prices[k] ?? 0n;
    if (kind === "le" && price < 0n) return undefined;
    total += price * BigInt(right);
  }
  const paid = paidBy(program, prices);
  if (costs.some((cost, v) => (paid[v] ?? 0n) < BigInt(cost) * denominator)) return undefined;
  return total / denominator; // total >= 0 here: every count of instructions is
}

/** The text that HiGHS reads (CPLEX LP format). */
export function printLinearProgram({ costs, rows }: LinearProgram): string {
  const sum = (terms: readonly (readonly [number, number])[]): string =>
    terms.map(([v, f]) => `${f < 0 ? "-" : "+"} ${Math.abs(f)} v${v}`).join(" ") || "0 v0";
  const objective = sum(costs.flatMap((cost, v) => (cost === 0 ? [] : [[v, cost] as const])));
  const lines = rows.map(({ kind, terms, right }, k) => ` r${k}: ${sum(terms)} ${kind === "eq" ? "=" : "<="} ${right}`);
  return `Maximize\n obj: ${objective}\nSubject To\n${lines.join("\n")}\nEnd\n`;
}
