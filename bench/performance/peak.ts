/** The arithmetic peak of this machine by peak.c, per set of instructions. */
import { join } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import { runProcess } from "../../src/toolchain/process.js";
import { requireTool } from "../../src/toolchain/tools.js";
import type { Level } from "../../src/toolchain/levels.js";

const vectorBytes: Readonly<Record<Level, number>> = { "x86-64-v2": 16, "x86-64-v3": 32, "x86-64-v4": 64 };

export interface Peak {
  /** GFLOP/s of multiply then add, and of fused multiply-add (0 without the instruction). */
  readonly separate: number;
  readonly fused: number;
}

export async function peakOf(sources: string, folder: string, level: Level): Promise<Peak> {
  const binary = join(folder, `peak-${level}`);
  const flags = ["-std=gnu99", "-O2", "-ffp-contract=off", `-march=${level}`, `-DPEAK_BYTES=${vectorBytes[level]}`];
  const built = await runProcess(requireTool("gcc", "to measure the peak"), [...flags, join(sources, "peak.c"), "-o", binary]);
  if (built.status !== 0) throw new Refusal("invalid", "measurement", `peak.c does not compile: ${built.errors.slice(0, 500)}`, undefined, "use gcc on x86-64");
  const { status, output } = await runProcess(binary, []);
  const [separate = 0, fused = 0] = output.toString("utf8").trim().split(" ").map(Number);
  return status === 0 ? { separate, fused } : { separate: 0, fused: 0 };
}
