/** Vectors of If, Loop and Scan. */
import type { Tensor } from "../../../ir/tensor/tensor.js";
import type { RawAttribute } from "../../onnx/normalise/index.js";
import type { BodyNode, VectorBody } from "./bodies.js";
import { type ExpectedOutput, type NodeVector, type VectorText, counting, f32, int, ints, out, typed, vector } from "./vector.js";

const graph: RawAttribute = { kind: "graph" };

function nodes(...lines: readonly (readonly [op: string, inputs: string, outputs: string, attributes?: BodyNode["attributes"]])[]): readonly BodyNode[] {
  return lines.map(([op, inputs, outputs, attributes = {}]) => ({ op, inputs: inputs === "" ? [] : inputs.split(" "), outputs: outputs.split(" "), attributes }));
}

function constant(name: string, value: Tensor): readonly BodyNode[] {
  return [{ op: "Constant", inputs: [], outputs: [name], attributes: { value } }];
}

function bodyOf(inputs: string, outputs: string, ...parts: readonly (readonly BodyNode[])[]): VectorBody {
  return { inputs: inputs === "" ? [] : inputs.split(" "), outputs: outputs.split(" "), nodes: parts.flat() };
}

function loop(about: string, body: VectorBody, given: VectorText, ...outputs: ExpectedOutput[]): NodeVector {
  return vector("Loop", about, { attributes: { body: graph }, bodies: { body }, ...given }, ...outputs);
}

const [yes, no] = [typed("bool", [], 1), typed("bool", [], 0)];

function trips(count: bigint): Tensor {
  return typed("i64", [], count);
}

/** (a, b) becomes (b, a + b + i), and a is a row. */
const fibonacci = bodyOf("i c a b", "c a2 b2 a", nodes(["Identity", "b", "a2"], ["Add", "a b", "s"], ["Cast", "i", "f", { to: "f32" }], ["Add", "s f", "b2"]));

/** v is doubled, and again if the number of the run is less than 2. */
const counted = bodyOf("i c v", "more v2", constant("last", trips(2n)), nodes(["Add", "v v", "v2"], ["Less", "i last", "more"]));

/** v + 1, and again unless that is 2; the condition is computed, and true again later. */
const searching = bodyOf("i c v", "more v2", constant("one", f32([], 1)), constant("two", f32([], 2)), nodes(["Add", "v one", "v2"], ["Equal", "v2 two", "found"], ["Not", "found", "more"]));

const loops: readonly NodeVector[] = [
  loop("carried values, iteration number and rows", fibonacci, { inputs: [trips(3n), yes, f32([2, 1], 1, 2), f32([2, 1], 1, 5)], constants: [0, 1] }, out([2, 1], 4, 13), out([2, 1], 8, 22), out([3, 2, 1], 1, 2, 1, 5, 2, 7)),
  loop("a condition that is a constant false after three runs", counted, { inputs: [trips(10n), yes, f32([], 1)], constants: [0, 1] }, out([], 8)),
  loop("a trip count that ends it before its condition", counted, { inputs: [trips(2n), yes, f32([], 1)], constants: [0, 1] }, out([], 4)),
  loop("no condition: that of the body is ignored", counted, { inputs: [trips(5n), null, f32([], 1)], constants: [0] }, out([], 32)),
  loop("a constant false: no run", counted, { inputs: [trips(5n), no, f32([], 1)], constants: [0, 1] }, out([], 1)),
  loop("a computed condition ends it for good", searching, { inputs: [trips(5n), yes, f32([], 0)], constants: [0, 1] }, out([], 2)),
  loop("a computed condition that is false at once", searching, { inputs: [trips(5n), typed("bool", [1], 0), f32([], 0)], constants: [0] }, out([], 0)),
];

/** s becomes 2·s + e, u becomes u − s; e + u is a row. */
const recurrence = bodyOf("s u e", "s2 u2 row", constant("two", f32([], 2)), nodes(["Mul", "s two", "d"], ["Add", "d e", "s2"], ["Sub", "u s", "u2"], ["Add", "e u", "row"]));

function scan(about: string, attributes: Readonly<Record<string, RawAttribute>>, given: VectorText, ...outputs: ExpectedOutput[]): NodeVector {
  return vector("Scan", about, { attributes: { body: graph, num_scan_inputs: int(1), ...attributes }, bodies: { body: recurrence }, ...given }, ...outputs);
}

const states = [f32([2], 1, 2), f32([2], 10, 20)];
const square = counting([2, 2]);

const scans: readonly NodeVector[] = [
  // Elements [1, 2], [3, 4]; s: [3, 6], [9, 16]; u: [9, 18], [6, 12]; rows [11, 22], [12, 22].
  scan("along the first axis unless said", {}, { inputs: [...states, square] }, out([2], 9, 16), out([2], 6, 12), out([2, 2], 11, 22, 12, 22)),
  // Elements [2, 4], [1, 3]; s: [4, 8], [9, 19]; u: [9, 18], [5, 10]; rows [12, 24], [10, 21], the second first, as columns.
  scan("along the last axes, backwards", { scan_input_axes: ints(-1), scan_input_directions: ints(1), scan_output_axes: ints(1), scan_output_directions: ints(1) }, { inputs: [...states, square] }, out([2], 9, 19), out([2], 5, 10), out([2, 2], 10, 12, 21, 24)),
  // Members 1, 2, 3 with s = 1, u = 10 and 4, 5 with s = 2, u = 20.
  scan("opset 8: a batch of sequences", {}, { opset: 8, inputs: [typed("i64", [2], 3n, 2n), ...states, counting([2, 3])], constants: [0] }, out([2], 19, 21), out([2], -2, 10), out([2, 3], 11, 11, 9, 24, 23, 0)),
  scan("opset 8: backwards", { directions: ints(1) }, { opset: 8, inputs: [null, ...states, square] }, out([2], 9, 19), out([2], 5, 10), out([2, 2], 12, 10, 24, 21)),
];

const four = constant("x", f32([], 4));
const branches = { then_branch: bodyOf("", "t", four, nodes(["Neg", "x", "t"])), else_branch: bodyOf("", "e", four, nodes(["Sqrt", "x", "e"])) };

function ifOf(about: string, condition: Tensor, constants: readonly number[], expected: number): NodeVector {
  const attributes = { else_branch: graph, then_branch: graph };
  return vector("If", about, { attributes, bodies: branches, inputs: [condition], constants }, out([], expected));
}

const ifs: readonly NodeVector[] = [
  ifOf("a constant true", yes, [0], -4), ifOf("a constant false", no, [0], 2),
  ifOf("a computed true", typed("bool", [1], 1), [], -4), ifOf("a computed false", typed("bool", [1, 1], 0), [], 2),
];

export const controlFlowVectors: readonly NodeVector[] = [...ifs, ...loops, ...scans];
