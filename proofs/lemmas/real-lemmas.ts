/**
 * Lemmas over the reals, where addition may be done in any order: what they change in
 * floats is bounded by proofs/bounds.
 */
import { type Lemma, problem } from "./lemma.js";

const sums = ["n Int", "(declare-fun f (Int) Real)", "whole Real", "whole1 Real", "part Real", "part1 Real", "others Real", "start Real"];
const oneMore = ["(= whole (+ start part others))", "(= whole1 (+ whole (f n)))"];

/** A sum as the sum of partial sums. */
export const splitK: Lemma = {
  name: "split-k",
  tier: "T2",
  statement: "start + Σ_{k<K} f(k) = start + Σ_{p<P} Σ_{k in part p} f(k) over the reals",
  conditions: [
    "every step of a part adds a summand there is, with an index below K",
    "no summand is in two parts, or twice in one",
    "every summand is in a part",
    "each part starts from 0, and the start of the sum is added once",
    "the summand of a step is the summand of the sum, with k put for its index",
  ],
  invariant: "after the summands below n: whole(n) = start + Σ_p part_p(n), where part_p(n) sums those of part p that are below n",
  usable: true,
  proofs: [
    problem("base", "before the first summand both sums are the start", "QF_LRA", ["start Real", "whole Real", "parts Real"],
      ["(= whole start)", "(= parts 0.0)", "(not (= whole (+ start parts)))"]),
    problem("step", "summand n, which is in exactly one part, keeps the sums equal", "QF_UFLIRA", sums,
      [...oneMore, "(= part1 (+ part (f n)))", "(not (= whole1 (+ start part1 others)))"]),
  ],
  wrong: [
    problem("dropped", "a summand that is in no part", "QF_UFLIRA", sums, [...oneMore, "(= part1 part)", "(not (= whole1 (+ start part1 others)))"]),
    problem("twice", "a summand that is used twice", "QF_UFLIRA", sums, [...oneMore, "(= part1 (+ part (f n) (f n)))", "(not (= whole1 (+ start part1 others)))"]),
    problem("start-per-part", "two parts that both begin with the start", "QF_LRA", ["start Real", "whole Real", "parts Real"],
      ["(= whole start)", "(= parts (+ start start))", "(not (= whole parts))"]),
  ],
};

/** Division is written with the inverse of the root: not every solver has a theory of it. */
const normal = ["x Real", "mean Real", "root Real", "inverse Real", "variance Real", "epsilon Real", "scale Real", "shift Real", "s Real", "c Real"];
const root = ["(> root 0.0)", "(= (* root root) (+ variance epsilon))", "(= (* inverse root) 1.0)"];
const offset = "(= c (- shift (* mean s)))";
const notAffine = "(not (= (+ (* (- x mean) inverse scale) shift) (+ (* s x) c)))";
const step = ["acc Real", "acc1 Real", "folded Real", "folded1 Real", "w Real", "x Real", "s Real", "c Real"];

/** A batch normalisation taken into the weights and bias of the convolution or product before it. */
export const foldBatchNormalization: Lemma = {
  name: "fold-batch-normalization",
  tier: "T2",
  statement: "((b + Σ w·x) − mean) / √(var + ε) · scale + B = b' + Σ (w·s)·x, with s = scale / √(var + ε) and b' = (b − mean)·s + B, over the reals",
  conditions: [
    "only the normalisation reads the result of the sum, and it is no output of the graph",
    "scale, B, mean, var, weights and bias are constants and finite, and var + ε > 0",
    "each weight of the result is within 0.51 ulp of w·s, and the bias of b', computed in exact rationals; the distance enters the error bound",
    "nothing else of the graph changes",
  ],
  invariant: "folded(k) = s·acc(k) + c, with c = B − mean·s",
  usable: true,
  proofs: [
    problem("affine", "the normalisation is x ↦ s·x + c", "QF_NRA", normal, [...root, "(= s (* scale inverse))", offset, notAffine]),
    problem("start", "the folded bias is s·bias + c", "QF_NRA", ["b Real", "mean Real", "shift Real", "s Real", "c Real", "start Real"],
      [offset, "(= start (+ (* (- b mean) s) shift))", "(not (= start (+ (* s b) c)))"]),
    problem("step", "a step with weight w·s keeps the invariant", "QF_NRA", step,
      ["(= folded (+ (* s acc) c))", "(= acc1 (+ acc (* w x)))", "(= folded1 (+ folded (* (* w s) x)))", "(not (= folded1 (+ (* s acc1) c)))"]),
  ],
  wrong: [
    problem("root-forgotten", "s = scale / (var + ε), where the root is 2", "QF_NRA", normal, [...root, "(= root 2.0)", "(= s (* scale inverse inverse))", offset, notAffine]),
    problem("epsilon-forgotten", "s = scale / √var, where that is 1 and the root 2", "QF_NRA", [...normal, "bare Real"],
      [...root, "(= root 2.0)", "(= bare 1.0)", "(= (* bare bare) variance)", "(= (* s bare) scale)", offset, notAffine]),
    problem("weight-not-scaled", "a step with weight w", "QF_NRA", step,
      ["(= folded (+ (* s acc) c))", "(= acc1 (+ acc (* w x)))", "(= folded1 (+ folded (* w x)))", "(not (= folded1 (+ (* s acc1) c)))"]),
  ],
};
