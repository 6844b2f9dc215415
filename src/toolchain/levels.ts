/** Sets of instructions of x86-64 that code is compiled for, to be measured on the machine at hand. */
import { compileFlags } from "../../backends/c/flags.js";
import { vectorMachines } from "../schedule/vector/machine.js";

/** The psABI names them: v2 has SSE4.2, v3 AVX2 and FMA, v4 AVX-512. */
export const levels = ["x86-64-v2", "x86-64-v3", "x86-64-v4"] as const;
export type Level = (typeof levels)[number];

export function isLevel(word: string): word is Level {
  return levels.some((level) => level === word);
}

/** The pinned flags and what `build --target` says of the processor, for position-independent code. */
export function levelFlags(level: Level): readonly string[] {
  const own = vectorMachines.find(({ name }) => name === level)?.flags ?? [`-march=${level}`];
  return [...compileFlags({ compiler: "gcc", target: "host", optimisation: "O3" }), ...own, "-fPIC"];
}
