/** From choices to a schedule: the default one with the layouts, tiles and orders that were chosen, each by name. */
import type { PassOptions } from "../../pass.js";
import { dotSteps } from "../../../backends/c/dot.js";
import { inlineWeights } from "../../passes/inline-weights.js";
import { windowDepth } from "../../passes/move-channels.js";
import type { ScheduleStep } from "../../schedule.js";
import type { LayoutChoice } from "./layouts.js";
import type { VectorMachine } from "./machine.js";
import type { TileChoice } from "./tile.js";

/** All that is chosen for one model and one processor; data, for a tuner to vary. */
export interface VectorChoices {
  readonly layouts: readonly LayoutChoice[];
  readonly tiles: readonly TileChoice[];
}

/** Images have their channels last, so that lanes along channels are neighbours. */
export const imageRule: PassOptions = { foldLoopsAtLeast: windowDepth };

/** The most rows that are written out, and the longest loop of another kind: the second statement of a nest is its step. */
const longest = { rows: 16, others: 8 } as const;

/** The given steps where differences from zero points are stored as 16 bits, for a processor that multiplies them in pairs. */
export function pairableSteps(steps: readonly ScheduleStep[], { pairs }: VectorMachine): readonly ScheduleStep[] {
  return pairs ? steps.map((step) => (step.pass === inlineWeights.name ? { ...step, options: { differences: "stored" } } : step)) : steps;
}

/** The given steps with the options that the choices ask for. */
export function stepsWith(steps: readonly ScheduleStep[], { layouts, tiles }: VectorChoices): readonly ScheduleStep[] {
  const rules = new Map<string, readonly PassOptions[]>([
    ["move-channels", [...layouts.map(({ tensor, dimension }) => ({ tensors: tensor, dimension })), imageRule]],
    ["split-remainder", tiles.filter(({ cut }) => cut).map(cutRule)],
    ["tile-loops", tiles.flatMap(tileRules)],
    ["reorder-loops", tiles.flatMap(orderRules)],
    ["vectorise-loops", [{ loops: "*_o*", atLeast: 2 }]],
    ["unroll-loops", [{ loops: "*_o*ib", upTo: longest.rows }, { loops: ["*_o*i*", "*_k1*", "*_k2*", "*_k3*"], upTo: longest.others }]],
  ]);
  return steps.map(({ pass, options }) => ({ pass, options: rules.has(pass) ? { rules: rules.get(pass) } : options }));
}

function cutRule({ rows }: TileChoice): PassOptions {
  return { loops: rows.map(({ loop }) => loop), sizeUpTo: rows[0]?.size ?? 1, even: true };
}

/** Lanes; rows along the first loop that can be tiled; more rows along the next. */
function tileRules({ lanes, rows, fold, pairs }: TileChoice): readonly PassOptions[] {
  const tiled = rows.filter(({ size }) => size > 1);
  const preferred = [...tiled, ...rows.filter((row) => !tiled.includes(row))].map(({ loop }) => loop);
  return [
    ...(lanes === undefined || lanes.size === 1 || !fold ? [] : [{ loops: lanes.loop, ...(lanes.pad ? { size: lanes.size, tail: "pad" } : { largestDivisorUpTo: lanes.size }) }]),
    ...(tiled.length === 0 ? [] : [{ loops: preferred, take: 1, largestDivisorUpTo: tiled[0]?.size }]),
    ...tiled.slice(1).map(({ loop, size }) => ({ loops: loop, largestDivisorUpTo: size })),
    ...(pairs === undefined ? [] : [{ loops: pairs, largestDivisorUpTo: dotSteps }]), // a step without a partner would be tested, in every lane
  ];
}

/** Lanes innermost. A nest without a sum is not tiled: its lanes are the whole loop. */
function orderRules({ site, lanes, rows, fold, pairs }: TileChoice): readonly PassOptions[] {
  const inner = [...rows.map(({ loop }) => `${loop}i`).toReversed(), ...(lanes === undefined ? [] : [!fold ? lanes.loop : `${lanes.loop}i`])];
  return inner.length === 0 ? [] : [{ nests: `${site}_*`, inner, ...(pairs === undefined ? {} : { steps: `${pairs}i` }), pointwise: true, around: true }];
}
