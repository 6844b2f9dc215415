/** The two formats of IEEE 754 as C spells them, for the fixed texts of operators on floats. */
import { cTypes } from "./names.js";

export type FloatType = "f32" | "f64";

export interface FloatFormat {
  readonly suffix: string;
  /** An unsigned integer of the same size, the suffix of its literals and the place of the sign. */
  readonly bits: string;
  readonly bitsSuffix: string;
  readonly signAt: number;
  readonly sign: string;
  readonly magnitude: string;
  readonly integer: string;
  /** From here on every value is integral. */
  readonly integral: string;
  readonly infinity: string;
  readonly canonicalNaN: string;
  /** Bits of the fraction, and what is added to an exponent. */
  readonly fraction: number;
  readonly bias: number;
}

export const formats: Readonly<Record<FloatType, FloatFormat>> = {
  f32: {
    suffix: "f", bits: "uint32_t", bitsSuffix: "U", signAt: 31, sign: "0x80000000U", magnitude: "0x7fffffffU",
    integer: "int32_t", integral: "0x1p+23f", infinity: "0x7f800000U", canonicalNaN: "0x7fc00000U", fraction: 23, bias: 127,
  },
  f64: {
    suffix: "", bits: "uint64_t", bitsSuffix: "ULL", signAt: 63, sign: "0x8000000000000000ULL", magnitude: "0x7fffffffffffffffULL",
    integer: "int64_t", integral: "0x1p+52", infinity: "0x7ff0000000000000ULL", canonicalNaN: "0x7ff8000000000000ULL", fraction: 52, bias: 1023,
  },
};

/** Objects that hold a float and its bits. */
export function punned(type: FloatType, names: string): string {
  return `union { ${cTypes[type]} value; ${formats[type].bits} bits; } ${names};`;
}
