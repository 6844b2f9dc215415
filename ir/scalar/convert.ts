/**
 * Conversions between element types: `cast` (by value) and `bitcast` (by bits). The
 * rules are stated in ops.ts.
 */
import { type ElementType, type HalfType, type ScalarValue, bitsOf, bytesOf, canonicalNaN, isFloat, isHalf, isHalfNaN, valueOf } from "./types.js";

/** x modulo 2ⁿ as a value of the integer type, for integral |x| ≤ 2⁵³. */
export function wrapNumber(type: ElementType): (x: number) => number {
  switch (type) {
    case "i8": return (x) => (x << 24) >> 24;
    case "u8": return (x) => x & 0xff;
    case "i16": return (x) => (x << 16) >> 16;
    case "u16":
    case "f16":
    case "bf16": return (x) => x & 0xffff;
    case "i32": return (x) => x | 0;
    default: return (x) => x >>> 0;
  }
}

export function wrapBigint(type: ElementType): (x: bigint) => bigint {
  return type === "i64" ? (x) => BigInt.asIntN(64, x) : (x) => BigInt.asUintN(64, x);
}

/** Least and greatest value of an integer type. */
export function integerRange(type: ElementType): readonly [low: bigint, high: bigint] {
  const bits = BigInt(bytesOf[type] * 8);
  return type.startsWith("u") ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
}

export function isWide(type: ElementType): boolean {
  return type === "i64" || type === "u64";
}

/** `cast.FROM.TO` where neither type is a 64-bit integer. */
export function castNumber(from: ElementType, to: ElementType): (x: number) => number {
  if (to === "bool") return (x) => (x !== 0 ? 1 : 0);
  if (to === "f64") return (x) => x;
  if (to === "f32") return Math.fround; // integers of at most 32 bits are exact doubles
  if (!isFloat(from)) return wrapNumber(to);
  const [low, high] = integerRange(to).map(Number);
  return (x) => (x !== x ? 0 : Math.min(Math.max(Math.trunc(x), low ?? 0), high ?? 0) + 0); // + 0: integers have no −0
}

/** `cast.FROM.TO` where at least one type is a 64-bit integer. */
export function castWide(from: ElementType, to: ElementType): (x: ScalarValue) => ScalarValue {
  if (to === "bool") return (x) => (BigInt(x) !== 0n ? 1 : 0);
  if (isWide(to)) return isFloat(from) ? floatToWide(to) : widen(to);
  if (to === "f64") return Number; // a bigint becomes the nearest double, ties to even
  if (to === "f32") return (x) => wideToF32(BigInt(x));
  return (x) => Number(narrow(to, BigInt(x)));
}

function widen(to: ElementType): (x: ScalarValue) => bigint {
  const wrap = wrapBigint(to);
  return (x) => wrap(BigInt(x));
}

function narrow(to: ElementType, x: bigint): bigint {
  const bits = bytesOf[to] * 8;
  return to.startsWith("u") ? BigInt.asUintN(bits, x) : BigInt.asIntN(bits, x);
}

function floatToWide(to: ElementType): (x: ScalarValue) => bigint {
  const [low, high] = integerRange(to);
  return (x) => {
    const value = Number(x);
    if (value !== value) return 0n;
    if (value >= Number(high)) return high; // Number(high) is the power of two just above
    return value <= Number(low) ? low : BigInt(Math.trunc(value));
  };
}

/** Through a double that keeps every lost bit in its last place (round to odd), so that only fround rounds. */
function wideToF32(x: bigint): number {
  const magnitude = x < 0n ? -x : x;
  if (magnitude < 1n << 53n) return Math.fround(Number(x));
  const sticky = (magnitude & 0x7ffn) === 0n ? 0n : 1n;
  const value = Math.fround(Number((magnitude >> 11n) | sticky) * 2048);
  return x < 0n ? -value : value;
}

const view = new DataView(new ArrayBuffer(4));
const canonicalF32 = Number(canonicalNaN.f32);

/** `bitcast.FROM.TO` where neither type is 8 bytes wide. */
export function bitcastNumber(from: ElementType, to: ElementType): (x: number) => number {
  if (isHalf(from)) return halfBits(from, to);
  if (from === "f32") return to === "i32" ? bitsSigned : (x) => bitsSigned(x) >>> 0;
  return to === "f32" ? fromPattern : wrapNumber(to);
}

function halfBits(from: HalfType, to: ElementType): (x: number) => number {
  const [wrap, canonical] = [wrapNumber(to), Number(canonicalNaN[from])];
  return (x) => wrap(isHalfNaN(from, x) ? canonical : x);
}

function bitsSigned(x: number): number {
  if (x !== x) return canonicalF32;
  view.setFloat32(0, x);
  return view.getInt32(0);
}

function fromPattern(x: number): number {
  view.setInt32(0, x); // a u32 wraps to the same bits
  return view.getFloat32(0);
}

/** `bitcast.FROM.TO` between f64, i64 and u64. */
export function bitcastWide(from: ElementType, to: ElementType): (x: ScalarValue) => ScalarValue {
  return (x) => valueOf({ type: to, bits: bitsOf(from, x) });
}
