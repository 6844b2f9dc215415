/**
 * One test folder through the whole chain: the model is built, its C compiled, and for
 * every data set the interpreter of meanings and the C must agree bit for bit, and
 * agree with the stored outputs within the tolerance.
 */
import { evalGraph } from "../../ir/graph/eval.js";
import { Refusal, present } from "../../ir/prelude.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { type BuildRequest, type BuildResult, type Progress, buildModel } from "../driver.js";
import { asBits, runInC, validateInputs } from "../run/engines.js";
import { vectorFor } from "../run/vectors.js";
import type { Compiler } from "../toolchain/tools.js";
import { type Agreement, type Tolerance, agreement, agreementWithin, firstDifference, sameBits, showDifference } from "./compare.js";
import { type TestFolder, readDataSet } from "./data-sets.js";
import { type DerivedLimits, derivedLimits } from "./derived-limits.js";
import { storedForm } from "./stored-form.js";
import { shapeInputs, storedInputs, withoutFixed } from "./shape-inputs.js";

export interface TestRow {
  readonly name: string;
  readonly status: "pass" | "fail" | "skip";
  /** Largest distance from a stored output; null where none was compared. */
  readonly maxAbsDiff: number | null;
  readonly reason: string;
  /** By what floats were compared: the limits derived, with the largest, or the fixed tolerance and why. */
  readonly rule: string;
  /** Data sets compared with stored outputs. */
  readonly sets: number;
  /** Verdict of the build: `proved`, or `unchecked` with --no-prove. */
  readonly build: string;
  /** Outputs of the C and of the interpreter, every bit; "" where no C was run. */
  readonly bits: "equal" | "different" | "";
  /** Inputs that were constants of the build. */
  readonly fixed: readonly string[];
}

export interface TestOptions {
  /** Everything of a build but the model. */
  readonly request: Omit<BuildRequest, "model">;
  /** Undefined: the interpreter is compared with the stored outputs, the C with nothing. */
  readonly compiler: Compiler | undefined;
  readonly tolerance: Tolerance;
  /** Floats by derived limits where there are some, by `tolerance` where there are none. */
  readonly derive?: boolean;
  /** Inputs that decide shapes are fixed to the values of the first data set. */
  readonly fixShapeInputs?: boolean;
}

/** A model that is outside what the tool covers is skipped, with the reason; a broken one fails. */
export async function runTest(test: TestFolder, options: TestOptions, report: Progress): Promise<TestRow> {
  const blank = { name: test.name, maxAbsDiff: null, rule: "", sets: 0, build: "refused", bits: "", fixed: [] } as const;
  try {
    const { fixDims, fixInputs = new Map(), contract } = options.request;
    const fixed = options.fixShapeInputs === true ? shapeInputs(test, { fixDims, fixInputs, contract }) : fixInputs;
    const result = await buildModel({ ...options.request, fixInputs: fixed, model: test.model }, report);
    if (result.code === undefined) return { ...blank, status: "fail", build: result.outcome, reason: `stage ${result.failure?.stage ?? ""} is ${result.outcome}` };
    return await compareSets(test, result, options);
  } catch (error) {
    if (error instanceof Refusal) return { ...blank, status: error.refusal === "unsupported" ? "skip" : "fail", reason: error.line };
    throw error;
  }
}

async function compareSets(test: TestFolder, result: BuildResult, { request, compiler, tolerance, derive }: TestOptions): Promise<TestRow> {
  const { graph } = result.imported;
  const fixed = graph.fixedInputs ?? new Map<string, Tensor>();
  const names = fixed.size === 0 ? [] : storedInputs(test.model);
  const sets = test.sets.flatMap((set) => withoutFixed(readDataSet(set), names, fixed) ?? []).map(({ inputs, outputs }) => ({
    inputs: inputs.map((input, k) => asBits(input, graph.inputs[k]?.type)),
    outputs: outputs.map((output, k) => asBits(output, graph.outputs[k]?.type)),
  }));
  const other = test.sets.length - sets.length;
  const stored = sets.map(({ inputs }) => inputs);
  for (const inputs of stored) validateInputs(graph.inputs, inputs);
  const vectors = stored.length > 0 ? stored : [vectorFor(graph.inputs, 1)];
  const meant = vectors.map((inputs) => [...evalGraph(graph, new Map(graph.inputs.map(({ name }, k) => [name, present(inputs[k], name)])), request.contract).values()]);
  const given = meant.map((outputs) => storedForm(graph, outputs));
  const derived = derive === true ? sets.map(({ inputs }) => derivedLimits(graph, inputs, request.contract)) : [];
  const base = { name: test.name, rule: sets.length === 0 ? "" : ruleOf(derived, tolerance), sets: sets.length, build: result.outcome, bits: compiler === undefined ? "" : "equal", fixed: [...fixed.keys()] } as const;
  const seen = sets.flatMap(({ outputs }, k) => outputs.map((output, at) => agreementOf(output, given[k]?.[at], limitsOf(derived[k], graph.outputs[at]?.name), tolerance)));
  const maxAbsDiff = seen.length === 0 ? null : Math.max(...seen.map((it) => it.maxAbsDiff));
  const engines = compiler === undefined ? undefined : await bitsDiffer(result, vectors, meant, compiler);
  if (engines !== undefined) return { ...base, status: "fail", bits: "different", maxAbsDiff, reason: engines };
  if (seen.some(({ within }) => !within)) return { ...base, status: "fail", maxAbsDiff, reason: "a stored output is outside the tolerance" };
  if (sets.length === 0 && other > 0) return { ...base, status: "skip", maxAbsDiff, reason: "every data set has other values for the fixed inputs" };
  const reason = other > 0 ? `${other} data sets have other values for the fixed inputs` : compiler === undefined ? "no C compiler: the interpreter alone" : seen.length === 0 ? "no stored outputs: the two engines only" : "";
  return { ...base, status: "pass", maxAbsDiff, reason };
}

function agreementOf(stored: Tensor, computed: Tensor | undefined, limits: Float64Array | undefined, tolerance: Tolerance): Agreement {
  if (computed === undefined) return { maxAbsDiff: Infinity, within: false };
  return limits === undefined ? agreement(stored, computed, tolerance) : agreementWithin(stored, computed, (k) => limits[k] ?? 0);
}

function limitsOf(derived: DerivedLimits | undefined, output: string | undefined): Float64Array | undefined {
  return derived?.kind === "derived" && output !== undefined ? derived.limits.get(output) : undefined;
}

/** In words: the rule of the data sets, which is the fixed tolerance as soon as one has no derived limits. */
function ruleOf(derived: readonly DerivedLimits[], { relative, absolute }: Tolerance): string {
  const without = derived.find((one) => one.kind === "none");
  if (without !== undefined || derived.length === 0) return `rtol ${relative}, atol ${absolute}${without === undefined ? "" : ` (no derived limit: ${without.why})`}`;
  const largest = Math.max(...derived.flatMap((one) => (one.kind === "none" ? [] : [...one.limits.values()].map((limits) => limits.reduce((most, limit) => Math.max(most, limit), 0)))));
  return largest === 0 ? "exact (nothing rounds)" : `within twice the proven error, at most ${largest.toPrecision(3)}`;
}

/** The first place at which interpreter and C differ, in words. */
async function bitsDiffer(
  { code, request }: BuildResult,
  vectors: readonly (readonly Tensor[])[],
  meant: readonly (readonly Tensor[])[],
  compiler: Compiler,
): Promise<string | undefined> {
  if (code === undefined) return "there is no C";
  const runnable = { files: code.emission.files, read: code.read, contract: request.contract };
  const computed = await runInC(runnable, vectors, compiler);
  for (const [k, outputs] of meant.entries()) {
    for (const [at, output] of outputs.entries()) {
      const found = computed[k]?.[at];
      if (found !== undefined && sameBits(output, found)) continue;
      const difference = found === undefined ? undefined : firstDifference(output, found);
      return `C differs from the interpreter in output ${at} of vector ${k}${difference === undefined ? "" : `, element ${difference.element}: ${showDifference(output.type, difference)}`}`;
    }
  }
  return undefined;
}
