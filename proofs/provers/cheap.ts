/**
 * What needs no solver: the trivial and interval provers on the claim, a point or an
 * empty interval for its premises. Most obligations end here.
 */
import { printFormula } from "../encode/formula.js";
import type { SolverObligation } from "../kernel/obligation.js";
import type { Verdict } from "../kernel/verdict.js";
import { coverStatus } from "../smt/print.js";
import { findPoint, refuteByExample } from "./example.js";
import { isEmpty, proveByIntervals } from "./interval.js";
import type { CoverResult } from "./ledger.js";
import { proveTrivial } from "./trivial.js";

/** What is settled about an obligation; `undefined` is left to the solver. */
export interface Settled {
  readonly verdict: Verdict | undefined;
  readonly cover: CoverResult | undefined;
}

/** Covers by the text of their premises: many claims share one domain. */
export type CoverMemo = Map<string, CoverResult | undefined>;

export function settleCheaply(o: SolverObligation, memo: CoverMemo): Settled {
  const cover = rememberedCover(o, memo);
  if (cover?.found === "unsat") return { verdict: { kind: "proved", by: cover.by }, cover };
  const proof = o.cover === "sat" ? (proveTrivial(o) ?? proveByIntervals(o)) : undefined;
  return { verdict: proof ?? refuteByExample(o), cover };
}

function rememberedCover(o: SolverObligation, memo: CoverMemo): CoverResult | undefined {
  const box = o.variables.map((v) => `${v.name}<${v.extent}`);
  const key = [o.cover, ...box, ...o.premises.map(printFormula)].join("\n");
  if (memo.has(key)) return memo.get(key);
  const cover = cheapCover(o);
  memo.set(key, cover);
  return cover;
}

/** Whatever is expected, a point settles it one way and an empty interval the other; the likelier first. */
function cheapCover(o: SolverObligation): CoverResult | undefined {
  return o.cover === "sat" ? (pointCover(o) ?? emptyCover(o)) : (emptyCover(o) ?? pointCover(o));
}

function pointCover(o: SolverObligation): CoverResult | undefined {
  const point = findPoint(o.variables, o.premises);
  return point && { expected: coverStatus(o), found: "sat", by: "example", point, detail: "" };
}

function emptyCover(o: SolverObligation): CoverResult | undefined {
  const empty = isEmpty(o.variables, o.premises);
  return empty ? { expected: coverStatus(o), found: "unsat", by: "interval", point: undefined, detail: "" } : undefined;
}
