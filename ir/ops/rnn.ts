/**
 * RNN, per direction, H the state before step t (+0 at first where no initial state is
 * given):
 *
 *     U[t, g] = +0 + Σ_k W[g, k] · X[t, k]        V[t, g] = +0 + Σ_k R[g, k] · H[t, k]
 *     H[t + 1] = f(((U + V) + Wb) + Rb)
 *
 * Without B no bias is added. What f takes is clipped to [−clip, clip] where that is
 * given. Every operation rounds once, in the order written; the steps of the sums as the
 * build's contract says. Outputs: H after every step, the last H.
 */
import { type Stage, op, stageAt } from "../tensor/meaning.js";
import { defineOperator } from "./shared/define.js";
import {
  type Direction, type Kind, type StateNames, activated, biased, recurrentMeaning, recurrentTypes, stateBefore, stateProducts,
  stepStage, t,
} from "./shared/recurrent.js";

const kind: Kind = { gates: 1, activations: 1, states: [5] };

const states: readonly StateNames[] = [{ before: "hidden", after: "h" }];

/** The steps of one direction. */
function stepsOf(direction: Direction): readonly Stage[] {
  const { name, sizes: { hidden } } = direction;
  return [
    stateBefore(direction, "hidden", "h", 5),
    stateProducts(direction, "carried", "hidden", [0, hidden]),
    stepStage(direction, "h", hidden, (point) => {
      const sum = op(`add.${t}`, stageAt(name("inputs"), ...point), stageAt(name("carried"), ...point));
      return activated(direction, 0, biased(direction, "state", biased(direction, "input", sum, point[2]), point[2]));
    }),
  ];
}

export const rnn = defineOperator({
  op: "RNN",
  types: [t],
  inputs: [3, 6],
  mixed: true,
  outputs: 2,
  shape: (node) => recurrentTypes(node, kind),
  meaning: (node) => recurrentMeaning(node, kind, stepsOf, states),
});
