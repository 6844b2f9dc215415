/**
 * The configuration file `obligato.config.json`: what the options of `build` and `prove`
 * say, kept beside the model. schemas/config.schema.json is the same for editors. Every
 * key is optional and an unknown one is refused; paths are relative to the file; the
 * command line wins.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { Refusal } from "../ir/prelude.js";
import type { MulAddContract } from "../ir/tensor/meaning.js";
import type { SolverChoice } from "../proofs/provers/discharge.js";
import type { FixedValue } from "./onnx/fix-inputs.js";
import { fixedValueOf } from "./onnx/fixed-value.js";
import { parseObject } from "./run/package.js";

/** How close to the model's meaning the code has to be: the same bits, or within stated bounds per output. */
export type Replication = "exact" | { readonly maxAbsError?: number; readonly maxUlp?: number };

export interface Config {
  /** As it was named or found; the paths below are relative to the working directory. */
  readonly path: string;
  readonly model?: string;
  readonly output?: string;
  readonly schedule?: string;
  readonly fixDims: ReadonlyMap<string, number>;
  /** Values of inputs by name, as the command line says them; files are relative to the working directory. */
  readonly fixInputs: ReadonlyMap<string, FixedValue>;
  readonly muladd?: MulAddContract;
  readonly replication?: Replication;
  readonly jobs?: number;
  readonly solver?: SolverChoice;
  /** Options of a build for a target, in the words of the command line, by name. */
  readonly options: ReadonlyMap<string, string>;
}

export const configName = "obligato.config.json";

/** Keys that are options of `build` under the same name; what their words mean is read where options are. */
const optionKeys = ["target", "core", "optimisation", "floatCompare", "flashWaitStates", "ramWaitStates", "wcetBudget", "minimise", "optimise", "candidates", "searchCache"] as const;

/** Every key, with what it must be; the schema file is compared with this list by a test. */
export const configKeys = ["$schema", "model", "output", "schedule", "fixDims", "fixInputs", "muladd", "replication", "jobs", "solver", ...optionKeys] as const;

/** The file named, or else the one beside the model, or else the one in the working directory; undefined where there is none. */
export function findConfig(named: string | undefined, model: string | undefined): Config | undefined {
  if (named !== undefined) return readConfig(named);
  const folders = [...(model === undefined ? [] : [dirname(model)]), "."];
  const path = folders.map((folder) => join(folder, configName)).find((it) => existsSync(it));
  return path === undefined ? undefined : readConfig(path);
}

/** Throws a Refusal `config` that names the key. */
export function readConfig(path: string): Config {
  if (!existsSync(path)) throw new Refusal("usage", "no-file", `${path} is not there`, path, "give the path of a readable file");
  const value = parseObject(readFileSync(path, "utf8")) ?? wrong(path, "the file", "a JSON object");
  const unknown = Object.keys(value).find((key) => !configKeys.some((known) => known === key));
  if (unknown !== undefined) wrong(path, unknown, `one of ${configKeys.join(", ")}`);
  const beside = (file: string): string => relative(".", resolve(dirname(path), file));
  const [model, output, schedule] = [textOf(value, "model", path), textOf(value, "output", path), textOf(value, "schedule", path)];
  const [muladd, solver] = [choiceOf(value, "muladd", ["separate", "fused"] as const, path), choiceOf(value, "solver", ["auto", "z3", "native", "cvc5"] as const, path)];
  const [jobs, replication] = [countOf(value["jobs"], "jobs", path), replicationOf(value["replication"], path)];
  return {
    path, fixDims: dimsOf(value["fixDims"], path), fixInputs: inputsOf(value["fixInputs"], path, beside), options: optionsOf(value, path, beside),
    ...(model === undefined ? {} : { model: beside(model) }), ...(output === undefined ? {} : { output: beside(output) }), ...(schedule === undefined ? {} : { schedule: beside(schedule) }),
    ...(muladd === undefined ? {} : { muladd }), ...(solver === undefined ? {} : { solver }), ...(jobs === undefined ? {} : { jobs }), ...(replication === undefined ? {} : { replication }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function wrong(path: string, key: string, expected: string): never {
  throw new Refusal("usage", "config", `${key} must be ${expected}`, path, "correct the configuration file; schemas/config.schema.json describes it");
}

function textOf(value: Fields, key: string, path: string): string | undefined {
  const text = value[key];
  if (text === undefined || (typeof text === "string" && text !== "")) return text;
  return wrong(path, key, "a path");
}

function optionsOf(value: Fields, path: string, beside: (file: string) => string): ReadonlyMap<string, string> {
  return new Map(optionKeys.flatMap((key): readonly [string, string][] => {
    const word = value[key];
    if (word === undefined) return [];
    if (typeof word !== "number" && (typeof word !== "string" || word === "")) return wrong(path, key, "a text or a number");
    return [[key, key === "searchCache" ? beside(String(word)) : String(word)]];
  }));
}

function choiceOf<T extends string>(value: Fields, key: string, choices: readonly T[], path: string): T | undefined {
  if (value[key] === undefined) return undefined;
  return choices.find((choice) => choice === value[key]) ?? wrong(path, key, choices.join(" or "));
}

function countOf(value: unknown, key: string, path: string): number | undefined {
  if (value === undefined) return undefined;
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1 ? value : wrong(path, key, "a positive integer");
}

function dimsOf(value: unknown, path: string): ReadonlyMap<string, number> {
  if (value === undefined) return new Map();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong(path, "fixDims", "an object of extents by name");
  return new Map(Object.entries(value).map(([name, extent]) => [name, countOf(extent, `fixDims.${name}`, path) ?? wrong(path, `fixDims.${name}`, "a positive integer")]));
}

/** A text is a file or a value, as on the command line; anything else is the value itself. */
function inputsOf(value: unknown, path: string, beside: (file: string) => string): ReadonlyMap<string, FixedValue> {
  if (value === undefined) return new Map();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong(path, "fixInputs", "an object of values by name");
  return new Map(Object.entries(value).map(([name, given]: [string, unknown]) => [name, fixedValueOf(typeof given === "string" ? given : JSON.stringify(given), beside)]));
}

function replicationOf(value: unknown, path: string): Replication | undefined {
  if (value === undefined || value === "exact") return value;
  const expected = '"exact" or an object with maxAbsError or maxUlp, numbers of at least 0';
  if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong(path, "replication", expected);
  const entries = Object.entries(value);
  const fits = entries.length > 0 && entries.every(([key, bound]) => ["maxAbsError", "maxUlp"].includes(key) && typeof bound === "number" && Number.isFinite(bound) && bound >= 0);
  return fits ? Object.fromEntries(entries) : wrong(path, "replication", expected);
}
