/**
 * Loop, unrolled: the nodes of the body stand in the graph once per run, run k with the
 * constant k as iteration number; outputs that are no loop-carried values are stacked
 * along a new axis 0. The trip count must be a constant, or omitted and the condition
 * become a constant false.
 *
 * A condition that is computed needs a constant trip count M. Then the body runs M times
 * and Where keeps the carried values from the first run on of which the condition was
 * false: a run that the loop would not have made changes nothing, which is exact, bit for
 * bit, for the reasons given for If. Stacked outputs would have as many rows as the loop
 * makes runs, and are refused. A body that runs has had a true condition, and is given
 * that. Where the node has no condition, that of the body is ignored, as the table in the
 * operator's text says (ONNX Runtime heeds it), and reported. One form for opsets 1 to 25.
 */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { invalid, unsupported } from "../../../ir/prelude.js";
import { printTensorType, sameType, tensorOf } from "../../../ir/tensor/tensor.js";
import { DynamicShape } from "../dynamic-shape.js";
import { elementTypeOf } from "../element-types.js";
import { unrolledLimit } from "../functions.js";
import { type Normaliser, allowOnly, constantInput, constantNode } from "./node.js";
import type { RawNode, Subgraph } from "./raw-node.js";
import { asScalar, bodyOf, checkAlike, checkBody, checkOneElement, copies, final, put, putConstant, stacked, typeOf, valueOf } from "./subgraphs.js";

/** What one run leaves to the next. */
interface Progress {
  /** Of the loop-carried values. */
  readonly values: readonly string[];
  /** Whether the next run is made, by what the body said last; undefined before any did. */
  readonly condition: string | undefined;
  /** Whether the next run counts; undefined where every run so far does. */
  readonly active: string | undefined;
  /** By stacked output, one tensor per run. */
  readonly rows: readonly (readonly string[])[];
  /** A condition of the body that might not be true and is ignored. */
  readonly ignored: string | undefined;
}

export const loop: Normaliser = (node) => {
  allowOnly(node, "body");
  const body = bodyOf(node, "body");
  const carried = carriedInputs(node);
  checkBody(node, body, "body", { inputs: carried.length + 2, outputs: node.outputs.length + 1 });
  const stacks = node.outputs.length - carried.length;
  if (stacks < 0) invalid("output-count", `Loop gives ${node.outputs.length} outputs for ${carried.length} loop-carried values`, node.name, "give every carried value an output");
  const heeds = (node.inputs[1] ?? null) !== null;
  const start = { values: carried, condition: node.inputs[1] ?? undefined, active: undefined, rows: new Array<readonly string[]>(stacks).fill([]), ignored: undefined };
  checkEnd(node, body, start.condition);
  const { trips, end } = unrolled({ node, body, heeds, most: tripCount(node) }, start);
  if (end.ignored !== undefined) node.control.note("condition-ignored", `the loop ${node.name} has no condition, so that of its body, ${end.ignored}, is ignored`);
  node.control.note("loop-unrolled", `the loop ${node.name} is unrolled: its body stands in the graph ${trips} times`);
  return [...copies(node, end.values), ...end.rows.flatMap((rows, k) => rowsOf(node, body, rows, carried.length + k))];
};

function carriedInputs(node: RawNode): readonly string[] {
  return node.inputs.slice(2).map((input, k) => input ?? invalid("input-count", `Loop has no input ${k + 2}`, node.name, "give every loop-carried value"));
}

/** undefined where the loop has none. */
function tripCount(node: RawNode): bigint | undefined {
  const input = node.inputs[0] ?? null;
  if (input === null) return undefined;
  checkOneElement(node, input, "i64");
  return BigInt(constantInput(node, 0)?.data[0] ?? 0);
}

/** Refuses at once what nothing but the trip count can end and that ends too late. */
function checkEnd(node: RawNode, body: Subgraph, condition: string | undefined): void {
  const passedOn = body.outputs[0]?.name === body.inputs[1]?.name;
  const most = tripCount(node);
  if (condition !== undefined && (!passedOn || valueOf(node, condition) !== 1)) return;
  if (most === undefined) refuse(node, "too-large", "nothing ends it", "give the loop a trip count");
  if (most * BigInt(Math.max(1, body.nodes)) > BigInt(unrolledLimit)) tooLarge(node, body, `${most} times`);
}

function tooLarge(node: RawNode, body: Subgraph, runs: string): never {
  return refuse(node, "too-large", `it runs a body of ${body.nodes} nodes ${runs}, that is more than ${unrolledLimit} nodes`, "shorten the loop");
}

interface Unrolling {
  readonly node: RawNode;
  readonly body: Subgraph;
  /** Whether the node has a condition. */
  readonly heeds: boolean;
  readonly most: bigint | undefined;
}

function unrolled(it: Unrolling, start: Progress): { readonly trips: number; readonly end: Progress } {
  let [progress, trips] = [start, 0];
  for (; it.most === undefined || BigInt(trips) < it.most; trips++) {
    const next = beforeRun(it, progress);
    if (next === undefined) break;
    checkSize(it, trips + 1);
    progress = afterRun(it, next, trips);
  }
  return { trips, end: progress };
}

/** Takes the condition into account; undefined where the loop ends. */
function beforeRun({ node, heeds, most }: Unrolling, progress: Progress): Progress | undefined {
  const { condition, active, rows } = progress;
  if (condition === undefined) return progress;
  checkOneElement(node, condition, "bool");
  const value = valueOf(node, condition);
  if (!heeds) return value === 1 ? progress : { ...progress, ignored: condition };
  if (value !== undefined) return Number(value) === 0 ? undefined : progress;
  if (most === undefined) refuse(node, "control-flow", `whether it goes on is computed (${condition}), and it has no trip count`, "give the loop a constant trip count");
  if (rows.some((_, k) => (node.outputs[progress.values.length + k] ?? "") !== "")) {
    throw new DynamicShape(`the loop ${node.name} is not static: whether it goes on is computed (${condition}), and it stacks an output of every run`, node.name, condition);
  }
  const scalar = asScalar(node, condition);
  return { ...progress, active: active === undefined ? scalar : put(node, "And", [active, scalar]) };
}

function refuse(node: RawNode, code: string, why: string, remedy: string): never {
  return unsupported(code, `the loop ${node.name} is not static: ${why}`, node.name, remedy);
}

/** A condition may end the loop long before its trip count. */
function checkSize({ node, body, most }: Unrolling, trips: number): void {
  if (trips * Math.max(1, body.nodes) > unrolledLimit) tooLarge(node, body, most === undefined ? `${trips} times and more` : `up to ${most} times`);
}

function afterRun({ node, body, heeds }: Unrolling, { values, condition, active, rows, ignored }: Progress, trip: number): Progress {
  const iteration = putConstant(node, "i64", scalarShape(body, 0), BigInt(trip));
  const given = heeds || condition === undefined ? putConstant(node, "bool", scalarShape(body, 1), 1) : condition;
  const [next, ...results] = body.run({ label: String(trip), inputs: [iteration, given, ...values] });
  const made = results.slice(0, values.length);
  return {
    values: active === undefined ? made : made.map((value, k) => kept(node, active, value, values[k] ?? "")),
    condition: next, active, ignored,
    rows: rows.map((row, k) => [...row, results[values.length + k] ?? ""]),
  };
}

/** The shape that the body declares for its iteration number or condition: none, or one element. */
function scalarShape(body: Subgraph, slot: number): readonly number[] {
  const type = body.inputs[slot]?.type;
  return type?.kind === "tensor" && type.dims?.length === 1 ? [1] : [];
}

/** The new value if the run counts, else the old one. */
function kept(node: RawNode, active: string, made: string, before: string): string {
  const [a, b] = [typeOf(node, made), typeOf(node, before)];
  if (!sameType(a, b)) {
    refuse(node, "dynamic-shape", `whether it goes on is computed, and a carried value is ${printTensorType(b)} before a run and ${printTensorType(a)} after it`, "keep its shape");
  }
  return put(node, "Where", [active, made, before]);
}

/** Output `k`, one row per run. Without a run it is empty, of the declared type. */
function rowsOf(node: RawNode, body: Subgraph, rows: readonly string[], k: number): readonly GraphNode[] {
  if ((node.outputs[k] ?? "") === "") return [];
  if (rows.length === 0) return [noRows(node, body, k)];
  checkAlike(node, rows, `output ${k}`);
  const made: GraphNode[] = [];
  stacked(node, rows, 0, (op, inputs, attributes) => made.push(...final(node, k, op, inputs, attributes)));
  return made;
}

function noRows(node: RawNode, body: Subgraph, k: number): GraphNode {
  const type = body.outputs[k + 1]?.type;
  const element = type?.kind === "tensor" ? elementTypeOf(type.dataType) : undefined;
  const dims = type?.kind === "tensor" ? type.dims?.map((dim) => (dim.kind === "value" ? Number(dim.value) : -1)) : undefined;
  if (element === undefined || dims === undefined || dims.some((dim) => dim < 0)) {
    return unsupported("zero-dim", `the loop ${node.name} makes no run, and the shape of its output ${k} is not declared`, node.name, "declare the shape in the body, or remove the loop");
  }
  return constantNode(node, node.outputs[k] ?? "", tensorOf(element, [0, ...dims], []));
}
