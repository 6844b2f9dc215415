/**
 * Instructions of one inference on a Cortex-M4 under QEMU, which repeat exactly: what the record
 * test/networks/instruction-counts.json holds, and how much more a change may take.
 */
import { present } from "../../ir/prelude.js";
import { vectorFor } from "../../src/run/vectors.js";
import { compileForBoard, countOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board as board } from "../../src/toolchain/boards.js";
import { crossGcc } from "../../src/toolchain/hosted.js";
import { codeFor, subjectOf, textOf } from "./network.js";

export interface InstructionCounts {
  /** What the cross compiler says of itself: another one makes other code. */
  readonly compiler: string;
  readonly counts: Readonly<Record<string, number>>;
}

export const countsFile = "test/networks/instruction-counts.json";

/** Under the path of the test data. */
export const countedModels: Readonly<Record<string, readonly string[]>> = {
  hcas_pra0_tau00: ["models", "hcas_pra0_tau00", "model.onnx"],
  lenet5: ["perf", "lenet5.onnx"],
};

/** Of the part by which a count may grow: less is an accident of the compiler. */
const mostGrowth = 0.02;

export async function compilerOfCounts(): Promise<string> {
  return (await crossGcc(board.prefix, board.target)).version;
}

/** With a schedule by name, at -O2 and the pinned flags. */
export async function instructionsOnCortexM4(model: string, work: string, schedule = "small core"): Promise<number> {
  const subject = subjectOf(model, "separate");
  const text = await textOf(await codeFor(schedule, subject), "separate", work);
  const { binary } = await compileForBoard({ board, ...text, optimisation: "O2", output: text.folder });
  const [count] = await countOnBoard({ board, output: text.folder, program: text.program, limits: { timeLimit: 600_000 } }, binary, [vectorFor(subject.graph.inputs, 1)]);
  return present(count, "a count");
}

/** Undefined where the count did not grow by more than it may. */
export function grown(name: string, found: number, { compiler, counts }: InstructionCounts, installed: string): string | undefined {
  const before = counts[name];
  if (before !== undefined && found <= before * (1 + mostGrowth)) return undefined;
  const change = before === undefined ? "is not in the record" : `took ${before} instructions and takes ${found}, ${((found / before - 1) * 100).toFixed(1)} % more`;
  const other = compiler === installed ? "" : ` (recorded with ${compiler}, this is ${installed})`;
  return `${name} ${change}${other}; if that is meant, npm run instruction-counts renews ${countsFile}`;
}
