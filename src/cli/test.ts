/** `obligato test`: folders in the layout of the ONNX backend tests through the whole chain. */
import type { Command } from "commander";
import { Refusal } from "../../ir/prelude.js";
import { findTests } from "../testing/data-sets.js";
import { type TestRow, runTest } from "../testing/run-test.js";
import { findCompilers } from "../toolchain/tools.js";
import { type BuildOptions, requestOf, withBuildOptions } from "./build-options.js";
import { exitCodes } from "./exit.js";
import { type SetExit, oneLine, progressLine, say, sayJson, toleranceOf, withCommonOptions } from "./terminal.js";

interface Options extends BuildOptions {
  readonly rtol?: number;
  readonly atol?: number;
  readonly prove: boolean;
  readonly fixShapeInputs?: boolean;
}

export function addTest(program: Command, setExit: SetExit): void {
  withCommonOptions(withBuildOptions(program.command("test <dir...>")))
    .summary("compare engines and stored outputs on test folders")
    .description("For every folder with model.onnx and test_data_set_N: builds it, compares interpreter and compiled C bit for bit, and both with the stored outputs: integers exactly, NaN as one value, floats within twice the error that is proved of the model at these inputs, where its operators have rules for that, and within a fixed tolerance elsewhere.")
    .option("--rtol <x>", "relative tolerance for all stored floats (default: the proven error, 1e-4 where there is none)", toleranceOf)
    .option("--atol <x>", "absolute tolerance for all stored floats (default: the proven error, 1e-5 where there is none)", toleranceOf)
    .option("--fix-shape-inputs", "where an input decides a shape, fix it to its value in the first data set; data sets with another value are left out")
    .option("--no-prove", "do not discharge obligations: compare only")
    .addHelpText("after", examples)
    .action(async (folders: readonly string[], options: Options) => setExit(await test(folders, options)));
}

const examples = `
Examples:
  obligato test models/lenet5
  obligato test --fix-shape-inputs onnx/backend/test/data/node
  obligato test --no-prove --json onnx/backend/test/data/node
`;

async function test(folders: readonly string[], options: Options): Promise<number> {
  const tests = folders.flatMap((folder) => {
    const found = findTests(folder);
    if (found.length === 0) throw new Refusal("usage", "no-test", `${folder} holds no model.onnx`, folder, "name folders in the layout of the ONNX backend tests");
    return found;
  });
  const [compiler] = await findCompilers();
  const request = { ...requestOf(options), prove: options.prove };
  const tolerance = { relative: options.rtol ?? 1e-4, absolute: options.atol ?? 1e-5 };
  const derive = options.rtol === undefined && options.atol === undefined;
  const rows: TestRow[] = [];
  const progress = progressLine(options);
  for (const one of tests) {
    const row = await runTest(one, { request, compiler, tolerance, derive, fixShapeInputs: options.fixShapeInputs === true }, progress);
    progress.clear();
    rows.push(row);
    if (options.json !== true) say(options, lineOf(row));
  }
  const count = (status: TestRow["status"]): number => rows.filter((row) => row.status === status).length;
  if (options.json === true) sayJson(rows);
  else say(options, `${count("pass")} pass, ${count("fail")} fail, ${count("skip")} skip`);
  if (count("fail") > 0) return exitCodes.refuted;
  return count("pass") > 0 ? exitCodes.ok : exitCodes.nothingChecked;
}

function lineOf({ name, status, maxAbsDiff, rule, reason, build, fixed }: TestRow): string {
  const difference = maxAbsDiff === null ? "" : `  largest difference ${maxAbsDiff.toPrecision(3)}; ${oneLine(rule)}`;
  const given = fixed.length === 0 ? "" : `  with ${oneLine(fixed.join(", "))} fixed`;
  return `${status.padEnd(4)}  ${name}  ${build}${given}${difference}${reason === "" ? "" : `  ${oneLine(reason)}`}`;
}
