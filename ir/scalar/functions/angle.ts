/**
 * Reduction of an angle modulo π/2 on the whole range, after Payne and Hanek (1983): of f32, in 32-bit integers; f64 is in wide-angle.ts.
 *
 * x = m·2ᵉ with a 24-bit m. Of the bits of 2/π, those of weight 2² and more after multiplication by 2ᵉ make multiples
 * of 4 quarter turns and are left out: a window of 96 bits starts at the next one. Its product with m, kept modulo 4,
 * is x·2/π, too small by less than 2⁻⁷⁰ quarter turns. The window is chosen by selections and two shifts, never by an
 * address, and the text has one path for every x.
 *
 * No f32 is nearer than 2⁻³⁰ quarter turns to a multiple of π/2, so the result keeps 2⁻³⁹ relative at worst.
 */
import {
  type Let, type PerFormat, type Value, add, addw, band, bits, bor, bxor, castToFloat, constant, eq, formatOf, i32, lt, mul, mulw, sar, select, shl, shlBy, shr, shrBy, subw,
} from "./build.js";
import { arcTuning } from "./arc.js";
import { tuned } from "./exp.js";
import { type TwoTerm, fastTwoSum, twoProduct } from "./two-term.js";
import { type Turns, quarterTurns } from "./wide-angle.js";

const f32 = (value: number): Value => constant("f32", value);

/** 26 zeros and the first 230 bits of 2/π. */
const TWO_OVER_PI = [0x00000028, 0xbe60db93, 0x91054a7f, 0x09d5f47d, 0x4d377036, 0xd8a5664f, 0x10e4107f, 0x9458eaf7] as const;

/** The biased exponent from which the table starts: x ≥ ½. */
const LEAST_EXPONENT = 126;

/** Below this |x| is its own remainder (π/4 rounded down). */
const QUARTER_PI: PerFormat<number> = { f32: 0.785398126, f64: 0.7853981633974483 };

export interface Angle {
  /** The nearest multiple of π/2, modulo 4, in the low two bits of an integer of the float's width. */
  readonly quadrant: Value;
  /** |x| less that multiple: |hi| ≤ π/4, |lo| below its last place. */
  readonly remainder: TwoTerm;
}

/** Four words from word `index` of the table on, 0 ≤ index ≤ 4: shifted by 4, 2 and 1 words where the index has that bit. */
function chosenWords(named: Let, index: Value): readonly Value[] {
  const shifted = (words: readonly Value[], by: number, count: number): readonly Value[] => {
    const when = named(`by${by}`, eq(band(index, i32(by)), i32(by)));
    return words.slice(0, count).map((word, k) => named(`word${k}`, select(when, words[k + by] ?? i32(0), word)));
  };
  const table = TWO_OVER_PI.map((bits) => i32(bits | 0));
  const first = [...shifted(table, 4, 4), ...table.slice(4)]; // the index 4 has no other bit, so later words stay
  return shifted(shifted(first, 2, 5), 1, 4);
}

/** The window for an exponent as six digits of 16 bits, the last first. */
function windowDigits(named: Let, exponent: Value): readonly Value[] {
  const offset = named("offset", subw(exponent, i32(LEAST_EXPONENT)));
  const words = chosenWords(named, named("index", shr(offset, 5)));
  const left = named("left", band(offset, i32(31)));
  const right = named("right", bxor(left, i32(31)));
  const windows = [2, 1, 0].map((k) => {
    const [high, low] = [words[k] ?? i32(0), words[k + 1] ?? i32(0)];
    return named(`window${k}`, bor(shlBy(high, left), shrBy(shr(low, 1), right)));
  });
  return windows.flatMap((w, k) => [named(`digit${2 * k}`, band(w, i32(0xffff))), named(`digit${2 * k + 1}`, shr(w, 16))]);
}

/** The digits of m · window from the second on, modulo 2⁹⁶: column by column, then the carries. No column exceeds 2²⁶. */
function productDigits(named: Let, mantissa: Value, window: readonly Value[]): readonly Value[] {
  const [upper, lower] = [named("upper", shr(mantissa, 16)), named("lower", band(mantissa, i32(0xffff)))];
  const main = window.map((digit, k) => named(`main${k}`, mulw(lower, digit)));
  const digits: Value[] = [];
  let carry = i32(0);
  for (let k = 1; k < window.length; k++) {
    const [digit, before, beside] = [main[k], main[k - 1], window[k - 1]];
    if (digit === undefined || before === undefined || beside === undefined) break;
    const column = addw(addw(band(digit, i32(0xffff)), shr(before, 16)), mulw(upper, beside));
    const sum = named(`column${k}`, addw(column, carry));
    digits.push(named(`product${k}`, band(sum, i32(0xffff))));
    carry = shr(sum, 16);
  }
  return digits;
}

/** The fraction of quarter turns, in [−½, ½], from the product's digits; `first` has the top 32 bits. */
function fraction(named: Let, first: Value, second: Value, last: Value): TwoTerm {
  const top = named("top", bor(shl(first, 2), shr(second, 30))); // of weight 2⁻³², signed
  const below = named("below", bor(shl(second, 2), shr(last, 14)));
  const middle = bor(shl(band(top, i32(0xff)), 16), shr(below, 16));
  const high = mul(castToFloat(sar(top, 8)), f32(2 ** -24));
  const sum = fastTwoSum(named, "turn", named("highPart", high), named("middlePart", mul(castToFloat(middle), f32(2 ** -48))));
  const low = add(sum.lo, mul(castToFloat(band(below, i32(0xffff))), f32(2 ** -64)));
  return fastTwoSum(named, "phi", sum.hi, named("lowPart", low));
}

/** x·2/π for x = |x| ≥ ½; of infinities and NaN the result is arbitrary. */
function quarterTurnsOfSingle(named: Let, size: Value): Turns {
  const pattern = named("pattern", bits(size));
  const mantissa = named("mantissa", bor(band(pattern, i32(0x7fffff)), i32(0x800000)));
  const [p1, p2, p3, p4, p5] = productDigits(named, mantissa, windowDigits(named, shr(pattern, 23)));
  const first = named("first", bor(shl(p5 ?? i32(0), 16), p4 ?? i32(0)));
  const second = named("second", bor(shl(p3 ?? i32(0), 16), p2 ?? i32(0)));
  return { quadrant: shr(addw(first, i32(0x20000000)), 30), fraction: fraction(named, first, second, p1 ?? i32(0)) };
}

/** Reduces `size` = |x|; of infinities and NaN the result is arbitrary. */
export function reduceAngle(named: Let, size: Value): Angle {
  const { c, i, HALF_PI } = tuned(arcTuning, size);
  const turns = size.type === "f64" ? quarterTurns(named, size) : quarterTurnsOfSingle(named, size);
  const phi = turns.fraction;
  const product = twoProduct(named, "angle", phi.hi, c(HALF_PI[0]));
  const tail = add(product.lo, add(mul(phi.hi, c(HALF_PI[1])), mul(phi.lo, c(HALF_PI[0]))));
  const reduced = fastTwoSum(named, "reduced", product.hi, named("angleTail", tail));
  const small = named("small", lt(size, c(QUARTER_PI[formatOf(size).type])));
  const quadrant = select(small, i(0), turns.quadrant);
  return {
    quadrant: named("quadrant", quadrant),
    remainder: { hi: named("r", select(small, size, reduced.hi)), lo: named("rLo", select(small, c(0), reduced.lo)) },
  };
}

