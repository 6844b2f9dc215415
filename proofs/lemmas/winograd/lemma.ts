/**
 * The lemma winograd: a window of 3 × 3 over tiles by the minimal filtering F(2 × 2, 3 × 3), in 32 bits that wrap. That the
 * products make four times the sums is an identity of polynomials with integer coefficients, so it holds in every
 * ring; it is stated over the reals, where solvers decide it.
 */
import { type Lemma, type Problem, problem } from "../lemma.js";
import { weightRows } from "./rewrite.js";

type Matrix = readonly (readonly number[])[];

interface Matrices {
  /** 2G, Bᵀ and Aᵀ. */
  readonly weights: Matrix;
  readonly input: Matrix;
  readonly output: Matrix;
}

const matrices: Matrices = {
  weights: weightRows,
  input: [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
  output: [[1, 1, 1, 0], [0, 1, -1, -1]],
};

const four = [0, 1, 2, 3];

function sumOf(terms: readonly string[]): string {
  return terms.length === 1 ? terms.join("") : `(+ ${terms.join(" ")})`;
}

/** Σ row[k] · term(k). */
function combined(row: readonly number[], term: (k: number) => string): string {
  const times = (by: number, e: string): string => (by === 1 ? e : by === -1 ? `(- ${e})` : `(* ${by} ${e})`);
  return sumOf(row.flatMap((by, k) => (by === 0 ? [] : [times(by, term(k))])));
}

const nested = (rows: readonly number[] = [], columns: readonly number[] = [], term: (a: number, b: number) => string): string =>
  combined(rows, (a) => combined(columns, (b) => term(a, b)));

interface Sum {
  readonly sort: "Real" | "Int";
  /** What a sum is made times. */
  readonly by: number;
  /** Taps that the sum has. */
  readonly taps: readonly (readonly [k: number, l: number])[];
}

const whole: Sum = { sort: "Real", by: 4, taps: [0, 1, 2].flatMap((k) => [0, 1, 2].map((l) => [k, l] as const)) };

/** At some place of a tile 16 products do not make `by` times the sum of the taps. */
function identity(name: string, says: string, { weights, input, output }: Matrices, { sort, by, taps }: Sum): Problem {
  const letters = [...[0, 1, 2].flatMap((k) => [0, 1, 2].map((l) => `w${k}${l}`)), ...four.flatMap((a) => four.map((b) => `d${a}${b}`))];
  const products = four.flatMap((i) => four.map((j) =>
    `(define-fun m${i}${j} () ${sort} (* ${nested(weights[i], weights[j], (k, l) => `w${k}${l}`)} ${nested(input[i], input[j], (a, b) => `d${a}${b}`)}))`));
  const equal = [0, 1].flatMap((p) => [0, 1].map((q) =>
    `(= ${nested(output[p], output[q], (i, j) => `m${i}${j}`)} (* ${by} ${sumOf(taps.map(([k, l]) => `(* w${k}${l} d${p + k}${q + l})`))}))`));
  return problem(name, says, sort === "Real" ? "QF_NRA" : "QF_NIA", [...letters.map((letter) => `${letter} ${sort}`), ...products], [`(not (and ${equal.join(" ")}))`]);
}

const transposed = (m: Matrix): Matrix => four.map((_, j) => m.map((row) => row[j] ?? 0));

/** A difference of bytes as 16 bits. */
const difference = (extend: string): string => `(bvsub ((_ ${extend} 8) x) ((_ ${extend} 8) z))`;

const bytes = ["x (_ BitVec 8)", "z (_ BitVec 8)"];
const outside = (d: string, limit: number): string => `(or (bvslt ${d} (bvneg (_ bv${limit} 16))) (bvsgt ${d} (_ bv${limit} 16)))`;

/** A sum or difference of two numbers of 16 bits, kept in 16 bits: it is another than in 32, or further from 0 than twice the limit. */
function narrow(name: string, says: string, limit: number): Problem {
  const either = (a: string, b: string): string => `(ite add (bvadd ${a} ${b}) (bvsub ${a} ${b}))`;
  const [kept, exact] = [either("d", "e"), either("((_ sign_extend 16) d)", "((_ sign_extend 16) e)")];
  return problem(name, says, "QF_BV", ["d (_ BitVec 16)", "e (_ BitVec 16)", "add Bool"],
    [...["d", "e"].map((each) => `(not ${outside(each, limit)})`), `(not (and (= ((_ sign_extend 16) ${kept}) ${exact}) (not ${outside(kept, 2 * limit)})))`]);
}

const word = (name: string): string => `${name} (_ BitVec 32)`;
const times4 = (e: string): string => `(bvmul (_ bv4 32) ${e})`;
const small = (limit: string): readonly string[] => [`(bvslt s ${limit})`, `(bvsgt s (bvneg ${limit}))`];
const bounded = small("(_ bv536870912 32)"); // 2²⁹
const single = "(define-sort F () (_ FloatingPoint 8 24))";
const float = (e: string): string => `((_ to_fp 8 24) RNE ${e})`;
const product = (a: string, b: string): string => `(fp.mul RNE ${a} ${b})`;
const [quadruple, quarter] = [(e: string): string => product(e, float("4.0")), (e: string): string => product(e, float("0.25"))];
/** What the result is rounded from differs, for a factor f before and g after. */
const differs = (g: string, of = times4("s")): string => `(not (= ${product(float(of), g)} ${product(float("s"), "f")}))`;

const proofs: readonly Problem[] = [
  identity("identity", "sixteen products of sums of differences and sums of weights make four times the sums of nine", matrices, whole),
  problem("difference-signed", "a difference of signed bytes is at most 255", "QF_BV", bytes, [outside(difference("sign_extend"), 255)]),
  problem("difference-unsigned", "a difference of bytes without a sign is at most 255", "QF_BV", bytes, [outside(difference("zero_extend"), 255)]),
  narrow("narrow-once", "a sum of two differences is the same in 16 bits as in 32, and at most 510", 255),
  narrow("narrow-twice", "so is a sum of two of those", 510),
  problem("bias", "four times bias and sum of products is four times the one and four times the other, in 32 bits that wrap", "QF_BV", [word("b"), word("s")],
    [`(not (= (bvadd ${times4("b")} ${times4("s")}) ${times4("(bvadd b s)")}))`]),
  problem("range", "four times a sum below 2^29 does not wrap", "QF_BV", [word("s")],
    [...bounded, `(not (= ((_ sign_extend 32) ${times4("s")}) (bvmul (_ bv4 64) ((_ sign_extend 32) s))))`]),
  problem("conversion", "as floats, four times a sum is four times that sum", "QF_BVFP", [single, word("s")], [...bounded, `(not (= ${float(times4("s"))} ${quadruple(float("s"))}))`]),
  problem("factor", "a normal number is a quarter of its quadruple, if that is finite", "QF_FP", [single, "g F"],
    ["(fp.isNormal g)", `(not (fp.isInfinite ${quadruple("g")}))`, `(not (= ${quarter(quadruple("g"))} g))`]),
  problem("product", "a product of floats is their product over the reals, rounded, and that is equal", "QF_UFNRA", ["(declare-fun rounded (Real) Real)", "s Real", "g Real"],
    ["(not (= (rounded (* (* 4.0 s) g)) (rounded (* s (* 4.0 g)))))"]),
  problem("product-zero", "a sum of 0 gives a zero of the same sign", "QF_FP", [single, "g F"],
    ["(fp.isNormal g)", `(not (fp.isInfinite ${quadruple("g")}))`, `(not (= ${product("(_ +zero 8 24)", "g")} ${product("(_ +zero 8 24)", quadruple("g"))}))`]),
];

const integers: Sum = { ...whole, sort: "Int" };
const changed = (m: Matrix, row: number, by: readonly number[]): Matrix => m.map((each, k) => (k === row ? by : each));
const scaled = ["(fp.isNormal f)", `(fp.isNormal ${quarter("f")})`, `(= ${quadruple(quarter("f"))} f)`];

const wrong: readonly Problem[] = [
  identity("weights-sign-forgotten", "a weight is added where it is subtracted", { ...matrices, weights: changed(matrices.weights, 2, [1, 1, 1]) }, integers),
  identity("weights-not-doubled", "one of the four is not made twice", { ...matrices, weights: changed(matrices.weights, 0, [1, 0, 0]) }, integers),
  identity("input-transposed", "B stands for its transpose", { ...matrices, input: transposed(matrices.input) }, integers),
  identity("output-sign", "a product is added where it is subtracted", { ...matrices, output: changed(matrices.output, 1, [0, 1, -1, 1]) }, integers),
  identity("tap-left-out", "a tap at the border is left out of the sum", matrices, { ...integers, taps: integers.taps.slice(0, -1) }),
  identity("not-four-times", "the products make the sum twice", matrices, { ...integers, by: 2 }),
  narrow("narrow-any", "a sum of two numbers of 16 bits that are no differences of bytes", 2 ** 14),
  problem("bias-once", "the bias is added once", "QF_BV", [word("b"), word("s")], [`(not (= (bvadd b ${times4("s")}) ${times4("(bvadd b s)")}))`]),
  problem("range-forgotten", "four times any sum, as floats", "QF_BVFP", [single, word("s"), "f F"], [...scaled, differs(quarter("f"))]),
  problem("factor-whole", "the factor is not divided", "QF_BVFP", [single, word("s"), "f F"], [...bounded, ...scaled, differs("f")]),
  problem("factor-subnormal", "a quarter of the factor is no normal number", "QF_BVFP", [single, word("s"), "f F"], ["(= s (_ bv1 32))", "(fp.isNormal f)", differs(quarter("f"))]),
  problem("sum-rounded-first", "the sum is rounded to a float before it is made four times, its last bits lost twice", "QF_BVFP", [single, word("s"), "f F"],
    [...bounded, ...scaled, differs(quarter("f"), "(bvand (_ bv4294967280 32) (bvmul (_ bv4 32) s))")]),
];

export const winograd: Lemma = {
  name: "winograd",
  tier: "T0",
  statement: "Aᵀ(Σ (2G)w(2G)ᵀ ∘ BᵀdB)A + 4·b = 4·(b + Σ w·d) at the four places of a tile in 32 bits that wrap, and f32(4·S)·(f/4) = f32(S)·f",
  conditions: [
    "a window of 3 x 3 over an image, strides and dilations 1, no groups, padding at least 0",
    "weights, bias, scales and zero points are constants; the channels are a multiple of 4",
    "at every place of a tile, every element of X that the sum reads counts 4·(w - zw), for every filter and channel, and every other one 0; the sum starts from 4·b",
    "it is read in the tiles in which it was read, and is less the same zero point; elsewhere 0 stands for it",
    "every element of the result has a place in a tile",
    "what is kept in 16 bits fits them: from the range of x - zx",
    "4·|b + Σ (w - zw)·(x - zx)| < 2^31, from the weights and the range of x - zx",
    "the factor of each filter is exactly four times a normal number, which is the factor after",
    "rounding, zero point and saturation are as they were",
  ],
  invariant: "after every channel the sum of the products at a place is four times the sum of the taps",
  usable: true,
  proofs,
  wrong,
};
