/** The rules and assumptions in words, for the verdict page and for `explain`. The law is docs/theorem.md. */
import type { Rule } from "../../proofs/kernel/obligation.js";

export interface RuleText {
  readonly name: string;
  readonly sentence: string;
  readonly formula: string;
  /** A wrong pass of the catalogue that only this rule stops, by name; "" for rules about exports. */
  readonly brokenBy: string;
  /** Numbers of docs/trusted-base.md. */
  readonly assumptions: readonly string[];
}

const always = ["A-05", "A-06"];
const solved = [...always, "A-08", "A-09", "A-10"];

export const ruleTexts: Readonly<Record<Rule, RuleText>> = {
  W0: { name: "interface", sentence: "The program has the model's inputs and outputs and is well formed.", formula: "inputs(after) = inputs(model), outputs(after) = outputs(model)", brokenBy: "output-dropped", assumptions: always },
  W1: { name: "operator", sentence: "Every operator instance computes what an instance of the program before computes: same operator, in the domain.", formula: "i ∈ D(S) ⇒ φ(S, i) ∈ D(S'), op(S) = op(S')", brokenBy: "multiply-add-contracted", assumptions: solved },
  W2: { name: "source", sentence: "Every load reads what its producing store wrote, and the values that arrive are those of the program before.", formula: "i ∈ D(R) ⇒ p(i) ∈ D(P), θ(P, p(i)) < θ(R, i), address(P, p(i)) = address(R, i)", brokenBy: "halo-short-by-one", assumptions: solved },
  W3: { name: "no clobber", sentence: "Nothing overwrites a value between the store that produced it and the load that reads it.", formula: "¬∃ w: θ(P, p) < θ(W, w) < θ(R, i), address(W, w) = address(R, i)", brokenBy: "init-inside-fold-tile", assumptions: solved },
  W4: { name: "final", sentence: "The last store to every output element stores the value of the program before.", formula: "d ∈ shape(y) ⇒ final(d) writes y[d], and no later store does", brokenBy: "tail-tile-lost", assumptions: solved },
  W5: { name: "total", sentence: "Every load and every output element has a producer: the cases cover their domain.", formula: "i ∈ D(S) ⇒ ∨ₖ whenₖ(i)", brokenBy: "missing-final-case", assumptions: solved },
  W6: { name: "bounds", sentence: "Every index is within its dimension.", formula: "i ∈ D(S) ⇒ 0 ≤ index(i) < extent", brokenBy: "prefetch-past-the-end", assumptions: solved },
  W7: { name: "leaves", sentence: "Inputs, weights and constants are the model's, element by element and bit by bit.", formula: "leaf(after) = leaf(before)", brokenBy: "packed-contents-stale", assumptions: [...always, "A-01", "A-04"] },
  W8: { name: "loop kinds", sentence: "Loops that are not serial have independent iterations.", formula: "i ≠ j ⇒ no conflict between the iterations i and j", brokenBy: "scan-vectorised", assumptions: solved },
  M1: { name: "memory plan", sentence: "Two temporaries that share memory are never live at once.", formula: "overlap(a, b) ⇒ last(a) < first(b) ∨ last(b) < first(a)", brokenBy: "lifetime-short-by-one", assumptions: always },
  F1: { name: "flow facts", sentence: "Exported and annotated counts of loops and guarded bodies are exact.", formula: "N_body = extent, total = Σ entries · extent", brokenBy: "", assumptions: [...always, "A-11"] },
  L1: { name: "lemma", sentence: "A lemma that the build uses holds by itself.", formula: "its own SMT-LIB text, evidence/lemmas", brokenBy: "a lemma that says max(x, 0) = relu(x), which is false at −0", assumptions: ["A-08", "A-09", "A-17"] },
  B1: { name: "side condition", sentence: "What a lemma asks for holds where it is used.", formula: "summands ↔ summands of the parts, one to one", brokenBy: "a sum split in parts that leaves the last summands out", assumptions: [...solved, "A-17"] },
  B2: { name: "error bound", sentence: "Outputs of the code are within the bound of the model's meaning over the reals, for every input in the box.", formula: "x ∈ box ⇒ |code(x) − model(x)| ≤ bound", brokenBy: "a bound that forgets what a node passes on of its operands' errors", assumptions: ["A-13", "A-17", "A-18"] },
};

/** Every assumption a verdict rests on, in a few words; docs/trusted-base.md has the whole of each. */
export const assumptions: Readonly<Record<string, string>> = {
  "A-01": "decoding of the ONNX file",
  "A-02": "normalisation of operator versions",
  "A-03": "operator meanings",
  "A-04": "scalar arithmetic of the interpreter",
  "A-05": "the theorem",
  "A-06": "the kernel",
  "A-07": "the reference program",
  "A-08": "encoding and printing of obligations",
  "A-09": "the solver",
  "A-10": "the trivial and interval provers",
  "A-11": "the reader of emitted C",
  "A-12": "the C compiler under the pinned flags",
  "A-13": "IEEE 754 hardware arithmetic",
  "A-14": "all NaNs are one value",
  "A-15": "the caller keeps the entry's contract",
  "A-16": "Node.js and the machine it runs on",
  "A-17": "lemmas and the evaluator of error bounds",
  "A-18": "measured accuracy of elementary functions",
};
