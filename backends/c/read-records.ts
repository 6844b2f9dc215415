/** Reads the records of pairs (dot.ts, dot-lanes.ts, pair.ts): each becomes the loops, or the load, that it stands for. */
import { type IndexExpr, variable as variableOf } from "../../ir/loop/index-expr.js";
import type { Buffer, Expr, Load, Loop, Store } from "../../ir/loop/program.js";
import type { AnnotatedBound } from "../backend.js";
import type { Cursor } from "./cursor.js";
import { type DotSteps, dotName, dotOperand, dotSteps, dotValue, holdsQuads, isQuadIndex, neighbour, quadSteps } from "./dot.js";
import { dotLanesName, pairAfter } from "./dot-lanes.js";
import { type FunctionScope, declare, readElement } from "./function-scope.js";
import { pairName, pairOf } from "./pair.js";
import { readLoopComment, readStoreComment } from "./read-annotations.js";

/** The loop that a record stands for. */
interface DotLoop {
  readonly variable: string;
  readonly steps: DotSteps;
}

/** The steps that a record stands for: what it reads at 0 is where its pointers point, at k the k-th element after. */
export function readDot(cursor: Cursor, scope: FunctionScope, loop: DotLoop): Omit<Store, "name" | "origin"> {
  if (!scope.file.dots.has(loop.steps)) cursor.fail(`${dotName(loop.steps)} is not defined above`);
  const { binding, load } = readElement(cursor, scope);
  if (binding.constant || binding.buffer.type !== "i32") cursor.fail(`${load.buffer} is no sum that can be written here`);
  cursor.expect("=", dotName(loop.steps), "(");
  const before = readElement(cursor, scope).load;
  const [x, y] = [readOperand(cursor, scope, loop), readOperand(cursor, scope, loop)];
  cursor.expect(")", ";");
  return { kind: "store", buffer: load.buffer, index: load.index, value: dotValue(before, x, y) };
}

/** A record of lanes: the loop of two steps in the vector loop whose comment was read, which `lanes` says. */
export function readDotLanes(cursor: Cursor, scope: FunctionScope, lanes: AnnotatedBound): Loop {
  const { variable, extent, mode, origin } = readLoopComment(cursor);
  if (mode !== "unrolled" || extent !== dotSteps || !scope.file.dotLanes) cursor.fail(`no loop of which ${dotLanesName} is the lanes`);
  declare(variable, scope.file, cursor);
  const { name, origin: by } = readStoreComment(cursor);
  const { line } = cursor.peek();
  scope.file.bounds.push({ ...lanes, line }, { ...lanes, loop: variable, bound: extent, line });
  cursor.expect(dotLanesName, "(", "&");
  const { binding, load } = readElement(cursor, scope);
  if (binding.constant || binding.owner !== undefined || binding.buffer.type !== "i32") cursor.fail(`${load.buffer} has no sums that can be written here`);
  const lane = variableOf(lanes.loop);
  const index = neighbour(binding.buffer, load.index, lane) ?? cursor.fail(`${load.buffer} has no second element`);
  const x = readOperand(cursor, scope, { variable, steps: dotSteps });
  const y = readOperand(cursor, scope, { variable, steps: dotSteps }, lane);
  cursor.expect(",", String(lanes.bound), ")", ";");
  const store: Store = { kind: "store", name, buffer: load.buffer, index, value: dotValue({ ...load, index }, x, y), origin: by };
  return { kind: "loop", variable, extent, mode, body: [store], origin };
}

/** `, &array[subscript]`: elements of 16 bits, the first of which is there; with lanes, the first of a row of pairs. */
function readOperand(cursor: Cursor, scope: FunctionScope, { variable, steps }: DotLoop, lane?: IndexExpr): Expr {
  cursor.expect(",");
  const { buffer, load: first } = readShorts(cursor, scope);
  const at = lane === undefined ? first.index : pairAfter(buffer, first.index, lane) ?? cursor.fail(`${buffer.name} is not packed in pairs`);
  const load = { ...first, index: at };
  if (steps === quadSteps) requireQuad(cursor, scope, load, buffer);
  const index = neighbour(buffer, load.index, variableOf(variable)) ?? cursor.fail(`${buffer.name} has no second element`);
  return dotOperand({ ...load, index }, buffer);
}

/** `&array[subscript]`: an element of 16 bits of an array for all iterations. */
export function readShorts(cursor: Cursor, scope: FunctionScope): { readonly buffer: Buffer; readonly load: Load } {
  cursor.expect("&");
  const { binding: { buffer, owner }, load } = readElement(cursor, scope);
  if (owner !== undefined) cursor.fail(`${buffer.name} is no array for all iterations`);
  if (buffer.type !== "i16" && scope.file.widened.get(buffer.name) !== true) cursor.fail(`${buffer.name} has no elements of 16 bits`);
  return { buffer, load };
}

/** Refuses a load of four elements that might not start where 8 divides the address. */
export function requireQuad(cursor: Cursor, { file: { quads } }: FunctionScope, { index }: Load, buffer: Buffer): void {
  if (!holdsQuads(buffer) || !isQuadIndex(buffer, index)) cursor.fail(`an element of ${buffer.name} does not start four at an address that 8 divides`);
  quads.add(buffer.name);
}

/** `(&array[subscript], k)`: the weight k after that one, where the two are a pair. */
export function readPairElement(cursor: Cursor, scope: FunctionScope): { readonly value: Load; readonly type: "f32" } {
  if (!scope.file.pairs) cursor.fail(`${pairName} is not defined above`);
  cursor.expect("(", "&");
  const { binding: { buffer }, load } = readElement(cursor, scope);
  cursor.expect(",");
  const element = cursor.expectKind("word", "the element of the pair");
  cursor.expect(")");
  const index = neighbour(buffer, load.index, variableOf(element)) ?? cursor.fail(`${buffer.name} has no second element`);
  const value = { ...load, index };
  const paired = scope.pairLoops.has(element) && pairOf(value, [element], scope.file.buffers) !== undefined;
  return paired ? { value, type: "f32" } : cursor.fail(`no pair of ${buffer.name} starts at ${load.index.map(({ text }) => text).join(", ")}`);
}
