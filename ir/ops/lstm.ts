/**
 * LSTM, per direction, with the gates i, o, f, c as the rows of W, R and B, H and C the
 * states before step t (+0 at first where no initial state is given):
 *
 *     U[t, g] = +0 + Σ_k W[g, k] · X[t, k]        V[t, g] = +0 + Σ_k R[g, k] · H[t, k]
 *     i[t]  = f((((U + V)[i] + P[i] · C[t]) + Wb[i]) + Rb[i])
 *     f[t]  = f((((U + V)[f] + P[f] · C[t]) + Wb[f]) + Rb[f]);  1 − i[t] where input_forget
 *     c[t]  = g(((U + V)[c] + Wb[c]) + Rb[c])
 *     C[t + 1] = (f[t] · C[t]) + (i[t] · c[t])
 *     o[t]  = f((((U + V)[o] + P[o] · C[t + 1]) + Wb[o]) + Rb[o])
 *     H[t + 1] = o[t] · h(C[t + 1])
 *
 * An input that is not given adds nothing. What an activation takes is clipped to
 * [−clip, clip] where that is given. Every operation rounds once, in the order written;
 * the steps of the sums as the build's contract says. Outputs: H after every step, the
 * last H, the last C.
 */
import { type IndexExpr, literal, shift } from "../loop/index-expr.js";
import { type Stage, type TensorExpr, at, constant, op, stageAt } from "../tensor/meaning.js";
import { defineOperator, numberOf, optionalInput } from "./shared/define.js";
import {
  type Direction, type Kind, type StateNames, activated, biased, recurrentMeaning, recurrentTypes, stateBefore, stateProducts,
  stepStage, t,
} from "./shared/recurrent.js";

export const lstmKind: Kind = { gates: 4, activations: 3, states: [5, 6] };

export const lstmStates: readonly StateNames[] = [{ before: "hidden", after: "h" }, { before: "cell", after: "c" }];

/** Row blocks of W, R and B; P has no block for c. */
const rows = { i: 0, o: 1, f: 2, c: 3 } as const;

type Point = readonly [step: IndexExpr, batch: IndexExpr, j: IndexExpr];

/** What the activation of a gate takes; `cell` is the stage that a peephole looks at. */
function preactivation(direction: Direction, gate: keyof typeof rows, [step, b, j]: Point, cell: string | undefined): TensorExpr {
  const { node, index, name, sizes: { hidden } } = direction;
  const row = shift(j, rows[gate] * hidden);
  const sum = op(`add.${t}`, stageAt(name("inputs"), step, b, row), stageAt(name("carried"), step, b, row));
  const peephole = cell === undefined || optionalInput(node, 7) === undefined
    ? sum
    : op(`add.${t}`, sum, op(`mul.${t}`, at(7, literal(index), row), stageAt(name(cell), step, b, j)));
  return biased(direction, "state", biased(direction, "input", peephole, row), row);
}

/** The steps of one direction; `carried` are the stages of the products with the state. */
export function lstmSteps(direction: Direction, carried: readonly Stage[]): readonly Stage[] {
  const { node, name, sizes: { hidden } } = direction;
  const made = (called: string, value: (point: Point) => TensorExpr): Stage => stepStage(direction, called, hidden, value);
  const here = (called: string, point: Point): TensorExpr => stageAt(name(called), ...point);
  const times = (a: TensorExpr, b: TensorExpr): TensorExpr => op(`mul.${t}`, a, b);
  const forget = (point: Point): TensorExpr => (numberOf(node, "input_forget") === 0
    ? activated(direction, 0, preactivation(direction, "f", point, "cell"))
    : op(`sub.${t}`, constant(t, 1), here("i", point)));
  return [
    stateBefore(direction, "hidden", "h", 5),
    stateBefore(direction, "cell", "c", 6),
    ...carried,
    made("i", (point) => activated(direction, 0, preactivation(direction, "i", point, "cell"))),
    made("f", forget),
    made("candidate", (point) => activated(direction, 1, preactivation(direction, "c", point, undefined))),
    made("c", (point) => op(`add.${t}`, times(here("f", point), here("cell", point)), times(here("i", point), here("candidate", point)))),
    made("o", (point) => activated(direction, 0, preactivation(direction, "o", point, "c"))),
    made("h", (point) => times(here("o", point), activated(direction, 2, here("c", point)))),
  ];
}

function stepsOf(direction: Direction): readonly Stage[] {
  const { gates, hidden } = direction.sizes;
  return lstmSteps(direction, [stateProducts(direction, "carried", "hidden", [0, gates * hidden])]);
}

export const lstm = defineOperator({
  op: "LSTM",
  types: [t],
  inputs: [3, 8],
  mixed: true,
  outputs: 3,
  shape: (node) => recurrentTypes(node, lstmKind),
  meaning: (node) => recurrentMeaning(node, lstmKind, stepsOf, lstmStates),
});
