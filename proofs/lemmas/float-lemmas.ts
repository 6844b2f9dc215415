/**
 * Lemmas about binary32 itself, in the solver's theory of floating point: bit for bit,
 * NaN being one value. Those that look true and are false stand among the wrong ones:
 * most fail at −0.
 */
import { type Lemma, problem } from "./lemma.js";

const sort = "(define-sort F () (_ FloatingPoint 8 24))";
const finite = (x: string): string => `(not (or (fp.isNaN ${x}) (fp.isInfinite ${x})))`;
const negativeZero = (x: string): string => `(= ${x} (_ -zero 8 24))`;
const sum = (a: string, b: string): string => `(fp.add RNE ${a} ${b})`;
const product = (a: string, b: string): string => `(fp.mul RNE ${a} ${b})`;
const plusZero = "(_ +zero 8 24)";
const minusZero = "(_ -zero 8 24)";
const unit = "((_ to_fp 8 24) RNE 1.0)";
/** As ir/scalar/functions/compare.ts defines them. */
const relu = (x: string): string => `(ite (fp.lt ${x} ${plusZero}) ${plusZero} ${x})`;
const maximum = (a: string, b: string): string => `(ite (or (fp.lt ${b} ${a}) (not (fp.eq ${a} ${a}))) ${a} ${b})`;

function claim(name: string, says: string, variables: string, ...asserted: readonly string[]) {
  return problem(name, says, "QF_FP", [sort, ...variables.split(" ").map((v) => `${v} F`)], asserted);
}

/** Multiplying a padded tap by 0 instead of skipping it. */
export const skipZeroTap: Lemma = {
  name: "skip-zero-tap",
  tier: "T0",
  statement: "a + (0 · w) = a",
  conditions: ["w is finite", "the accumulator is not −0: it starts from a value that is not −0 (a bias may be)"],
  invariant: "the accumulator is never −0: x + y is −0 only if x and y are",
  usable: false,
  proofs: [
    claim("tap", "a tap that is 0 changes nothing", "a w", `(not ${negativeZero("a")})`, finite("w"), `(not (= ${sum("a", product(plusZero, "w"))} a))`),
    claim("invariant", "an accumulator that is not −0 does not become −0", "a y", `(not ${negativeZero("a")})`, negativeZero(sum("a", "y"))),
  ],
  wrong: [
    claim("bias-negative-zero", "the same from −0", "a w", finite("w"), `(not (= ${sum("a", product(plusZero, "w"))} a))`),
    claim("weight-infinite", "the same with any weight", "a w", `(not ${negativeZero("a")})`, `(not (= ${sum("a", product(plusZero, "w"))} a))`),
  ],
};

/** The parts of a batch normalisation that may vanish. */
export const batchNormalizationIdentity: Lemma = {
  name: "batch-normalization-identity",
  tier: "T0",
  statement: "((x − (+0)) / 1) · 1 + (−0) = x",
  conditions: ["mean is +0, √(var + ε) and scale are 1, B is −0"],
  invariant: "",
  usable: false,
  proofs: [
    claim("scale", "x · 1 = x", "x", `(not (= ${product("x", unit)} x))`),
    claim("deviation", "x / 1 = x", "x", `(not (= (fp.div RNE x ${unit}) x))`),
    claim("mean", "x − (+0) = x", "x", `(not (= (fp.sub RNE x ${plusZero}) x))`),
    claim("shift", "x + (−0) = x", "x", `(not (= ${sum("x", minusZero)} x))`),
  ],
  wrong: [
    claim("shift-positive-zero", "x + (+0) = x fails at −0", "x", `(not (= ${sum("x", plusZero)} x))`),
    claim("mean-negative-zero", "x − (−0) = x fails at −0", "x", `(not (= (fp.sub RNE x ${minusZero}) x))`),
  ],
};

/** What relu, max and the order of operands may be replaced by. */
export const reluMax: Lemma = {
  name: "relu-max",
  tier: "T0",
  statement: "relu(x) = max(0, x); x + y = y + x; x · y = y · x",
  conditions: ["the constant is the first operand: of two zeros max gives the second"],
  invariant: "",
  usable: false,
  proofs: [
    claim("zero-first", "max(+0, x) = relu(x)", "x", `(not (= ${maximum(plusZero, "x")} ${relu("x")}))`),
    claim("sum-commutes", "x + y = y + x", "x y", `(not (= ${sum("x", "y")} ${sum("y", "x")}))`),
    claim("product-commutes", "x · y = y · x", "x y", `(not (= ${product("x", "y")} ${product("y", "x")}))`),
  ],
  wrong: [
    claim("zero-second", "max(x, +0) = relu(x) fails at −0", "x", `(not (= ${maximum("x", plusZero)} ${relu("x")}))`),
    claim("max-commutes", "max(x, y) = max(y, x) fails at zeros", "x y", `(not (= ${maximum("x", "y")} ${maximum("y", "x")}))`),
    claim("zero-product", "0 · x = 0 fails for negative and infinite x", "x", `(not (= ${product(plusZero, "x")} ${plusZero}))`),
    claim("sum-associates", "(x + y) + z = x + (y + z)", "x y z", `(not (= ${sum(sum("x", "y"), "z")} ${sum("x", sum("y", "z"))}))`),
  ],
};
