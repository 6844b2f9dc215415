/**
 * DynamicQuantizeLSTM (com.microsoft): LSTM whose products with W and R are of bytes. X as a
 * whole, and the state H before each step as a whole, are quantised as DynamicQuantizeLinear
 * does it; W and R are stored as [direction, k, gate], i8 or u8, with a scale for each direction
 * or each of its columns and a zero point for each direction:
 *
 *     low = min(0, all x), high = max(0, all x);  s = (high − low) / 255;  z = saturate(rint(−low / s))
 *     q[k] = saturate(rint(x[k] / s) + z) − z
 *     U[t, g] = f32(Σ_k q(X)[t, k] · (W[k, g] − zw)) · (s · sw[g])        V[t, g] likewise of H and R
 *
 * The sums are 32-bit integers, modulo 2³² beyond 2¹⁵ products. All else is as in LSTM. ONNX
 * Runtime quantises H by groups of the batch where several threads share it; this is one group.
 */
import { invalid } from "../prelude.js";
import { type IndexExpr, literal, minus, variable, zero } from "../loop/index-expr.js";
import { type Axis, type Stage, type TensorExpr, acc, at, constant, fold, op, stage, stageAt } from "../tensor/meaning.js";
import { lstmKind, lstmSteps, lstmStates } from "./lstm.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, shapeMismatch } from "./shared/define.js";
import { type Direction, type Kind, recurrentMeaning, recurrentTypes, t } from "./shared/recurrent.js";

const slots = { W: { weights: 1, scale: 8, zeroPoint: 9 }, R: { weights: 2, scale: 10, zeroPoint: 11 } } as const;

/** What is quantised as a whole: its elements, and the step where there are several of them. */
interface Whole {
  /** Prefix of its stages. */
  readonly called: string;
  readonly over: readonly Axis[];
  /** The steps that are quantised one by one; none for X. */
  readonly steps: readonly number[];
  readonly element: (step: readonly IndexExpr[], rest: readonly IndexExpr[]) => TensorExpr;
}

/** Stages `CALLED_low`, `_high`, `_scale`, `_zero` [steps] and `_bytes` [steps, …], the last in i32 without its zero point. */
function quantised({ name }: Direction, { called, over, steps, element }: Whole): readonly Stage[] {
  const full = (which: string): string => name(`${called}_${which}`);
  const extremum = (which: "min" | "max", step: readonly IndexExpr[]): TensorExpr => {
    const axes = over.map((axis) => ({ ...axis, name: `${full(which)}_${axis.name}` }));
    return fold(axes, [], constant(t, 0), op(`${which}.${t}`, acc, element(step, axes.map((axis) => variable(axis.name)))));
  };
  const made = (which: string, value: (step: readonly IndexExpr[]) => TensorExpr): Stage => stage(full(which), { type: t, shape: steps }, value, `${full(which)}_`);
  const read = (which: string, step: readonly IndexExpr[]): TensorExpr => stageAt(full(which), ...step);
  const divided = (x: TensorExpr, step: readonly IndexExpr[]): TensorExpr => op(`rint.${t}`, op(`div.${t}`, x, read("scale", step)));
  const byte = (x: TensorExpr): TensorExpr => op("cast.u8.i32", op(`cast.${t}.u8`, x));
  return [
    made("low", (step) => extremum("min", step)),
    made("high", (step) => extremum("max", step)),
    made("scale", (step) => op(`div.${t}`, op(`sub.${t}`, read("high", step), read("low", step)), constant(t, 255))),
    stage(full("zero"), { type: "i32", shape: steps }, (step) => byte(divided(op(`sub.${t}`, constant(t, 0), read("low", step)), step)), `${full("zero")}_`),
    stage(full("bytes"), { type: "i32", shape: [...steps, ...over.map(({ extent }) => extent)] }, (point) => {
      const [step, index] = [point.slice(0, steps.length), point.slice(steps.length)];
      const point0 = read("zero", step);
      return op("subw.i32", byte(op(`add.${t}`, divided(element(step, index), step), op(`cast.i32.${t}`, point0))), point0);
    }, `${full("bytes")}_`),
  ];
}

interface Product {
  readonly called: string;
  readonly of: keyof typeof slots;
  readonly scale: (step: IndexExpr) => TensorExpr;
  readonly bytes: (step: IndexExpr, b: IndexExpr, k: IndexExpr) => TensorExpr;
  readonly extent: number;
}

/** Stages `CALLED_sum` in i32 and `CALLED`, both [T, batch, gates · hidden]. */
function product(direction: Direction, { called, of, scale, bytes, extent }: Product): readonly Stage[] {
  const { node, index, name, sizes: { steps, batch, gates, hidden } } = direction;
  const { weights, scale: scaleSlot, zeroPoint } = slots[of];
  const [{ type }, d, k] = [inputOf(node, weights), literal(index), variable(`${name(called)}_k`)];
  const shape = [steps, batch, gates * hidden];
  const sum = stage(name(`${called}_sum`), { type: "i32", shape }, ([step = zero, b = zero, row = zero]) => {
    const weight = op("subw.i32", op(`cast.${type}.i32`, at(weights, d, k, row)), op(`cast.${type}.i32`, parameterOf(node, zeroPoint, d, zero)));
    return fold([{ name: `${name(called)}_k`, extent }], [], constant("i32", 0), op("addw.i32", acc, op("mulw.i32", bytes(step, b, k), weight)));
  }, `${name(called)}_s`);
  const scaled = stage(name(called), { type: t, shape }, ([step = zero, b = zero, row = zero]) =>
    op(`mul.${t}`, op(`cast.i32.${t}`, stageAt(name(`${called}_sum`), step, b, row)), op(`mul.${t}`, scale(step), parameterOf(node, scaleSlot, d, row))), `${name(called)}_`);
  return [sum, scaled];
}

/** A scale or zero point of a direction, or of one of its columns. */
function parameterOf(node: OperatorNode, slot: number, direction: IndexExpr, row: IndexExpr): TensorExpr {
  return inputOf(node, slot).shape.length === 1 ? at(slot, direction) : at(slot, direction, row);
}

/** The products with X, which is quantised as a whole, for each direction by itself. */
function inputProducts(direction: Direction): readonly Stage[] {
  const { sizes: { steps, inputs, layout }, reverse, name, node } = direction;
  const over = inputOf(node, 0).shape.map((extent, axis) => ({ name: `${axis}`, extent }));
  const stages = quantised(direction, { called: "x", over, steps: [], element: (_, index) => at(0, ...index) });
  const bytes = (step: IndexExpr, b: IndexExpr, k: IndexExpr): TensorExpr => {
    const position = reverse ? minus(literal(steps - 1), step) : step;
    return stageAt(name("x_bytes"), ...(layout === 0 ? [position, b, k] : [b, position, k]));
  };
  return [...stages, ...product(direction, { called: "inputs", of: "W", scale: () => stageAt(name("x_scale")), bytes, extent: inputs })];
}

/** The products with the state before each step, which is quantised as a whole. */
function carried(direction: Direction): readonly Stage[] {
  const { sizes: { steps, batch, hidden }, name } = direction;
  const over = [{ name: "b", extent: batch }, { name: "j", extent: hidden }];
  const stages = quantised(direction, { called: "state", over, steps: [steps], element: (step, index) => stageAt(name("hidden"), ...step, ...index) });
  const bytes = (step: IndexExpr, b: IndexExpr, k: IndexExpr): TensorExpr => stageAt(name("state_bytes"), step, b, k);
  return [...stages, ...product(direction, { called: "carried", of: "R", scale: (step) => stageAt(name("state_scale"), step), bytes, extent: hidden })];
}

const kind: Kind = { ...lstmKind, quantised: true, products: inputProducts };

function validate(node: OperatorNode): void {
  const [directions = 1, , columns] = inputOf(node, 1).shape;
  for (const { weights, scale, zeroPoint } of Object.values(slots)) {
    const [own, given, point] = [inputOf(node, weights), inputOf(node, scale), inputOf(node, zeroPoint)];
    if (given.type !== t || point.type !== own.type) invalid("type-mismatch", `DynamicQuantizeLSTM has a scale of ${given.type} and a zero point of ${point.type} for weights of ${own.type}`, node.name, "give f32 scales, and zero points of the weights' type");
    for (const { shape } of [given, point]) {
      if (![[directions], [directions, columns]].some((due) => due.join() === shape.join())) shapeMismatch(node, "scales and zero points must be one for each direction, or for each of its columns");
    }
  }
}

export const dynamicQuantizeLstm = defineOperator({
  op: "DynamicQuantizeLSTM",
  types: [t],
  inputs: [3, 12],
  mixed: true,
  outputs: 3,
  shape: (node) => {
    const types = recurrentTypes(node, kind);
    validate(node);
    return types;
  },
  meaning: (node) => recurrentMeaning(node, kind, (direction) => lstmSteps(direction, carried(direction)), lstmStates),
});
