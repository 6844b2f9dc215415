/** The options of a build, shared by every command that builds; and the request they make. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { FloatCompare } from "../../backends/backend.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import type { SolverChoice } from "../../proofs/provers/discharge.js";
import type { BuildRequest } from "../driver.js";
import { parseBox, rangeOfText } from "../numeric/box.js";
import { type NumericRequest, lemmaOfText, replicationOfText } from "../numeric/request.js";
import type { FixInputs } from "../onnx/fix-inputs.js";
import { fixedValueOf } from "../onnx/fixed-value.js";
import { readInput } from "../onnx/import.js";
import { type Schedule, parseSchedule } from "../schedule.js";
import { type CommonOptions, collect } from "./terminal.js";

export interface BuildOptions extends CommonOptions {
  readonly schedule?: string;
  readonly until?: string;
  readonly skip: readonly string[];
  readonly fixDim: ReadonlyMap<string, number>;
  readonly fixInput: FixInputs;
  readonly muladd?: MulAddContract;
  readonly floatCompare: FloatCompare;
  readonly solver: SolverChoice;
  readonly lemma: readonly string[];
  readonly box?: string;
  readonly replication?: string;
  readonly allowUnbounded?: boolean;
}

export function withBuildOptions(command: Command): Command {
  return command
    .option("--schedule <file>", "which passes run, in which order, with which options (default: all, in their order)")
    .option("--until <pass>", "the last pass to run")
    .option("--skip <pass>", "leave a pass out; may be given several times", collect, [])
    .option("--fix-dim <name=n>", "extent of a dynamic dimension; may be given several times", fixDim, new Map<string, number>())
    .addOption(fixInputOption())
    .addOption(new Option("--muladd <contract>", "rounding of multiply-add: twice or once (default: the schedule's, else separate)").choices(["separate", "fused"]))
    .addOption(new Option("--float-compare <form>", "how the C compares floats: with its operators, or as integers, for cores and analysers without those instructions").choices(["float", "integer"]).default("float"))
    .option("--lemma <request>", "use a lemma: fold-batch-normalization[:NODE], integer-quantised[:NODE], store-padding[:NODE[:channels=N]], winograd[:NODE] or split-k:NODE:PARTS[:strided]; may be given several times", collect, [])
    .option("--box <range>", "input box LOW,HIGH or a JSON file, over which the error of the outputs is bounded")
    .option("--replication <limit>", "fail where the result may be further from the model: exact, a largest absolute error, or Nulp")
    .option("--allow-unbounded", "go on where a lemma leaves the error without a bound; the verdict says so first")
    .addOption(solverOption());
}

export function solverOption(): Option {
  return new Option("--solver <name>", "who decides what the cheap provers leave open").choices(["auto", "z3", "native", "cvc5"]).default("auto");
}

/** Adds NAME=N to the dimensions fixed so far. */
export function fixDim(text: string, before: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const [, name, extent] = /^(.+)=([0-9]+)$/.exec(text) ?? [];
  const value = Number(extent);
  if (name === undefined || !Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("NAME=N with N of at least 1 is expected");
  return new Map([...before, [name, value]]);
}

export function fixInputOption(): Option {
  return new Option("--fix-input <name=value>", "an input becomes a constant of the model: a tensor file (.npy, .pb, .json), or a value such as [0,1]; may be given several times").argParser(fixInput).default(new Map(), "none");
}

/** Adds NAME=FILE or NAME=VALUE to the inputs fixed so far. */
function fixInput(text: string, before: FixInputs): FixInputs {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("NAME=FILE or NAME=VALUE is expected");
  return new Map([...before, [name, fixedValueOf(value)]]);
}

/** The schedule file is read here, so a mistake in it is found before the model is. */
export function requestOf(options: BuildOptions): Omit<BuildRequest, "model"> {
  const schedule = options.schedule === undefined ? undefined : readSchedule(options.schedule);
  return {
    fixDims: options.fixDim,
    fixInputs: options.fixInput,
    contract: options.muladd ?? schedule?.muladd ?? "separate",
    schedule: schedule?.steps,
    until: options.until,
    skip: options.skip,
    floatCompare: options.floatCompare,
    solver: options.solver,
    jobs: options.jobs,
    prove: true,
    numeric: numericOf(options, schedule),
  };
}

/** What the command line adds to, or says instead of, the schedule. */
export function numericOf({ lemma, box, replication, allowUnbounded = false }: Pick<BuildOptions, "lemma" | "box" | "replication" | "allowUnbounded">, schedule: Schedule | undefined): NumericRequest {
  return {
    lemmas: [...(schedule?.lemmas ?? []), ...lemma.map(lemmaOfText)],
    box: box === undefined ? undefined : rangeOfText(box) ?? parseBox(new TextDecoder().decode(readInput(box))),
    replication: replication === undefined ? schedule?.replication : replicationOfText(replication),
    allowUnbounded,
  };
}

function readSchedule(path: string): Schedule {
  return parseSchedule(new TextDecoder().decode(readInput(path)), path);
}
