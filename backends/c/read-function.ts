/**
 * Reads the body of one emitted function: its bindings, locals and statements become
 * nodes of the program. A name means a buffer only after its binding was compared
 * with the program's list of buffers.
 */
import type { Buffer, IndexValue, Load, Node } from "../../ir/loop/program.js";
import { maxNesting } from "../../ir/loop/visit.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { AnnotatedBound } from "../backend.js";
import type { Cursor } from "./cursor.js";
import { arenaName, cTypes, weightName } from "./names.js";
import { vectorPragma } from "./notices.js";
import { readLoopComment, readStoreComment, seesLoopComment } from "./read-annotations.js";
import { readCondition, readIndexOperand, readSubscript } from "./read-index.js";
import { type Leaves, readBareValue } from "./read-value.js";

/** What the whole file has declared when a function starts. */
export interface FileScope {
  readonly model: string;
  readonly file: string;
  readonly buffers: ReadonlyMap<string, Buffer>;
  /** Weight buffers in program order: the k-th is `<model>_w<k>`. */
  readonly weights: readonly string[];
  readonly definedOperators: Set<string>;
  /** Names that mean something already; declaring one again would shadow it. */
  readonly declared: Set<string>;
  /** Locals whose array is declared so far. */
  readonly locals: Set<string>;
  readonly bounds: AnnotatedBound[];
}

/** An accessible buffer; `constant` where the text promises not to write it. */
export interface Binding {
  readonly buffer: Buffer;
  readonly constant: boolean;
}

/** What one function has in scope. */
export interface FunctionScope {
  readonly file: FileScope;
  readonly bound: Map<string, Binding>;
  /** Arena parameters, by name. */
  readonly arenas: ReadonlyMap<string, { readonly constant: boolean }>;
  readonly loops: Map<string, number>;
}

/** Declares a name of the text; the same name twice is refused. */
export function declare(name: string, scope: FileScope, cursor: Cursor): void {
  if (scope.declared.has(name)) cursor.fail(`\`${name}\` is declared already`);
  scope.declared.add(name);
}

/** Pointers to weights and temporaries and arrays of locals, at the top of a function. */
export function readBindings(cursor: Cursor, scope: FunctionScope): void {
  while (cursor.peek().kind === "word" && !cursor.sees("if")) readBinding(cursor, scope);
}

function readBinding(cursor: Cursor, scope: FunctionScope): void {
  const constant = cursor.accept("const");
  const cType = cursor.expectKind("word", "a type");
  const pointer = cursor.accept("*");
  if (pointer) cursor.expect("const");
  const buffer = bufferNamed(cursor, scope);
  if (cType !== cTypes[buffer.type]) cursor.fail(`${buffer.name} is ${buffer.type}, not ${cType}`);
  if (pointer) readPlace(cursor, buffer, constant, scope);
  else readLocal(cursor, buffer, constant, scope.file);
  cursor.expect(";");
  bind(cursor, scope, { buffer, constant });
}

/** Makes a buffer accessible in a function, once. */
export function bind(cursor: Cursor, { bound }: FunctionScope, binding: Binding): void {
  const { name } = binding.buffer;
  if (bound.has(name)) cursor.fail(`${name} is bound twice`);
  bound.set(name, binding);
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

/** A local is one object: declared once in the file, else its functions would not share it. */
function readLocal(cursor: Cursor, buffer: Buffer, constant: boolean, { locals }: FileScope): void {
  if (buffer.kind !== "local" || constant) cursor.fail(`${buffer.name} is no local of the program`);
  if (locals.has(buffer.name)) cursor.fail(`${buffer.name} is declared already`);
  locals.add(buffer.name);
  cursor.expect("[");
  if (cursor.integer() !== elementCount(buffer.shape)) cursor.fail(`${buffer.name} has ${elementCount(buffer.shape)} elements`);
  cursor.expect("]");
}

/** Statements up to the closing brace, which is consumed. */
export function readBody(cursor: Cursor, scope: FunctionScope, depth: number): readonly Node[] {
  if (depth > maxNesting) cursor.fail(`loops and guards nest deeper than ${maxNesting}`);
  const body: Node[] = [];
  while (!cursor.accept("}")) body.push(readNode(cursor, scope, depth));
  return body;
}

function readNode(cursor: Cursor, scope: FunctionScope, depth: number): Node {
  if (seesLoopComment(cursor)) return readLoop(cursor, scope, depth);
  return cursor.sees("if") ? readGuard(cursor, scope, depth) : readStore(cursor, scope);
}

function readLoop(cursor: Cursor, scope: FunctionScope, depth: number): Node {
  const { variable, extent, mode, origin } = readLoopComment(cursor);
  if (mode === "vector") cursor.expect(vectorPragma);
  const bound = { loop: variable, bound: extent, file: scope.file.file, line: cursor.peek().line };
  declare(variable, scope.file, cursor);
  cursor.expect("for", "(", "int32_t", variable, "=", "0", ";", variable, "<");
  if (cursor.integer() !== extent) cursor.fail(`the loop's comment says ${extent} iterations`);
  cursor.expect(";", variable, "++", ")", "{", "LOOP_BOUND", "(", variable, ",");
  if (cursor.integer() !== extent) cursor.fail(`the loop has ${extent} iterations`);
  cursor.expect(")", ";");
  scope.file.bounds.push(bound);
  scope.loops.set(variable, extent);
  const body = readBody(cursor, scope, depth + 1);
  scope.loops.delete(variable);
  return { kind: "loop", variable, extent, mode, body, origin };
}

function readGuard(cursor: Cursor, scope: FunctionScope, depth: number): Node {
  const extentOf = (name: string): number | undefined => scope.loops.get(name);
  cursor.expect("if", "(");
  const conditions = [];
  if (isConjunction(cursor)) {
    do {
      cursor.expect("(");
      conditions.push(readCondition(cursor, extentOf));
      cursor.expect(")");
    } while (cursor.accept("&&"));
  } else conditions.push(readCondition(cursor, extentOf));
  cursor.expect(")", "{");
  return { kind: "guard", conditions, body: readBody(cursor, scope, depth + 1) };
}

/** `(a >= 0) && …` against `(a + 1) >= 0`: what follows the first parenthesis tells. */
function isConjunction(cursor: Cursor): boolean {
  if (!cursor.sees("(")) return false;
  let depth = 0;
  for (let ahead = 0; cursor.peek(ahead).kind !== "end"; ahead++) {
    if (cursor.sees("(", ahead)) depth++;
    if (cursor.sees(")", ahead)) depth--;
    if (depth === 0) return cursor.sees("&&", ahead + 1);
  }
  return false;
}

function readStore(cursor: Cursor, scope: FunctionScope): Node {
  const { name, origin } = readStoreComment(cursor);
  const target = cursor.expectKind("word", "the buffer to write");
  const bound = scope.bound.get(target);
  if (bound === undefined || bound.constant) return cursor.fail(`\`${target}\` is not writable here`);
  const index = readIndexOf(cursor, bound.buffer, scope);
  cursor.expect("=");
  const { value, type } = readBareValue(cursor, leavesOf(scope));
  if (type !== bound.buffer.type) cursor.fail(`a value of type ${type} is stored to ${target} of type ${bound.buffer.type}`);
  cursor.expect(";");
  return { kind: "store", name, buffer: target, index, value, origin };
}

function readIndexOf(cursor: Cursor, buffer: Buffer, scope: FunctionScope): Load["index"] {
  cursor.expect("[");
  const index = readSubscript(cursor, buffer.shape, (name) => scope.loops.get(name));
  cursor.expect("]");
  return index;
}

function leavesOf(scope: FunctionScope): Leaves<Load | IndexValue> {
  return {
    word: (name, cursor) => {
      const { buffer } = scope.bound.get(name) ?? cursor.fail(`\`${name}\` is no buffer this function can read`);
      return { value: { kind: "load", buffer: name, index: readIndexOf(cursor, buffer, scope) }, type: buffer.type };
    },
    index: (cursor) => ({ kind: "index", index: readIndexOperand(cursor, (name) => scope.loops.get(name)) }),
    defined: (op) => scope.file.definedOperators.has(op),
  };
}
