/**
 * vectorise-loops: marks innermost loops whose iterations are independent outputs as
 * vector: lanes over output channels, columns or pixels.
 *
 * Rewrite: the kind of a loop, nothing else; instances and their order stay.
 * Requires: no loop inside but one of two steps of a sum; no lane touches what another writes (the kernel proves it,
 * W8); lanes next to each other in memory, or the same element for all, at every access.
 * Ensures: nothing of the values (T0). Timing: the emitted loop carries `omp simd`, so
 * that a compiler runs lanes together before it unrolls them apart. Refuses: unknown
 * options.
 */
import { dotSteps } from "../../backends/c/dot.js";
import type { Buffer, Loop, Node } from "../../ir/loop/program.js";
import { buffersByName } from "../../ir/loop/visit.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { independentLanes, laneStride } from "./shared/lanes.js";
import { type Access, accessesOf, foldDepth, loopsIn, nestOf, storesIn } from "./shared/nests.js";
import { type OptionTable, checkOptions, countOption, patternsOption, rulesOf } from "./shared/options.js";
import { remap } from "./shared/remap.js";

const name = "vectorise-loops";

/** The lanes of a register tile. */
export const vectorRules: readonly PassOptions[] = [{ loops: "*_o*", foldLoopsAtLeast: 1, atLeast: 2 }];

interface Rule {
  readonly loops: readonly RegExp[];
  /** Loops inside the outer ones of the nest: 0 takes elementwise nests too. */
  readonly foldLoopsAtLeast: number;
  /** Fewest iterations. */
  readonly atLeast: number;
}

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "a loop that one of them names is marked where its lanes are independent (default: lanes of a register tile)",
    words: {
      loops: { kind: "patterns", about: "names of loops", required: true },
      foldLoopsAtLeast: { kind: "count", about: "only nests with so many loops around a step of a sum" },
      atLeast: { kind: "count", about: "fewest iterations (default: 2)" },
    },
  },
};

function parseRule(rule: PassOptions): Rule {
  return {
    loops: patternsOption(name, rule, "loops") ?? [],
    foldLoopsAtLeast: countOption(name, rule, "foldLoopsAtLeast") ?? 0,
    atLeast: countOption(name, rule, "atLeast") ?? 2,
  };
}

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const rules = rulesOf(name, given, vectorRules).map(parseRule);
  const buffers = buffersByName(before.program);
  let count = 0;
  const marked = (node: Node, fitting: readonly Rule[]): Node => {
    if (node.kind === "store") return node;
    const body = node.body.map((child) => marked(child, fitting));
    if (node.kind !== "loop" || !fitting.some((rule) => applies(rule, node)) || !isVector(node, buffers)) return { ...node, body };
    count++;
    return { ...node, mode: "vector", body, origin: { ...node.origin, pass: name } };
  };
  const body = before.program.body.map((node) => {
    const depth = foldDepth(nestOf(node));
    return marked(node, rules.filter((rule) => depth >= rule.foldLoopsAtLeast));
  });
  if (count === 0) return undefined;
  return remap(before, { after: { ...before.program, body }, from: new Map(), to: new Map() });
}

function applies({ loops, atLeast }: Rule, { variable, extent, mode }: Loop): boolean {
  return (mode === "serial" || mode === "unrolled") && extent >= atLeast && loops.some((pattern) => pattern.test(variable));
}

function isVector(loop: Loop, buffers: ReadonlyMap<string, Buffer>): boolean {
  const accesses = storesIn(loop.body).flatMap(accessesOf);
  const beside = (access: Access): boolean => [0, 1].includes(laneStride(access, loop.variable, buffers) ?? Infinity);
  return (loopsIn(loop.body).length === 0 ? accesses.every(beside) : isPairs(loop, accesses, { beside, buffers })) && independentLanes(loop);
}

/** Lanes of two steps that follow each other: what differs from step to step and from lane to lane are pairs of weights. */
function isPairs({ variable, body: [steps, ...others] }: Loop, accesses: readonly Access[], { beside, buffers }: { readonly beside: (access: Access) => boolean; readonly buffers: ReadonlyMap<string, Buffer> }): boolean {
  if (steps?.kind !== "loop" || others.length > 0 || steps.extent !== dotSteps || loopsIn(steps.body).length > 0) return false;
  return accesses.every((access) => {
    const [lane, step] = [variable, steps.variable].map((name) => laneStride(access, name, buffers));
    return step === 0 ? beside(access) : step === 1 && (lane === 0 || lane === dotSteps);
  });
}

export const vectoriseLoops: Pass = { name, summary: "mark loops over independent outputs as vector", options, run };
