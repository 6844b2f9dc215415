/**
 * A bound from the end: each rounding of the computation, times how much the result can
 * change with it. Let h_k be the result when the first k nodes compute in floats and
 * the rest exactly; float − exact is the sum of h_k − h_(k−1), and each of these is the
 * error that node k introduces, through the exact nodes after it (slopes.ts). Signs
 * cancel there, as they do not when errors are carried forward by magnitude.
 */
import { operatorNode } from "../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { operatorFor } from "../../ir/ops/index.js";
import { present } from "../../ir/prelude.js";
import type { Meaning, MulAddContract, TensorExpr, TensorRef } from "../../ir/tensor/meaning.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { addedUp, doubleBelow } from "./directed.js";
import { around } from "./fixed.js";
import { NoSlope, type Shares, noShares, sendShares } from "./slopes.js";
import { type Summary, cellAt } from "./summary.js";
import type { Value } from "./value.js";

/** What the forward evaluation knows. */
export interface Evaluated {
  readonly graph: Graph;
  readonly contract: MulAddContract;
  /** Nodes so far, in order, with the summaries of all their stages. */
  readonly nodes: readonly { readonly node: GraphNode; readonly stages: ReadonlyMap<string, Summary> }[];
  /** Of every tensor so far, constants included. */
  readonly known: ReadonlyMap<string, Summary>;
}

/** More watched elements, or more intervals in one tensor, cost more than they tell. */
const widthLimit = 1024;
const intervalLimit = 2 ** 24;

/** Per element of the watched tensor. */
export interface Backward {
  /** A bound on |float − exact|. */
  readonly errors: readonly bigint[];
  /** A bound on |exact at an input − exact at the centre of the box|, for every input in it. */
  readonly reach: readonly bigint[];
}

/** What the end says of tensor `name`; undefined where there are no slopes. */
export function backward(name: string, evaluated: Evaluated): Backward | undefined {
  const { nodes, known } = evaluated;
  const width = elementCount(present(known.get(name), name).shape);
  const largest = Math.max(...[...known.values()].map(({ shape }) => elementCount(shape)));
  if (width > widthLimit || width * largest > intervalLimit) return undefined;
  const shares = new Map<string, Shares>([[name, unit(width)]]);
  const errors = new Float64Array(width);
  try {
    for (const item of nodes.toReversed()) passNode(item, evaluated, { shares, errors, width });
  } catch (error) {
    if (error instanceof NoSlope) return undefined;
    throw error;
  }
  const reach = new Float64Array(width);
  for (const { name: input } of evaluated.graph.inputs) {
    const arrived = shares.get(input);
    if (arrived !== undefined) accumulate(present(known.get(input), input), arrived, reach, ({ low, high }) => (high - low + 1n) / 2n);
  }
  const upward = (sums: Float64Array): readonly bigint[] => Array.from(sums, (sum) => around(sum)[1]);
  return { errors: upward(errors), reach: upward(reach) };
}

/** Every element changes with itself. */
function unit(width: number): Shares {
  const shares = noShares(width, width);
  for (let k = 0; k < width; k++) shares.low[k * width + k] = shares.high[k * width + k] = 1;
  return shares;
}

interface Pass {
  /** By tensor of the graph, created when something is sent there. */
  readonly shares: Map<string, Shares>;
  readonly errors: Float64Array;
  readonly width: number;
}

function passNode({ node, stages }: Evaluated["nodes"][number], { graph, contract, known }: Evaluated, { shares, errors, width }: Pass): void {
  const reached = node.outputs.filter((output) => shares.has(output));
  if (reached.length === 0) return;
  const meaning = present(operatorFor(node.domain, node.op), node.op).meaning(operatorNode(node, graph));
  const summary = (ref: TensorRef): Summary => present(ref.kind === "stage" ? stages.get(ref.name) : known.get(node.inputs[ref.slot] ?? ""), "a summary");
  const varying = varyingStages(meaning, (slot) => !graph.constants.has(node.inputs[slot] ?? ""));
  const own = new Map<string, Shares>();
  const sharesOf = (ref: TensorRef): Shares | undefined => {
    const [table, key, varies] = ref.kind === "stage" ? [own, ref.name, varying.has(ref.name)] : [shares, node.inputs[ref.slot] ?? "", !graph.constants.has(node.inputs[ref.slot] ?? "")];
    if (!varies) return undefined;
    const found = table.get(key) ?? noShares(elementCount(summary(ref).shape), width);
    table.set(key, found);
    return found;
  };
  node.outputs.forEach((output, k) => {
    const [name, arrived] = [meaning.outputs[k] ?? "", shares.get(output)];
    if (arrived === undefined) return;
    own.set(name, arrived);
    accumulate(stages.get(name) ?? noSlope(), arrived, errors, ({ introduced }) => introduced);
  });
  for (const stage of meaning.stages.toReversed()) {
    const arrived = own.get(stage.name);
    if (arrived !== undefined) sendShares(stage, arrived, { summary, shares: sharesOf, contract, width });
  }
  node.outputs.forEach((output) => shares.delete(output)); // every reader came before
}

function varyingStages({ stages }: Meaning, varies: (slot: number) => boolean): ReadonlySet<string> {
  const found = new Set<string>();
  const reads = (e: TensorExpr): boolean => {
    switch (e.kind) {
      case "at": return e.tensor.kind === "stage" ? found.has(e.tensor.name) : varies(e.tensor.slot);
      case "op": return e.args.some(reads);
      case "fold": return reads(e.start) || reads(e.step);
      case "select": return reads(e.then) || reads(e.otherwise);
      default: return false;
    }
  };
  for (const { name, value } of stages) if (reads(value)) found.add(name);
  return found;
}

function noSlope(): never {
  throw new NoSlope();
}

/** sums += Σ |share| · size of the element's cell. */
function accumulate(result: Summary, { low, high }: Shares, sums: Float64Array, size: (cell: Value) => bigint): void {
  const width = sums.length;
  const sizes = result.cells.map((cell) => -doubleBelow(-size(cell)));
  for (let element = 0; element < elementCount(result.shape); element++) {
    const own = sizes[cellAt(result, element)] ?? 0;
    if (own === 0) continue;
    for (let k = 0; k < width; k++) {
      const at = element * width + k;
      sums[k] = addedUp(sums[k] ?? 0, own, Math.max(Math.abs(low[at] ?? 0), Math.abs(high[at] ?? 0)));
    }
  }
}
