/**
 * Reads the emitted C back into a LoopProgram, from the text alone: every file whole,
 * every token accounted for, anything outside the subset a Refusal with line and
 * column. It shares spellings with the printer (names, operators, fixed texts), no
 * decisions: what the text means is decided here.
 *
 * The theorem is then checked on the program this returns, so a printer that prints
 * something else is caught. That the text is also exactly what the printer prints
 * for this program is the business of round-trip.ts.
 */
import { InvariantViolation, Refusal } from "../../ir/prelude.js";
import { problemsOf } from "../../ir/loop/assert.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import { loopsOf } from "../../ir/loop/visit.js";
import { scalarFunction } from "../../ir/scalar/ops.js";
import type { ScalarFunction } from "../../ir/scalar/term.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import type { EmittedFile, GoldenVector, ReadBack } from "../backend.js";
import { sameWeights } from "./header-weights.js";
import { narrowed } from "./widened.js";
import type { SourceText } from "./lexer.js";
import { type FileNames, fileNames, isModelIdentifier, isModelName } from "./names.js";
import { allNear } from "./near.js";
import { readHeader } from "./read-headers.js";
import { readSelftest } from "./read-selftest.js";
import { type SourceReading, readSource } from "./read-source.js";
import { readWeights } from "./read-weights.js";
import { type Marks, marksOf } from "./starts.js";

/** Throws a Refusal of class `invalid`, code `c-subset`, where the text is not of the subset. */
export function readBack(files: readonly EmittedFile[]): ReadBack {
  try {
    return readFiles(files);
  } catch (error) {
    // The arithmetic of index expressions checks its own range; here the text is to blame.
    if (error instanceof InvariantViolation) return refuseFiles(error.message, undefined);
    throw error;
  }
}

function refuseFiles(what: string, where: string | undefined): never {
  throw new Refusal("invalid", "c-subset", what, where, "emit the files again; text that Obligato did not print is outside the proof");
}

function readFiles(files: readonly EmittedFile[]): ReadBack {
  const model = modelOf(files);
  const names = fileNames(model);
  const source = readSource(model, fileNamed(files, names.source));
  const { program } = source;
  checkProgram(model, program);
  checkFunctions(source.functions, names.source);
  const buffers = program.buffers.filter(({ kind }) => kind === "weight");
  checkFileList(files, names, buffers.length > 0);
  const notes = readHeader(model, program, source, fileNamed(files, names.header));
  const stored = readAllWeights(model, buffers.map((buffer) => (source.widened.has(buffer.name) ? { ...buffer, type: "i16" } : buffer)), marksOf(program, source.quads), files);
  const weights = new Map([...stored].map(([name, tensor]) => [name, source.widened.has(name) ? asBytes(name, tensor) : tensor]));
  if (!allNear(source.near, program, weights)) refuseFiles("a number that is rounded as a near one may be far from 0", names.source);
  const other = source.same.find(([own, meant]) => !sameWeights(weights, own, meant));
  if (other !== undefined) refuseFiles(`${other.join(" stands for ")}, which holds something else`, names.source);
  const golden = readSelftest({ model, program, weights: stored }, fileNamed(files, names.selftest));
  return { ...assembled(model, source, weights, golden), notes };
}

function assembled(model: string, { program, bounds, guards, annotated, functions, floatCompare }: SourceReading, weights: ReadBack["weights"], golden: GoldenVector | undefined): Omit<ReadBack, "notes"> {
  if (loopsOf(program).length !== annotated.loops.size) refuseFiles("a loop has no annotated bound", model);
  return { model, program, weights, bounds, guards, annotated, functions, golden, floatCompare };
}

/** The weight that a record reads as 16 bits. */
function asBytes(name: string, tensor: Tensor): Tensor {
  return narrowed(tensor) ?? refuseFiles(`a value of ${name} is no i8`, name);
}

function modelOf(files: readonly EmittedFile[]): string {
  const headers = files.map(({ name }) => name).filter((name) => name.endsWith(".h") && !name.endsWith("_weights.h"));
  const [header] = headers;
  const model = header?.slice(0, -2);
  return headers.length === 1 && model !== undefined && isModelIdentifier(model) ? model : refuseFiles("expected one header named after the model", undefined);
}

function fileNamed(files: readonly EmittedFile[], name: string): SourceText {
  return files.find((file) => file.name === name) ?? refuseFiles(`there is no file ${name}`, name);
}

/** No file missing, none too many, none twice. */
function checkFileList(files: readonly EmittedFile[], names: FileNames, weighted: boolean): void {
  const expected = [names.header, names.source, ...(weighted ? [names.weightsHeader, names.weights] : []), names.selftest];
  const found = files.map(({ name }) => name);
  if (expected.toSorted().join() !== found.toSorted().join()) refuseFiles(`expected the files ${expected.join(", ")}, found ${found.join(", ")}`, undefined);
}

function checkProgram(model: string, program: Program): void {
  const [problem] = problemsOf(program);
  if (problem !== undefined) refuseFiles(problem, fileNames(model).source);
  const names = [...program.buffers.map(({ name }) => name), ...loopsOf(program).map(({ variable }) => variable)];
  const clash = names.find((name) => isModelName(model, name));
  if (clash !== undefined) refuseFiles(`${clash} is a name of the interface`, fileNames(model).source);
}

/** A named function means what its term says, so its text must be that term. */
function checkFunctions(functions: ReadonlyMap<string, ScalarFunction>, file: string): void {
  for (const [op, found] of functions) {
    if (JSON.stringify(found, bigintText) !== JSON.stringify(scalarFunction(op), bigintText)) refuseFiles(`the definition of ${op} is not its term`, file);
  }
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `0x${value.toString(16)}` : value;
}

function readAllWeights(model: string, buffers: readonly Buffer[], starts: Marks, files: readonly EmittedFile[]): ReadonlyMap<string, Tensor> {
  if (buffers.length === 0) return new Map();
  const names = fileNames(model);
  return readWeights({ model, buffers, starts }, fileNamed(files, names.weightsHeader), fileNamed(files, names.weights));
}
