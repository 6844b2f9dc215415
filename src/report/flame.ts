/**
 * A tree of time as SVG: one row per level, widths in proportion to the share of the bound.
 * Each box has a title with its numbers, which browsers show and screen readers say; the
 * picture has a title and a description, and needs no script.
 */
import type { TimeNode } from "../../wcet/time-tree.js";

export interface FlameText {
  readonly title: string;
  /** Of the costs. */
  readonly unit: string;
}

const [width, row, margin] = [1200, 22, 8];
const head = 52;
/** Narrower boxes are left out; their parent's width still shows them. */
const narrowest = 0.6;
const character = 6.6;

const colours: Readonly<Record<TimeNode["kind"], string>> = { network: "#c9d7e8", node: "#f3c98b", loop: "#f0a35e", class: "#d9e4c8" };

interface Box {
  readonly node: TimeNode;
  readonly x: number;
  readonly width: number;
  readonly level: number;
}

export function flameSvg(root: TimeNode, { title, unit }: FlameText): string {
  const boxes = boxesOf(root, margin, width - 2 * margin, 0);
  const levels = 1 + Math.max(...boxes.map(({ level }) => level));
  const height = head + levels * row + margin;
  const nodes = root.children.slice(0, 5).map(({ name, cost }) => `${name} ${share(cost, root)}`).join(", ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(`Rows from the top: the network, its ONNX nodes, their loops, classes of instructions; widths are shares of ${number(root.cost)} ${unit}. Most is spent in: ${nodes}.`)}</desc>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${margin}" y="20" font-size="15">${escaped(title)}</text>`,
    `<text x="${margin}" y="40">${escaped(`${number(root.cost)} ${unit}; rows: network, ONNX node, loops, class of instruction`)}</text>`,
    ...boxes.map((box) => drawn(box, root, unit)),
    "</svg>",
    "",
  ].join("\n");
}

function boxesOf(node: TimeNode, x: number, wide: number, level: number): readonly Box[] {
  if (wide < narrowest) return [];
  let at = x;
  const below = node.children.flatMap((child) => {
    const own = node.cost === 0 ? 0 : (wide * child.cost) / node.cost;
    const found = boxesOf(child, at, own, level + 1);
    at += own;
    return found;
  });
  return [{ node, x, width: wide, level }, ...below];
}

function drawn({ node: { kind, name, cost }, x, width: wide, level }: Box, root: TimeNode, unit: string): string {
  const y = head + level * row;
  const label = `${name} ${share(cost, root)}`;
  const room = Math.floor((wide - 6) / character);
  const text = room < 4 ? "" : `<text x="${(x + 3).toFixed(1)}" y="${y + 15}">${escaped(label.length <= room ? label : `${label.slice(0, room - 1)}\u2026`)}</text>`;
  const words = `${kind === "class" ? "instructions of class " : kind === "network" ? "" : `${kind} `}${name}: ${number(cost)} ${unit}, ${share(cost, root)} of the bound`;
  return `<g><title>${escaped(words)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${row - 1}" fill="${colours[kind]}" stroke="white" stroke-width="0.5"/>${text}</g>`;
}

function share(cost: number, { cost: all }: TimeNode): string {
  return `${((100 * cost) / Math.max(1, all)).toFixed(1)} %`;
}

function number(value: number): string {
  return value.toLocaleString("en");
}

/** Names come from the model: nothing of them is markup. Characters outside of XML 1.0 become U+FFFD. */
function escaped(text: string): string {
  return text.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\u{fffd}").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
