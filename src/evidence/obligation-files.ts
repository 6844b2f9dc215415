/**
 * Obligations and covers as SMT-LIB files, one per distinct question: two that differ
 * in the names of their variables only are one question and share the file of the
 * first. A ledger line names its files, so any solver can be asked again.
 */
import type { Obligation, SolverObligation } from "../../proofs/kernel/obligation.js";
import { type Printed, type Shape, coverShape, digestOf, obligationShape, printCover, printObligation } from "../../proofs/smt/print.js";

export interface ObligationFiles {
  /** Path of the file from the evidence folder, or undefined for a ground fact. */
  readonly claim: string | undefined;
  readonly cover: string | undefined;
}

export interface ObligationWriter {
  /** Writes what is new of `o` under `folder` and says where its files are. */
  readonly add: (o: Obligation, folder: string) => ObligationFiles;
  readonly distinct: () => { readonly obligations: number; readonly covers: number };
}

type Put = (path: string, text: string) => void;

export function obligationWriter(put: Put): ObligationWriter {
  const known = { obligations: new Map<string, string>(), covers: new Map<string, string>() };
  const place = (kind: "obligations" | "covers", o: SolverObligation, folder: string): string => {
    const [shape, print] = forms[kind];
    const digest = digestOf(shape(o).text);
    const at = known[kind].get(digest);
    if (at !== undefined) return at;
    const path = `${folder}/${kind}/${digest.slice(0, 2)}/${o.rule}-${digest.slice(2, 18)}.smt2`;
    known[kind].set(digest, path);
    put(path, print(o).text);
    return path;
  };
  const written = new Map<SolverObligation["goal"], { readonly o: SolverObligation; readonly files: ObligationFiles }>();
  return {
    add: (o, folder) => {
      if (o.kind === "ground") return { claim: undefined, cover: undefined };
      const before = written.get(o.goal);
      if (before !== undefined && sameObjects(before.o, o)) return before.files;
      const files = { claim: place("obligations", o, folder), cover: place("covers", o, folder) };
      written.set(o.goal, { o, files });
      return files;
    },
    distinct: () => ({ obligations: known.obligations.size, covers: known.covers.size }),
  };
}

/** Equal questions of a build share their formula, and so need no second look at its text. */
function sameObjects(a: SolverObligation, b: SolverObligation): boolean {
  return a.rule === b.rule && a.cover === b.cover && a.variables === b.variables && a.premises === b.premises && a.goal === b.goal;
}

type Form = readonly [(o: SolverObligation) => Shape, (o: SolverObligation) => Printed];

const forms: Readonly<Record<"obligations" | "covers", Form>> = {
  obligations: [obligationShape, printObligation],
  covers: [coverShape, printCover],
};
