/**
 * Reads the body of one emitted function: its bindings, locals and statements become
 * nodes of the program. A name means a buffer only after its binding was compared
 * with the program's list of buffers.
 */
import type { Buffer, IndexValue, Load, Node } from "../../ir/loop/program.js";
import { maxNesting } from "../../ir/loop/visit.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { Cursor } from "./cursor.js";
import { isDotSteps } from "./dot.js";
import { type FileScope, type FunctionScope, bind, declare, readIndexOf, storedType } from "./function-scope.js";
import { arenaName, cTypes, weightName } from "./names.js";
import { unrollPragma, vectorPragma } from "./notices.js";
import { isPairLoop } from "./pair.js";
import { readGuardMark, readLoopComment, readStoreComment, seesLoopComment } from "./read-annotations.js";
import { readConditions, readIndexOperand } from "./read-index.js";
import { readQuadSum } from "./read-quad-sums.js";
import { readDot, readDotLanes, readPairElement } from "./read-records.js";
import { readMove, readTile, readWalk } from "./read-tiles.js";
import { type Leaves, readBareValue } from "./read-value.js";
import { rolledPragma } from "./rolled.js";
import { widenedValue } from "./widened.js";

/** Pointers to weights and temporaries and arrays of locals, at the top of a function. */
export function readBindings(cursor: Cursor, scope: FunctionScope): void {
  while (seesDeclaration(cursor)) readBinding(cursor, scope);
}

function seesDeclaration(cursor: Cursor): boolean {
  return cursor.peek().kind === "word" && !cursor.sees("if");
}

function readBinding(cursor: Cursor, scope: FunctionScope): void {
  const constant = cursor.accept("const");
  const cType = cursor.expectKind("word", "a type");
  const pointer = cursor.accept("*");
  if (pointer) cursor.expect("const");
  const buffer = bufferNamed(cursor, scope);
  if (cType !== cTypes[storedType(buffer, cType === cTypes.i16 ? "i16" : buffer.type, scope.file, cursor)]) cursor.fail(`${buffer.name} is ${buffer.type}, not ${cType}`);
  if (pointer) readPlace(cursor, buffer, constant, scope);
  else readLocal(cursor, buffer, { constant, elements: elementCount(buffer.shape) }, scope.file);
  cursor.expect(";");
  bind(cursor, scope, { buffer, constant });
}

function bufferNamed(cursor: Cursor, scope: FunctionScope): Buffer {
  const name = cursor.expectKind("word", "the name of a buffer");
  return scope.file.buffers.get(name) ?? cursor.fail(`\`${name}\` is no buffer of the program`);
}

/** `= &array[offset]`: a weight starts its own array, a temporary its place in the arena. */
function readPlace(cursor: Cursor, buffer: Buffer, constant: boolean, { file, arenas }: FunctionScope): void {
  cursor.expect("=", "&");
  if (buffer.kind === "weight") {
    if (!constant) cursor.fail("a weight is constant");
    return cursor.expect(weightName(file.model, file.weights.indexOf(buffer.name)), "[", "0", "]");
  }
  if (buffer.kind !== "temp" || buffer.place === undefined) return cursor.fail(`${buffer.name} has no place in an arena`);
  const arena = arenas.get(arenaName(buffer.type)) ?? cursor.fail(`${arenaName(buffer.type)} is no parameter of this function`);
  if (arena.constant && !constant) cursor.fail(`${buffer.name} would be written in a constant arena`);
  cursor.expect(arenaName(buffer.type), "[");
  if (cursor.integer() !== buffer.place.offset) cursor.fail(`${buffer.name} is at ${buffer.place.offset} of its arena`);
  cursor.expect("]");
}

interface Declared {
  readonly constant: boolean;
  readonly elements: number;
}

/** A local is one object: declared once in the file, else its functions would not share it. */
function readLocal(cursor: Cursor, buffer: Buffer, { constant, elements }: Declared, { locals }: FileScope): void {
  if (buffer.kind !== "local" || constant) cursor.fail(`${buffer.name} is no local of the program`);
  if (locals.has(buffer.name)) cursor.fail(`${buffer.name} is declared already`);
  locals.add(buffer.name);
  cursor.expect("[");
  if (cursor.integer() !== elements) cursor.fail(`${buffer.name} has ${elements} elements`);
  cursor.expect("]");
}

/** Statements up to the word that ends them, which is consumed: the closing brace, or the mark that closes a loop or guard. */
export function readBody(cursor: Cursor, scope: FunctionScope, depth: number, end: "}" | "LOOP_BOUND" | "GUARD_END" = "}"): readonly Node[] {
  if (depth > maxNesting) cursor.fail(`loops and guards nest deeper than ${maxNesting}`);
  const body: Node[] = [];
  while (!cursor.accept(end)) {
    if (end === "LOOP_BOUND" && cursor.accept("tile_moved")) readMove(cursor, scope);
    else body.push(readNode(cursor, scope, depth));
  }
  return body;
}

function readNode(cursor: Cursor, scope: FunctionScope, depth: number): Node {
  if (seesLoopComment(cursor)) return readLoop(cursor, scope, depth);
  if (cursor.accept("{")) return readWalk(cursor, scope, () => readNode(cursor, scope, depth));
  return cursor.sees("if") ? readGuard(cursor, scope, depth) : readStore(cursor, scope);
}

function readLoop(cursor: Cursor, scope: FunctionScope, depth: number): Node {
  const { variable, extent, mode, origin } = readLoopComment(cursor);
  if (mode === "vector" && cursor.peek().kind !== "comment") cursor.expect(vectorPragma);
  // Whether these lines have to stand there, the comparison of texts says.
  if (mode === "unrolled") cursor.accept(unrollPragma(extent));
  if (mode === "serial") cursor.accept(rolledPragma);
  const bound = { loop: variable, bound: extent, file: scope.file.file, line: cursor.peek().line };
  declare(variable, scope.file, cursor);
  if (mode === "vector" && cursor.peek().kind === "comment") return { kind: "loop", variable, extent, mode, body: [readDotLanes(cursor, scope, { ...bound, called: true })], origin };
  if (mode === "unrolled" && seesLoopComment(cursor)) return readTile(cursor, scope, { variable, extent, mode, origin });
  if (mode === "unrolled" && isDotSteps(extent) && cursor.peek().kind === "comment") {
    const { name, origin: by } = readStoreComment(cursor);
    scope.file.bounds.push({ ...bound, line: cursor.peek().line, called: true });
    const store = readQuadSum(cursor, scope, { variable, extent }) ?? readDot(cursor, scope, { variable, steps: extent });
    return { kind: "loop", variable, extent, mode, body: [{ ...store, name, origin: by }], origin };
  }
  const shared = depth === 0 && mode === "parallel";
  if (shared && !scope.shared) cursor.fail("a loop that workers share in a function that is not told its worker");
  readRange(cursor, variable, extent, shared);
  cursor.expect("{");
  scope.file.bounds.push(bound);
  scope.loops.set(variable, extent);
  if (isPairLoop({ mode, extent })) scope.pairLoops.add(variable);
  const owned = shared ? readPrivates(cursor, scope, variable, extent) : [];
  const body = readBody(cursor, scope, depth + 1, "LOOP_BOUND");
  for (const name of owned) scope.bound.delete(name);
  scope.loops.delete(variable);
  scope.pairLoops.delete(variable);
  cursor.expect("(", variable, ",");
  if (cursor.integer() !== extent) cursor.fail(`the loop has ${extent} iterations`);
  cursor.expect(")", ";", "}");
  return { kind: "loop", variable, extent, mode, body, origin };
}

/** `(int32_t v = first; v < end; v++)`: all iterations, or the share of the worker. */
function readRange(cursor: Cursor, variable: string, extent: number, shared: boolean): void {
  const iterations = (): void => {
    if (cursor.integer() !== extent) cursor.fail(`the loop's comment says ${extent} iterations`);
  };
  cursor.expect("for", "(", "int32_t", variable, "=");
  if (shared) {
    cursor.expect("share_start", "(");
    iterations();
    cursor.expect(",", "worker", ",", "workers", ")");
  } else cursor.expect("0");
  cursor.expect(";", variable, "<");
  if (shared) cursor.expect("share_start", "(");
  iterations();
  if (shared) cursor.expect(",", "worker", "+", "1", ",", "workers", ")");
  cursor.expect(";", variable, "++", ")");
}

/**
 * Arrays declared inside a shared loop: each iteration has its own, which is the part of a
 * local at the index of that iteration. The loop is entered once, so none outlives it.
 */
function readPrivates(cursor: Cursor, scope: FunctionScope, owner: string, extent: number): readonly string[] {
  const names: string[] = [];
  while (seesDeclaration(cursor)) {
    const cType = cursor.expectKind("word", "a type");
    const buffer = bufferNamed(cursor, scope);
    if (cType !== cTypes[buffer.type]) cursor.fail(`${buffer.name} is ${buffer.type}, not ${cType}`);
    if (buffer.shape[0] !== extent) cursor.fail(`${buffer.name} has no part for each iteration of ${owner}`);
    readLocal(cursor, buffer, { constant: false, elements: elementCount(buffer.shape.slice(1)) }, scope.file);
    cursor.expect(";");
    bind(cursor, scope, { buffer, constant: false, owner });
    names.push(buffer.name);
  }
  return names;
}

function readGuard(cursor: Cursor, scope: FunctionScope, depth: number): Node {
  const extentOf = (name: string): number | undefined => scope.loops.get(name);
  const { file, guards } = scope.file;
  const place = { file, line: cursor.peek().line };
  cursor.expect("if", "(");
  const conditions = readConditions(cursor, extentOf);
  cursor.expect(")", "{");
  cursor.expect("GUARD_START");
  const guard = guards.length;
  const total = readGuardMark(cursor, guard);
  guards.push({ guard, total, ...place });
  const body = readBody(cursor, scope, depth + 1, "GUARD_END");
  if (readGuardMark(cursor, guard) !== total) cursor.fail("the marks of a guard differ");
  cursor.expect("}");
  return { kind: "guard", conditions, body };
}

function readStore(cursor: Cursor, scope: FunctionScope): Node {
  const { name, origin } = readStoreComment(cursor);
  const target = cursor.expectKind("word", "the buffer to write");
  const bound = scope.bound.get(target);
  if (bound === undefined || bound.constant) return cursor.fail(`\`${target}\` is not writable here`);
  const index = readIndexOf(cursor, bound, scope);
  cursor.expect("=");
  const { value, type } = readBareValue(cursor, leavesOf(scope));
  if (type !== bound.buffer.type) cursor.fail(`a value of type ${type} is stored to ${target} of type ${bound.buffer.type}`);
  cursor.expect(";");
  return { kind: "store", name, buffer: target, index, value, origin };
}

function leavesOf(scope: FunctionScope): Leaves<Load | IndexValue> {
  return {
    word: (name, cursor) => {
      const binding = scope.bound.get(name) ?? cursor.fail(`\`${name}\` is no buffer this function can read`);
      const load: Load = { kind: "load", buffer: name, index: readIndexOf(cursor, binding, scope) };
      return scope.file.widened.get(name) === true ? { value: widenedValue(load), type: "i16" } : { value: load, type: binding.buffer.type };
    },
    pair: (cursor) => readPairElement(cursor, scope),
    index: (cursor) => ({ kind: "index", index: readIndexOperand(cursor, (name) => scope.loops.get(name)) }),
    near: (a) => scope.file.near.push(a),
    defined: (op) => scope.file.definedOperators.has(op),
  };
}
