/**
 * Replay of a refutation: the programs before and after a stage run on generated
 * inputs until an output differs or one of them goes wrong. A refuted obligation
 * says that the proof fails; a replayed one, that two numbers differ.
 */
import { ExecutionFault, evalProgram } from "../../ir/loop/eval.js";
import { factsOf } from "../../ir/loop/facts.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import { InvariantViolation, Refusal } from "../../ir/prelude.js";
import { type Tensor, stridesOf } from "../../ir/tensor/tensor.js";
import { firstDifference, showDifference, showScalar, ulpsBetween } from "../testing/compare.js";
import { type Flavour, vectorFor } from "./vectors.js";

/** The first output element that differs; values as hexadecimal bits and in decimal. */
export interface ReplayDifference {
  /** The output's name in the model. */
  readonly output: string;
  readonly index: readonly number[];
  /** Row-major position. */
  readonly element: number;
  readonly before: string;
  readonly after: string;
  /** Distance in units of the last place; undefined for integers and NaN. */
  readonly ulps?: string;
}

export type Replay =
  /** `what` says which element differs and by how much, or what went wrong. */
  | { readonly kind: "confirmed"; readonly vector: string; readonly what: string; readonly difference?: ReplayDifference }
  | { readonly kind: "not-replayed"; readonly vectors: number; readonly why: string };

export interface ReplayTask {
  /** Undefined for the reference program: then only what goes wrong by itself shows. */
  readonly before: Program | undefined;
  readonly after: Program;
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** Statement executions up to which the strict engine, a tree walk, is used as well. */
const strictLimit = 2_000_000;

interface Vector {
  readonly name: string;
  readonly seed: number;
  readonly flavour: Flavour;
}

const vectors: readonly Vector[] = [1, 2, 3].flatMap((seed) => [
  { name: `ordinary, seed ${seed}`, seed, flavour: "ordinary" as const },
  { name: `special values, seed ${seed}`, seed, flavour: "special" as const },
]);

/** Tries every vector with both engines, cheapest first. */
export function replay(task: ReplayTask): Replay {
  const modes = [{ arena: true, strict: false }, ...(isSmall(task.after) ? [{ arena: true, strict: true }] : [])];
  for (const mode of modes) {
    for (const vector of vectors) {
      const seen = attempt(task, vector, mode);
      if (seen !== undefined) return { kind: "confirmed", vector: vector.name, ...seen };
    }
  }
  const why = "the programs agree on every vector tried; the obligation may concern a value that no output shows";
  return { kind: "not-replayed", vectors: vectors.length * modes.length, why };
}

function isSmall(program: Program): boolean {
  try {
    return factsOf(program).statements.reduce((sum, { executions }) => sum + executions, 0) <= strictLimit;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

interface Mode {
  readonly arena: boolean;
  readonly strict: boolean;
}

/** The inputs of the vector with that name, in the order of the interface. */
export function replayInputs(program: Program, vector: string): readonly Tensor[] {
  const { seed, flavour } = vectors.find(({ name }) => name === vector) ?? { seed: 1, flavour: "ordinary" };
  return vectorFor(inputsOf(program), seed, flavour);
}

interface Seen {
  readonly what: string;
  readonly difference?: ReplayDifference;
}

function attempt({ before, after, weights }: ReplayTask, { seed, flavour }: Vector, mode: Mode): Seen | undefined {
  const values = vectorFor(inputsOf(before ?? after), seed, flavour);
  const expected = before === undefined ? undefined : outputsOf(before, values, weights, mode);
  const actual = outputsOf(after, values, weights, mode);
  if (typeof expected === "string") return undefined; // what was wrong before is not this stage's doing
  if (typeof actual === "string") return { what: actual };
  if (expected === undefined) return undefined;
  return expected.map((value, k) => differing(after, k, value, actual[k])).find((seen) => seen !== undefined);
}

function inputsOf(program: Program): readonly Buffer[] {
  return program.buffers.filter(({ kind }) => kind === "input");
}

/** The outputs in order, or what went wrong. */
function outputsOf(program: Program, values: readonly Tensor[], weights: ReadonlyMap<string, Tensor>, mode: Mode): readonly Tensor[] | string {
  const inputs = new Map(inputsOf(program).flatMap(({ name }, k) => values.slice(k, k + 1).map((value) => [name, value] as const)));
  try {
    return [...evalProgram(program, { inputs, weights }, mode).values()];
  } catch (error) {
    if (error instanceof ExecutionFault) return error.message;
    if (error instanceof InvariantViolation) return `the interpreter refuses the program: ${error.message}`;
    throw error;
  }
}

function differing(program: Program, k: number, expected: Tensor, actual: Tensor | undefined): Seen | undefined {
  const buffer = program.buffers.filter(({ kind }) => kind === "output")[k];
  const name = buffer?.label ?? buffer?.name ?? `output ${k}`;
  if (actual === undefined) return { what: `there is no output ${name}` };
  const difference = firstDifference(expected, actual);
  if (difference === undefined) return undefined;
  const index = indexOf(expected.shape, difference.element);
  const ulps = ulpsBetween(expected.type, difference.expected, difference.actual);
  return {
    what: `${name}[${index.join(", ")}]: ${showDifference(expected.type, difference)}`,
    difference: {
      output: name, index, element: difference.element, ...(ulps === undefined ? {} : { ulps: String(ulps) }),
      before: showScalar(expected.type, difference.expected), after: showScalar(expected.type, difference.actual),
    },
  };
}

function indexOf(shape: readonly number[], element: number): readonly number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(element / stride) % (shape[axis] ?? 1));
}
