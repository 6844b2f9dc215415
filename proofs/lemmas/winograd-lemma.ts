import type { Lemma } from "./lemma.js";

export const winograd: Lemma = { name: "winograd", tier: "T0", statement: "", conditions: [], invariant: "", usable: true, proofs: [], wrong: [] };
