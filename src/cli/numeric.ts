/** `obligato numeric`: ranges and error bounds of a model over an input box, and how much of them is attained. */
import type { Command } from "commander";
import { Option } from "commander";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { approximate, larger, printFraction, smaller } from "../../proofs/bounds/fixed.js";
import type { NodeBound } from "../../proofs/bounds/bound.js";
import { type Value, errorOf } from "../../proofs/bounds/value.js";
import { attainedErrors } from "../numeric/attained.js";
import { rangesIn } from "../numeric/box.js";
import { type LemmaStage, lemmaStage } from "../numeric/lemma-stage.js";
import type { NumericRequest } from "../numeric/request.js";
import type { FixInputs } from "../onnx/fix-inputs.js";
import { importModel } from "../onnx/import.js";
import { fixDim, fixInputOption, numericOf, solverOption } from "./build-options.js";
import { exitCodes } from "./exit.js";
import { type CommonOptions, type SetExit, collect, naturalNumber, oneLine, positiveInteger, say, sayJson, withCommonOptions } from "./terminal.js";
import { type SolverChoice, startSolver } from "../../proofs/provers/discharge.js";

interface Options extends CommonOptions {
  readonly box: string;
  readonly lemma: readonly string[];
  readonly replication?: string;
  readonly vectors: number;
  readonly elements?: number;
  readonly fixDim: ReadonlyMap<string, number>;
  readonly fixInput: FixInputs;
  readonly muladd: MulAddContract;
  readonly solver: SolverChoice;
}

export function addNumeric(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("numeric <model>"))
    .summary("error bounds over an input box")
    .description("Bounds, for every input in a box, how far the outputs of the code are from the model's meaning over the reals, and compares the bound with the errors that some inputs have.")
    .requiredOption("--box <range>", "LOW,HIGH for every input, or a JSON file with a range per input or element")
    .option("--lemma <request>", "as for build; may be given several times", collect, [])
    .option("--replication <limit>", "as for build")
    .option("--vectors <n>", "inputs to compare with", naturalNumber, 20)
    .option("--elements <n>", "bound tensors up to this many elements one by one, larger ones by channel (default: 4096)", positiveInteger)
    .option("--fix-dim <name=n>", "extent of a dynamic dimension", fixDim, new Map<string, number>())
    .addOption(fixInputOption())
    .addOption(new Option("--muladd <contract>", "rounding of multiply-add").choices(["separate", "fused"]).default("separate"))
    .addOption(solverOption())
    .addHelpText("after", "\nExamples:\n  obligato numeric model.onnx --box -1,1\n  obligato numeric model.onnx --box box.json --lemma fold-batch-normalization --json\n")
    .action(async (model: string, options: Options) => setExit(await numeric(model, options)));
}

async function numeric(model: string, options: Options): Promise<number> {
  const { muladd: contract, solver } = options;
  const { graph: original } = importModel(model, { fixDims: options.fixDim, fixInputs: options.fixInput, contract });
  const { elements } = options;
  const request = { ...numericOf(options, undefined), ...(elements === undefined ? {} : { elements }) };
  const stage = await lemmaStage(original, contract, request, () => startSolver(solver));
  if (stage.bound === undefined) {
    if (options.json === true) sayJson({ model, bound: null, why: stage.unbounded });
    else say(options, `no bound: ${oneLine(stage.unbounded ?? "")}`);
    return exitCodes.unproved;
  }
  show(model, stage, attainedIn(stage, request, options), options);
  return exitCodes.ok;
}

function attainedIn({ graph, original }: LemmaStage, { box }: NumericRequest, { vectors, muladd: contract }: Options): ReadonlyMap<string, number> {
  if (box === undefined || vectors === 0) return new Map();
  return attainedErrors({ graph, original, contract, vectors, ranges: rangesIn(box, graph.inputs) });
}

function show(model: string, { bound, steps, tier }: LemmaStage, attained: ReadonlyMap<string, number>, options: Options): void {
  const nodes = (bound?.nodes ?? []).map(figuresOf);
  const outputs = (bound?.outputs ?? []).map(({ name, error }) => {
    const seen = attained.get(name);
    return { name, bound: approximate(error), fraction: printFraction(error), attained: seen ?? null, ratio: seen === undefined || seen === 0 ? null : approximate(error) / seen };
  });
  if (options.json === true) {
    sayJson({ model, tier, lemmas: steps, nodes, outputs, vectors: options.vectors });
    return;
  }
  const width = Math.max(4, ...nodes.map(({ node, op }) => node.length + op.length + 1));
  const row = (cells: readonly string[]): string => cells.map((cell, k) => (k === 0 ? cell.padEnd(width) : cell.padStart(11))).join("  ");
  say(options, row(["node", "low", "high", "propagated", "introduced", "total"]),
    ...nodes.map(({ node, op, low, high, propagated, introduced, total }) => row([`${op} ${oneLine(node)}`, ...[low, high, propagated, introduced, total].map(short)])), "");
  for (const { name, bound: limit, attained: seen, ratio } of outputs) {
    const compared = seen === null ? "" : `; attained on ${options.vectors} inputs ${short(seen)}${ratio === null ? "" : `, bound ÷ attained ${ratio.toPrecision(3)}`}`;
    say(options, `output ${oneLine(name)}: within ${short(limit)}${compared}`);
  }
}

function short(x: number): string {
  return x === 0 ? "0" : x.toExponential(3);
}

/** The worst over the elements of a node's results. */
function figuresOf({ node, outputs }: NodeBound) {
  const cells = outputs.flatMap((summary) => summary.cells);
  const most = (of: (value: Value) => bigint): number => approximate(cells.map(of).reduce(larger, 0n));
  return {
    node: node.name, op: node.op,
    low: approximate(cells.map(({ low }) => low).reduce(smaller)), high: approximate(cells.map(({ high }) => high).reduce(larger)),
    propagated: most(({ propagated }) => propagated), introduced: most(({ introduced }) => introduced), total: most(errorOf),
  };
}
