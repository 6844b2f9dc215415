/** The arithmetic peak of this machine by peak.c, per build of ours: a variant among those that it is compared with. */
import { join } from "node:path";
import { linkVariant } from "../../src/toolchain/rounds.js";
import type { Level } from "../../src/toolchain/levels.js";
import type { Build } from "./builds.js";

const vectorBytes: Readonly<Record<Level, number>> = { "x86-64-v2": 16, "x86-64-v3": 32, "x86-64-v4": 64 };
/** Of peak.c: sums side by side, each of so many steps in one run. */
const [chains, steps] = [12, 1000] as const;

export function operationsOfPeak({ level }: Build): number {
  return 2 * steps * chains * vectorBytes[level] / 4;
}

/** The shared object; `sources` is bench/performance. */
export async function peakVariant(sources: string, folder: string, { level, contract }: Build): Promise<string> {
  const flags = ["-O2", `-march=${level}`, `-DPEAK_BYTES=${vectorBytes[level]}`, ...(contract === "fused" ? ["-DPEAK_FUSED"] : [])];
  return linkVariant(join(folder, `peak-${level}-${contract}.so`), [join(sources, "peak.c")], flags);
}
