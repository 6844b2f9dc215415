/** A program with one loop per scalar operator, over operands where operators differ, and what the evaluator says. */
import { evaluator } from "../../ir/scalar/evaluate.js";
import { signatureOf } from "../../ir/scalar/ops.js";
import { type ElementType, type ScalarValue, bitsOf, bytesOf, elementTypes, isFloat, isHalf, valueOf } from "../../ir/scalar/types.js";
import { load, loop, op, store } from "../../ir/loop/build.js";
import { shift, variable } from "../../ir/loop/index-expr.js";
import type { Buffer, Node, Program } from "../../ir/loop/program.js";
import { type Tensor, tensorOf } from "../../ir/tensor/tensor.js";
import { randomFrom } from "../loop/support.js";

const random = randomFrom(7);

/** Bit patterns where operators differ: zeros, ends of ranges, ties, subnormals, infinities, NaN, then random ones. */
function patterns(type: ElementType): readonly ScalarValue[] {
  const width = 8 * bytesOf[type];
  if (type === "bool") return [0, 1];
  const special: readonly bigint[] = isFloat(type)
    ? [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 3e9, -3e9, 127.9, 128, -128.5, -129, 255.5, 256, 65535.5, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 63,
       -(2 ** 63), 2 ** 64, 1e30, 8388607.5, -8388607.5, 4503599627370495.5, 1e-40, -1e-40, 2 ** -14, 2 ** -24, -(2 ** -25), 3 * 2 ** -26, 65519.9, 65520, 1 + 2 ** -8, 1 + 2 ** -11, 3.39e38, -3.4e38, 1e-50, Infinity, -Infinity, NaN].map((x) => bitsOf(type, x))
    : isHalf(type) ? [0n, 1n, 0x80n, 0x3ffn, 0x400n, 0x3c00n, 0x3f80n, 0x7bffn, 0x7c00n, 0x7c01n, 0x7e00n, 0x7f7fn, 0x7f80n, 0x7f81n, 0x7fffn].flatMap((bits) => [bits, bits | 0x8000n])
    : [0n, 1n, 2n, 3n, 7n, (1n << BigInt(width)) - 1n, 1n << BigInt(width - 1), (1n << BigInt(width - 1)) - 1n, 100n, 31n, 33n];
  const draws = Array.from({ length: 24 }, () => BigInt(Math.floor(random() * 2 ** 32)) << 32n | BigInt(Math.floor(random() * 2 ** 32)));
  return [...special, ...draws].map((pattern) => valueOf({ type, bits: BigInt.asUintN(width, pattern) }));
}

/** Operand tuples for which the operator is defined. */
function tuplesFor(name: string): readonly (readonly ScalarValue[])[] {
  const { args } = signatureOf(name);
  const values = args.map(patterns);
  const compute = evaluator(name);
  const count = args.length === 1 ? (values[0]?.length ?? 0) : 160;
  const pick = (k: number, axis: number): ScalarValue => {
    const list = values[axis] ?? [];
    return list[args.length === 1 ? k : Math.floor(random() * list.length)] ?? 0;
  };
  return Array.from({ length: count }, (_, k) => args.map((_type, axis) => pick(k, axis))).filter((tuple) => isDefined(compute, tuple));
}

function isDefined(compute: (...args: readonly ScalarValue[]) => ScalarValue, tuple: readonly ScalarValue[]): boolean {
  try {
    compute(...tuple);
    return true;
  } catch {
    return false; // the result does not fit: the operator's promise, proved elsewhere
  }
}

export interface Table {
  readonly program: Program;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** One loop per operator over its tuples; operands and results lie in one array per type. */
export function tableOf(operators: readonly string[]): Table {
  const given = new Map<ElementType, ScalarValue[]>();
  const results = new Map<ElementType, ScalarValue[]>();
  const append = (to: Map<ElementType, ScalarValue[]>, type: ElementType, values: readonly ScalarValue[]): number => {
    const list = to.get(type) ?? [];
    to.set(type, [...list, ...values]);
    return list.length;
  };
  const body = operators.map((name, k): Node => {
    const { args, result } = signatureOf(name);
    const tuples = tuplesFor(name);
    const i = variable(`i${k}`);
    const operands = args.map((type, axis) => load(`a_${type}`, shift(i, append(given, type, tuples.map((tuple) => tuple[axis] ?? 0)))));
    const compute = evaluator(name);
    const to = shift(i, append(results, result, tuples.map((tuple) => compute(...tuple))));
    const origin = { node: name, pass: "test" };
    return loop({ variable: `i${k}`, extent: tuples.length }, origin, [store(`s${k}`, { buffer: `y_${result}`, index: [to] }, op(name, ...operands), origin)]);
  });
  const buffers = (kind: "input" | "output", prefix: string, of: Map<ElementType, ScalarValue[]>): Buffer[] =>
    elementTypes.flatMap((type) => (of.has(type) ? [{ name: `${prefix}_${type}`, type, shape: [of.get(type)?.length ?? 0], kind, label: type }] : []));
  const tensors = (of: Map<ElementType, ScalarValue[]>): Tensor[] =>
    elementTypes.flatMap((type) => (of.has(type) ? [tensorOf(type, [of.get(type)?.length ?? 0], of.get(type) ?? [])] : []));
  const program = { name: "operators", buffers: [...buffers("input", "a", given), ...buffers("output", "y", results)], body };
  return { program, inputs: tensors(given), outputs: tensors(results) };
}
