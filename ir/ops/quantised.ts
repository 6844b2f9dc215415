/**
 * Operators on quantised tensors that the lemma integer-quantised puts in a graph beside
 * QLinearConv and QLinearMatMul (proofs/lemmas/quantised). No model file has them.
 *
 * QuantisedX, X one of AveragePool, GlobalAveragePool and ReduceMean, over the elements that X
 * adds, n at each output element:
 *
 *     S[o] = 0 + Σ (X[…] − zx)                          in 32-bit integers
 *     Y[o] = saturate(rint(f32(S[o]) · (sx / (sy·n))) + zy)
 *
 * QuantisedAdd, broadcast:
 *
 *     Y[o] = saturate(rint(f32(A[o] − za)·(sa / sy) + f32(B[o] − zb)·(sb / sy)) + zy)
 */
import { type IndexExpr, zero } from "../loop/index-expr.js";
import { present, unsupported } from "../prelude.js";
import { valueOf } from "../scalar/types.js";
import { type Meaning, type Stage, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import { averagePool } from "./average-pool.js";
import { globalAveragePool } from "./global-average-pool.js";
import type { OperatorDefinition, OperatorNode } from "./operator.js";
import { reduceMean } from "./reduce-mean.js";
import { broadcastIndex, broadcastShape } from "./shared/broadcast.js";
import { defineOperator, inputOf, optionalInput } from "./shared/define.js";
import { type Scales, bytes, noProduct, parameter, requantised, validateOperand } from "./shared/integer-products.js";

const meanSlots: Scales = { a: 1, b: 1, y: 3, zeroPoint: 4 };

/** Element − zero point as i32, by the slots of tensor and zero point. */
function centred(node: OperatorNode, [tensor, zeroPoint]: readonly [number, number], index: readonly IndexExpr[]): TensorExpr {
  const { type } = inputOf(node, tensor);
  const value = op(`cast.${type}.i32`, at(tensor, ...index));
  return optionalInput(node, zeroPoint) === undefined ? value : op("subw.i32", value, op(`cast.${type}.i32`, parameter(node, zeroPoint)));
}

/** The node as X has it: one input, of floats. */
function inFloats(node: OperatorNode, op: string): OperatorNode {
  return { ...node, op, inputs: [{ ...inputOf(node, 0), type: "f32" }] };
}

/** How many elements a mean divides by: the same at every output element. */
function countOf(node: OperatorNode, { value }: Stage): number {
  const divisor = value.kind === "op" && value.op === "div.f32" ? value.args[1] : undefined;
  if (divisor?.kind !== "const") return unsupported("parts", `${node.op} divides by numbers that depend on the position`, node.name, "give every window as many elements");
  return Number(valueOf(divisor.constant));
}

function meanMeaning(node: OperatorNode, float: Meaning): Meaning {
  const [sum, mean] = float.stages.map((each) => present(each, "a stage"));
  const { value, ...rest } = present(sum, "a sum");
  const step = value.kind === "fold" && value.step.kind === "op" ? value.step.args[1] : undefined;
  if (value.kind !== "fold" || step?.kind !== "at" || mean === undefined) return unsupported("parts", `${node.op} is no mean`, node.name, "leave the node as it is");
  const folded: Stage = { ...rest, name: "sum", type: "i32", value: fold(value.over, value.where, noProduct, op("addw.i32", acc, centred(node, [0, 2], step.index))) };
  const count = constant("f32", countOf(node, mean));
  const factor = stage("factor", { type: "f32", shape: [1] }, () => op("div.f32", parameter(node, 1), op("mul.f32", parameter(node, 3), count)), "f");
  const y = stage("y", { type: inputOf(node, 4).type, shape: mean.shape }, (point) => requantised(node, meanSlots, stageAt("sum", ...point), zero));
  return { stages: [factor, folded, y], outputs: ["y"] };
}

function quantisedMean(whole: OperatorDefinition): OperatorDefinition {
  const meaning = (node: OperatorNode): Meaning => meanMeaning(node, whole.meaning(inFloats(node, whole.op)));
  const shape = (node: OperatorNode): readonly TensorType[] => {
    validateOperand(node, { tensor: 0, scale: 1, zeroPoint: 2 });
    meaning(node); // refuses windows of several sizes
    return whole.shape(inFloats(node, whole.op)).map((type) => ({ ...type, type: inputOf(node, 4).type }));
  };
  return own({ ...defineOperator({ op: `Quantised${whole.op}`, types: bytes, inputs: [5, 5], omitted: [2], mixed: true, shape, meaning }) });
}

function own(definition: OperatorDefinition): OperatorDefinition {
  return { ...definition, domain: "obligato", opsets: [1, 1] };
}

function sumType(node: OperatorNode): TensorType {
  return { type: inputOf(node, 7).type, shape: broadcastShape(node, [inputOf(node, 0).shape, inputOf(node, 3).shape]) };
}

const ratio = (node: OperatorNode, name: string, slot: number): Stage =>
  stage(name, { type: "f32", shape: [1] }, () => op("div.f32", parameter(node, slot), parameter(node, 6)), name);

const quantisedAdd = own(defineOperator({
  op: "QuantisedAdd",
  types: bytes,
  inputs: [8, 8],
  omitted: [2, 5],
  mixed: true,
  shape: (node) => {
    validateOperand(node, { tensor: 0, scale: 1, zeroPoint: 2 });
    validateOperand(node, { tensor: 3, scale: 4, zeroPoint: 5 });
    return [sumType(node)];
  },
  meaning: (node) => {
    const output = sumType(node);
    const y = stage("y", output, (point) => {
      const scaled = (slot: 0 | 3, name: string): TensorExpr =>
        op("mul.f32", op("cast.i32.f32", centred(node, [slot, slot + 2], broadcastIndex(inputOf(node, slot).shape, point))), stageAt(name, zero));
      const rounded = op("rint.f32", op("add.f32", scaled(0, "a"), scaled(3, "b")));
      return op(`cast.f32.${output.type}`, op("add.f32", rounded, op(`cast.${output.type}.f32`, parameter(node, 7))));
    });
    return { stages: [ratio(node, "a", 1), ratio(node, "b", 4), y], outputs: ["y"] };
  },
}));

export const quantisedOperators: readonly OperatorDefinition[] = [averagePool, globalAveragePool, reduceMean].map(quantisedMean).concat(quantisedAdd);
