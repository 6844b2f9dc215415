/**
 * reorder-loops: fission and interchange, so that a register tile forms. A nest
 *
 *     for o0, o1t, o1i, o2, o3t, o3i { init; for k… { step }; final }
 *
 * becomes, the loops within a tile going inwards and each statement getting its own,
 *
 *     for o0, o1t, o2, o3t { for o1i, o3i { init }; for k…, o3i, o1i { step }; for o1i, o3i { final } }
 *
 * Each element still takes its steps in the order of k. φ is a renaming of loops.
 */
import { type Condition, type IndexExpr, eachVariable, substituteCondition, variable } from "../../ir/loop/index-expr.js";
import type { Loop, Node, Program } from "../../ir/loop/program.js";
import { buffersByName, substituteNode } from "../../ir/loop/visit.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { laneStride } from "./shared/lanes.js";
import { type Names, type Nest, accessesOf, chainOf, foldDepth, independentIterations, mapNests, namesOf, nestOf, storesIn } from "./shared/nests.js";
import { type OptionTable, checkOptions, flagOption, patternsOption, rulesOf } from "./shared/options.js";
import { type Destination, type Provenance, remap } from "./shared/remap.js";

const name = "reorder-loops";

/** Lanes over channels innermost, so that packed weights are read in order. */
export const reorderRules: readonly PassOptions[] = [{ inner: ["*_o4*i", "*_o3*i", "*_o2*i", "*_o1*i", "*_o0*i"] }];

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "the first that names the outermost loop of a nest decides about the nest (default: lanes of a register tile)",
    words: {
      nests: { kind: "patterns", about: "outermost loops of the nests concerned (default: all)" },
      inner: { kind: "patterns", about: "loops that go inside the sums, in the order they shall have there", required: true },
      steps: { kind: "patterns", about: "innermost loops of the sums that go inside those: steps that follow each other for one element (default: none)" },
      pointwise: { kind: "flag", about: "nests without a sum too: their loops get the order of the rule (default: false)" },
      around: { kind: "flag", about: "what stands before and after a sum has its lanes innermost too, instead of the order of the nest (default: false)" },
    },
  },
};

interface Rule {
  /** Outermost loops of the nests concerned. */
  readonly nests: readonly RegExp[];
  /** Loops that go inside the folds, in the order they shall have there. */
  readonly inner: readonly RegExp[];
  /** The innermost loops of folds that go inside those. */
  readonly steps: readonly RegExp[];
  /** Whether nests without a sum are concerned too. */
  readonly pointwise: boolean;
  /** Whether inits and finals have their lanes innermost too. */
  readonly around: boolean;
}

function parseRule(rule: PassOptions): Rule {
  return { nests: patternsOption(name, rule, "nests") ?? [/^/], inner: patternsOption(name, rule, "inner") ?? [], steps: patternsOption(name, rule, "steps") ?? [], pointwise: flagOption(name, rule, "pointwise"), around: flagOption(name, rule, "around") };
}

/** What every nest adds its renamings to. */
interface Tables {
  readonly names: Names;
  readonly from: Map<string, Provenance>;
  readonly to: Map<string, readonly Destination[]>;
}

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const rules = rulesOf(name, given, reorderRules).map(parseRule);
  const tables = { names: namesOf(before.program), from: new Map<string, Provenance>(), to: new Map<string, readonly Destination[]>() };
  const body = mapNests(before.program.body, (node, outer) => [reordered(node, outer, { before, rules, tables })]);
  if (body.every((node, k) => node === before.program.body[k])) return undefined;
  return remap(before, { after: { ...before.program, body }, from: tables.from, to: tables.to });
}

interface Task {
  readonly before: Staged;
  readonly rules: readonly Rule[];
  readonly tables: Tables;
}

function reordered(node: Node, outer: readonly Loop[], { before, rules, tables }: Task): Node {
  const nest = nestOf(node);
  const [outermost] = nest.loops;
  const rule = rules.find(({ nests }) => outermost !== undefined && nests.some((pattern) => pattern.test(outermost.variable)));
  if (rule === undefined || (foldDepth(nest) === 0 && !rule.pointwise) || !independentIterations(before, nest, outer)) return node;
  const inner = [...new Set(rule.inner.flatMap((pattern) => nest.loops.filter((loop) => pattern.test(loop.variable))))];
  if (inner.length === 0 && rule.steps.length === 0) return node;
  const shared = nest.loops.filter((loop) => !inner.includes(loop));
  if (shared.length === 0) return node; // its accumulators would outlive one nest, and need memory of their own
  if (foldDepth(nest) === 0) return wrap([...shared, ...inner], nest.body)[0] ?? node;
  const sums = new Set(storesIn(nest.body.filter(isStep)).map((store) => store.buffer));
  const orderOf = (item: Node): readonly Loop[] => (rule.steps.length > 0 && isStep(item) ? inner : rule.around || isStep(item) ? lanesLast(inner, item, sums, before.program) : nest.loops.filter((loop) => inner.includes(loop)));
  const body = nest.body.flatMap((item, k) => around(item, { nest, inner: orderOf(item), steps: rule.steps, letter: copyLetter(k) }, tables));
  return wrap(shared, body)[0] ?? node;
}

/** The end of the names of the inner loops around the statement at this place of a nest. */
export function copyLetter(place: number): string {
  return String.fromCharCode(97 + (place % 26));
}

/** A step of a sum has loops of its own; what stands before and after it has none. */
function isStep(item: Node): boolean {
  return (chainOf(item)?.loops.length ?? 0) > 0;
}

/**
 * As the rule says, unless the last loop strides through what the statement reads or a final
 * writes, and another does not: over an image with its channels first, a depthwise
 * convolution has its lanes along a row. `sums` do not count: they will lie as the loops run.
 */
function lanesLast(inner: readonly Loop[], item: Node, sums: ReadonlySet<string>, program: Program): readonly Loop[] {
  const buffers = buffersByName(program);
  const streamed = storesIn([item]).flatMap(accessesOf).filter(({ buffer }) => buffers.get(buffer)?.kind !== "weight" && !sums.has(buffer));
  const lanes = inner.findLast(({ variable: lane }) => streamed.every((access) => [0, 1].includes(laneStride(access, lane, buffers) ?? Infinity)));
  return lanes === undefined ? inner : [...inner.filter((loop) => loop !== lanes), lanes];
}

interface Shape {
  readonly nest: Nest;
  /** In the order that the statement wants. */
  readonly inner: readonly Loop[];
  readonly steps: readonly RegExp[];
  /** Tells the copies of the inner loops of one statement from those of another. */
  readonly letter: string;
}

/** One statement of the nest, with its own copies of the inner loops. */
function around(item: Node, { nest, inner, steps, letter }: Shape, tables: Tables): readonly Node[] {
  const copies = new Map(inner.map((loop) => [loop.variable, tables.names.fresh(loop.variable, letter)]));
  const copied = (loop: Loop): Loop => ({ ...loop, variable: copies.get(loop.variable) ?? loop.variable, origin: { ...loop.origin, pass: name } });
  record(item, copies, tables);
  const by = renaming(copies);
  const chain = chainOf(item);
  if (chain === undefined) return wrap(nest.loops.filter((loop) => inner.includes(loop)).map(copied), [substituteNode(item, by)]);
  const isInside = (loop: Loop): boolean => steps.some((pattern) => pattern.test(loop.variable));
  const innermost = chain.loops.findLastIndex((loop) => loop.extent > 1 && !isInside(loop)) + 1;
  const last = chain.loops.slice(innermost); // a loop that runs once is no matter of order
  const loops = [...chain.loops.slice(0, innermost), ...last.filter((loop) => !isInside(loop)), ...inner.map(copied), ...last.filter(isInside)];
  return guardedNest(loops, chain.conditions.map((c) => substituteCondition(c, by)), substituteNode(chain.store, by));
}

function renaming(names: ReadonlyMap<string, string>): (name: string) => IndexExpr | undefined {
  return (old) => {
    const renamed = names.get(old);
    return renamed === undefined ? undefined : variable(renamed);
  };
}

function record(item: Node, copies: ReadonlyMap<string, string>, { from, to }: Tables): void {
  const back = new Map([...copies].map(([old, renamed]) => [renamed, old]));
  for (const { name: statement } of storesIn([item])) {
    from.set(statement, { statement, by: renaming(copies) });
    to.set(statement, [{ when: [], statement, by: renaming(back) }]);
  }
}

function wrap(loops: readonly Loop[], body: readonly Node[]): readonly Node[] {
  return loops.reduceRight<readonly Node[]>((inside, loop) => [{ ...loop, body: inside }], body);
}

/** `store` in `loops`, each condition as far out as its variables allow. */
function guardedNest(loops: readonly Loop[], conditions: readonly Condition[], store: Node): readonly Node[] {
  const depthOf = ({ index }: Condition): number => {
    let depth = 0;
    eachVariable(index, (v) => {
      depth = Math.max(depth, loops.findIndex((loop) => loop.variable === v) + 1);
    });
    return depth;
  };
  let body: readonly Node[] = [store];
  for (let depth = loops.length; depth >= 0; depth--) {
    const here = conditions.filter((c) => depthOf(c) === depth);
    if (here.length > 0) body = [{ kind: "guard", conditions: here, body }];
    const loop = loops[depth - 1];
    if (loop !== undefined) body = [{ ...loop, body }];
  }
  return body;
}

export const reorderLoops: Pass = { name, summary: "move the loops within a tile inside the folds", options, run };
