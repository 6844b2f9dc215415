/** The picture of a bound: where it is spent, by node, loop and class of instruction. */
import { factsOf } from "../../ir/loop/facts.js";
import type { Program } from "../../ir/loop/program.js";
import type { Bound } from "../../wcet/analyse.js";
import type { MemoryTiming } from "../../wcet/cores/core.js";
import { timeTree } from "../../wcet/time-tree.js";
import { flameSvg } from "../report/flame.js";

export function timePicture({ byLoop, core }: Bound, program: Program, memory: MemoryTiming, model: string): string {
  const loops = new Map(factsOf(program).loops.map((fact) => [fact.loop, fact]));
  const waits = core.unit === "cycles" ? `; wait states: flash ${memory.flashWaitStates}, RAM ${memory.ramWaitStates}` : "";
  return flameSvg(timeTree(model, byLoop, loops), { title: `${model}: where the bound is spent (${core.title}${waits})`, unit: core.unit });
}
