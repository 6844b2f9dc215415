/** `obligato run`: the outputs for given inputs, by the compiled C or by the interpreter. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { evalGraph } from "../../ir/graph/eval.js";
import { Refusal, present } from "../../ir/prelude.js";
import { numberOf } from "../../ir/scalar/half.js";
import { type ScalarValue, isHalf } from "../../ir/scalar/types.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type Tensor, type TensorType, printTensorType } from "../../ir/tensor/tensor.js";
import type { FixInputs } from "../onnx/fix-inputs.js";
import { importModel } from "../onnx/import.js";
import { readTensorFile, writeTensorFile } from "../onnx/tensor-files.js";
import { printTensorJson } from "../onnx/tensor-json.js";
import { type Engine, asBits, interfaceBuffers, requireCompiler, runInC, runInterpreted, validateInputs } from "../run/engines.js";
import { runLoopFile } from "../run/loop-file.js";
import { isBuilt, openPackage } from "../run/package.js";
import { findCompilers } from "../toolchain/tools.js";
import { type CommonOptions, type SetExit, collect, oneLine, say, sayJson, withCommonOptions } from "./terminal.js";
import { fixDim, fixInputOption } from "./build-options.js";

interface Options extends CommonOptions {
  readonly input: readonly string[];
  readonly outputDir?: string;
  readonly engine?: Engine;
  readonly fixDim: ReadonlyMap<string, number>;
  readonly fixInput: FixInputs;
  readonly muladd?: MulAddContract;
  readonly inputs?: string;
  readonly tensors?: string;
}

export function addRun(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("run <target>"))
    .summary("run a built directory, a model or a loop program on inputs")
    .description("Computes a network's outputs: the compiled C of a built directory where there is a C compiler, else the interpreter. A model that is not built runs in the interpreter.")
    .option("--input <file>", "a tensor as .pb, .npy or .json; once per input, in the model's order", collect, [])
    .option("--output-dir <dir>", "write the outputs there as .npy files")
    .addOption(new Option("--engine <name>", "who computes").choices(["c", "interpreter"]))
    .option("--fix-dim <name=n>", "extent of a dynamic dimension of a model", fixDim, new Map<string, number>())
    .addOption(fixInputOption())
    .addOption(new Option("--muladd <contract>", "rounding of multiply-add for a model that is not built").choices(["separate", "fused"]))
    .option("--inputs <file>", "for a .loop file: its inputs by name, each element as its bits")
    .option("--tensors <file>", "for a .loop file: the tensors its weights refer to")
    .addHelpText("after", examples)
    .action(async (target: string, options: Options) => {
      const done = isBuilt(target) ? await runPackage(target, options) : target.endsWith(".loop") ? runLoop(target, options) : runModel(target, options);
      show(done, options);
      setExit(0);
    });
}

const examples = `
Examples:
  obligato run out/model --input image.json
  obligato run out/model --input a.npy --input b.pb --json
  obligato run model.onnx --input image.json --output-dir results
  obligato run after.loop --inputs inputs.json --tensors tensors.json
`;

interface Done {
  readonly engine: Engine;
  readonly outputs: readonly { readonly name: string; readonly tensor: Tensor }[];
}

async function runPackage(folder: string, { input, engine }: Options): Promise<Done> {
  const built = openPackage(folder);
  const { program } = built.read;
  const inputs = read(input, interfaceBuffers(program, "input").map(({ name, label = name, type, shape }) => ({ name: label, type, shape })));
  const names = interfaceBuffers(program, "output").map(({ name, label = name }) => label);
  const chosen = engine ?? ((await findCompilers()).length > 0 ? "c" : "interpreter");
  if (chosen === "interpreter") return { engine: chosen, outputs: named(names, runInterpreted(built.read, inputs)) };
  const [outputs = []] = await runInC(built, [inputs], await requireCompiler());
  return { engine: chosen, outputs: named(names, outputs) };
}

function runModel(path: string, { input, engine, fixDim: fixDims, fixInput: fixInputs, muladd = "separate" }: Options): Done {
  if (engine === "c") throw new Refusal("usage", "not-built", `${path} is a model, not a built directory`, path, "run `obligato build` first and give its directory");
  const { graph } = importModel(path, { fixDims, fixInputs, contract: muladd });
  const inputs = read(input, graph.inputs);
  const byName = new Map(graph.inputs.map(({ name }, k) => [name, present(inputs[k], name)]));
  const outputs = [...evalGraph(graph, byName, muladd)].map(([name, tensor]) => ({ name, tensor }));
  return { engine: "interpreter", outputs };
}

function runLoop(path: string, { inputs, tensors }: Options): Done {
  return { engine: "interpreter", outputs: runLoopFile(path, inputs, tensors) };
}

function read(paths: readonly string[], types: readonly (TensorType & { readonly name: string })[]): readonly Tensor[] {
  const inputs = paths.map((path, k) => asBits(readTensorFile(path), types[k]?.type));
  validateInputs(types, inputs);
  return inputs;
}

function named(names: readonly string[], outputs: readonly Tensor[]): Done["outputs"] {
  return names.map((name, k) => ({ name, tensor: present(outputs[k], name) }));
}

/** Values shown per output; the rest is for files and programs. */
const shownValues = 64;

function show({ engine, outputs }: Done, options: Options): void {
  if (options.outputDir !== undefined) writeOutputs(options.outputDir, outputs);
  if (options.json === true) {
    sayJson({ engine, outputs: outputs.map(({ name, tensor }) => ({ name, ...tensorFields(tensor) })) });
    return;
  }
  say(options, `engine ${engine === "c" ? "compiled C" : "interpreter"}`);
  for (const { name, tensor } of outputs) {
    say(options, `${oneLine(name)} ${printTensorType(tensor)}`, ...valueLines(tensor));
  }
}

/** `data` as `printTensorJson` writes it: special values are texts. */
function tensorFields(tensor: Tensor): object {
  const value: unknown = JSON.parse(printTensorJson(tensor));
  return typeof value === "object" && value !== null ? value : {};
}

function valueLines({ type, data }: Tensor): readonly string[] {
  const values = Array.from(data.slice(0, shownValues), (value: ScalarValue) => String(isHalf(type) ? numberOf(type, value) : value));
  const lines = Array.from({ length: Math.ceil(values.length / 5) }, (_, k) => `  ${values.slice(5 * k, 5 * k + 5).join("  ")}`);
  const more = data.length > shownValues ? [`  and ${data.length - shownValues} more (--json or --output-dir has all)`] : [];
  return [...lines, ...more];
}

function writeOutputs(folder: string, outputs: Done["outputs"]): void {
  mkdirSync(folder, { recursive: true });
  outputs.forEach(({ name, tensor }, k) => writeTensorFile(join(folder, `output_${k}.npy`), tensor, name));
}
