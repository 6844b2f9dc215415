/**
 * Schedules: which passes apply, in which order, with which options. Data, not code: a
 * person can write one, a tuner can search one, and no schedule can make a wrong
 * program, for every stage is proved. The file is JSON:
 *
 *     { "version": 1, "target": "generic", "muladd": "separate",
 *       "steps": [{ "pass": "fuse-loops" }, { "pass": "tile-loops", "rules": […] }, …] }
 *
 * Every word but `pass` in a step is an option of that pass; its table says which there are.
 * docs/schedule.md is the reference, schemas/schedule.schema.json the same for editors.
 */
import type { MulAddContract } from "../ir/tensor/meaning.js";
import type { PassOptions } from "./pass.js";
import { checkOptions } from "./passes/shared/options.js";
import { reorderRules } from "./passes/reorder-loops.js";
import { splitLimits } from "./passes/split-border.js";
import { parallelRules } from "./passes/parallelise-loops.js";
import { remainderRules } from "./passes/split-remainder.js";
import { tileRules } from "./passes/tile-loops.js";
import { unrollRules } from "./passes/unroll-loops.js";
import { vectorRules } from "./passes/vectorise-loops.js";
import { pipeline } from "./pipeline.js";
import { type Replication, parseLemmas, parseReplication } from "./numeric/request.js";
import type { LemmaRequest } from "../proofs/lemmas/rewriting.js";
import { invalidSchedule, jsonOf, recordOf } from "./schedule/json.js";

export const scheduleVersion = 1;

export interface ScheduleStep {
  readonly pass: string;
  readonly options: PassOptions;
}

export interface Schedule {
  readonly version: typeof scheduleVersion;
  /** What the choices are meant for; it names, it does not decide. */
  readonly target: string;
  /** Whether a step of a fold rounds its product and its sum, or once. */
  readonly muladd: MulAddContract;
  readonly steps: readonly ScheduleStep[];
  /** Lemmas that rewrite the graph before the first step (src/numeric/request.ts); none by default. */
  readonly lemmas?: readonly LemmaRequest[];
  /** How close the result has to be to the model; undefined asks for nothing. */
  readonly replication?: Replication;
}

/** What the passes do without options, written out so that a person finds something to edit. */
const defaultOptions: ReadonlyMap<string, PassOptions> = new Map<string, PassOptions>([
  ["eliminate-common", { nests: false, values: false }],
  ...["move-channels", "recompute-producers", "split-loops", "fission-loops", "double-buffer"].map((pass): [string, PassOptions] => [pass, { rules: [] }]),
  ["split-border", { regionsPerLoop: splitLimits.regionsPerLoop }],
  ["split-remainder", { rules: remainderRules }],
  ["tile-loops", { rules: tileRules }],
  ["reorder-loops", { rules: reorderRules }],
  ["vectorise-loops", { rules: vectorRules }],
  ["unroll-loops", { rules: unrollRules }],
  ["parallelise-loops", { rules: parallelRules }],
]);

/** Every pass once: borders apart, tiles of at most 8 × 8 in registers, weights packed in the order of reading. */
export function defaultSchedule(): Schedule {
  const steps = pipeline.map(({ name }) => ({ pass: name, options: defaultOptions.get(name) ?? {} }));
  return { version: scheduleVersion, target: "generic", muladd: "separate", steps };
}

/** Reads a schedule file; `where` names it in the refusal. Codes: `schedule`, for words of a pass `schedule-option`. */
export function parseSchedule(text: string, where: string): Schedule {
  const file = recordOf(jsonOf(text, where), "the schedule", where);
  const unknown = Object.keys(file).filter((key) => !["version", "target", "muladd", "steps", "lemmas", "replication"].includes(key));
  if (unknown.length > 0) invalidSchedule(`unknown word ${unknown.join(", ")}`, where, "use version, target, muladd, steps, lemmas and replication");
  const { version, target = "generic", muladd = "separate", steps, lemmas, replication } = file;
  if (version !== scheduleVersion) return otherVersion(version, where);
  if (typeof target !== "string") invalidSchedule("target is no text", where, "give a name, such as \"generic\"");
  if (muladd !== "separate" && muladd !== "fused") invalidSchedule(`muladd is ${JSON.stringify(muladd)}`, where, "use \"separate\" or \"fused\"");
  if (!Array.isArray(steps)) return invalidSchedule("steps is no list", where, "write \"steps\": [{ \"pass\": … }, …]");
  return {
    version, target, muladd, steps: steps.map((step: unknown, k) => stepOf(step, `${where}, step ${k + 1}`)),
    ...(lemmas === undefined ? {} : { lemmas: parseLemmas(lemmas) }),
    ...(replication === undefined ? {} : { replication: parseReplication(replication) }),
  };
}

function otherVersion(version: unknown, where: string): never {
  if (typeof version !== "number" || version < scheduleVersion) return invalidSchedule(`version ${JSON.stringify(version)}`, where, `write "version": ${scheduleVersion}`);
  return invalidSchedule(`version ${version} is newer than this program, which reads version ${scheduleVersion}`, where, "use a newer obligato, or start from `obligato schedule --default`");
}

function stepOf(step: unknown, where: string): ScheduleStep {
  const { pass, ...options } = recordOf(step, "a step", where);
  const known = pipeline.find(({ name }) => name === pass);
  if (known !== undefined) {
    checkOptions(known.name, options, known.options ?? {});
    return { pass: known.name, options };
  }
  return invalidSchedule(`unknown pass ${JSON.stringify(pass)}`, where, `use ${pipeline.map(({ name }) => name).join(", ")}`);
}

/** The file of a schedule: one step a line, the same bytes for the same schedule. */
export function printSchedule({ version, target, muladd, steps, lemmas = [], replication }: Schedule): string {
  const lines = steps.map(({ pass, options }) => `    ${JSON.stringify({ pass, ...options })}`);
  const head = `  "version": ${version},\n  "target": ${JSON.stringify(target)},\n  "muladd": ${JSON.stringify(muladd)},\n`;
  const asked = lemmas.length === 0 ? "" : `  "lemmas": ${JSON.stringify(lemmas)},\n`;
  const limit = replication === undefined ? "" : `  "replication": ${JSON.stringify(replication)},\n`;
  return `{\n${head}${asked}${limit}  "steps": [\n${lines.join(",\n")}\n  ]\n}\n`;
}
