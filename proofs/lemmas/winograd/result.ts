/** The result of an integer convolution at one place of every tile: a sum of integers, a factor, and what is around their product. */
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { evalIndex, isLiteral, literal, shift, times, variable } from "../../../ir/loop/index-expr.js";
import { evaluator } from "../../../ir/scalar/evaluate.js";
import { printConstant, valueOf } from "../../../ir/scalar/types.js";
import type { Meaning, TensorExpr } from "../../../ir/tensor/meaning.js";
import { stridesOf } from "../../../ir/tensor/tensor.js";
import { type Form, type Reading, constantIn, read, stageOf } from "./form.js";
import { type Placing, placed, undecided, unlike } from "./place.js";

/** A node and its meaning, in its graph. */
export interface Side {
  readonly graph: Graph;
  readonly node: GraphNode;
  readonly meaning: Meaning;
}

/** A place in the tiles of 2 × 2 of a result: (2t + p, 2s + q). */
export interface Place {
  readonly offset: readonly [p: number, q: number];
  /** Extents of the result. */
  readonly image: readonly number[];
}

export interface Opened {
  readonly reading: Reading;
  readonly sum: Form;
  /** The factor of a filter. */
  readonly factor: (filter: number) => number;
  /** The result as text, with `product` for that of sum and factor. */
  readonly around: string;
}

/** The result at (n, m, 2t + p, 2s + q), its stages put in their places. Throws a Refusal where it is no such product. */
export function opened({ graph, node, meaning }: Side, { offset: [p, q] }: Place): Opened {
  const reading: Reading = { graph, node, stages: new Map(meaning.stages.map((each) => [each.name, each])), wrapped: [] };
  const index = [variable("n"), variable("m"), shift(times(variable("t"), 2), p), shift(times(variable("s"), 2), q)];
  const places: Placing = new Map(["n", "m", "t", "s"].map((name) => [name, variable(name)]));
  const products: Product[] = [];
  const around = textAround(reading, ...stageOf(reading, meaning.outputs[0] ?? unlike("no result"), index, places), products);
  const [product, another] = products;
  if (product === undefined || another !== undefined) return unlike("not one product of a sum and a factor");
  return { reading, around, sum: read(reading, ...product.sum), factor: (filter) => numberOf(reading, ...product.factor, filter) };
}

interface Product {
  readonly sum: readonly [TensorExpr, Placing];
  readonly factor: readonly [TensorExpr, Placing];
}

function textAround(from: Reading, e: TensorExpr, by: Placing, products: Product[]): string {
  const inner = (arg: TensorExpr): string => textAround(from, arg, by, products);
  switch (e.kind) {
    case "const": return printConstant(e.constant);
    case "at":
      if (e.tensor.kind === "stage") return textAround(from, ...stageOf(from, e.tensor.name, e.index, by), products);
      return `${from.node.inputs[e.tensor.slot]}[${e.index.map((each) => placed(each, by).text).join(", ")}]`;
    case "select": {
      const open = undecided(e.when, by);
      return open === undefined ? inner(e.otherwise) : open.length === 0 ? inner(e.then) : unlike("a result that depends on its tile");
    }
    case "op": {
      const [sum, factor] = e.args;
      if (e.op !== "mul.f32" || factor === undefined || sum?.kind !== "op" || sum.op !== "cast.i32.f32") return `${e.op}(${e.args.map(inner).join(", ")})`;
      products.push({ sum: [sum.args[0] ?? unlike("no sum"), by], factor: [factor, by] });
      return "product";
    }
    default: return unlike(`a result of ${e.kind}`);
  }
}

/** An expression over constants, for a filter. */
function numberOf(from: Reading, e: TensorExpr, by: Placing, filter: number): number {
  if (e.kind === "const") return Number(valueOf(e.constant));
  if (e.kind === "op") return Number(evaluator(e.op)(...e.args.map((arg) => numberOf(from, arg, by, filter))));
  if (e.kind !== "at") return unlike(`a factor of ${e.kind}`);
  if (e.tensor.kind === "stage") return numberOf(from, ...stageOf(from, e.tensor.name, e.index, by), filter);
  const { data, shape } = constantIn(from, e.tensor.slot);
  const strides = stridesOf(shape);
  const at = e.index.map((each) => placed(placed(each, by), new Map([["m", literal(filter)]])));
  return at.every(isLiteral) ? Number(data[at.reduce((sum, each, axis) => sum + evalIndex(each, () => NaN) * (strides[axis] ?? 0), 0)]) : unlike("a factor that depends on its place");
}
