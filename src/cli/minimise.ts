/**
 * `--minimise`: what a build, a schedule or a search shall make small, in the same words
 * everywhere. `--optimise wcet` is the older name of `--minimise wcet` in a build.
 */
import { type Command, Option } from "commander";
import { Refusal } from "../../ir/prelude.js";
import type { BuildRequest } from "../driver.js";
import { importModel } from "../onnx/import.js";
import type { Aim } from "../optimise/choices.js";
import { defaultSchedule } from "../schedule.js";
import { type Figure, figures, stepsToMinimise } from "../schedule/minimise.js";

export interface MinimiseOptions {
  readonly minimise?: Figure;
}

export function minimiseOption(): Option {
  return new Option("--minimise <figure>", "what is to be small: time, bytes of code, bytes of the arena, or the bound of the time on a small core (default: time)").choices([...figures]);
}

/** With the older word in place of the newer one; throws a Refusal where the two say different things. */
export function oneFigure<T extends MinimiseOptions & { readonly optimise?: "wcet" }>(options: T): T {
  const { minimise, optimise } = options;
  if (minimise === undefined || minimise === "wcet") return minimise === undefined ? options : { ...options, optimise: "wcet" };
  if (optimise === undefined) return options;
  throw new Refusal("usage", "usage", `--optimise wcet and --minimise ${minimise} ask for two things`, undefined, "leave one of them out");
}

/** What the code of a small core is meant to be for the figure; undefined: as without one. */
export function aimFor(figure: Figure | undefined): Aim | undefined {
  return figure === "code" ? "small" : figure === "time" ? "fast" : undefined;
}

/** The request with the schedule for the figure, made of the one that the target gives in `planned`; that for a small core has its aim already. */
export function minimisedRequest(asked: BuildRequest, planned: BuildRequest, figure: Figure | undefined, smallCore: boolean): BuildRequest {
  if (figure === undefined || figure === "time" || figure === "wcet") return planned;
  if (asked.schedule !== undefined) throw new Refusal("usage", "usage", "--minimise chooses the schedule, and --schedule gives one", undefined, "leave one of them out");
  if (figure === "ram" && (asked.numeric?.lemmas ?? []).length > 0) {
    throw new Refusal("usage", "usage", "--minimise ram looks at the model as it is", undefined, "leave --lemma out, or write the schedule by hand");
  }
  if (figure === "code" && smallCore) return planned;
  const { model, fixDims, fixInputs = new Map(), contract } = asked;
  const imported = (): { readonly graph: ReturnType<typeof importModel>["graph"]; readonly contract: typeof contract } => ({ graph: importModel(model, { fixDims, fixInputs, contract }).graph, contract });
  return { ...planned, schedule: stepsToMinimise(figure, imported, planned.schedule ?? defaultSchedule().steps) };
}

export function withMinimise(command: Command): Command {
  return command.addOption(minimiseOption());
}
