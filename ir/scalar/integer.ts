/**
 * Integer arithmetic: checked (`add`: the exact result must fit), wrapping (`addw`)
 * and bitwise, in numbers up to 32 bits and in bigints for 64.
 */
import { InvariantViolation } from "../prelude.js";
import { integerRange, wrapBigint, wrapNumber } from "./convert.js";
import { type ElementType, type ScalarValue, bytesOf } from "./types.js";

/** Operators of one integer type by name; T is number or bigint. */
export interface IntegerArithmetic<T> {
  readonly unary: Readonly<Record<string, (a: T) => T>>;
  readonly binary: Readonly<Record<string, (a: T, b: T) => T>>;
}

/** The operator's promise that its exact result fits is broken: an obligation was skipped. */
function overflow(name: string, type: ElementType, ...args: readonly ScalarValue[]): never {
  throw new InvariantViolation(`${name}.${type}(${args.join(", ")}) has no result in its type`);
}

/** Arithmetic of an integer type of at most 32 bits. */
export function narrowArithmetic(type: ElementType): IntegerArithmetic<number> {
  const [low, high] = integerRange(type).map(Number);
  const checked = (name: string, exact: number, ...operands: readonly number[]): number => {
    const fits = low !== undefined && high !== undefined && exact >= low && exact <= high; // false for NaN
    return fits ? exact + 0 : overflow(name, type, ...operands); // + 0: integers have no −0
  };
  return {
    unary: {
      neg: (a) => checked("neg", -a, a),
      abs: (a) => checked("abs", Math.abs(a), a),
    },
    binary: {
      add: (a, b) => checked("add", a + b, a, b),
      sub: (a, b) => checked("sub", a - b, a, b),
      mul: (a, b) => checked("mul", a * b, a, b), // a product that is not exact does not fit
      div: (a, b) => checked("div", b === 0 ? NaN : Math.trunc(a / b), a, b),
      rem: (a, b) => checked("rem", a % b, a, b),
      max: (a, b) => (a > b ? a : b),
      min: (a, b) => (a < b ? a : b),
      ...narrowBits(type),
    },
  };
}

function narrowBits(type: ElementType): IntegerArithmetic<number>["binary"] {
  const wrap = wrapNumber(type);
  const width = bytesOf[type] * 8;
  const mask = width - 1;
  const spare = 32 - width;
  return {
    addw: (a, b) => wrap(a + b),
    subw: (a, b) => wrap(a - b),
    mulw: (a, b) => wrap(Math.imul(a, b)),
    divw: (a, b) => (b === 0 ? 0 : wrap(Math.trunc(a / b))),
    remw: (a, b) => (b === 0 ? a : (a % b) + 0),
    band: (a, b) => wrap(a & b),
    bor: (a, b) => wrap(a | b),
    bxor: (a, b) => wrap(a ^ b),
    shl: (a, b) => wrap(a << (b & mask)),
    shr: (a, b) => wrap(((a << spare) >>> spare) >>> (b & mask)),
    sar: (a, b) => wrap(((a << spare) >> spare) >> (b & mask)),
  };
}

/** Arithmetic of i64 or u64. */
export function wideArithmetic(type: ElementType): IntegerArithmetic<bigint> {
  const [low, high] = integerRange(type);
  const checked = (name: string, exact: bigint, ...operands: readonly bigint[]): bigint =>
    exact >= low && exact <= high ? exact : overflow(name, type, ...operands);
  return {
    unary: {
      neg: (a) => checked("neg", -a, a),
      abs: (a) => checked("abs", a < 0n ? -a : a, a),
    },
    binary: {
      add: (a, b) => checked("add", a + b, a, b),
      sub: (a, b) => checked("sub", a - b, a, b),
      mul: (a, b) => checked("mul", a * b, a, b),
      div: (a, b) => (b === 0n ? overflow("div", type, a, b) : checked("div", a / b, a, b)),
      rem: (a, b) => (b === 0n ? overflow("rem", type, a, b) : a % b),
      max: (a, b) => (a > b ? a : b),
      min: (a, b) => (a < b ? a : b),
      ...wideBits(type),
    },
  };
}

function wideBits(type: ElementType): IntegerArithmetic<bigint>["binary"] {
  const wrap = wrapBigint(type);
  return {
    addw: (a, b) => wrap(a + b),
    subw: (a, b) => wrap(a - b),
    mulw: (a, b) => wrap(a * b),
    divw: (a, b) => (b === 0n ? 0n : wrap(a / b)),
    remw: (a, b) => (b === 0n ? a : a % b),
    band: (a, b) => wrap(a & b),
    bor: (a, b) => wrap(a | b),
    bxor: (a, b) => wrap(a ^ b),
    shl: (a, b) => wrap(a << (b & 63n)),
    shr: (a, b) => wrap(BigInt.asUintN(64, a) >> (b & 63n)),
    sar: (a, b) => wrap(BigInt.asIntN(64, a) >> (b & 63n)),
  };
}
