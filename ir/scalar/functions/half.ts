/**
 * The casts of f16 (IEEE 754 binary16) and bf16 (the upper half of an f32), in integer
 * operations on the bits: no target needs an instruction for them, none of them branches.
 *
 * To f32 every value is exact. To a half type the nearest value is taken, ties to even,
 * overflow to infinity, subnormals kept, every NaN the canonical one. From f64 the value
 * goes through f32 rounded to odd: where an f32 is not exact, the neighbour whose last bit
 * is 1, which no second rounding to at most 22 bits mistakes for a tie (Boldo and
 * Melquiond, Emulation of FMA and correctly rounded sums, 2008), so that it is rounded once.
 */
import type { ScalarFunction } from "../term.js";
import type { HalfType } from "../types.js";
import { type Let, type Value, abs, add, addw, band, bitsAs, bor, castTo, constant, defineCast, eq, lt, min, mul, select, shl, shr, subw } from "./build.js";

const u32 = (value: number): Value => constant("u32", value);
const f32 = (value: number): Value => constant("f32", value);
const INFINITY = 0x7f800000;

/** Exponent and fraction of an f16 in the places of an f32's are 2⁻¹¹² times the value, subnormal or not. */
function widenF16(named: Let, x: Value): Value {
  const pattern = named("pattern", castTo("u32", bitsAs("u16", x)));
  const sign = named("sign", shl(band(pattern, u32(0x8000)), 16));
  const size = named("size", shl(band(pattern, u32(0x7fff)), 13));
  const finite = mul(bitsAs("f32", bor(size, sign)), f32(2 ** 112));
  const special = bitsAs("f32", bor(bor(size, u32(INFINITY)), sign));
  return select(lt(size, u32(0x7c00 << 13)), finite, special);
}

function widenBf16(_: Let, x: Value): Value {
  return bitsAs("f32", shl(castTo("u32", bitsAs("u16", x)), 16));
}

/** `value` without its last `by` bits, rounded to nearest, ties to even: a carry moves into the exponent, at last to infinity. */
function roundedOff(value: Value, by: number): Value {
  const lastKept = band(shr(value, by), u32(1));
  return shr(addw(addw(value, u32(2 ** (by - 1) - 1)), lastKept), by);
}

const leastNormal = 0x38800000; // 2⁻¹⁴
const overflow = 0x47800000; // 2¹⁶
const rebias = 0x38000000; // 112 in the exponent

/** A subnormal f16 is a multiple of 2⁻²⁴, the last place of the f32 that 0.5 and it add up to. */
function roundToF16(named: Let, x: Value): Value {
  const pattern = named("pattern", bitsAs("u32", x));
  const size = named("size", band(pattern, u32(0x7fffffff)));
  const subnormal = named("subnormal", bitsAs("u32", add(bitsAs("f32", size), f32(0.5)))); // what is above 16 bits is cut off
  const rebiased = named("rebiased", subw(min(size, u32(overflow)), u32(rebias)));
  const normal = named("normal", roundedOff(rebiased, 13));
  const finite = named("finite", select(lt(size, u32(leastNormal)), subnormal, normal));
  const rounded = select(lt(u32(INFINITY), size), u32(0x7e00), finite);
  return fromU32("f16", bor(rounded, band(shr(pattern, 16), u32(0x8000))));
}

/** The canonical NaN stays one: its fraction has no bit to carry from. */
function roundToBf16(named: Let, x: Value): Value {
  return fromU32("bf16", roundedOff(named("pattern", bitsAs("u32", x)), 16));
}

function fromU32(type: HalfType, pattern: Value): Value {
  return bitsAs(type, castTo("u16", pattern));
}

/** Rounding to odd: toward zero, and where that is not exact the last bit becomes 1. */
function roundToOdd(named: Let, x: Value): Value {
  const near = named("near", castTo("f32", x));
  const back = named("back", castTo("f64", near));
  const pattern = named("pattern", bitsAs("u32", near));
  const above = castTo("u32", lt(abs(x), abs(back)));
  const odd = named("odd", bor(subw(pattern, above), u32(1)));
  return named("single", bitsAs("f32", select(eq(back, x), pattern, odd)));
}

export const halfCasts: readonly ScalarFunction[] = [
  defineCast("f16", "f32", widenF16),
  defineCast("bf16", "f32", widenBf16),
  defineCast("f32", "f16", roundToF16),
  defineCast("f32", "bf16", roundToBf16),
  defineCast("f64", "f16", (named, x) => roundToF16(named, roundToOdd(named, x))),
  defineCast("f64", "bf16", (named, x) => roundToBf16(named, roundToOdd(named, x))),
];
