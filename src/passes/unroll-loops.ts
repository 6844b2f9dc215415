/**
 * unroll-loops: marks small innermost loops of constant extent (lanes of a register
 * tile, taps of a kernel) as unrolled. Only the kind of the loop changes: instances,
 * their order and every proof about them stay.
 */
import type { Node } from "../../ir/loop/program.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { foldDepth, nestOf } from "./shared/nests.js";
import { type OptionTable, checkOptions, countOption, flagOption, patternsOption, rulesOf } from "./shared/options.js";
import { remap } from "./shared/remap.js";

const name = "unroll-loops";

/** Lanes of a tile, taps of a kernel. */
export const unrollRules: readonly PassOptions[] = [{ loops: ["*_o*i*", "*_k1*", "*_k2*", "*_k3*"], upTo: 8 }];

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "the first that names a loop decides about it (default: lanes and taps)",
    words: {
      loops: { kind: "patterns", about: "names of loops", required: true },
      upTo: { kind: "count", about: "the largest extent to mark (default: 8); 1 for a loop that stays one" },
      pointwise: { kind: "flag", about: "in nests without a sum too (default: false)" },
    },
  },
};

interface Rule {
  readonly loops: readonly RegExp[];
  /** Largest extent to unroll. */
  readonly upTo: number;
  /** Whether nests without a sum are concerned too. */
  readonly pointwise: boolean;
}

function parseRule(rule: PassOptions): Rule {
  return { loops: patternsOption(name, rule, "loops") ?? [], upTo: countOption(name, rule, "upTo") ?? 8, pointwise: flagOption(name, rule, "pointwise") };
}

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const all = rulesOf(name, given, unrollRules).map(parseRule);
  const pointwise = all.filter((rule) => rule.pointwise);
  let count = 0;
  const unrolled = (node: Node, rules: readonly Rule[]): Node => {
    if (node.kind === "store") return node;
    const body = node.body.map((child) => unrolled(child, rules));
    const rule = node.kind === "loop" && node.mode === "serial" ? rules.find(({ loops }) => loops.some((pattern) => pattern.test(node.variable))) : undefined;
    if (node.kind !== "loop" || rule === undefined || node.extent > rule.upTo) return { ...node, body };
    count++;
    return { ...node, mode: "unrolled", body, origin: { ...node.origin, pass: name } };
  };
  const body = before.program.body.map((node) => unrolled(node, foldDepth(nestOf(node)) > 0 ? all : pointwise));
  if (count === 0) return undefined;
  return remap(before, { after: { ...before.program, body }, from: new Map(), to: new Map() });
}

export const unrollLoops: Pass = { name, summary: "mark small constant loops as unrolled", options, run };
