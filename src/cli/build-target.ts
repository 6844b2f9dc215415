/** The target of a build: what is compiled for it, and whether the bound is within the budget. */
import { Refusal, present } from "../../ir/prelude.js";
import type { BuildResult, Progress } from "../driver.js";
import type { PackageTarget } from "../evidence/package-facts.js";
import { targetTexts } from "../evidence/target-files.js";
import { alternatives } from "../run/alternatives.js";
import { targetBinary } from "../run/target-build.js";
import { requireTool } from "../toolchain/tools.js";
import { exitCodes } from "./exit.js";
import { shortSearch } from "./optimise.js";
import type { TargetSetting } from "./target-options.js";
import { type WcetReport, jsonOf, screenOf, withinBudget } from "./wcet-report.js";

/** Undefined where the build is for no target; throws a Refusal where a budget cannot be checked for want of a compiler. */
export async function targetOf({ code }: BuildResult, setting: TargetSetting | undefined, progress: Progress): Promise<PackageTarget | undefined> {
  if (setting === undefined || code === undefined) return undefined;
  const { board, optimisation, core, memory, limit } = setting;
  if (limit !== undefined) requireTool(`${board.prefix}gcc`, `to check the budget on ${board.target}`);
  progress.stage(`compiling for ${board.target}`);
  const facts = { target: board.target, optimisation, core, memory, binary: await targetBinary(board, optimisation, code.read, code.emission.files) };
  const found = await targetTexts(facts, code.read);
  const [difference] = found.differences;
  if (difference !== undefined) throw new Refusal("unsupported", "image", `the linked image is not the code of the objects: ${difference}`, board.target, "use the compiler that the build line names");
  return { facts, found };
}

/** Why a proved build is refused: its bound is over the budget, or there is none. */
export interface OverBudget {
  readonly exit: number;
  readonly lines: readonly string[];
  readonly json: unknown;
}

/** Measures what could be chosen instead: other flags, and a short search where there was none. */
export async function overBudget({ code, request }: BuildResult, { found: { measures }, facts }: PackageTarget, setting: TargetSetting, searched: boolean): Promise<OverBudget | undefined> {
  const { board, optimisation, memory, limit, hertz, core } = setting;
  if (limit === undefined) return undefined;
  const { read, emission: { files } } = present(code, "code");
  const about = { measures: present(measures, core.name), program: read.program, memory, limit, hertz };
  if (withinBudget(about) === true) return undefined;
  const image = present(facts.binary, "binary").image;
  const others = await alternatives({ read, files, board, optimisation, core, memory, image, compiled: true });
  const search = searched ? undefined : await shortSearch(request, setting);
  const report: WcetReport = { ...about, alternatives: search === undefined ? others : [...others, search], searched: searched || search !== undefined };
  return { exit: report.measures.time.kind === "none" ? exitCodes.unproved : exitCodes.budget, lines: screenOf(report), json: jsonOf(report) };
}
