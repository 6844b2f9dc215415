/**
 * What the texts of records compute and what the reader expands them to, as SMT-LIB problems in
 * bit vectors and IEEE floats: `unsat` is the proof that they are equal for all operands. Beside
 * each are wrong versions, which have to be satisfiable.
 */
export interface RecordProblem {
  readonly name: string;
  readonly text: string;
  /** Whether it is a proof; else a mistake that a solver has to find. */
  readonly holds: boolean;
}

function file(logic: string, lines: readonly string[]): string {
  return [`(set-logic ${logic})`, ...lines, "(check-sat)", ""].join("\n");
}

/** x and y: words of two halves, the first low; `got` is the text, steps are acc + x0·y0, then + x1·y1. */
function dot(name: string, got: string, holds: boolean, premises: readonly string[] = []): RecordProblem {
  const half = (word: string, k: number): string => `((_ sign_extend 16) ((_ extract ${16 * k + 15} ${16 * k}) ${word}))`;
  const steps = `(bvadd (bvadd a (bvmul ${half("x", 0)} ${half("y", 0)})) (bvmul ${half("x", 1)} ${half("y", 1)}))`;
  const declared = ["a", "x", "y"].map((v) => `(declare-fun ${v} () (_ BitVec 32))`);
  return { name, holds, text: file("QF_BV", [...declared, ...premises, `(assert (not (= ${got} ${steps})))`]) };
}

const signed = (word: string, k: number): string => `((_ sign_extend 48) ((_ extract ${16 * k + 15} ${16 * k}) ${word}))`;
const unsigned = (word: string, k: number): string => `((_ zero_extend 48) ((_ extract ${16 * k + 15} ${16 * k}) ${word}))`;
/** SMLAD (Armv7-M manual): both products and the sum without bound, then bits 31 to 0. */
const smlad = (half: (word: string, k: number) => string, other: readonly [number, number]): string =>
  `((_ extract 31 0) (bvadd (bvmul ${half("x", 0)} ${half("y", other[0])}) (bvadd (bvmul ${half("x", 1)} ${half("y", other[1])}) ((_ sign_extend 32) a))))`;
/** Saturated in the pair, as vpmaddubsw does to 16 bits: here to 32. */
const saturated = (): string => {
  const sum = `(bvadd (bvmul ${signed("x", 0)} ${signed("y", 0)}) (bvmul ${signed("x", 1)} ${signed("y", 1)}))`;
  return `(bvadd a (ite (bvsgt ${sum} #x000000007fffffff) #x7fffffff ((_ extract 31 0) ${sum})))`;
};

/** x and y: words of four halves, the first low; `got` is the text, steps are acc + x0·y0, then + x1·y1, and so on. */
function quad(name: string, got: string, holds: boolean): RecordProblem {
  const half = (word: string, k: number): string => `((_ sign_extend 16) ((_ extract ${16 * k + 15} ${16 * k}) ${word}))`;
  const steps = [0, 1, 2, 3].reduce((sum, k) => `(bvadd ${sum} (bvmul ${half("x", k)} ${half("y", k)}))`, "a");
  const declared = ["(declare-fun a () (_ BitVec 32))", ...["x", "y"].map((v) => `(declare-fun ${v} () (_ BitVec 64))`)];
  return { name, holds, text: file("QF_BV", [...declared, `(assert (not (= ${got} ${steps})))`]) };
}

/** SMLAD on words of x and y, 0 the low one. */
function smladOn(x: number, y: number, sum: string): string {
  const wide = (word: string, k: number): string => `((_ sign_extend 48) ((_ extract ${16 * k + 15} ${16 * k}) ${word}))`;
  const product = (k: number): string => `(bvmul ${wide("x", 2 * x + k)} ${wide("y", 2 * y + k)})`;
  return `((_ extract 31 0) (bvadd ${product(0)} (bvadd ${product(1)} ((_ sign_extend 32) ${sum}))))`;
}

/** VPMADDWD (Intel 64 manual) in one lane: both products as numbers of 32 bits, their sum without a carry; then PADDD. */
const vpmaddwd = (half: (word: string, k: number) => string): string => {
  const product = (k: number): string => `((_ extract 31 0) (bvmul ${half("x", k)} ${half("y", k)}))`;
  return `(bvadd (bvadd ${product(0)} ${product(1)}) a)`;
};
/** VPMADDUBSW in half a lane, then extended: the low bytes of x without sign, of y with it, and a sum that is held to 16 bits. */
const vpmaddubsw = (): string => {
  const product = (k: number): string => `(bvmul ((_ zero_extend 24) ((_ extract ${16 * k + 7} ${16 * k}) x)) ((_ sign_extend 24) ((_ extract ${16 * k + 7} ${16 * k}) y)))`;
  const sum = `(bvadd ${product(0)} ${product(1)})`;
  return `(bvadd a (ite (bvsgt ${sum} #x00007fff) #x00007fff (ite (bvslt ${sum} #xffff8000) #xffff8000 ${sum})))`;
};
/** x a byte without sign and y one with it, in each half: then nothing but saturation tells vpmaddubsw from the steps. */
const bytes = ["(assert (= (bvand x #xff00ff00) #x00000000))", ...[0, 1].map((k) => `(assert (= ((_ extract ${16 * k + 15} ${16 * k}) y) ((_ sign_extend 8) ((_ extract ${16 * k + 7} ${16 * k}) y))))`)];
const integer = "(_ BitVec 32)";
const float = "(_ FloatingPoint 8 24)";

/** What a text computes, over a, b (its bits), z, w (z as 32 bits) and s (the bits of `added` + 1.5·2²³). */
interface RoundedText {
  readonly added?: string;
  readonly definitions?: readonly string[];
  readonly premises?: readonly string[];
  readonly got: string;
}

const limits = { i8: ["#xffffff80", "#x0000007f"], u8: ["#x00000000", "#x000000ff"] } as const;

/** A number of 32 bits, saturated to T. */
function saturatedTo(type: "i8" | "u8", number: string): string {
  const [least, most] = limits[type];
  return `(let ((number ${number})) (let ((low (ite (bvsgt number ${least}) number ${least}))) (ite (bvslt low ${most}) low ${most})))`;
}

/** cast.T.i32(cast.f32.T(add.f32(rint.f32(a), cast.T.f32(z)))) against a text; the narrow record is its low 8 bits. */
function rounded(name: string, type: "i8" | "u8", { added = "a", definitions = [], premises = [], got }: RoundedText, holds: boolean): RecordProblem {
  const [extend, toFloat, least, most, above, atMost] = type === "i8"
    ? ["sign_extend", "to_fp", "#xffffff80", "#x0000007f", "#x43000000", "(fp.gt sum (fp.neg top))"] as const
    : ["zero_extend", "to_fp_unsigned", "#x00000000", "#x000000ff", "#x43800000", "(fp.gt sum ((_ to_fp 8 24) #x00000000))"] as const;
  return {
    name: `${name}, ${type}`, holds,
    text: file("QF_BVFP", [
      `(declare-fun b () ${integer})`, "(declare-fun z () (_ BitVec 8))", `(declare-fun s () ${integer})`,
      `(define-fun a () ${float} ((_ to_fp 8 24) b))`,
      `(define-fun w () ${integer} ((_ ${extend} 24) z))`,
      ...definitions,
      ...premises,
      `(assert (= ((_ to_fp 8 24) s) (fp.add RNE ${added} ((_ to_fp 8 24) #x4b400000))))`,
      `(define-fun got () ${integer} ${got})`,
      `(define-fun sum () ${float} (fp.add RNE (fp.roundToIntegral RNE a) ((_ ${toFloat} 8 24) RNE z)))`,
      `(define-fun top () ${float} ((_ to_fp 8 24) ${above}))`,
      `(define-fun want () ${integer} (ite (fp.isNaN sum) #x00000000 (ite (fp.geq sum top) ${most} (ite ${atMost} ((_ fp.to_sbv 32) RTZ sum) ${least}))))`,
      "(assert (not (= got want)))",
    ]),
  };
}

const magnitude = "(bvand b #x7fffffff)";
const far = "(ite (bvslt b #x00000000) #xfffffc00 #x00000400)";
function inIntegers(limit: string, nan: string | undefined): string {
  const n = `(bvadd (ite (bvsle ${magnitude} ${limit}) (bvsub s #x4b400000) ${far}) w)`;
  return nan === undefined ? n : `(ite (bvsle ${magnitude} #x7f800000) ${n} ${nan})`;
}

/** By choices of floats, with s for the bits of c + 1.5·2²³: `c` is the number that is added to, between the limits less z. */
function byChoices(name: string, type: "i8" | "u8", { held, nan, premises = [] }: { readonly held: string; readonly nan?: string; readonly premises?: readonly string[] }, holds: boolean): RecordProblem {
  const [least, most] = limits[type];
  const definitions = [
    `(define-fun least () ${float} ((_ to_fp 8 24) RNE (bvsub ${least} w)))`,
    `(define-fun most () ${float} ((_ to_fp 8 24) RNE (bvsub ${most} w)))`,
    `(define-fun low () ${float} (ite (fp.gt a least) a least))`,
  ];
  const number = "(bvadd (bvsub s #x4b400000) w)";
  return rounded(name, type, { added: held, definitions, premises, got: nan === undefined ? number : `(ite (fp.eq a a) ${number} ${nan})` }, holds);
}

const held = "(ite (fp.lt low most) low most)";

/** It saturates; of a NaN it makes 0. */
function vcvtrOf(mode: "RNE" | "RTZ"): string {
  const [large, small] = ["((_ to_fp 8 24) #x4f000000)", "((_ to_fp 8 24) #xcf000000)"];
  return `(ite (fp.isNaN a) #x00000000 (ite (fp.geq a ${large}) #x7fffffff (ite (fp.leq a ${small}) #x80000000 ((_ fp.to_sbv 32) ${mode} a))))`;
}

/** What `near` asks of a: |a| ≤ 2³⁰, or another power of two. */
function within(bits: string): string {
  return `(assert (fp.leq (fp.abs a) ((_ to_fp 8 24) ${bits})))`;
}

const near = within("#x4e800000");
const least = "(assert (= z #x80))";
const added = `(bvadd ${vcvtrOf("RNE")} w)`;
/** Held before the least zero point of i8 is added. */
const heldFirst = `(let ((n ${vcvtrOf("RNE")})) (let ((low (ite (bvsgt n #x00000000) n #x00000000))) (bvsub (ite (bvslt low #x000000ff) low #x000000ff) #x00000080)))`;

/** VCVTR saturates, QADD saturates; NaN by selection. */
function byInstructions(mode: "RNE" | "RTZ"): string {
  const vcvtr = vcvtrOf(mode);
  const sum = `(bvadd ((_ sign_extend 1) ${vcvtr}) ((_ sign_extend 1) w))`;
  const qadd = `(ite (bvsgt ${sum} #b001111111111111111111111111111111) #x7fffffff (ite (bvslt ${sum} #b110000000000000000000000000000000) #x80000000 ((_ extract 31 0) ${sum})))`;
  return `(ite (fp.eq a a) ${qadd} #x00000000)`;
}

/** `near_T_f32`, first half: the bits that are chosen, of s, least and most, are those of 1.5·2²³ plus the rounded value less z. */
function heldBits(name: string, type: "i8" | "u8", { chosen = "(ite (bvslt low most) low most)", premises = [near] }: { readonly chosen?: string; readonly premises?: readonly string[] }, holds: boolean): RecordProblem {
  const [least, most] = limits[type];
  const definitions = [
    `(define-fun least () ${integer} (bvsub (bvadd #x4b400000 ${least}) w))`,
    `(define-fun most () ${integer} (bvsub (bvadd #x4b400000 ${most}) w))`,
    `(define-fun low () ${integer} (ite (bvsgt s least) s least))`,
  ];
  return rounded(name, type, { definitions, premises, got: `(bvadd (bvsub ${chosen} #x4b400000) w)` }, holds);
}

/** Second half: of a value q of T, the float with the bits of 1.5·2²³ + q − z less that of `subtrahend` is q − f; = tells zeros apart. */
function difference(name: string, type: "i8" | "u8", subtrahend: string, holds: boolean): RecordProblem {
  const extend = type === "i8" ? "sign_extend" : "zero_extend";
  const wide = (letter: string, byte: string): string => `(define-fun ${letter} () ${integer} ((_ ${extend} 24) ${byte}))`;
  return {
    name: `${name}, ${type}`, holds,
    text: file("QF_BVFP", [
      ...["q", "z", "f"].map((byte) => `(declare-fun ${byte} () (_ BitVec 8))`),
      wide("n", "q"), wide("w", "z"), wide("v", "f"),
      `(define-fun got () ${float} (fp.sub RNE ((_ to_fp 8 24) (bvadd #x4b400000 (bvsub n w))) ((_ to_fp 8 24) RNE ${subtrahend})))`,
      "(assert (not (= got ((_ to_fp 8 24) RNE (bvsub n v)))))",
    ]),
  };
}

const less = "(bvadd (bvsub #x00c00000 w) v)";

export const problems: readonly RecordProblem[] = [
  dot("the definition in C", "(bvadd (bvadd a (bvmul ((_ sign_extend 16) ((_ extract 15 0) x)) ((_ sign_extend 16) ((_ extract 15 0) y)))) (bvmul ((_ sign_extend 16) ((_ extract 31 16) x)) ((_ sign_extend 16) ((_ extract 31 16) y))))", true),
  dot("SMLAD", smlad(signed, [0, 1]), true),
  dot("SMLADX, halves exchanged", smlad(signed, [1, 0]), false),
  dot("halves without sign", smlad(unsigned, [0, 1]), false),
  dot("a pair that saturates", saturated(), false),
  quad("SMLAD on both words", smladOn(1, 1, smladOn(0, 0, "a")), true),
  quad("SMLAD on words exchanged", smladOn(1, 0, smladOn(0, 1, "a")), false),
  quad("SMLAD on the low word twice", smladOn(0, 0, smladOn(0, 0, "a")), false),
  dot("VPMADDWD and PADDD in a lane", vpmaddwd(signed), true),
  dot("VPMADDWD of halves without sign", vpmaddwd(unsigned), false),
  dot("VPMADDUBSW, which saturates, on bytes", vpmaddubsw(), false, bytes),
  rounded("in integers", "i8", { got: saturatedTo("i8", inIntegers("#x4a800000", "#x00000000")) }, true),
  rounded("in integers", "u8", { got: saturatedTo("u8", inIntegers("#x4a800000", "#x00000000")) }, true),
  rounded("in integers, up to 2^24", "i8", { got: saturatedTo("i8", inIntegers("#x4b800000", "#x00000000")) }, false),
  rounded("in integers, a NaN as the zero point", "i8", { got: saturatedTo("i8", inIntegers("#x4a800000", "w")) }, false),
  byChoices("by choices of floats", "i8", { held, nan: "#x00000000" }, true),
  byChoices("by choices of floats", "u8", { held }, true),
  byChoices("by choices of floats, only one limit", "i8", { held: "low", nan: "#x00000000" }, false),
  byChoices("by choices of floats, a NaN as the lower limit", "i8", { held }, false),
  byChoices("by choices of floats, a NaN as the upper limit", "u8", { held: "(ite (fp.lt a most) (ite (fp.gt a least) a least) most)" }, false),
  rounded("by VCVTR", "i8", { got: saturatedTo("i8", byInstructions("RNE")) }, true),
  rounded("by VCVTR", "u8", { got: saturatedTo("u8", byInstructions("RNE")) }, true),
  rounded("by VCVT, which truncates", "i8", { got: saturatedTo("i8", byInstructions("RTZ")) }, false),
  rounded("near, by VCVTR", "i8", { premises: [near], got: saturatedTo("i8", added) }, true),
  rounded("near, by VCVTR", "u8", { premises: [near], got: saturatedTo("u8", added) }, true),
  rounded("near, by VCVTR, held before the least zero point is added", "i8", { premises: [near, least], got: heldFirst }, true),
  rounded("near, by VCVTR, held before another zero point is added", "i8", { premises: [near], got: heldFirst }, false),
  rounded("near, by VCVTR, of any number", "i8", { got: saturatedTo("i8", added) }, false),
  rounded("near, by VCVTR, up to 2^31, where the sum overflows", "i8", { premises: [within("#x4f000000")], got: saturatedTo("i8", added) }, false),
  byChoices("near, by choices of floats", "i8", { held, premises: [near] }, true),
  rounded("near, in integers", "i8", { premises: [near], got: saturatedTo("i8", inIntegers("#x4a800000", undefined)) }, true),
  heldBits("near, held as bits", "i8", {}, true),
  heldBits("near, held as bits", "u8", {}, true),
  heldBits("near, held as bits, of any number", "i8", { premises: [] }, false),
  heldBits("near, held as bits, of an infinity", "i8", { premises: ["(assert (fp.isInfinite a))"] }, true),
  heldBits("near, held as bits, only one limit", "u8", { chosen: "low" }, false),
  heldBits("near, held as bits, not from below", "i8", { chosen: "(ite (bvslt s most) s most)" }, false),
  heldBits("near, held as bits, without sign", "i8", { chosen: "(ite (bvult s most) (ite (bvugt s least) s least) most)" }, false),
  difference("the float less a zero point", "i8", less, true),
  difference("the float less a zero point", "u8", less, true),
  difference("the float less a zero point, zero points exchanged", "i8", "(bvadd (bvsub #x00c00000 v) w)", false),
  difference("the float less a zero point, which is added", "u8", "(bvsub (bvsub #x00c00000 w) v)", false),
  rounded("near, in integers", "u8", { premises: [near], got: saturatedTo("u8", inIntegers("#x4a800000", undefined)) }, true),
];
