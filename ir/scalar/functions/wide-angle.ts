/**
 * Reduction of an angle modulo π/2 on the whole range of f64: as angle.ts, in 64-bit integers.
 *
 * x = m·2ᵉ with a 53-bit m. A window of 192 bits of 2/π, its product with m modulo 4 in digits of 32 bits: x·2/π, too
 * small by less than 2⁻¹³⁷ quarter turns. No f64 is nearer than 2⁻⁶² quarter turns to a multiple of π/2, so the
 * remainder keeps 2⁻⁶⁶ relative at worst.
 */
import { type Let, type Value, addw, band, bits, bor, bxor, castToFloat, constant, eq, mul, mulw, sar, select, shl, shlBy, shr, shrBy, subw, add } from "./build.js";
import { type TwoTerm, fastTwoSum } from "./two-term.js";

const i = (value: number | bigint): Value => constant("i64", BigInt(value));
const low32 = i(0xffffffff);

/** 55 zeros and the first 1,225 bits of 2/π. */
const TWO_OVER_PI = [
  0x0000000000000145n, 0xf306dc9c882a53f8n, 0x4eafa3ea69bb81b6n, 0xc52b3278872083fcn, 0xa2c757bd778ac36en,
  0x48dc74849ba5c00cn, 0x925dd413a32439fcn, 0x3bd63962534e7dd1n, 0x046bea5d768909d3n, 0x38e04d68befc8273n,
  0x23ac7306a673e939n, 0x08bf177bf250763fn, 0xf12fffbc0b301fden, 0x5e2316b414da3edan, 0x6cfd9e4f96136e9en,
  0x8c7ecd3cbfd45aean, 0x4f758fd7cbe2f67an, 0x0e73ef14a525d4d7n, 0xf6bf623f1aba10acn, 0x06608df8f6d757e1n,
] as const;

/** The biased exponent from which the table starts: x ≥ ½. */
const LEAST_EXPONENT = 1022;

/** Four words from word `index` of the table on, 0 ≤ index ≤ 16: shifted by 16, 8, 4, 2 and 1 words where the index has that bit. */
function chosenWords(named: Let, index: Value): readonly Value[] {
  const shifted = (words: readonly Value[], by: number, count: number): readonly Value[] => {
    const when = named(`by${by}`, eq(band(index, i(by)), i(by)));
    return words.slice(0, count).map((word, k) => named(`word${k}`, select(when, words[k + by] ?? i(0), word)));
  };
  const table = TWO_OVER_PI.map(i);
  const first = [...shifted(table, 16, 4), ...table.slice(4)]; // the index 16 has no other bit, so later words stay
  return shifted(shifted(shifted(shifted(first, 8, 11), 4, 7), 2, 5), 1, 4);
}

/** The window for an exponent as six digits of 32 bits, the last first. */
function windowDigits(named: Let, exponent: Value): readonly Value[] {
  const offset = named("offset", subw(exponent, i(LEAST_EXPONENT)));
  const words = chosenWords(named, named("index", shr(offset, 6)));
  const left = named("left", band(offset, i(63)));
  const right = named("right", bxor(left, i(63)));
  const windows = [2, 1, 0].map((k) => {
    const [high, low] = [words[k] ?? i(0), words[k + 1] ?? i(0)];
    return named(`window${k}`, bor(shlBy(high, left), shrBy(shr(low, 1), right)));
  });
  return windows.flatMap((w, k) => [named(`digit${2 * k}`, band(w, low32)), named(`digit${2 * k + 1}`, shr(w, 32))]);
}

/** The digits of m · window, modulo 2¹⁹²: column by column, then the carries. No column exceeds 2³⁵. */
function productDigits(named: Let, mantissa: Value, window: readonly Value[]): readonly Value[] {
  const [upper, lower] = [named("upper", shr(mantissa, 32)), named("lower", band(mantissa, low32))];
  const lowers = window.map((digit, k) => named(`lower${k}`, mulw(lower, digit)));
  const uppers = window.slice(0, -1).map((digit, k) => named(`upper${k}`, mulw(upper, digit)));
  let carry = i(0);
  return window.map((_, k) => {
    const parts = [band(lowers[k] ?? i(0), low32)];
    if (k > 0) parts.push(shr(lowers[k - 1] ?? i(0), 32), band(uppers[k - 1] ?? i(0), low32));
    if (k > 1) parts.push(shr(uppers[k - 2] ?? i(0), 32));
    const sum = named(`column${k}`, parts.reduce(addw, carry));
    carry = shr(sum, 32);
    return named(`product${k}`, band(sum, low32));
  });
}

export interface Turns {
  /** The nearest number of quarter turns modulo 4, in the low bits of an i64. */
  readonly quadrant: Value;
  /** What is left, in [−½, ½] quarter turns. */
  readonly fraction: TwoTerm;
}

/** The fraction from its first 128 bits in four words, the first signed. Sums are of terms with no common bits, so all but the last are exact. */
function fractionOf(named: Let, words: readonly Value[]): TwoTerm {
  const [a, b, c, d] = words.map((word, k) => named(`part${k}`, mul(castToFloat(word), constant("f64", 2 ** (-32 * (k + 1))))));
  const zero = constant("f64", 0);
  const upper = fastTwoSum(named, "turn", a ?? zero, b ?? zero);
  const below = fastTwoSum(named, "below", c ?? zero, d ?? zero);
  const missing = named("missing", add(add(upper.lo, below.hi), below.lo));
  return fastTwoSum(named, "phi", upper.hi, missing);
}

/** x·2/π for x = |x| ≥ ½; of infinities and NaN the result is arbitrary. */
export function quarterTurns(named: Let, size: Value): Turns {
  const pattern = named("pattern", bits(size));
  const mantissa = named("mantissa", bor(band(pattern, i(2n ** 52n - 1n)), i(2n ** 52n)));
  const digits = productDigits(named, mantissa, windowDigits(named, shr(pattern, 52)));
  const pair = (k: number): Value => bor(shl(digits[k] ?? i(0), 32), digits[k - 1] ?? i(0));
  const [first, second, third] = [named("first", pair(5)), named("second", pair(3)), named("third", pair(1))];
  const high = named("high", bor(shl(first, 2), shr(second, 62))); // the fraction of weight 2⁻⁶⁴, signed
  const low = named("low", bor(shl(second, 2), shr(third, 62)));
  return {
    quadrant: shr(addw(first, i(2n ** 61n)), 62),
    fraction: fractionOf(named, [sar(high, 32), band(high, low32), shr(low, 32), band(low, low32)]),
  };
}
