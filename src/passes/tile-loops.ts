/**
 * tile-loops: strip-mining. A loop v of N iterations becomes v·t of N/T around v·i of T
 * with v = T·vt + vi, in the place where it stood; the order of execution stays. A size
 * that does not divide N leaves a tail: guarded, or padded where only accumulators, weights
 * and temporaries that end there are touched beyond the end (then those get the room, and the
 * lanes there are dead). Which of the two moves inwards is the business of reorder-loops.
 */
import { type Condition, type IndexExpr, below, floordiv, mod, plus, substitute, substituteCondition, times, variable } from "../../ir/loop/index-expr.js";
import type { Buffer, Expr, Loop, Node, Program } from "../../ir/loop/program.js";
import { mapExpr, storesOf } from "../../ir/loop/visit.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type Names, foldDepth, loopsIn, mapNests, namesOf, nestOf } from "./shared/nests.js";
import { type OptionTable, checkOptions, choiceOption, countOption, flagOption, patternsOption, rulesOf } from "./shared/options.js";
import { type Padding, paddingOf, testedStores, withRoom } from "./shared/padding.js";
import { largestDivisor } from "./shared/divisors.js";
import { remap } from "./shared/remap.js";
import { simplifyConditions } from "./shared/simplify.js";
import { tidied } from "./shared/tidied.js";

const name = "tile-loops";

/** Output channels and the last axis that has a divisor; the last axis of a matrix product. */
export const tileRules: readonly PassOptions[] = [
  { foldLoopsAtLeast: 2, loops: ["*_o1*"], largestDivisorUpTo: 8 },
  { foldLoopsAtLeast: 2, loops: ["*_o4*", "*_o3*", "*_o2*"], take: 1, largestDivisorUpTo: 8 },
  { foldLoopsAtMost: 1, loops: ["*_o5*", "*_o4*", "*_o3*", "*_o2*", "*_o1*", "*_o0*"], take: 1, largestDivisorUpTo: 8 },
];

interface Rule {
  /** In order of preference. */
  readonly loops: readonly RegExp[];
  /** How many loops of a nest at most. */
  readonly take: number;
  readonly foldLoopsAtLeast: number;
  readonly foldLoopsAtMost: number;
  /** Whether lanes past the end compute on padding, where that is possible. */
  readonly pad: boolean;
  /** The size of a tile for an extent; 1 where the rule does not apply. */
  readonly sizeFor: (extent: number) => number;
}

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "each may pick loops in every nest; a loop goes to the first that picks it (default: register tiles)",
    words: {
      loops: { kind: "patterns", about: "loops to tile, in order of preference", required: true },
      take: { kind: "count", about: "how many loops of a nest at most (default: all that match)" },
      foldLoopsAtLeast: { kind: "count", about: "only nests with so many loops around a step of a sum (default: 1)" },
      foldLoopsAtMost: { kind: "count", about: "only nests with at most so many" },
      pointwise: { kind: "flag", about: "nests without a sum too (default: false)" },
      largestDivisorUpTo: { kind: "count", about: "the size is the largest divisor of the extent up to this (default: 8)" },
      size: { kind: "count", about: "the size; one that does not divide the extent leaves a tail, one that is larger needs room to pad" },
      tail: { kind: "choice", choices: ["guard", "pad"], about: "lanes past the end of a tail are tested, or compute on padding where they can (default: guard)" },
    },
  },
};

function parseRule(rule: PassOptions): Rule {
  const count = (key: string): number | undefined => countOption(name, rule, key);
  const size = count("size");
  const limit = count("largestDivisorUpTo") ?? 8;
  return {
    loops: patternsOption(name, rule, "loops") ?? [],
    take: count("take") ?? Infinity,
    foldLoopsAtLeast: flagOption(name, rule, "pointwise") ? 0 : count("foldLoopsAtLeast") ?? 1,
    foldLoopsAtMost: count("foldLoopsAtMost") ?? Infinity,
    pad: choiceOption(name, rule, "tail", ["guard", "pad"]) === "pad",
    sizeFor: (extent) => (size === undefined ? largestDivisor(extent, limit) : extent === 1 ? 1 : size),
  };
}

/** A loop and what it becomes; `outer` is undefined where one tile holds all iterations. */
interface Tiling {
  readonly extent: number;
  readonly size: number;
  readonly outer: string | undefined;
  readonly inner: string;
  readonly padding: Padding | undefined;
}

type Tilings = ReadonlyMap<string, Tiling>;

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const rules = rulesOf(name, given, tileRules).map(parseRule);
  const names = namesOf(before.program);
  const { program } = before;
  const tilings = new Map<string, Tiling>();
  mapNests(program.body, (node) => {
    for (const [loop, { size, pad }] of chosen(node, rules)) {
      const padding = pad && loop.extent % size !== 0 ? paddingOf(program, node, loop) : undefined;
      const fitting = padding === undefined ? Math.min(size, loop.extent) : size;
      tilings.set(loop.variable, { ...tiling(loop, fitting, names), padding });
    }
    return [node];
  });
  if (tilings.size === 0) return undefined;
  const after = { ...program, buffers: roomFor(program, tilings), body: program.body.map((node) => tiled(node, tilings)) };
  const stores = storesOf(program).map(({ store }) => store.name);
  const live = livesOf(tilings);
  const parts = partsOf(tilings);
  return remap(before, {
    after,
    from: new Map(stores.map((statement) => [statement, { statement, by: (v) => whole(tilings.get(v)), ...live.get(statement) }])),
    to: new Map(stores.map((statement) => [statement, [{ when: [], statement, by: parts }]])),
  });
}

function roomFor({ buffers }: Program, tilings: Tilings): readonly Buffer[] {
  return [...tilings.values()].reduce((sofar, { padding, extent, size }) => (padding === undefined ? sofar : withRoom(sofar, padding, Math.ceil(extent / size) * size)), buffers);
}

/** For stores with padded lanes, the condition under which an instance is none of them. */
function livesOf(tilings: Tilings): ReadonlyMap<string, { readonly live: Condition }> {
  return new Map([...tilings.values()].flatMap((it) => [...(it.padding?.free ?? [])].map((statement) => [statement, { live: tailOf(it) }] as const)));
}

/** The loops of a nest that the rules pick, each with its size of tile; of one nest no two are padded. */
function chosen(node: Node, rules: readonly Rule[]): [Loop, { readonly size: number; readonly pad: boolean }][] {
  const depth = foldDepth(nestOf(node));
  const picked = new Map<Loop, { readonly size: number; readonly pad: boolean }>();
  for (const rule of rules) {
    if (depth < rule.foldLoopsAtLeast || depth > rule.foldLoopsAtMost) continue;
    const fitting = rule.loops.flatMap((pattern) => loopsIn([node]).filter((loop) => pattern.test(loop.variable)));
    const tileable = [...new Set(fitting)].filter((loop) => !picked.has(loop) && rule.sizeFor(loop.extent) > 1);
    for (const loop of tileable.slice(0, rule.take)) {
      const size = rule.sizeFor(loop.extent);
      const ragged = loop.extent % size !== 0;
      picked.set(loop, { size, pad: rule.pad && ragged && [...picked].every(([, it]) => !it.pad) });
    }
  }
  return [...picked];
}

function tiling({ variable: v, extent }: Loop, size: number, names: Names): Omit<Tiling, "padding"> {
  return { extent, size, outer: extent <= size ? undefined : names.fresh(v, "t"), inner: names.fresh(v, "i") };
}

/** Whether a tiled iteration is one of the loop's own. */
function tailOf(tiling: Tiling): Condition {
  return below(whole(tiling) ?? variable(tiling.inner), tiling.extent);
}

/** The old variable: T·outer + inner. */
function whole(tiling: Pick<Tiling, "size" | "outer" | "inner"> | undefined): IndexExpr | undefined {
  if (tiling === undefined) return undefined;
  const { size, outer, inner } = tiling;
  return outer === undefined ? variable(inner) : plus(times(variable(outer), size), variable(inner));
}

/** The new variables from the old ones: quotient and remainder by the size. */
function partsOf(tilings: Tilings): (name: string) => IndexExpr | undefined {
  const parts = new Map<string, IndexExpr>();
  for (const [v, { size, outer, inner }] of tilings) {
    if (outer !== undefined) parts.set(outer, floordiv(variable(v), size));
    parts.set(inner, outer === undefined ? variable(v) : mod(variable(v), size));
  }
  return (part) => parts.get(part);
}

function tiled(node: Node, tilings: Tilings): Node {
  const extents = new Map<string, number>();
  const by = (v: string): IndexExpr | undefined => whole(tilings.get(v));
  const extentOf = (v: string): number => extents.get(v) ?? Infinity;
  const rebuild = (at: Node): readonly Node[] => {
    switch (at.kind) {
      case "loop":
        return [stripMined(at, tilings.get(at.variable), extents, rebuild)];
      case "guard": {
        const conditions = simplifyConditions(at.conditions.map((c) => substituteCondition(c, by)), extentOf);
        if (conditions === "never") return [];
        const body = at.body.flatMap(rebuild);
        return conditions.length === 0 ? body : [{ ...at, conditions, body }];
      }
      case "store": {
        const moved = (index: readonly IndexExpr[]): IndexExpr[] => index.map((e) => tidied(substitute(e, by), extentOf));
        return [{ ...at, index: moved(at.index), value: mapExpr(at.value, (e) => withIndex(e, moved)) }];
      }
    }
  };
  return rebuild(node)[0] ?? node;
}

function withIndex(e: Expr, moved: (index: readonly IndexExpr[]) => IndexExpr[]): Expr {
  if (e.kind === "load") return { ...e, index: moved(e.index) };
  return e.kind === "index" ? { ...e, index: moved([e.index])[0] ?? e.index } : e;
}

type Rebuild = (node: Node) => readonly Node[];

function stripMined(loop: Loop, tiling: Tiling | undefined, extents: Map<string, number>, rebuild: Rebuild): Loop {
  if (tiling === undefined) {
    extents.set(loop.variable, loop.extent);
    return { ...loop, body: loop.body.flatMap(rebuild) };
  }
  const { extent, size, outer, inner } = tiling;
  const origin = { ...loop.origin, pass: name };
  const trips = Math.ceil(extent / size);
  extents.set(inner, size);
  if (outer !== undefined) extents.set(outer, trips);
  const body = loop.body.flatMap(rebuild);
  const guarded = (inside: readonly Node[]): Node => ({ kind: "guard", conditions: [tailOf(tiling)], body: inside });
  const tested = tiling.padding === undefined ? [guarded(body)] : testedStores(body, tiling.padding, guarded);
  const within: Loop = { ...loop, variable: inner, extent: size, origin, body: extent % size === 0 ? body : tested };
  return outer === undefined ? within : { ...loop, variable: outer, extent: trips, origin, body: [within] };
}

export const tileLoops: Pass = { name, summary: "cut loops into tiles, order kept", options, run };
