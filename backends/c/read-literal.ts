/**
 * Reads scalar literals with exactly their bits. A literal says its own type: `f`
 * for f32, none on a hexadecimal float for f64, `U`, `LL` and `ULL` for the unsigned
 * and 64-bit integers.
 */
import { canonicalNaN, type Constant } from "../../ir/scalar/types.js";
import type { Cursor } from "./cursor.js";

const hexFloat = /^0x([01])(?:\.([0-9a-f]+))?p([+-][0-9]{1,4})(f?)$/;

/** The bits of a non-negative float literal; undefined for any other text. */
export function floatBits(text: string): Constant | undefined {
  if (text === "0.0f") return { type: "f32", bits: 0n };
  if (text === "0.0") return { type: "f64", bits: 0n };
  const found = hexFloat.exec(text);
  if (found === null) return undefined;
  const [, lead = "", digits = "", exponent = "", suffix = ""] = found;
  const bits = suffix === "f" ? assemble(lead, digits, Number(exponent), single) : assemble(lead, digits, Number(exponent), double);
  return bits === undefined ? undefined : { type: suffix === "f" ? "f32" : "f64", bits };
}

/** Widths in bits; `bias` is also the greatest exponent. */
interface Format {
  readonly mantissa: number;
  readonly bias: number;
}
const single: Format = { mantissa: 23, bias: 127 };
const double: Format = { mantissa: 52, bias: 1023 };

/** Undefined where the literal is not exact, or not written with the leading digit its exponent calls for. */
function assemble(lead: string, digits: string, exponent: number, { mantissa, bias }: Format): bigint | undefined {
  const hexDigits = Math.ceil(mantissa / 4);
  if (digits.length > hexDigits) return undefined;
  const padded = BigInt(`0x${digits.padEnd(hexDigits, "0")}`);
  const spare = BigInt(4 * hexDigits - mantissa);
  const fraction = padded >> spare;
  if (fraction << spare !== padded) return undefined;
  if (lead === "0") return exponent === 1 - bias && fraction !== 0n ? fraction : undefined;
  if (exponent < 1 - bias || exponent > bias) return undefined;
  return (BigInt(exponent + bias) << BigInt(mantissa)) | fraction;
}

const signBits = { f32: 1n << 31n, f64: 1n << 63n } as const;

/** The negative of a float constant. */
export function negated({ type, bits }: Constant): Constant | undefined {
  return type === "f32" || type === "f64" ? { type, bits: bits ^ signBits[type] } : undefined;
}

/** What a macro of <math.h> stands for. */
export function macroConstant(name: string, type: "f32" | "f64"): Constant | undefined {
  if (name === "NAN") return { type, bits: canonicalNaN[type] };
  if (name !== "INFINITY") return undefined;
  return { type, bits: type === "f32" ? 0x7f800000n : 0x7ff0000000000000n };
}

const integerTypes = { "": "i32", U: "u32", LL: "i64", ULL: "u64" } as const;
type LiteralType = (typeof integerTypes)[keyof typeof integerTypes];
const limits: Readonly<Record<LiteralType, bigint>> = { i32: 1n << 31n, u32: 1n << 32n, i64: 1n << 63n, u64: 1n << 64n };

export interface IntegerLiteral {
  readonly type: LiteralType;
  readonly value: bigint;
}

/** A decimal integer literal and the type its suffix says; undefined for any other text, or one that does not fit. */
export function integerLiteral(text: string): IntegerLiteral | undefined {
  const found = /^(0|[1-9][0-9]*)(U|LL|ULL|)$/.exec(text);
  if (found === null) return undefined;
  const [, digits = "", suffix = ""] = found;
  const type = suffix === "U" || suffix === "LL" || suffix === "ULL" ? integerTypes[suffix] : "i32";
  const value = BigInt(digits);
  return value < limits[type] ? { type, value } : undefined;
}

/** Consumes an unsigned integer literal. */
export function takeInteger(cursor: Cursor): IntegerLiteral {
  const found = cursor.peek().kind === "number" ? integerLiteral(cursor.peek().text) : undefined;
  if (found === undefined) return cursor.fail(`\`${cursor.peek().text}\` is no integer literal of this format`);
  cursor.take();
  return found;
}
