/**
 * Activation functions by name, as operators and the gates of recurrent operators use
 * them. Products, sums and quotients round once each; exp, tanh, sigmoid and softplus
 * are the project's own (ir/scalar/functions states their errors).
 */
import { unsupported } from "../../prelude.js";
import type { ElementType } from "../../scalar/types.js";
import { type TensorExpr, constant, op } from "../../tensor/meaning.js";
import { hardSigmoidOf } from "./hard-sigmoid.js";

/** A function with its parameters, those it has not being ignored. */
export interface Activation {
  readonly name: string;
  readonly alpha: number;
  readonly beta: number;
}

type Formula = (x: TensorExpr, type: ElementType, of: Activation) => TensorExpr;

/** x < 0 ? α·(e^x − 1) : x. */
const elu: Formula = (x, type, { alpha }) => {
  const below = op(`sub.${type}`, op(`exp.${type}`, x), constant(type, 1));
  return op(`select.${type}`, op(`lt.${type}`, x, constant(type, 0)), op(`mul.${type}`, constant(type, alpha), below), x);
};

/** x > α ? x : 0; NaN gives 0. */
const thresholdedRelu: Formula = (x, type, { alpha }) =>
  op(`select.${type}`, op(`lt.${type}`, constant(type, alpha), x), x, constant(type, 0));

const scaled = (x: TensorExpr, type: ElementType, by: number): TensorExpr => op(`mul.${type}`, constant(type, by), x);

const formulas: Readonly<Record<string, Formula>> = {
  Affine: (x, type, { alpha, beta }) => op(`add.${type}`, scaled(x, type, alpha), constant(type, beta)),
  Elu: elu,
  HardSigmoid: (x, type, { alpha, beta }) => hardSigmoidOf(x, type, alpha, beta),
  LeakyRelu: (x, type, { alpha }) => op(`leakyrelu.${type}`, x, constant(type, alpha)),
  Relu: (x, type) => op(`relu.${type}`, x),
  ScaledTanh: (x, type, { alpha, beta }) => scaled(op(`tanh.${type}`, scaled(x, type, beta)), type, alpha),
  Sigmoid: (x, type) => op(`sigmoid.${type}`, x),
  Softplus: (x, type) => op(`softplus.${type}`, x),
  Softsign: (x, type) => op(`div.${type}`, x, op(`add.${type}`, constant(type, 1), op(`abs.${type}`, x))),
  Tanh: (x, type) => op(`tanh.${type}`, x),
  ThresholdedRelu: thresholdedRelu,
};

export function activate(x: TensorExpr, type: ElementType, of: Activation): TensorExpr {
  const formula = formulas[of.name];
  if (formula === undefined) return unsupported("attribute-value", `the activation ${of.name} is not supported`, of.name, `use one of ${Object.keys(formulas).join(", ")}`);
  return formula(x, type, of);
}

/** With parameters that the function may do without. */
export function activation(name: string, alpha = 0, beta = 0): Activation {
  return { name, alpha, beta };
}
