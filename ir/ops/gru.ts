/**
 * GRU, per direction, with the gates z, r, h as the rows of W, R and B, H the state
 * before step t (+0 at first where no initial state is given):
 *
 *     U[t, g] = +0 + Σ_k W[g, k] · X[t, k]        V[t, g] = +0 + Σ_k R[g, k] · H[t, k]  (g = z, r)
 *     z[t] = f(((U + V)[z] + Wb[z]) + Rb[z])      r[t] = f(((U + V)[r] + Wb[r]) + Rb[r])
 *     h[t] = g(((U[h] + (+0 + Σ_k R[h, k] · (r[t] · H[t])[k])) + Rb[h]) + Wb[h])
 *     h[t] = g((U[h] + (r[t] · ((+0 + Σ_k R[h, k] · H[t, k]) + Rb[h]))) + Wb[h])    where linear_before_reset
 *     H[t + 1] = ((1 − z[t]) · h[t]) + (z[t] · H[t])
 *
 * An input that is not given adds nothing. What an activation takes is clipped to
 * [−clip, clip] where that is given. Every operation rounds once, in the order written;
 * the steps of the sums as the build's contract says. Outputs: H after every step, the
 * last H.
 */
import { type IndexExpr, shift } from "../loop/index-expr.js";
import { type Stage, type TensorExpr, constant, op, stageAt } from "../tensor/meaning.js";
import { defineOperator, numberOf } from "./shared/define.js";
import {
  type Direction, type Kind, type StateNames, activated, biased, recurrentMeaning, recurrentTypes, stateBefore, stateProducts,
  stepStage, t,
} from "./shared/recurrent.js";

const kind: Kind = { gates: 3, activations: 2, states: [5] };

const states: readonly StateNames[] = [{ before: "hidden", after: "state" }];

/** Row blocks of W, R and B. */
const rows = { z: 0, r: 1, h: 2 } as const;

type Point = readonly [step: IndexExpr, batch: IndexExpr, j: IndexExpr];

/** What the activation of z or r takes. */
function preactivation(direction: Direction, gate: "z" | "r", [step, b, j]: Point): TensorExpr {
  const { name, sizes: { hidden } } = direction;
  const row = shift(j, rows[gate] * hidden);
  const sum = op(`add.${t}`, stageAt(name("inputs"), step, b, row), stageAt(name("carried"), step, b, row));
  return biased(direction, "state", biased(direction, "input", sum, row), row);
}

/** What the activation of h takes: the reset gate before the product with R, or after it. */
function candidate(direction: Direction, [step, b, j]: Point): TensorExpr {
  const { node, name, sizes: { hidden } } = direction;
  const row = shift(j, rows.h * hidden);
  const [input, product] = [stageAt(name("inputs"), step, b, row), stageAt(name("product"), step, b, j)];
  if (numberOf(node, "linear_before_reset") === 0) {
    return biased(direction, "input", biased(direction, "state", op(`add.${t}`, input, product), row), row);
  }
  const reset = op(`mul.${t}`, stageAt(name("r"), step, b, j), biased(direction, "state", product, row));
  return biased(direction, "input", op(`add.${t}`, input, reset), row);
}

/** The steps of one direction. */
function stepsOf(direction: Direction): readonly Stage[] {
  const { node, name, sizes: { hidden } } = direction;
  const made = (called: string, value: (point: Point) => TensorExpr): Stage => stepStage(direction, called, hidden, value);
  const here = (called: string, point: Point): TensorExpr => stageAt(name(called), ...point);
  const times = (a: TensorExpr, b: TensorExpr): TensorExpr => op(`mul.${t}`, a, b);
  const resetFirst = numberOf(node, "linear_before_reset") === 0;
  return [
    stateBefore(direction, "hidden", "state", 5),
    stateProducts(direction, "carried", "hidden", [0, 2 * hidden]),
    made("z", (point) => activated(direction, 0, preactivation(direction, "z", point))),
    made("r", (point) => activated(direction, 0, preactivation(direction, "r", point))),
    ...(resetFirst ? [made("reset", (point) => times(here("r", point), here("hidden", point)))] : []),
    stateProducts(direction, "product", resetFirst ? "reset" : "hidden", [rows.h * hidden, hidden]),
    made("h", (point) => activated(direction, 1, candidate(direction, point))),
    made("state", (point) => op(`add.${t}`,
      times(op(`sub.${t}`, constant(t, 1), here("z", point)), here("h", point)), times(here("z", point), here("hidden", point)))),
  ];
}

export const gru = defineOperator({
  op: "GRU",
  types: [t],
  inputs: [3, 6],
  mixed: true,
  outputs: 2,
  shape: (node) => recurrentTypes(node, kind),
  meaning: (node) => recurrentMeaning(node, kind, stepsOf, states),
});
