/**
 * eliminate-common: what is computed twice from the same sources is computed once.
 *
 * Rewrite: of two nests that are equal but for names, the later goes and its readers read the
 * earlier's tensor (`nests`); an operator tree that stands several times in the values of one
 * body becomes a scalar before the first use, c = e, that all uses load (`values`).
 * Requires: sources that never change once written. Ensures: fewer operators.
 * The witness goes backward, from before to after: one instance now stands for two, and no
 * function says which. Timing: fewer statements or shorter ones. Refuses: unknown options.
 */
import { variable } from "../../ir/loop/index-expr.js";
import type { Witness } from "../../proofs/kernel/witness.js";
import { storesOf } from "../../ir/loop/visit.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { mergeNests } from "./shared/common-nests.js";
import { shareValues } from "./shared/common-values.js";
import { type OptionTable, checkOptions, flagOption } from "./shared/options.js";

const name = "eliminate-common";

const options: OptionTable = {
  nests: { kind: "flag", about: "merge nests that compute the same tensor (default: false)" },
  values: { kind: "flag", about: "compute repeated parts of the values of one body once (default: false)" },
};

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const merged = flagOption(name, given, "nests") ? mergeNests(before) : { staged: before, instead: new Map<string, string>() };
  const { program, dataflow } = flagOption(name, given, "values") ? shareValues(merged.staged, name) : merged.staged;
  if (program === before.program) return undefined;
  return { after: program, witness: { ...dataflow, phi: phiOf(before, merged.instead), backward: true } };
}

/** Per store of `before`: itself, or the equal statement at the same point. */
function phiOf({ program }: Staged, instead: ReadonlyMap<string, string>): Witness["phi"] {
  const operators = storesOf(program).filter(({ store }) => store.value.kind === "op");
  return Object.fromEntries(operators.map(({ store, loops }) => {
    const point = loops.map((loop) => variable(loop.variable));
    return [store.name, [{ when: [], then: { statement: instead.get(store.name) ?? store.name, point, path: [] } }]] as const;
  }));
}

export const eliminateCommon: Pass = { name, summary: "compute once what is computed twice", options, run };
