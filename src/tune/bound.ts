/** A search by the bound of the linked binary: that of `build --optimise wcet`, with its result as a schedule file. */
import { Refusal } from "../../ir/prelude.js";
import type { Optimisation } from "../../backends/c/flags.js";
import { instructionMode } from "../../wcet/cores/instructions.js";
import type { Core } from "../../wcet/cores/core.js";
import type { Progress } from "../driver.js";
import { evaluatorOf } from "../optimise/evaluate.js";
import { searchSchedule } from "../optimise/search.js";
import { defaultSchedule } from "../schedule.js";
import type { Board } from "../toolchain/boards.js";
import { type TuneOptions, type TuneResult, modelOf, proofOf } from "./run.js";

export type BoundOptions = Omit<TuneOptions, "level" | "aim" | "measure"> & { readonly board: Board; readonly core?: Core; readonly optimisation?: Optimisation };

/** Throws a Refusal where nothing that was tried has a bound. */
export async function tuneBound(options: BoundOptions, progress: Progress): Promise<Omit<TuneResult, "unit"> & { readonly unit: Core["unit"] }> {
  const { model, contract, board, core = instructionMode, optimisation = "O2", limit, cache } = options;
  const { graph } = modelOf(options);
  const evaluator = await evaluatorOf({ graph, contract, board, core, memory: { flashWaitStates: 0, ramWaitStates: 0 }, cache });
  const { steps, bound, before, tried } = await searchSchedule({ evaluator, forms: [{ optimisation, floatCompare: "float" }], limit, report: progress.stage });
  if (bound === undefined) throw new Refusal("unsupported", "no-bound", "no schedule that was tried has a bound", model, "give a larger --limit, or build with --target and see what the analysis misses");
  const proof = await proofOf(options, steps, progress);
  const { known, compiled } = evaluator.counts();
  return {
    schedule: { ...defaultSchedule(), target: board.target, muladd: contract, steps }, steps, unit: core.unit,
    before: before.default ?? before.usual ?? bound, after: bound, kept: [], known,
    modelled: 0, priced: compiled + known, sightings: [], cut: compiled + known >= limit, proved: proof === "proved",
    dropped: { refuted: Number(proof === "refuted"), undecided: Number(proof === "undecided"), dearer: 0, invalid: tried.filter(({ cost }) => cost === undefined).length },
  };
}
