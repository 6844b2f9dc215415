/**
 * The lemma winograd applied to a node: a QLinearConv with a window of 3 × 3 at every position becomes a
 * QLinearWinograd (ir/ops/winograd.ts), whose weights U = (2G) (W − zw) (2G)ᵀ and bias 4·B are new constants. What is refused
 * here, justify.ts finds again from the two graphs.
 */
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { Refusal } from "../../../ir/prelude.js";
import { type Tensor, tensorOf } from "../../../ir/tensor/tensor.js";
import { rangeOf } from "./form.js";

/** Rows of 2G: three weights make four. */
export const weightRows = [[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]] as const;

/** Sums of four products are one load of operands on small cores; with fewer channels the sums before and after the products cost more than they save. */
const channelsDivisor = 4;

function refuse(node: GraphNode, why: string): never {
  throw new Refusal("usage", "lemma", `winograd: ${node.name}: ${why}`, node.name, "leave the lemma out for this node");
}

/** The parameters of a QLinearConv, all constants. */
interface Parameters {
  readonly weights: Tensor;
  readonly filters: number;
  readonly channels: number;
  readonly weightZero: (filter: number) => number;
  readonly bias: Tensor;
  readonly xZero: number;
  readonly factor: (filter: number) => number;
}

/** `graph` with the filters of `node` applied to tiles. Throws the Refusal `lemma`. */
export function filterByTiles(graph: Graph, node: GraphNode): Graph {
  const refusal = refusalOf(graph, node);
  if (refusal !== undefined) return refuse(node, refusal);
  const parameters = parametersOf(graph, node);
  for (let m = 0; m < parameters.filters; m++) checkFilter(graph, node, parameters, m);
  const { filters, channels, bias } = parameters;
  const type = graph.types.get(node.inputs[0] ?? "")?.type ?? "i8";
  const u = tensorOf("i16", [4, 4, filters, channels], transformed(parameters));
  const b = tensorOf("i32", [filters], [...bias.data].map((value) => 4 * Number(value)));
  return replaced(graph, node, [[`${node.name}/tile-weights`, u], [`${node.name}/tile-bias`, b], [`${node.name}/tile-zero`, tensorOf(type, [], [0])]]);
}

/** Why a node is not one that the lemma speaks of, from its form. */
function refusalOf({ constants }: Graph, { op, domain, attributes, inputs }: GraphNode): string | undefined {
  if (domain !== "" || op !== "QLinearConv") return `it is ${op}, no QLinearConv`;
  const shape = constants.get(inputs[3] ?? "")?.shape;
  const list = (name: string): readonly number[] => [attributes[name]].flat().map(Number);
  if (shape === undefined) return "its weights are no constants";
  if (shape.length !== 4) return `its images have ${shape.length - 2} axes, not 2`;
  if (shape.slice(2).join() !== "3,3") return `its window is ${shape.slice(2).join(" x ")}, not 3 x 3`;
  if ([...list("strides"), ...list("dilations")].some((each) => each !== 1)) return "its strides or dilations are not 1";
  if (attributes["group"] !== 1) return "it has groups";
  if (list("pads").some((size) => size < 0)) return "its padding crops";
  return (shape[1] ?? 0) % channelsDivisor === 0 ? undefined : `${shape[1]} channels are no multiple of ${channelsDivisor}`;
}

function parametersOf({ constants }: Graph, node: GraphNode): Parameters {
  const needed = (slot: number, what: string): Tensor => constants.get(node.inputs[slot] ?? "") ?? refuse(node, node.inputs[slot] === null || node.inputs[slot] === undefined ? `it has no ${what}` : `its ${what} is no constant`);
  const [weights, bias] = [needed(3, "weight"), needed(8, "bias")];
  const [sx, sw, sy] = [needed(1, "scale of X"), needed(4, "scale of W"), needed(6, "scale of the result")];
  const zeroPoint = (slot: number, what: string): Tensor => (node.inputs[slot] === null ? tensorOf("i8", [], [0]) : needed(slot, what));
  const [zx, zw] = [zeroPoint(2, "zero point of X"), zeroPoint(5, "zero point of W")];
  const own = ({ data }: Tensor, filter: number): number => Number(data[data.length === 1 ? 0 : filter]);
  const [filters = 1, channels = 1] = weights.shape;
  return {
    weights, bias, filters, channels, xZero: own(zx, 0),
    weightZero: (filter) => own(zw, filter),
    factor: (filter) => Math.fround(Math.fround(own(sx, 0) * own(sw, filter)) / own(sy, 0)),
  };
}

/** Refuses a filter whose sum, four times, 32 bits may not hold, or whose factor has no exact quarter. */
function checkFilter(graph: Graph, node: GraphNode, { weights, bias, xZero, weightZero, factor, channels }: Parameters, filter: number): void {
  const [low, high] = rangeOf(graph.types.get(node.inputs[0] ?? "")?.type).map((end) => end - xZero);
  const each = weights.data.slice(filter * channels * 9, (filter + 1) * channels * 9);
  let [least, most] = [Number(bias.data[filter]), Number(bias.data[filter])];
  for (const value of each) {
    const products = [0, low ?? 0, high ?? 0].map((x) => x * (Number(value) - weightZero(filter)));
    least += Math.min(...products);
    most += Math.max(...products);
  }
  if (-4 * least >= 2 ** 31 || 4 * most >= 2 ** 31) refuse(node, `four times the sum of filter ${filter}, ${least} to ${most}, does not fit 32 bits`);
  const quarter = Math.abs(factor(filter)) / 4;
  if (!(quarter >= 2 ** -126 && Number.isFinite(quarter))) refuse(node, `the factor ${factor(filter)} of filter ${filter} has no exact quarter`);
}

/** U, of shape [4, 4, filters, channels]. */
function* transformed({ weights, filters, channels, weightZero }: Parameters): Iterable<number> {
  for (const rows of weightRows) for (const columns of weightRows) {
    for (let m = 0; m < filters; m++) for (let c = 0; c < channels; c++) {
      let sum = 0;
      rows.forEach((row, k) => { columns.forEach((column, l) => { sum += row * column * (Number(weights.data[((m * channels + c) * 3 + k) * 3 + l]) - weightZero(m)); }); });
      yield sum;
    }
  }
}

/** The weights, the bias and, where the node leaves its zero point out, a zero. */
function replaced(graph: Graph, node: GraphNode, constants: readonly (readonly [string, Tensor])[]): Graph {
  const [x = null, sx = null, zx = null, , sw = null, , sy = null, zy = null] = node.inputs;
  const made = constants.slice(0, zx === null ? 3 : 2);
  const taken = made.find(([name]) => graph.types.has(name));
  if (taken !== undefined) return refuse(node, `there is a tensor ${taken[0]} already`);
  const [filters = "", bias = "", none = ""] = made.map(([name]) => name);
  const filtered: GraphNode = {
    ...node, op: "QLinearWinograd", domain: "obligato", opset: 1, attributes: { pads: node.attributes["pads"] ?? [] },
    inputs: [x, sx, zx ?? none, filters, sw, sy, zy, bias],
  };
  return {
    ...graph,
    nodes: graph.nodes.map((other) => (other === node ? filtered : other)),
    constants: new Map([...graph.constants, ...made]),
    types: new Map([...graph.types, ...made.map(([name, { type, shape }]) => [name, { type, shape }] as const)]),
  };
}
