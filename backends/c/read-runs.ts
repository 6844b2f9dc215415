/**
 * Reads the calls of the entry. A call runs the body of its function on the arrays of its
 * arguments, so it means that body with the arrays' names in place of the parameters'. For
 * the first call the names are those of the function; for a later one a comment says which
 * buffers, loops and stores of the program are meant, and the arguments must be the places
 * of just these buffers: a function without side effects but on its arguments and arrays of
 * its own does the same to them.
 */
import { type PartNames, namesIn, renamingOf } from "../../ir/loop/alike.js";
import type { Buffer, Expr, Node } from "../../ir/loop/program.js";
import { type Renaming, renamed, renamedValue } from "../../ir/loop/rename.js";
import { sameShape } from "../../ir/tensor/tensor.js";
import type { AnnotatedBound, AnnotatedGuard, ReadBack } from "../backend.js";
import type { Cursor } from "./cursor.js";
import { holdsQuads } from "./dot.js";
import { arenaName, weightName } from "./names.js";
import { readNames, readNodes } from "./read-annotations.js";
import { type FileScope, type FunctionScope, declare, storedType } from "./function-scope.js";

/** A function of the text. */
export interface ReadFunction {
  readonly name: string;
  readonly node: string;
  readonly parameters: readonly string[];
  /** Buffers that it may write. */
  readonly written: ReadonlySet<string>;
  readonly body: readonly Node[];
  /** It does the share of one worker. */
  readonly shared: boolean;
  /** What is annotated in it. */
  readonly bounds: readonly AnnotatedBound[];
  readonly guards: readonly AnnotatedGuard[];
  /** Numbers that records in it say to be near (rounded.ts). */
  readonly near: readonly Expr[];
}

/** A call: what it does, in names of the program. */
export interface ReadRun {
  readonly of: ReadFunction;
  readonly body: readonly Node[];
  readonly loops: Renaming["loops"];
  readonly near: readonly Expr[];
}

/** One call, with the comments above it. */
export function readRun(cursor: Cursor, functions: readonly ReadFunction[], before: readonly ReadRun[], scope: FunctionScope): ReadRun {
  const names = cursor.peek().kind === "comment" ? readNamesOfRun(cursor) : undefined;
  const name = cursor.expectKind("word", "the function to call");
  const of = functions.find((it) => it.name === name) ?? cursor.fail(`\`${name}\` is no function of a node`);
  const again = before.some((run) => run.of === of);
  if (again !== (names !== undefined)) cursor.fail(again ? `${name} is called again, for names that no comment gives` : `${name} is called for other names before its own`);
  if (again && of.shared) cursor.fail(`${name} does the share of one worker`);
  const by = names === undefined ? undefined : renamingFor(cursor, of, names, scope.file);
  readArguments(cursor, of, by, scope);
  checkOwn(cursor, of, by, scope.file);
  if (by === undefined) return { of, body: of.body, near: of.near, loops: new Map() };
  return { of, body: renamed(of.body, by), near: of.near.map((a) => renamedValue(a, by)), loops: by.loops };
}

function readNamesOfRun(cursor: Cursor): PartNames {
  return { nodes: readNodes(cursor), buffers: readNames(cursor, "buffers"), loops: readNames(cursor, "loops"), stores: readNames(cursor, "stores") };
}

/** The names of the function for those of the call: as many, of buffers that are alike; loops and locals are new. */
function renamingFor(cursor: Cursor, { body, name, written }: ReadFunction, names: PartNames, file: FileScope): Renaming {
  const own = namesIn(body);
  for (const kind of ["nodes", "buffers", "loops", "stores"] as const) {
    if (own[kind].length !== names[kind].length) cursor.fail(`${name} has ${own[kind].length} ${kind}`);
  }
  own.buffers.forEach((from, k) => checkBuffers(cursor, { from, to: names.buffers[k] ?? "", written: written.has(from) }, file));
  if (new Set(names.buffers).size < names.buffers.length) cursor.fail("two arrays of a function are one");
  for (const loop of names.loops) declare(loop, file, cursor);
  return renamingOf(own, names);
}

/** Whether `to` can stand where the function has `from`. */
function checkBuffers(cursor: Cursor, { from, to, written }: { readonly from: string; readonly to: string; readonly written: boolean }, { buffers, locals, widened, quads }: FileScope): void {
  const [a, b] = [bufferNamed(cursor, from, buffers), bufferNamed(cursor, to, buffers)];
  if (a.type !== b.type || !sameShape(a.shape, b.shape)) cursor.fail(`${to} is not of the type and shape of ${from}`);
  storedType(b, widened.get(from) === true ? "i16" : a.type, { widened }, cursor);
  if (quads.has(from) && !holdsQuads(b)) cursor.fail(`${to} does not start at an address that 8 divides`);
  if (quads.has(from)) quads.add(to);
  if ((a.kind === "local") !== (b.kind === "local")) cursor.fail(`of ${from} and ${to} one is a local`);
  if (written && (b.kind === "input" || b.kind === "weight")) cursor.fail(`${to} is constant, and the function may write it`);
  if (b.kind !== "local") return;
  if (locals.has(to)) cursor.fail(`${to} is declared already`);
  locals.add(to);
}

/** Arrays that a function reads without being told of them: weights, which a later call means only where they hold the same. */
function checkOwn(cursor: Cursor, { name, parameters }: ReadFunction, by: Renaming | undefined, { buffers, same }: FileScope): void {
  for (const [own, meant] of by?.buffers ?? []) {
    const { kind } = bufferNamed(cursor, own, buffers);
    if (parameters.includes(own) || kind === "local") continue;
    if (kind !== "weight") cursor.fail(`${name} is not told where ${own} is`);
    same.push([own, meant]);
  }
}

function bufferNamed(cursor: Cursor, name: string, buffers: ReadonlyMap<string, Buffer>): Buffer {
  return buffers.get(name) ?? cursor.fail(`\`${name}\` is no buffer of the program`);
}

/** `(…);`: for each parameter the arena of that name, or the place of its buffer. */
function readArguments(cursor: Cursor, { parameters, shared }: ReadFunction, by: Renaming | undefined, scope: FunctionScope): void {
  cursor.expect("(");
  parameters.forEach((parameter, k) => {
    if (k > 0) cursor.expect(",");
    if (scope.arenas.has(parameter)) return by === undefined ? cursor.expect(parameter) : cursor.fail("a function that is called again takes no arena");
    const name = by === undefined ? parameter : by.buffers.get(parameter) ?? cursor.fail(`${parameter} is not used`);
    readPlaceOf(cursor, bufferNamed(cursor, name, scope.file.buffers), scope);
  });
  if (shared) cursor.expect(...(parameters.length > 0 ? [","] : []), "0", ",", "1");
  cursor.expect(")", ";");
}

/** The first element of a buffer, as the entry names it. */
function readPlaceOf(cursor: Cursor, { kind, name, type, place }: Buffer, { file, bound, arenas }: FunctionScope): void {
  if (kind === "weight") return cursor.expect("&", weightName(file.model, file.weights.indexOf(name)), "[", "0", "]");
  if (kind !== "temp") return bound.has(name) ? cursor.expect(name) : cursor.fail(`${name} is not in scope`);
  if (place === undefined || !arenas.has(arenaName(type))) return cursor.fail(`${name} has no place in an arena`);
  cursor.expect("&", arenaName(type), "[");
  if (cursor.integer() !== place.offset) cursor.fail(`${name} is at ${place.offset} of its arena`);
  cursor.expect("]");
}

/** The annotations of the program: each call has those of its function; a body that runs so often in all runs as often in each. */
export function annotatedRuns(cursor: Cursor, runs: readonly ReadRun[], { bounds }: FileScope): ReadBack["annotated"] {
  const loops = new Map(runs.flatMap((run) => run.of.bounds.map(({ loop, bound }) => [run.loops.get(loop) ?? loop, bound] as const)));
  const guards = runs.flatMap(({ of }) => {
    const times = runs.filter((run) => run.of === of).length;
    return of.guards.map(({ guard, total }) => (total % times === 0 ? total / times : cursor.fail(`guard ${guard} does not run alike in ${times} calls`)));
  });
  if (bounds.length > loops.size) cursor.fail("two loops of one name");
  return { loops, guards };
}
