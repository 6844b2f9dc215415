/** Instruction mode: a bound on how many instructions run. It is a number of instructions, not a time. */
import type { Core } from "./core.js";

export const instructionMode: Core = {
  name: "instructions",
  title: "instruction count",
  machine: undefined,
  unit: "instructions",
  source: "each instruction counts 1",
  costOf: () => 1,
  gaps: ["time: an instruction takes one or more cycles"],
};
