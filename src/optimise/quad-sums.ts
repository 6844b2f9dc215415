/**
 * What the schedule of a small core does with sums and differences of numbers of 16 bits, element by element: where the innermost
 * loop runs over neighbours of all operands, it is cut into fours that are written out, a loop for each statement, so that each is one
 * record (backends/c/quad-sums.ts). Only nests of which that comes out are cut: a temporary that is contracted to an array of
 * a function, say, has no such record.
 */
import type { Buffer, Program, Store } from "../../ir/loop/program.js";
import { buffersByName, loopsOf } from "../../ir/loop/visit.js";
import { firstAlong, isQuadIndex, quadSteps } from "../../backends/c/dot.js";
import { quadSumOf, shortSumOf } from "../../backends/c/quad-sums.js";
import { type Nest, mapNests, nestOf } from "../passes/shared/nests.js";
import type { PassOptions } from "../pass.js";
import type { ScheduleStep } from "../schedule.js";
import type { Programs } from "./evaluate.js";
import { withRulesFirst } from "./rules.js";

/** Fours of a row that are written out. */
const mostQuads = 4;

/** A nest of such statements, whose innermost loop can be cut into fours. */
export interface QuadNest {
  /** Its loops, the outermost first. */
  readonly loops: readonly string[];
  readonly statements: number;
}

/** The nests of which these steps can make records. */
export function quadNestsFor(programs: Programs, steps: readonly ScheduleStep[]): readonly QuadNest[] {
  const nests = quadNestsIn(programs.before("tile-loops", steps));
  if (nests.length === 0) return nests;
  const records = recordsIn(programs.after(withQuadSums(steps, nests)));
  return nests.filter((nest) => records.filter((loop) => loop.startsWith(innerOf(nest))).length === nest.statements);
}

function quadNestsIn(program: Program): readonly QuadNest[] {
  const buffers = buffersByName(program);
  const found: QuadNest[] = [];
  mapNests(program.body, (node, outer) => {
    const { loops, body } = nestOf(node);
    const quads = (outer.length === 0 || body.length === 1) && isQuadNest({ loops, body }, buffers);
    if (quads) found.push({ loops: loops.map(({ variable }) => variable), statements: body.length });
    return [node];
  });
  return found;
}

function isQuadNest({ loops, body }: Nest, buffers: ReadonlyMap<string, Buffer>): boolean {
  const innermost = loops.at(-1);
  return innermost !== undefined && innermost.extent % quadSteps === 0 && body.every((item) => item.kind === "store" && isQuadSum(item, innermost.variable, buffers));
}

/** Whether four iterations from each fourth one touch neighbours only, the first where four elements can start. */
function isQuadSum(store: Store, along: string, buffers: ReadonlyMap<string, Buffer>): boolean {
  const sum = shortSumOf(store.value);
  return sum !== undefined && buffers.get(store.buffer)?.kind === "temp" && [store, sum.x, sum.z].every(({ buffer: name, index }) => {
    const buffer = buffers.get(name);
    const first = buffer?.type === "i16" && (buffer.kind === "temp" || buffer.kind === "weight") ? firstAlong({ index }, along, buffer) : undefined;
    return buffer !== undefined && first !== undefined && isQuadIndex(buffer, first.index);
  });
}

/** The variables of the loops that are such records. */
function recordsIn(program: Program): readonly string[] {
  const buffers = buffersByName(program);
  return loopsOf(program).filter((loop) => quadSumOf(loop, buffers) !== undefined).map(({ variable }) => variable);
}

function innermostOf({ loops }: QuadNest): string {
  return loops.at(-1) ?? "";
}

/** What the names of the loops over fours begin with. */
function innerOf(nest: QuadNest): string {
  return `${innermostOf(nest)}i`;
}

/** These steps with rules that make the records of these nests. */
export function withQuadSums(steps: readonly ScheduleStep[], nests: readonly QuadNest[]): readonly ScheduleStep[] {
  return withRulesFirst(steps, new Map<string, readonly PassOptions[]>([
    ["tile-loops", nests.map((nest) => ({ loops: [innermostOf(nest)], pointwise: true, largestDivisorUpTo: quadSteps }))],
    ["fission-loops", nests.filter(({ statements }) => statements > 1).map(apartRule)],
    ["unroll-loops", nests.map((nest) => ({ loops: [`${innerOf(nest)}*`, `${innermostOf(nest)}t`], pointwise: true, upTo: mostQuads }))],
  ]));
}

/** Each statement gets a loop over fours of its own. */
function apartRule(nest: QuadNest): PassOptions {
  const around = [...nest.loops.slice(0, -1), `${innermostOf(nest)}t`];
  return { nests: around.slice(0, 1), keep: around };
}
