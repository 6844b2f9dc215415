/**
 * Mod, broadcast. Integers: with fmod the remainder of the quotient that truncates, which
 * has the sign of A; without fmod the one with the sign of B. A divisor 0, which ONNX
 * leaves open, gives A.
 *
 * Floats, with fmod as ONNX asks for: the exact remainder r = A − n·B, n = trunc(A/B),
 * found as on paper, by a fold from |A| over e = 277 … 0 that takes |B|·2ᵉ away where it
 * fits. Every difference is exact in f64: its operands are less than a factor 2 apart,
 * and |B|·2ᵉ < 2⁴⁰⁶. r has the sign of A; A infinite, B = 0 or NaN give NaN.
 */
import { type IndexExpr, literal, minus, variable } from "../loop/index-expr.js";
import { unsupported } from "../prelude.js";
import { isFloat } from "../scalar/types.js";
import { type Meaning, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { broadcastIndex, broadcastShape } from "./shared/broadcast.js";
import { defineOperator, inputOf, numberOf, presentInputs } from "./shared/define.js";
import { elementOf, numbers } from "./shared/element-types.js";
import { choose, equal, every, less, not, position } from "./shared/terms.js";

/** |A| < 2¹²⁸ and |B| ≥ 2⁻¹⁴⁹. */
const exponents = 278;

function outputType(node: OperatorNode): TensorType {
  const { type } = inputOf(node, 0);
  if (isFloat(type) && numberOf(node, "fmod") === 0) unsupported("attribute-value", "Mod on floats without fmod is not supported", node.name, "set fmod to 1");
  return { type, shape: broadcastShape(node, presentInputs(node).map(({ shape }) => shape)) };
}

type Operand = (point: readonly IndexExpr[]) => TensorExpr;

function operand(node: OperatorNode, slot: number): Operand {
  return (point) => at(slot, ...broadcastIndex(inputOf(node, slot).shape, point));
}

function integers(node: OperatorNode, output: TensorType, [a, b]: readonly [Operand, Operand]): Meaning {
  const { type } = output;
  const truncated: Operand = (point) => op(`remw.${type}`, a(point), b(point));
  if (type.startsWith("u") || numberOf(node, "fmod") !== 0) return { stages: [stage("y", output, truncated)], outputs: ["y"] };
  const y = stage("y", output, (point) => {
    const [rest, none] = [stageAt("rest", ...point), elementOf(type, 0)];
    const opposite = every(not(equal(type, rest, none)), less(type, op(`bxor.${type}`, rest, b(point)), none));
    return choose(type, opposite, op(`addw.${type}`, rest, b(point)), rest);
  });
  return { stages: [stage("rest", output, truncated, "r"), y], outputs: ["y"] };
}

/** 2ᵉ as f64, e ≥ 0, from its bits. */
function powerOfTwo(e: IndexExpr): TensorExpr {
  return op("bitcast.i64.f64", op("shl.i64", op("addw.i64", position(e), constant("i64", 1023n)), constant("i64", 52n)));
}

function floats(output: TensorType, [a, b]: readonly [Operand, Operand]): Meaning {
  const magnitude = (x: TensorExpr): TensorExpr => op("abs.f64", op("cast.f32.f64", x));
  const rest = stage("rest", { ...output, type: "f64" }, (point) => {
    const part = op("mul.f64", magnitude(b(point)), powerOfTwo(minus(literal(exponents - 1), variable("e"))));
    return fold([{ name: "e", extent: exponents }], [], magnitude(a(point)), choose("f64", op("le.f64", part, acc), op("sub.f64", acc, part), acc));
  }, "r");
  const y = stage("y", output, (point) => {
    const [x, m] = [a(point), b(point)];
    const size = op("cast.f64.f32", stageAt("rest", ...point));
    const negative = less("i32", op("bitcast.f32.i32", x), elementOf("i32", 0));
    // 0/0, ∞/∞ and their like: NaN where there is no remainder
    const exists = every(less("f32", op("abs.f32", x), constant("f32", Infinity)), less("f32", constant("f32", 0), op("abs.f32", m)));
    return choose("f32", exists, choose("f32", negative, op("neg.f32", size), size), constant("f32", NaN));
  });
  return { stages: [rest, y], outputs: ["y"] };
}

export const mod = defineOperator({
  op: "Mod",
  types: numbers.filter((type) => type !== "f64"),
  inputs: [2, 2],
  shape: (node) => [outputType(node)],
  meaning: (node) => {
    const [output, operands] = [outputType(node), [operand(node, 0), operand(node, 1)] as const];
    return output.type === "f32" ? floats(output, operands) : integers(node, output, operands);
  },
});
