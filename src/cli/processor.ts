/**
 * Processors with vectors as the target of a build. They choose the schedule; the C stays C99
 * and is compiled with the application, so no binary is made and none is bounded.
 */
import { Refusal } from "../../ir/prelude.js";
import { rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import type { BuildRequest } from "../driver.js";
import { importModel } from "../onnx/import.js";
import { scheduleFor } from "../schedule/targets.js";
import { type VectorMachine, vectorMachines } from "../schedule/vector/machine.js";
import type { SearchOptions } from "./optimise.js";
import type { TargetOptions } from "./target-options.js";

/** Undefined where `--target` names none; throws a Refusal for options that need a binary. */
export function processorOf({ target, core, wcetBudget, for: analyser, optimise }: TargetOptions & SearchOptions): VectorMachine | undefined {
  const machine = vectorMachines.find(({ name }) => name === target);
  if (machine === undefined) return undefined;
  const needless = Object.entries({ "--core": core, "--wcet-budget": wcetBudget, "--for": analyser, "--minimise wcet": optimise }).find(([, given]) => given !== undefined);
  if (needless === undefined) return machine;
  throw new Refusal("usage", "usage", `${needless[0]} needs a core whose time is bounded, and ${machine.name} is none`, undefined, "name such a target, such as cortex-m4f, or leave the option out");
}

/** The request with the schedule for the processor, where the person gave none: for the graph that lemmas make of the model. Throws what they refuse. */
export function scheduledFor(request: BuildRequest, { name }: VectorMachine): BuildRequest {
  if (request.schedule !== undefined) return request;
  const { model, fixDims, fixInputs = new Map(), contract, numeric } = request;
  const { graph } = rewriteGraph(importModel(model, { fixDims, fixInputs, contract }).graph, numeric?.lemmas ?? []);
  const schedule = scheduleFor(name, { graph, contract });
  return { ...request, schedule: schedule?.steps };
}

/** How to compile what was written. */
export function processorLines(machine: VectorMachine | undefined): readonly string[] {
  return machine === undefined ? [] : [`target ${machine.name}: schedule for its vectors; compile with gcc ${machine.flags.join(" ")} -ffp-contract=off`];
}
