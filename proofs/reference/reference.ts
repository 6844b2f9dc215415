/**
 * The reference program: the meanings of a graph's nodes printed as loops, nothing
 * else. It is what every stage, and in the end the code, is proved equal to, so it is
 * kept as close to ir/tensor/meaning.ts as text can be:
 *
 *     stage                one loop per axis of its shape, one store per element
 *     select(c, a, b)      two guarded parts, under c and under not c
 *     fold(k…, w, s, e)    acc := s; for k… { if w { acc := e } }; the value is acc
 *     muladd(acc, a, b)    add(acc, mul(a, b)), or fma(a, b, acc), as the contract says
 *     recurrence           one loop over the first axis, its stages inside one after the other
 *
 * A fold without any tap inside has no step.
 */
import { operatorNode } from "../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { assertProgram } from "../../ir/loop/assert.js";
import { type Element, type Range, guarded, indexValue, load, nest, op, store } from "../../ir/loop/build.js";
import { countPoints } from "../../ir/loop/count.js";
import { type Condition, type IndexExpr, substitute, substituteCondition, variable } from "../../ir/loop/index-expr.js";
import { nameProblem } from "../../ir/loop/names.js";
import type { Buffer, BufferKind, Expr, Node, Program } from "../../ir/loop/program.js";
import { operatorFor } from "../../ir/ops/index.js";
import { type Origin, invariant, present, unreachable } from "../../ir/prelude.js";
import { signatureOf } from "../../ir/scalar/ops.js";
import type { ElementType } from "../../ir/scalar/types.js";
import { assertMeaning } from "../../ir/tensor/assert.js";
import { type MulAddContract, type Stage, type TensorExpr, type TensorRef, runsOf } from "../../ir/tensor/meaning.js";
import { needed, partsOf } from "./reference-parts.js";

interface Printer {
  readonly graph: Graph;
  readonly contract: MulAddContract;
  /** In order of creation, by name. */
  readonly buffers: Map<string, Buffer>;
  /** Where each tensor of the graph lives, by its ONNX name. */
  readonly bufferOf: Map<string, string>;
}

/** What `graph` means under `contract`. Inputs and outputs keep their order; weights are the constants that are read. */
export function referenceProgram(graph: Graph, contract: MulAddContract): Program {
  const printer: Printer = { graph, contract, buffers: new Map(), bufferOf: new Map() };
  graph.inputs.forEach(({ name, type, shape }, k) => declare(printer, { name: `x${k}`, type, shape, kind: "input", label: name }, name));
  graph.outputs.forEach(({ name, type, shape }, k) => declare(printer, { name: `y${k}`, type, shape, kind: "output", label: name }, name));
  const body = graph.nodes.flatMap((node, k) => printNode(node, `n${k}`, printer));
  const buffers = (["input", "output", "weight", "temp"] as const).flatMap((kind) => ofKind(printer, kind));
  const name = graph.name.replaceAll(/[^A-Za-z0-9]+/g, "_").slice(0, 31);
  const program = { name: nameProblem(name) === undefined ? name : "model", buffers, body };
  assertProgram(program);
  return program;
}

function ofKind({ buffers }: Printer, kind: BufferKind): readonly Buffer[] {
  return [...buffers.values()].filter((buffer) => buffer.kind === kind);
}

function declare(printer: Printer, buffer: Buffer, tensor?: string): string {
  printer.buffers.set(buffer.name, buffer);
  if (tensor !== undefined) printer.bufferOf.set(tensor, buffer.name);
  return buffer.name;
}

/** The buffer of a tensor that is read; the first reader of a constant makes its weight. */
function readable(tensor: string, printer: Printer): string {
  const known = printer.bufferOf.get(tensor);
  if (known !== undefined) return known;
  const { type, shape } = present(printer.graph.constants.get(tensor), `value of ${tensor}`);
  const map = { tensor, index: shape.map((_, axis) => variable(`d${axis}`)) };
  return declare(printer, { name: `w${ofKind(printer, "weight").length}`, type, shape, kind: "weight", map }, tensor);
}

function printNode(node: GraphNode, name: string, printer: Printer): readonly Node[] {
  const definition = present(operatorFor(node.domain, node.op), `operator ${node.op}`);
  const view = operatorNode(node, printer.graph);
  const meaning = definition.meaning(view);
  assertMeaning(meaning, view.inputs, definition.shape(view));
  invariant(new Set(meaning.outputs).size === meaning.outputs.length, `${node.name}: one stage is two outputs`);
  const stages = new Map<string, string>();
  const read = (ref: TensorRef): string =>
    ref.kind === "stage" ? present(stages.get(ref.name), `stage ${ref.name}`) : readable(present(node.inputs[ref.slot], `input ${ref.slot}`), printer);
  const origin = { node: node.name, pass: "lower" };
  const prefixOf = (stage: Stage): string => (meaning.stages.length === 1 ? name : `${name}${letter(meaning.stages.indexOf(stage))}`);
  return runsOf(meaning).flatMap((run) => {
    for (const stage of run) {
      const output = node.outputs[meaning.outputs.indexOf(stage.name)] || undefined; // "" is an output nobody asked for
      const known = output === undefined ? undefined : printer.bufferOf.get(output);
      stages.set(stage.name, known ?? declare(printer, { name: `${prefixOf(stage)}_y`, type: stage.type, shape: stage.shape, kind: "temp" }, output));
    }
    const time = timeOf(run, prefixOf);
    const body = run.flatMap((stage) => printStage(stage, { printer, prefix: prefixOf(stage), target: present(stages.get(stage.name), stage.name), origin, read, time }));
    return nest(time, origin, body);
  });
}

/** The loop around the stages of a recurrence; none around a stage by itself. */
function timeOf([first]: readonly Stage[], prefixOf: (stage: Stage) => string): readonly Range[] {
  return first?.recurrence === undefined ? [] : [{ variable: `${prefixOf(first)}_t`, extent: present(first.shape[0], "first extent") }];
}

/** a, b, … z, za, zb, … zz, zza, … */
function letter(k: number): string {
  return k < 26 ? String.fromCharCode("a".charCodeAt(0) + k) : `z${letter(k - 26)}`;
}

interface StageContext {
  readonly printer: Printer;
  readonly prefix: string;
  /** The buffer that the stage fills. */
  readonly target: string;
  readonly origin: Origin;
  readonly read: (ref: TensorRef) => string;
  /** Of the recurrence that the stage is in. */
  readonly time: readonly Range[];
}

function printStage(stage: Stage, context: StageContext): readonly Node[] {
  const { prefix, target, origin, time } = context;
  const axes = stage.shape.map((extent, axis): Range => time[axis] ?? { variable: `${prefix}_o${axis}`, extent });
  const index = axes.map((axis) => variable(axis.variable));
  const rename = new Map(stage.axes.map((name, axis) => [name, index[axis]]));
  const parts = partsOf(stage.value, axes, (name) => rename.get(name));
  const body = parts.flatMap(({ when, value }, k) => {
    const before: Node[] = [];
    const own = parts.length === 1 ? `${prefix}_` : `${prefix}v${k}_`;
    const point: Point = { ...context, own, axes, when, shape: stage.shape, index, before, rename, acc: undefined };
    const final = store(`${own}f`, { buffer: target, index }, printValue(value, point), origin);
    return guarded(needed(when, axes), [...before, final]);
  });
  return nest(axes.slice(time.length), origin, body);
}

/** Where a value is printed: one part of a stage, at the point of its loops. */
interface Point extends StageContext {
  /** Prefix of the part's names. */
  readonly own: string;
  readonly axes: readonly Range[];
  readonly when: readonly Condition[];
  readonly shape: readonly number[];
  readonly index: readonly IndexExpr[];
  /** What has to run before the value exists: the folds in it. */
  readonly before: Node[];
  /** Loop variables for the variables of the meaning. */
  readonly rename: ReadonlyMap<string, IndexExpr | undefined>;
  readonly acc: Expr | undefined;
}

function printValue(e: TensorExpr, point: Point): Expr {
  const { rename } = point;
  switch (e.kind) {
    case "at": return load(point.read(e.tensor), ...e.index.map((i) => substitute(i, (name) => rename.get(name))));
    case "const": return { kind: "const", constant: e.constant };
    case "index": return indexValue(substitute(e.index, (name) => rename.get(name)));
    case "acc": return present(point.acc, "fold around acc");
    case "op": return printOperation(e.op, e.args.map((arg) => printValue(arg, point)), point.printer.contract);
    case "fold": return printFold(e, point);
    case "select": throw new RangeError("a selection stands below an operator or fold");
    default: return unreachable(e);
  }
}

function printOperation(name: string, args: readonly Expr[], contract: MulAddContract): Expr {
  const [acc, a, b] = args;
  if (!name.startsWith("muladd.") || acc === undefined || a === undefined || b === undefined) return op(name, ...args);
  const type = name.slice("muladd.".length);
  const fused = contract === "fused" && (type === "f32" || type === "f64");
  return fused ? op(`fma.${type}`, a, b, acc) : op(`add.${type}`, acc, op(`mul.${type}`, a, b));
}

/** Prints the fold before the value and returns the read of its accumulator. */
function printFold(fold: Extract<TensorExpr, { kind: "fold" }>, point: Point): Expr {
  const { own, origin, printer, shape, index, before } = point;
  const count = before.filter(({ kind }) => kind === "store").length;
  const prefix = count === 0 ? own : `${own}g${count}_`;
  const start = printValue(fold.start, point);
  const type = typeOf(start, printer);
  const element: Element = { buffer: declare(printer, { name: `${prefix}a`, type, shape, kind: "temp" }), index };
  const over = fold.over.map(({ extent }, k): Range => ({ variable: `${prefix}k${k}`, extent }));
  const rename = new Map([...point.rename, ...fold.over.map(({ name }, k): [string, IndexExpr] => [name, variable(`${prefix}k${k}`)])]);
  const where = fold.where.map((c) => substituteCondition(c, (name) => rename.get(name)));
  const axes = [...point.axes, ...over];
  const acc = load(element.buffer, ...index);
  before.push(store(`${prefix}i`, element, start, origin));
  if (countPoints(axes, [...point.when, ...where]) > 0) {
    const step = store(`${prefix}s`, element, printValue(fold.step, { ...point, rename, acc }), origin);
    before.push(...nest(over, origin, guarded(needed(where, axes), [step])));
  }
  return acc;
}

function typeOf(e: Expr, printer: Printer): ElementType {
  switch (e.kind) {
    case "load": return present(printer.buffers.get(e.buffer), e.buffer).type;
    case "const": return e.constant.type;
    case "index": return "i64";
    case "op": return signatureOf(e.op).result;
  }
}
