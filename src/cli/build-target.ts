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
  const { board, optimisation, core, memory, limit, analyser } = setting;
  if (limit !== undefined) requireTool(`${board.prefix}gcc`, `to check the budget on ${board.target}`);
  if (analyser !== undefined) requireTool(`${board.prefix}gcc`, "to make an ELF for the analyser");
  progress.stage(`compiling for ${board.target}`);
  const binary = await targetBinary({ read: code.read, files: code.emission.files, board, optimisation, analyser });
  const facts = { target: board.target, optimisation, core, memory, analyser, binary };
  const found = await targetTexts(facts, code.read);
  const [difference] = found.differences;
  if (difference !== undefined) throw new Refusal("unsupported", "image", `the linked image is not the code of the objects: ${difference}`, board.target, "use the compiler that the build line names");
  const [unread] = analyser === undefined ? [] : found.reasons;
  if (unread !== undefined) throw new Refusal("unsupported", "analyser", `${unread}${found.reasons.length > 1 ? `, and ${found.reasons.length - 1} more` : ""}`, board.target, "build without --for, or change what is named");
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
  const { board, optimisation, memory, limit, hertz, core, analyser } = setting;
  if (limit === undefined) return undefined;
  const { read, emission: { files } } = present(code, "code");
  const about = { measures: present(measures, core.name), program: read.program, memory, limit, hertz };
  if (withinBudget(about) === true) return undefined;
  const image = present(facts.binary, "binary").image;
  const others = await alternatives({ read, files, board, optimisation, core, memory, image, compiled: true, analyser });
  const search = searched ? undefined : await shortSearch(request, setting);
  const report: WcetReport = { ...about, alternatives: search === undefined ? others : [...others, search], searched: searched || search !== undefined };
  return { exit: report.measures.time.kind === "none" ? exitCodes.unproved : exitCodes.budget, lines: screenOf(report), json: jsonOf(report) };
}
