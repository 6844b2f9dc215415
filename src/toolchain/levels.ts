/** Sets of instructions of x86-64 that code is compiled for, to be measured on the machine at hand. */
import { compileFlags } from "../../backends/c/flags.js";

/** The psABI names them: v2 has SSE4.2, v3 AVX2 and FMA, v4 AVX-512. */
export const levels = ["x86-64-v2", "x86-64-v3", "x86-64-v4"] as const;
export type Level = (typeof levels)[number];

export function isLevel(word: string): word is Level {
  return levels.some((level) => level === word);
}

/** The pinned flags and those of the level, for position-independent code. */
export function levelFlags(level: Level): readonly string[] {
  return [...compileFlags({ compiler: "gcc", target: "host", optimisation: "O3" }), `-march=${level}`, ...wide(level), "-fPIC"];
}

/** Vectors of 64 bytes where there are some: gcc takes 32 of its own accord. */
function wide(level: Level): readonly string[] {
  return level === "x86-64-v4" ? ["-mprefer-vector-width=512"] : [];
}
