/**
 * The lemma integer-quantised: what stands between DequantizeLinear and QuantizeLinear, in
 * integers. Over the reals both quantise one number; in floats both round it on the way.
 * x stands for X − zx, w for W − zw, f for the product of their scales.
 */
import { type Lemma, type Problem, problem } from "../lemma.js";

const reals = (...names: readonly string[]): readonly string[] => names.map((name) => `${name} Real`);

const stepNames = reals("X", "zx", "W", "zw", "sx", "sw", "f", "acc", "acc1", "sum", "sum1");
const floatStep = "(= acc1 (+ acc (* (* sx (- X zx)) (* sw (- W zw)))))";
const integerStep = "(= sum1 (+ sum (* (- X zx) (- W zw))))";
const product = "(= f (* sx sw))";
const proportional = "(= acc (* f sum))";
const notProportional = "(not (= acc1 (* f sum1)))";

/** Monotone between r and an end, as every rounding and saturation is. */
const monotone = (a: string, b: string): string => `(=> (<= ${a} ${b}) (<= (g ${a}) (g ${b})))`;
const clipNames = ["(declare-fun g (Real) Int)", ...reals("r", "low", "high", "c"), "least Int", "most Int"];
const clip = [
  "(<= low high)", "(= c (ite (< r low) low (ite (> r high) high r)))",
  ...[["r", "low"], ["low", "r"], ["r", "high"], ["high", "r"], ["low", "high"]].map(([a = "", b = ""]) => monotone(a, b)), "(<= least (g r))", "(<= (g r) most)",
];

const rounding = ["a Real", "b Real", "d Real", "p Int", "q Int"];
/** p and q are integers next to a and b, which are d apart. */
const rounded = [
  "(<= (- 0.5) (- (to_real p) a))", "(<= (- (to_real p) a) 0.5)", "(<= (- 0.5) (- (to_real q) b))", "(<= (- (to_real q) b) 0.5)",
  "(<= (- a b) d)", "(<= (- b a) d)",
];
const saturated = (x: string): string => `(ite (< ${x} least) least (ite (> ${x} most) most ${x}))`;
const span = (k: string): string => `(not (and (<= (- p q) ${k}) (<= (- q p) ${k})))`;

const wrapNames = reals("x", "w", "size", "bound", "sum", "sum1", "bound1");
const wrapStep = ["(<= (- size) x)", "(<= x size)", "(<= (- bound) sum)", "(<= sum bound)", "(= sum1 (+ sum (* x w)))"];
const magnitude = "(ite (< w 0.0) (- w) w)";
const outside = "(not (and (<= (- bound1) sum1) (<= sum1 bound1)))";

const proofs: readonly Problem[] = [
  problem("step", "a step of the sum of floats is f times a step of the sum of integers", "QF_NRA", stepNames, [product, proportional, floatStep, integerStep, notProportional]),
  problem("bias", "a bias of f·B is f times the bias B that the sum of integers starts from", "QF_NRA", reals("f", "b", "B", "acc", "sum"), ["(= b (* f B))", "(= acc b)", "(= sum B)", "(not (= acc (* f sum)))"]),
  problem("zero-point-in-bias", "the sum of products of differences is that of x·w less zx times the sum of w", "QF_NRA", reals("x", "zx", "w", "sum", "sum1", "plain", "plain1", "ws", "ws1"),
    ["(= sum (- plain (* zx ws)))", "(= sum1 (+ sum (* (- x zx) w)))", "(= plain1 (+ plain (* x w)))", "(= ws1 (+ ws w))", "(not (= sum1 (- plain1 (* zx ws1))))"]),
  problem("quotient", "the sum of floats in steps of the result is the sum of integers times f / sy", "QF_NRA", reals("f", "sum", "acc", "sy", "m", "v"),
    ["(> sy 0.0)", "(= acc (* f sum))", "(= (* m sy) f)", "(= (* v sy) acc)", "(not (= v (* sum m)))"]),
  problem("mean", "a mean in steps of the result is the sum of integers times sx / (sy·n)", "QF_NRA", reals("sx", "sum", "n", "mean", "sy", "m", "v"),
    ["(> sy 0.0)", "(> n 0.0)", "(= (* mean n) (* sx sum))", "(= (* m (* sy n)) sx)", "(= (* v sy) mean)", "(not (= v (* sum m)))"]),
  problem("add", "a sum of two tensors in steps of the result", "QF_NRA", reals("a", "b", "sa", "sb", "ma", "mb", "sy", "v"),
    ["(> sy 0.0)", "(= (* ma sy) sa)", "(= (* mb sy) sb)", "(= (* v sy) (+ (* sa a) (* sb b)))", "(not (= v (+ (* a ma) (* b mb))))"]),
  problem("wrap", "a partial sum is at most the sum of |w|·size, in whatever order", "QF_NRA", wrapNames, [...wrapStep, `(= bound1 (+ bound (* ${magnitude} size)))`, outside]),
  problem("clip", "a clip whose ends quantise to the ends of the type does what saturation does", "QF_UFLIRA", clipNames, [...clip, "(= (g low) least)", "(= (g high) most)", "(not (= (g c) (g r)))"]),
  problem("clip-integers", "another clip is one of integers, between what its ends quantise to", "QF_UFLIRA", clipNames,
    [...clip, "(not (= (g c) (ite (< (g r) (g low)) (g low) (ite (> (g r) (g high)) (g high) (g r)))))"]),
  problem("maximum", "what is monotone may be done before a maximum or after", "QF_UFLIRA", ["(declare-fun g (Real) Int)", ...reals("a", "b")],
    [monotone("a", "b"), monotone("b", "a"), "(not (= (g (ite (< a b) b a)) (ite (< (g a) (g b)) (g b) (g a))))"]),
  problem("one-step", "numbers less than 1 apart round to integers at most 1 apart", "QF_LIRA", rounding, [...rounded, "(< d 1.0)", span("1")]),
  problem("steps", "numbers less than k apart round to integers at most k apart", "QF_LIRA", [...rounding, "k Int"], [...rounded, "(< d (to_real k))", span("k")]),
  problem("no-tie", "numbers on one side of every tie round to one integer, counted here from the integer between these ties", "QF_LIRA", rounding,
    [...rounded, "(> a (- 0.5))", "(< a 0.5)", "(> b (- 0.5))", "(< b 0.5)", "(not (= p q))"]),
  problem("saturation", "saturation brings no two integers further apart", "QF_LIA", ["p Int", "q Int", "k Int", "least Int", "most Int"],
    ["(<= least most)", "(<= (- p q) k)", "(<= (- q p) k)", `(let ((a ${saturated("p")}) (b ${saturated("q")})) (not (and (<= (- a b) k) (<= (- b a) k))))`]),
];

const wrong: readonly Problem[] = [
  problem("zero-point-forgotten", "a product of x with its zero point still in it", "QF_NRA", stepNames,
    [product, proportional, floatStep, "(= sum1 (+ sum (* X (- W zw))))", "(= f 1.0)", "(= zx 1.0)", notProportional]),
  problem("weight-zero-point-forgotten", "the same of w", "QF_NRA", stepNames, [product, proportional, floatStep, "(= sum1 (+ sum (* (- X zx) W)))", "(= f 1.0)", "(= zw 1.0)", notProportional]),
  problem("scale-of-another-channel", "f made with the scale of another channel", "QF_NRA", [...stepNames, "other Real"],
    ["(= f (* sx other))", "(= sx 1.0)", "(= other 2.0)", "(= sw 1.0)", proportional, floatStep, integerStep, notProportional]),
  problem("zero-point-in-bias-of-padding", "the same with a tap in the padding, which is skipped", "QF_NRA", reals("zx", "w", "sum", "plain", "ws", "ws1"),
    ["(= zx 1.0)", "(= w 1.0)", "(= sum (- plain (* zx ws)))", "(= ws1 (+ ws w))", "(not (= sum (- plain (* zx ws1))))"]),
  problem("bias-forgotten", "a sum of integers that starts from 0", "QF_NRA", reals("f", "b", "B", "acc", "sum"), ["(= f 1.0)", "(= b (* f B))", "(= acc b)", "(= sum 0.0)", "(not (= acc (* f sum)))"]),
  problem("bias-in-steps-of-the-result", "a bias divided by sy instead of f", "QF_NRA", reals("f", "sy", "b", "B", "acc", "sum"),
    ["(= f 1.0)", "(= sy 2.0)", "(= b (* sy B))", "(= acc b)", "(= sum B)", "(not (= acc (* f sum)))"]),
  problem("scale-of-the-result-forgotten", "the sum of integers times f", "QF_NRA", reals("f", "sum", "acc", "sy", "v"), ["(= sy 2.0)", "(= f 1.0)", "(= acc (* f sum))", "(= (* v sy) acc)", "(not (= v (* sum f)))"]),
  problem("count-forgotten", "a mean that is not divided", "QF_NRA", reals("sx", "sum", "n", "mean", "sy", "m", "v"),
    ["(= sy 1.0)", "(= n 4.0)", "(= sx 1.0)", "(= (* mean n) (* sx sum))", "(= (* m sy) sx)", "(= (* v sy) mean)", "(not (= v (* sum m)))"]),
  problem("wrap-by-sum-of-weights", "Σ w·size with the signs of w", "QF_NRA", wrapNames, [...wrapStep, "(= size 1.0)", "(= bound 1.0)", "(= w (- 1.0))", "(= bound1 (+ bound (* w size)))", outside]),
  problem("relu-at-another-zero-point", "a Relu left out where 0 does not quantise to the least value", "QF_UFLIRA", clipNames,
    [...clip, "(= least 0)", "(= most 9)", "(= low 0.0)", "(> (g low) least)", "(= (g high) most)", "(not (= (g c) (g r)))"]),
  problem("saturation-bounds", "a Clip left out whose end quantises below the greatest value", "QF_UFLIRA", clipNames,
    [...clip, "(= least 0)", "(= most 9)", "(= high 6.0)", "(= (g low) least)", "(= (g high) 8)", "(not (= (g c) (g r)))"]),
  problem("maximum-negative-scale", "a maximum done before what falls, as with a negative scale", "QF_UFLIRA", ["(declare-fun g (Real) Int)", ...reals("a", "b")],
    ["(=> (<= a b) (>= (g a) (g b)))", "(=> (<= b a) (>= (g b) (g a)))", "(not (= (g (ite (< a b) b a)) (ite (< (g a) (g b)) (g b) (g a))))"]),
  problem("equal-results", "numbers less than 1 apart round to one integer", "QF_LIRA", rounding, [...rounded, "(< d 1.0)", "(not (= p q))"]),
  problem("one-step-of-one", "numbers at most 1 apart round to integers at most 1 apart", "QF_LIRA", rounding, [...rounded, "(<= d 1.0)", span("1")]),
];

export const integerQuantised: Lemma = {
  name: "integer-quantised",
  tier: "T2",
  statement: "Q(b + Σ sx·(X − zx)·sw·(W − zw)) = saturate(rint((B + Σ (X − zx)·(W − zw)) · sx·sw / sy) + zy) with b = sx·sw·B, over the reals before rint; so of means and of Add, and exactly of MaxPool, Concat, clips and moves",
  conditions: [
    "the tensors of the group have one reader each, DequantizeLinear apart",
    "scales and zero points of operands and result are constants of one element, scales positive and between 2^-40 and 2^40; so are those of weights, which are one, or one per channel of the result",
    "each weight is within 0.51 ulp of its scale times its integer less the zero point; each bias within half of sx·sw of its integer times sx·sw; both distances enter the bound",
    "Σ |w − zw|·max |x − zx| + |bias| < 2^31 in every channel, from the weights, and n·max |x − zx| < 2^31 for a mean of n: no sum wraps",
    "a bias is one element, or one per channel of the result",
    "no window of a MaxPool before the core lies wholly in the padding",
    "a Relu or Clip ends where the type does, or becomes a Clip of integers between what its ends quantise to",
    "windows of a mean have as many elements each",
    "the zero point of x goes into the bias only where no window is padded",
  ],
  invariant: "acc(k) = sx·sw·sum(k), and |sum(k)| <= |bias| + Σ_{i<=k} |w_i|·max |x − zx|",
  usable: true,
  proofs,
  wrong,
};
