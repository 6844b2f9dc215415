/**
 * Reads the source file of a model: from the list of buffers in its comment to the
 * entry point, every token in turn. What the text does not say is not in the result.
 */
import { originOf } from "../../ir/loop/alike.js";
import type { Buffer, Expr, Program } from "../../ir/loop/program.js";
import type { ScalarFunction } from "../../ir/scalar/term.js";
import { type ElementType, elementTypes } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { AnnotatedBound, AnnotatedGuard, FloatCompare, ReadBack } from "../backend.js";
import { type Cursor, cursorOver } from "./cursor.js";
import { type DotSteps, allDotSteps, dotLines, dotName, quadStartLine, quadSteps } from "./dot.js";
import { dotLanesLines } from "./dot-lanes.js";
import type { SourceText } from "./lexer.js";
import { arenaMacro, arenaName, cTypes, fileNames, runName, statusMacro, takenNames } from "./names.js";
import { doubleChecks, floatNotice, fusedChecks, guardMacros, loopBoundMacro, mathInclude, platformChecks, sourceNotice, standardIncludes } from "./notices.js";
import { apartWord } from "./parameters.js";
import { pairLines } from "./pair.js";
import { readGroupComment, readProgramComment } from "./read-annotations.js";
import { type Binding, type FileScope, type FunctionScope, bind, declare, storedType } from "./function-scope.js";
import { readBindings, readBody } from "./read-function.js";
import { type ReadFunction, type ReadRun, annotatedRuns, readRun } from "./read-runs.js";
import { readDefinitions, readType } from "./read-scalar.js";
import { readQuadSumDefinitions } from "./read-quad-sums.js";
import { readTileDefinitions } from "./read-tiles.js";
import { partMacro, partName, partParameters, partition, sharedLoop, stepsMacro, workerParameters } from "./workers.js";

export interface SourceReading {
  readonly program: Program;
  readonly bounds: readonly AnnotatedBound[];
  readonly guards: readonly AnnotatedGuard[];
  readonly annotated: ReadBack["annotated"];
  readonly functions: ReadonlyMap<string, ScalarFunction>;
  /** Steps of the part entry; 0 where there is none. */
  readonly steps: number;
  /** Whether a record of four elements at once is defined. */
  readonly hasQuads: boolean;
  readonly floatCompare: FloatCompare;
  /** Numbers that records say to be near (rounded.ts). */
  readonly near: readonly Expr[];
  /** Weights that have to hold the same bits. */
  readonly same: FileScope["same"];
  /** Weights of i8 that stand in their file as i16. */
  readonly widened: ReadonlySet<string>;
  /** Weights that start at an address that 8 divides. */
  readonly quads: ReadonlySet<string>;
}

export function readSource(model: string, source: SourceText): SourceReading {
  const cursor = cursorOver(source);
  cursor.expectText(sourceNotice);
  const floatCompare = readFloatCompare(cursor);
  const program = readProgramComment(cursor);
  readPreamble(cursor, model, program);
  const scope = fileScope(model, program, cursor);
  const { defined, functions } = readDefinitions(cursor, floatCompare, (name) => declare(name, scope, cursor));
  for (const op of defined) scope.definedOperators.add(op);
  for (const steps of allDotSteps) {
    if (!seesDefinition(cursor, steps)) continue;
    cursor.expectText(dotLines(steps));
    scope.dots.add(steps);
  }
  readQuadSumDefinitions(cursor, scope);
  scope.tiles = readTileDefinitions(cursor, scope);
  scope.dotLanes = cursor.sees(dotLanesLines[0] ?? "");
  if (scope.dotLanes) cursor.expectText(dotLanesLines);
  scope.pairs = cursor.sees(pairLines[0] ?? "");
  if (scope.pairs) cursor.expectText(pairLines);
  const partitioned = cursor.sees(partition[0] ?? "");
  if (partitioned) cursor.expectText(partition);
  const groups: ReadFunction[] = [];
  while (cursor.peek().kind === "comment") groups.push(readGroup(cursor, scope));
  const runs = readEntry(cursor, program, scope, groups);
  const shared = groups.some((group) => group.shared);
  if (shared !== partitioned) cursor.fail("the partition stands where a loop is shared, and nowhere else");
  const steps = shared ? readPartEntry(cursor, program, scope, groups, runs) : 0;
  if (cursor.peek().kind !== "end") cursor.fail("text after the entry point");
  const annotated = annotatedRuns(cursor, runs, scope);
  const widened = new Set([...scope.widened].flatMap(([name, wide]) => (wide ? [name] : [])));
  return { program: { ...program, body: runs.flatMap(({ body }) => body) }, bounds: scope.bounds, guards: scope.guards, annotated, functions, steps, floatCompare, widened, hasQuads: hasQuads(scope), quads: scope.quads, near: runs.flatMap(({ near }) => near), same: scope.same };
}

/** The name comes first, or after the lines of the preprocessor, a token each. */
function seesDefinition(cursor: Cursor, steps: DotSteps): boolean {
  const [first = ""] = dotLines(steps);
  return first.startsWith("#") ? cursor.sees(first) : cursor.sees(dotName(steps), 3);
}

function readFloatCompare(cursor: Cursor): FloatCompare {
  return floatNotice.integer.every((line) => cursor.accept(line)) ? "integer" : "float";
}

function fileScope(model: string, program: Program, cursor: Cursor): FileScope {
  const scope: FileScope = {
    model,
    file: fileNames(model).source,
    buffers: new Map(program.buffers.map((buffer) => [buffer.name, buffer])),
    weights: program.buffers.filter(({ kind }) => kind === "weight").map(({ name }) => name),
    definedOperators: new Set(),
    declared: new Set(takenNames),
    dots: new Set(),
    quadSums: new Set(),
    quads: new Set(),
    tiles: [],
    walk: undefined,
    dotLanes: false,
    pairs: false,
    widened: new Map(),
    same: [],
    near: [],
    locals: new Set(),
    bounds: [],
    guards: [],
  };
  for (const { name } of program.buffers) declare(name, scope, cursor);
  return scope;
}

/** Includes, then what the platform must grant, then the annotation macro: all fixed text. */
function readPreamble(cursor: Cursor, model: string, program: Program): void {
  const names = fileNames(model);
  cursor.expect(`#include "${names.header}"`);
  if (program.buffers.some(({ kind }) => kind === "weight")) cursor.expect(`#include "${names.weightsHeader}"`);
  cursor.expectText(standardIncludes);
  cursor.accept(mathInclude);
  cursor.expectText(platformChecks);
  for (const optional of [doubleChecks, fusedChecks.f32, fusedChecks.f64]) {
    if (cursor.sees(optional[0] ?? "")) cursor.expectText(optional);
  }
  cursor.expectText(loopBoundMacro);
  if (cursor.sees(guardMacros[0] ?? "")) cursor.expectText(guardMacros);
}

function readGroup(cursor: Cursor, file: FileScope): ReadFunction {
  const node = readGroupComment(cursor);
  cursor.expect("static", "void");
  const name = cursor.expectKind("word", "the function's name");
  if (!name.startsWith(`${file.model}_n`)) cursor.fail(`the function of a node is named ${file.model}_n…`);
  declare(name, file, cursor);
  const { scope, parameters } = readParameters(cursor, file);
  cursor.expect("{");
  readBindings(cursor, scope);
  const first = { bound: file.bounds.length, guard: file.guards.length, near: file.near.length };
  const body = readBody(cursor, scope, 0);
  if (!body.every((child) => originOf(child) === node)) cursor.fail(`a statement of ${name} is not from node "${node}"`);
  if (scope.shared && (body.length !== 1 || sharedLoop(body[0]) === undefined)) cursor.fail(`${name} is told its worker and is not one loop that workers share`);
  const written = new Set([...scope.bound.values()].filter(({ constant }) => !constant).map(({ buffer }) => buffer.name));
  return { name, node, parameters, written, body, shared: scope.shared, bounds: file.bounds.slice(first.bound), guards: file.guards.slice(first.guard), near: file.near.slice(first.near) };
}

/** Array parameters: buffers of the interface, shared locals, arenas; weights; of a function that several parts run, temporaries too. */
function readParameters(cursor: Cursor, file: FileScope, leading: readonly string[] = []): { scope: FunctionScope; parameters: readonly string[] } {
  const arenas = new Map<string, { readonly constant: boolean }>();
  const scope: FunctionScope = { file, bound: new Map(), arenas, loops: new Map(), pairLoops: new Set(), shared: false };
  const parameters: string[] = [];
  cursor.expect("(");
  for (const text of leading) cursor.expect(...text.split(" "), ",");
  if (cursor.accept("void")) {
    cursor.expect(")");
    return { scope, parameters };
  }
  do {
    if (cursor.sees("worker", 1)) {
      cursor.expect(...workerParameters.join(" , ").split(" "), ")");
      return { scope: { ...scope, shared: true }, parameters };
    }
    const constant = cursor.accept("const");
    const type = readType(cursor);
    const name = cursor.expectKind("word", "the parameter's name");
    cursor.expect("[");
    if (cursor.accept(apartWord) && file.buffers.get(name)?.kind !== "weight") cursor.fail(`${name} is no weight: a store elsewhere may reach it`);
    if (name === arenaName(type)) readArenaSize(cursor, file.model, type, () => arenas.set(name, { constant }));
    else bind(cursor, scope, readArraySize(cursor, file, { name, type, constant }));
    cursor.expect("]");
    if (parameters.includes(name)) cursor.fail(`two parameters named ${name}`);
    parameters.push(name);
  } while (cursor.accept(","));
  cursor.expect(")");
  return { scope, parameters };
}

function readArenaSize(cursor: Cursor, model: string, type: ElementType, found: () => void): void {
  cursor.expect(arenaMacro(model, type));
  found();
}

interface Declared {
  readonly name: string;
  readonly type: ElementType;
  readonly constant: boolean;
}

function readArraySize(cursor: Cursor, file: FileScope, { name, type, constant }: Declared): Binding {
  const buffer: Buffer = file.buffers.get(name) ?? cursor.fail(`\`${name}\` is no buffer of the program`);
  if (storedType(buffer, type, file, cursor) !== type) cursor.fail(`${name} is ${cTypes[buffer.type]}`);
  if ((buffer.kind === "input" || buffer.kind === "weight") && !constant) cursor.fail(`${buffer.kind} ${name} must be constant`);
  if (cursor.integer() !== elementCount(buffer.shape)) cursor.fail(`${name} has ${elementCount(buffer.shape)} elements`);
  return { buffer, constant };
}

/** The entry: null checks, then the calls that make up the program, in order. Every function is called. */
function readEntry(cursor: Cursor, program: Program, file: FileScope, groups: readonly ReadFunction[]): readonly ReadRun[] {
  const { model } = file;
  cursor.expect("int32_t", runName(model));
  const { scope, parameters } = readParameters(cursor, file);
  checkEntryParameters(cursor, program, parameters, scope);
  cursor.expect("{", "int32_t", "status", "=", statusMacro(model, "NULL_ARGUMENT"), ";");
  readBindings(cursor, scope);
  cursor.expect("if", "(");
  readNullChecks(cursor, parameters);
  cursor.expect(")", "{");
  readQuadStart(cursor, scope);
  const runs: ReadRun[] = [];
  while (!cursor.sees("status")) runs.push(readRun(cursor, groups, runs, scope));
  const idle = groups.find((group) => !runs.some((run) => run.of === group));
  if (idle !== undefined) cursor.fail(`${idle.name} is not called`);
  cursor.expect("status", "=", statusMacro(model, "OK"), ";", "}", "return", "status", ";", "}");
  return runs;
}

function checkEntryParameters(cursor: Cursor, { buffers }: Program, parameters: readonly string[], { arenas, bound, shared }: FunctionScope): void {
  if (shared) cursor.fail("the entry is for all workers");
  const interfaces = buffers.filter(({ kind }) => kind === "input" || kind === "output");
  const used = elementTypes.filter((type) => buffers.some((b) => b.kind === "temp" && b.type === type));
  const expected = [...interfaces.map(({ name }) => name), ...used.map(arenaName)];
  if (expected.join() !== parameters.join()) cursor.fail(`the entry takes ${expected.join(", ")}`);
  const wrong = [...bound.values()].some(({ buffer, constant }) => constant !== (buffer.kind === "input"));
  if (wrong || [...arenas.values()].some(({ constant }) => constant)) cursor.fail("of the entry's parameters the inputs are constant and no other");
}

function hasQuads({ dots, quadSums }: FileScope): boolean {
  return dots.has(quadSteps) || quadSums.size > 0;
}

/** Where records read or write four elements at once, the arena of i16 begins at an address that 8 divides. */
function readQuadStart(cursor: Cursor, { file, arenas }: FunctionScope): void {
  if (hasQuads(file) && arenas.has(arenaName("i16"))) cursor.expectText([quadStartLine]);
}

function readNullChecks(cursor: Cursor, parameters: readonly string[]): void {
  const [only] = parameters;
  if (parameters.length === 1 && only !== undefined) return cursor.expect(only, "!=", "NULL");
  parameters.forEach((name, k) => cursor.expect(...(k > 0 ? ["&&"] : []), "(", name, "!=", "NULL", ")"));
}

/**
 * The entry for one worker and one step. Every group stands in it once, in order: a shared
 * one alone in its step, serial ones under the first worker. Between two steps is a barrier.
 */
function readPartEntry(cursor: Cursor, program: Program, file: FileScope, groups: readonly ReadFunction[], runs: readonly ReadRun[]): number {
  const { model } = file;
  if (runs.length !== groups.length || runs.some(({ of }, k) => of !== groups[k])) cursor.fail("where workers share loops each function is called once, in order");
  cursor.expect("int32_t", partName(model));
  const { scope, parameters } = readParameters(cursor, file, partParameters([]));
  checkEntryParameters(cursor, program, parameters, scope);
  cursor.expect("{", "int32_t", "status", "=", statusMacro(model, "NULL_ARGUMENT"), ";", "if", "(");
  readNullChecks(cursor, parameters);
  cursor.expect(")", "{");
  readQuadStart(cursor, scope);
  cursor.expect("status", "=", partMacro(model), ";");
  cursor.expectText([`if ((step >= 0) && (step < ${stepsMacro(model)}) && (worker >= 0) && (worker < workers)) {`]);
  let steps = 0;
  for (let next = 0; next < groups.length; steps++) next = readStep(cursor, groups, { next, step: steps }, scope);
  cursor.expect("status", "=", statusMacro(model, "OK"), ";", "}", "}", "return", "status", ";", "}");
  return steps;
}

/** One step from the group `next` on; the group after it. */
function readStep(cursor: Cursor, groups: readonly ReadFunction[], { next, step }: { readonly next: number; readonly step: number }, scope: FunctionScope): number {
  const first = groups[next];
  const shared = first?.shared === true;
  cursor.expectText([shared ? `if (step == ${step}) {` : `if ((step == ${step}) && (worker == 0)) {`]);
  const after = groups.findIndex((group, k) => k > next && (shared || group.shared));
  const end = after < 0 ? groups.length : after;
  for (const group of groups.slice(next, end)) readCall(cursor, group, scope, ["worker", "workers"]);
  cursor.expect("}");
  return end;
}

/** Arguments are bound by name: the array an entry parameter or local names is the buffer of that name. */
function readCall(cursor: Cursor, group: ReadFunction, { bound, arenas }: FunctionScope, worker: readonly string[]): void {
  cursor.expect(group.name, "(");
  group.parameters.forEach((name, k) => {
    if (!bound.has(name) && !arenas.has(name)) cursor.fail(`${name} is not in scope`);
    cursor.expect(...(k > 0 ? [","] : []), name);
  });
  if (group.shared) worker.forEach((text, k) => cursor.expect(...(group.parameters.length + k > 0 ? [","] : []), text));
  cursor.expect(")", ";");
}
