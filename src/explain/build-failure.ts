/** What failed in a build, as a refuted claim with both programs. */
import type { BuildResult, StageRecord } from "../driver.js";
import type { Refuted } from "./counterexample.js";

/** The first refuted claim of the failing stage; undefined where nothing is refuted or no program is concerned. */
export function refutedIn({ failure, stages }: Pick<BuildResult, "failure" | "stages">): Refuted | undefined {
  const stage = stages.at(-1);
  const line = failure?.lines.find(({ verdict }) => verdict.kind === "refuted");
  const obligation = stage?.obligations.find(({ id }) => id === line?.id);
  if (failure === undefined || stage?.program === undefined || line === undefined || obligation === undefined) return undefined;
  return { obligation, line, before: programBefore(stages), after: stage.program, witness: stage.witness, replay: failure.replay };
}

function programBefore(stages: readonly StageRecord[]): Refuted["before"] {
  return stages.slice(0, -1).findLast(({ program }) => program !== undefined)?.program;
}
