/** What a search lowers: a figure per program, by a model, a compiler or a clock. */
import type { Program } from "../../ir/loop/program.js";
import { costOf, microseconds } from "./cost.js";
import type { Machine } from "./machine.js";

export interface Prices {
  readonly unit: "µs" | "bytes";
  /**
   * In the order of the programs; the first is the one to beat. Undefined: it has none. `closely` is for the few that
   * won among many: the least of many measurements is mostly luck, so they are measured anew, and longer.
   */
  readonly of: (programs: readonly Program[], closely?: "closely") => Promise<readonly (number | undefined)[]>;
}

export function modelledPrices(machine: Machine): Prices {
  return { unit: "µs", of: (programs) => Promise.resolve(programs.map((program) => microseconds(costOf(program, machine).cycles, machine))) };
}
