/** Ours as it is measured: for each set of instructions, and each way of rounding that it has instructions for. */
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type Level, levels } from "../../src/toolchain/levels.js";

export interface Build {
  readonly level: Level;
  readonly contract: MulAddContract;
  /** What its name begins with in tables; the level follows. */
  readonly label: string;
}

/** x86-64-v2 has no fused multiply-add. */
const contractsOf = (level: Level): readonly MulAddContract[] => (level === "x86-64-v2" ? ["separate"] : ["separate", "fused"]);

const labels: Readonly<Record<MulAddContract, string>> = { separate: "ours", fused: "ours fused" };

export const builds: readonly Build[] = levels.flatMap((level) => contractsOf(level).map((contract) => ({ level, contract, label: labels[contract] })));

export function nameOfBuild({ level, label }: Build): string {
  return `${label} ${level}`;
}
