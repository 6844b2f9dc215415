/** Verdicts are values: never an exception, never a default. Only `proved` ships. */
export type Counterexample = Readonly<Record<string, number>>;

export type Verdict =
  | { readonly kind: "proved"; readonly by: string }
  | { readonly kind: "refuted"; readonly by: string; readonly counterexample: Counterexample }
  | { readonly kind: "unknown"; readonly why: UnknownReason; readonly detail: string };

export type UnknownReason =
  | "resource-limit" // the solver's deterministic budget ran out
  | "corrupt" // the solver did not read what was printed
  | "solver-error"
  | "no-bound" // an error bound is needed and there is none
  | "vacuous" // the premises are empty though nobody declared them so
  | "not-empty" // declared empty, but an instance exists
  | "not-replayed"; // a model that the interpreter does not confirm
