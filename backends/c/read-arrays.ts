/**
 * Reads constant arrays: the weights and the data of the self test. Millions of
 * elements are scanned straight from the text, one pattern per element; between two
 * elements there is a comma and space, after the last the closing brace.
 */
import { type ElementType, bytesOf } from "../../ir/scalar/types.js";
import { type Elements, allocate } from "../../ir/tensor/tensor.js";
import { type SourceText, refuse } from "./lexer.js";
import { floatBits, integerLiteral, macroConstant } from "./read-literal.js";

/** Offset of the next character to read in a file. */
export interface Scanner {
  readonly source: SourceText;
  at: number;
}

const hexFloat32 = /-?0x1(?:\.[0-9a-f]{1,6})?p[+-][0-9]{1,3}f/y;
const element = /(-?)(\(double\))?([A-Za-z0-9.]+(?:(?<=[0-9a-f]p)[+-][0-9]+f?)?)/y;
const least = /\((-[0-9]+(?:LL)?) - 1(?:LL)?\)/y;

/** Skips spaces and line ends. */
export function skipSpace(scanner: Scanner): void {
  const { text } = scanner.source;
  while (text[scanner.at] === " " || text[scanner.at] === "\n") scanner.at++;
}

/** Consumes exactly this text. */
export function expectExact(scanner: Scanner, text: string): void {
  if (!scanner.source.text.startsWith(text, scanner.at)) refuse(`expected ${JSON.stringify(text)}`, scanner.source, scanner.at);
  scanner.at += text.length;
}

/** `length` elements up to and including the closing brace; more or fewer are refused. */
export function readElements(scanner: Scanner, type: ElementType, length: number): Elements {
  const data = allocate(type, length);
  const put = writer(data);
  for (let k = 0; k < length; k++) {
    skipSpace(scanner);
    put(k, type === "f32" ? readFloat32(scanner) : readElement(scanner, type));
    skipSpace(scanner);
    expectExact(scanner, k + 1 < length ? "," : "}");
  }
  return data;
}

/** Writes bit patterns, so that no float passes through arithmetic. */
function writer({ buffer, byteOffset, length, BYTES_PER_ELEMENT }: Elements): (k: number, bits: bigint | number) => void {
  if (BYTES_PER_ELEMENT === 8) {
    const wide = new BigUint64Array(buffer, byteOffset, length);
    return (k, bits) => { wide[k] = BigInt(bits); };
  }
  const narrow =
    BYTES_PER_ELEMENT === 4 ? new Uint32Array(buffer, byteOffset, length)
    : BYTES_PER_ELEMENT === 2 ? new Uint16Array(buffer, byteOffset, length)
    : new Uint8Array(buffer, byteOffset, length);
  return (k, bits) => { narrow[k] = Number(bits); };
}

/** The bits of the next f32: the common form without a bigint, the rest as any element. */
function readFloat32(scanner: Scanner): bigint | number {
  const { at, source: { text } } = scanner;
  hexFloat32.lastIndex = at;
  if (!hexFloat32.test(text)) return readElement(scanner, "f32");
  const end = hexFloat32.lastIndex;
  const p = text.indexOf("p", at);
  const sign = text[at] === "-" ? 1 : 0;
  const digits = text.slice(at + sign + "0x1.".length, p);
  const exponent = Number(text.slice(p + 1, end - 1));
  const padded = digits === "" ? 0 : parseInt(digits, 16) * 16 ** (6 - digits.length);
  if (padded % 2 !== 0 || exponent < -126 || exponent > 127) return readElement(scanner, "f32");
  scanner.at = end;
  return sign * 2 ** 31 + (exponent + 127) * 2 ** 23 + padded / 2;
}

/** The bits of the next element of any type. */
function readElement(scanner: Scanner, type: ElementType): bigint {
  least.lastIndex = scanner.at;
  const lowest = least.exec(scanner.source.text);
  if (lowest !== null) return readLeast(scanner, type, lowest);
  element.lastIndex = scanner.at;
  const [text = "", minus = "", double = "", literal = ""] = element.exec(scanner.source.text) ?? [];
  const bits = type === "f32" || type === "f64" ? floatElement(type, double !== "", literal) : double === "" ? integerElement(type, minus !== "", literal) : undefined;
  if (bits === undefined) return refuse(`expected an element of type ${type}`, scanner.source, scanner.at);
  scanner.at += text.length;
  const floating = type === "f32" || type === "f64";
  return floating && minus !== "" ? bits ^ (1n << BigInt(8 * bytesOf[type] - 1)) : bits;
}

function readLeast(scanner: Scanner, type: ElementType, [text, literal]: RegExpExecArray): bigint {
  const expected = type === "i64" ? "(-9223372036854775807LL - 1LL)" : "(-2147483647 - 1)";
  if ((type !== "i64" && type !== "i32") || text !== expected || literal === undefined) return refuse(`expected an element of type ${type}`, scanner.source, scanner.at);
  scanner.at += text.length;
  return 1n << BigInt(8 * bytesOf[type] - 1);
}

/** Bits without the sign; NaN has none to give. */
function floatElement(type: "f32" | "f64", cast: boolean, literal: string): bigint | undefined {
  const macro = macroConstant(literal, type);
  if (macro !== undefined) return cast === (type === "f64") ? macro.bits : undefined;
  const constant = cast ? undefined : floatBits(literal);
  return constant?.type === type ? constant.bits : undefined;
}

const suffixTypes: Readonly<Partial<Record<ElementType, string>>> = {
  i8: "i32", i16: "i32", i32: "i32", i64: "i64", u8: "u32", u16: "u32", f16: "u32", bf16: "u32", u32: "u32", u64: "u64",
};

function integerElement(type: ElementType, negative: boolean, literal: string): bigint | undefined {
  if (type === "bool") return !negative && (literal === "true" || literal === "false") ? BigInt(literal === "true") : undefined;
  const found = integerLiteral(literal);
  if (found === undefined || found.type !== suffixTypes[type]) return undefined;
  const bits = 8 * bytesOf[type];
  const signed = type.startsWith("i");
  if (negative && (!signed || found.value === 0n)) return undefined;
  const limit = 1n << BigInt(signed ? bits - 1 : bits);
  if (negative ? found.value > limit : found.value >= limit) return undefined;
  return BigInt.asUintN(bits, negative ? -found.value : found.value);
}
