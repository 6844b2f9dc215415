/**
 * One row per mutant, whatever was mutated: what was made wrong, whether anything
 * noticed, and what did. A mutant that nothing notices is a hole in the checks, unless
 * it can be argued that it changes no meaning.
 */

/** What is made wrong; the order is that of the report. */
export const mutantKinds = ["pass", "witness", "kernel", "solver", "import", "meaning", "weights", "c-text", "flow-facts", "lemma"] as const;
export type MutantKind = (typeof mutantKinds)[number];

/** What each kind makes wrong, and what has to notice, for the report. */
export const kindTexts: Readonly<Record<MutantKind, { readonly what: string; readonly noticedBy: string }>> = {
  pass: { what: "a pass: its program is wrong and its witness agrees with it", noticedBy: "a refuted obligation" },
  witness: { what: "one case of the witness of a stage of a network", noticedBy: "an obligation that is not proved" },
  kernel: { what: "a rule, left out or weakened", noticedBy: "a wrong pass that gets through, or a right program that is refused" },
  solver: { what: "what a solver is given or answers", noticedBy: "the ledger, a cover, a model that is evaluated, or the audit that shares nothing" },
  import: { what: "the normal form of an ONNX node", noticedBy: "a vector with outputs worked out from the specification" },
  meaning: { what: "the meaning of an operator", noticedBy: "a vector with outputs worked out from the specification" },
  weights: { what: "the initialisers in the C", noticedBy: "the reader or a W7 obligation" },
  "c-text": { what: "one token of the emitted C", noticedBy: "the reader, the program read, or printing it again" },
  "flow-facts": { what: "an exported count, name or loop in each format; a mark or the code of the ELF it is for", noticedBy: "the reader of the format, an F1 obligation, the marks against the code, or the digest of the ELF" },
  lemma: { what: "a quantised group in integers, or a convolution over tiles: one element, node or wire of it", noticedBy: "a B1 claim about the two graphs" },
};

export interface MutantRow {
  readonly name: string;
  readonly kind: MutantKind;
  /** What is wrong, in one line. */
  readonly bug: string;
  readonly killed: boolean;
  /** What noticed first: an obligation, a vector, a wrong pass, a reader; "" if nothing did. */
  readonly by: string;
  /** Rules that noticed. */
  readonly rules: readonly string[];
  /** The public bug of this class, or the attack on an earlier wording of the rules; "" where the mutant is systematic. */
  readonly source: string;
  /** Two programs were run and their outputs differ. */
  readonly replayed: boolean;
  /** Why a survivor changes no meaning; undefined for an unexplained one. */
  readonly equivalent?: string;
}

/** A row without the fields that only wrong passes have. */
export function mutantRow(kind: MutantKind, name: string, bug: string, by: string, more: Partial<MutantRow> = {}): MutantRow {
  return { name, kind, bug, killed: by !== "", by, rules: [], source: "", replayed: false, ...more };
}

/** Noticed by nothing, and nothing says why that is right. */
export function isHole({ killed, equivalent }: MutantRow): boolean {
  return !killed && equivalent === undefined;
}

export interface KindScore {
  readonly kind: MutantKind;
  readonly mutants: number;
  readonly killed: number;
  readonly equivalent: number;
  readonly holes: number;
}

/** Counts by kind, in the order of the report; kinds that did not run are left out. */
export function scoreByKind(rows: readonly MutantRow[]): readonly KindScore[] {
  return mutantKinds.flatMap((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    if (own.length === 0) return [];
    const killed = own.filter((row) => row.killed).length;
    const holes = own.filter(isHole).length;
    return [{ kind, mutants: own.length, killed, equivalent: own.length - killed - holes, holes }];
  });
}
