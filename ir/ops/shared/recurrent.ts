/**
 * What LSTM, GRU and RNN share: sizes, the directions, the products that do not depend
 * on the state, the state a step starts from, and the outputs.
 *
 * The steps are counted from 0 in the order they are taken. Step t of the forward
 * direction reads X[t], that of the reverse direction X[T − 1 − t]; both write their own
 * stages, and Y has the result of a step where the step read X. With layout 1 the batch
 * is the first axis of X, Y and the states.
 *
 * With sequence_lens only the first L = lengths[b] positions of batch b are read: the reverse
 * direction reads X[L − 1 − t] at step t. From step L on the states stay as they are, Y is +0;
 * the last states of an empty sequence are +0. ONNX names the input and leaves this open; it
 * is what ONNX Runtime does. Positions that depend on a length are looked up (shared/terms), so
 * that a length that is no number of positions has a meaning too: where none is found, +0.
 */
import { type IndexExpr, atLeast, below, literal, minus, shift, variable, zero } from "../../loop/index-expr.js";
import { invalid, present } from "../../prelude.js";
import { type Meaning, type Stage, type TensorExpr, acc, at, constant, fold, op, recurrence, select, stage, stageAt } from "../../tensor/meaning.js";
import type { TensorType } from "../../tensor/tensor.js";
import type { OperatorNode } from "../operator.js";
import { type Activation, activate } from "./activations.js";
import { inputOf, listOf, numberOf, optionalInput, shapeMismatch, textOf, textsOf } from "./define.js";
import { elementOf } from "./element-types.js";
import { choose, less, lookup, position } from "./terms.js";

export const t = "f32";

/** Input slot of sequence_lens. */
const lengthsSlot = 4;

/** Sizes of a recurrent node; `gates` is the number of row blocks of W and R. */
export interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly gates: number;
  readonly directions: number;
  /** 1: the batch is the first axis. */
  readonly layout: number;
}

/** Input slots of the states, and what is peculiar to an operator. */
export interface Kind {
  readonly gates: number;
  /** Activations of one direction. */
  readonly activations: number;
  /** Slots of initial states, in the order of the outputs that hold the last ones. */
  readonly states: readonly number[];
  /** W and R are bytes, stored as [direction, k, row]. */
  readonly quantised?: true;
  /** The stages of the products with X, where they are not W · X in floats. */
  readonly products?: (direction: Direction) => readonly Stage[];
}

function sizesOf(node: OperatorNode, { gates }: Kind): Sizes {
  const { shape } = inputOf(node, 0);
  if (shape.length !== 3) shapeMismatch(node, "X must have three axes");
  const layout = numberOf(node, "layout");
  const [first = 1, second = 1, inputs = 1] = shape;
  const hidden = numberOf(node, "hidden_size");
  const directions = textOf(node, "direction") === "bidirectional" ? 2 : 1;
  const [steps, batch] = layout === 0 ? [first, second] : [second, first];
  return { steps, batch, inputs, hidden, gates, directions, layout };
}

/** Asserts the shapes of all inputs; gives the types of Y and of the states. */
export function recurrentTypes(node: OperatorNode, kind: Kind): readonly TensorType[] {
  const sizes = sizesOf(node, kind);
  const { steps, batch, inputs, hidden, gates, directions, layout } = sizes;
  const state = layout === 0 ? [directions, batch, hidden] : [batch, directions, hidden];
  const weights = (extent: number): readonly number[] => [directions, ...(kind.quantised === true ? [extent, gates * hidden] : [gates * hidden, extent])];
  const expected: readonly (readonly [slot: number, what: string, shape: readonly number[]])[] = [
    [1, "W", weights(inputs)], [2, "R", weights(hidden)],
    [3, "B", [directions, 2 * gates * hidden]], [lengthsSlot, "sequence_lens", [batch]], [7, "P", [directions, 3 * hidden]],
    ...kind.states.map((slot, k) => [slot, k === 0 ? "initial_h" : "initial_c", state] as const),
  ];
  for (const [slot, what, shape] of expected) {
    const given = optionalInput(node, slot);
    if (given === undefined) continue;
    if (given.shape.join() !== shape.join()) shapeMismatch(node, `${what} must have the shape ${shape.join("×")}`);
    const types = slot === lengthsSlot ? ["i32"] : kind.quantised === true && slot < 3 ? ["i8", "u8"] : [t];
    if (!types.includes(given.type)) invalid("type-mismatch", `${node.op} has ${what} of ${given.type}, not ${types.join(" or ")}`, node.name, "insert a Cast: there is no implicit conversion");
  }
  const y = layout === 0 ? [steps, directions, batch, hidden] : [batch, steps, directions, hidden];
  const types: readonly TensorType[] = [y, ...kind.states.map(() => state)].map((shape) => ({ type: t, shape }));
  return types.slice(0, node.outputCount);
}

/** The stages that hold a state before and after each step. */
export interface StateNames {
  readonly before: string;
  readonly after: string;
}

/** One direction of a node: how its stages and variables are called and what they read. */
export interface Direction {
  readonly node: OperatorNode;
  readonly sizes: Sizes;
  /** Position on the axis of directions. */
  readonly index: number;
  readonly reverse: boolean;
  readonly name: (stage: string) => string;
  readonly activations: readonly Activation[];
}

function directionsOf(node: OperatorNode, kind: Kind): readonly Direction[] {
  const sizes = sizesOf(node, kind);
  const [alphas, betas] = [listOf(node, "alphas"), listOf(node, "betas")];
  const all = textsOf(node, "activations").map((name, k) => ({ name, alpha: alphas[k] ?? 0, beta: betas[k] ?? 0 }));
  return Array.from({ length: sizes.directions }, (_, index) => {
    const reverse = index === 1 || textOf(node, "direction") === "reverse";
    const name = (stageName: string): string => `${reverse ? "reverse" : "forward"}_${stageName}`;
    return { node, sizes, index, reverse, name, activations: all.slice(index * kind.activations, (index + 1) * kind.activations) };
  });
}

/** The number of positions of batch `b`, an i64, where the node has lengths. */
function lengthOf(node: OperatorNode, b: IndexExpr): TensorExpr | undefined {
  return optionalInput(node, lengthsSlot) === undefined ? undefined : op("cast.i32.i64", at(lengthsSlot, b));
}

/** Position L − 1 − `from` of batch `b`, L being its length. */
function mirrored(length: TensorExpr, from: IndexExpr): TensorExpr {
  return op("subw.i64", op("subw.i64", length, elementOf("i64", 1)), position(from));
}

/** A stage [T, batch, …] of a direction. */
export function stepStage(direction: Direction, name: string, width: number, value: (point: readonly [IndexExpr, IndexExpr, IndexExpr]) => TensorExpr): Stage {
  const { steps, batch } = direction.sizes;
  const full = direction.name(name);
  return stage(full, { type: t, shape: [steps, batch, width] }, ([step = zero, b = zero, j = zero]) => value([step, b, j]), `${full}_`);
}

/** W · X for every step and gate: nothing of the state is in it. */
function inputProducts(direction: Direction): readonly Stage[] {
  const { node, sizes: { steps, inputs, hidden, gates, layout }, index, reverse, name } = direction;
  const k = variable(`${name("inputs")}_k`);
  const read = (place: IndexExpr, b: IndexExpr, i: IndexExpr): TensorExpr => (layout === 0 ? at(0, place, b, i) : at(0, b, place, i));
  const looked = reverse && lengthOf(node, zero) !== undefined;
  const ordered = stepStage(direction, "ordered", inputs, ([step, b, i]) => {
    const wanted = { extent: steps, position: mirrored(lengthOf(node, b) ?? elementOf("i64", steps), step) };
    return lookup(t, [wanted], ([place = zero]) => read(place, b, i), `${name("ordered")}_k`);
  });
  const products = stepStage(direction, "inputs", gates * hidden, ([step, b, row]) => {
    const x = looked ? stageAt(name("ordered"), step, b, k) : read(reverse ? minus(literal(steps - 1), step) : step, b, k);
    return dot(`${name("inputs")}_k`, inputs, x, at(1, literal(index), row, k));
  });
  return looked ? [ordered, products] : [products];
}

/** Σ_k x·w over `extent` values of the variable `k`, from +0. */
function dot(k: string, extent: number, x: TensorExpr, w: TensorExpr): TensorExpr {
  return fold([{ name: k, extent }], [], constant(t, 0), op(`muladd.${t}`, acc, x, w));
}

/** Σ_k H[k] · R[row, k], H being the stage `state`, for `rows` rows from `first` on. */
export function stateProducts(direction: Direction, called: string, state: string, [first, rows]: readonly [first: number, rows: number]): Stage {
  const { sizes: { hidden }, index, name } = direction;
  const k = `${name(called)}_k`;
  return stepStage(direction, called, rows, ([step, b, row]) =>
    dot(k, hidden, stageAt(name(state), step, b, variable(k)), at(2, literal(index), shift(row, first), variable(k))));
}

/** The state before each step: that after the step before, at first the input `slot`, or +0 without it. */
export function stateBefore(direction: Direction, called: string, after: string, slot: number): Stage {
  const { node, sizes: { layout, hidden, steps }, index, name } = direction;
  const given = optionalInput(node, slot) !== undefined;
  return stepStage(direction, called, hidden, ([step, b, j]) => {
    const d = literal(index);
    const initial = given ? at(slot, ...(layout === 0 ? [d, b, j] : [b, d, j])) : constant(t, 0);
    if (steps === 1) return initial;
    return select([atLeast(step, literal(1))], stageAt(name(kept(node, after)), shift(step, -1), b, j), initial);
  });
}

/** The stage of a state as it goes on: that of the step, or the one before where the sequence has ended. */
function kept(node: OperatorNode, state: string): string {
  return lengthOf(node, zero) === undefined ? state : `${state}_kept`;
}

/** With lengths, each state as it goes on. */
function keptStages(direction: Direction, states: readonly StateNames[]): readonly Stage[] {
  const { node, name, sizes: { hidden } } = direction;
  if (lengthOf(node, zero) === undefined) return [];
  return states.map(({ before, after }) => stepStage(direction, kept(node, after), hidden, ([step, b, j]) =>
    running(node, [step, b], stageAt(name(after), step, b, j), stageAt(name(before), step, b, j))));
}

/** `value` where the sequence of batch `b` has a step `step`, `otherwise` where it has ended. */
function running(node: OperatorNode, [step, b]: readonly [step: IndexExpr, b: IndexExpr], value: TensorExpr, otherwise: TensorExpr): TensorExpr {
  const length = lengthOf(node, b);
  return length === undefined ? value : choose(t, less("i64", position(step), length), value, otherwise);
}

/** x plus the bias of `row`: `input` is Wb, the first half of B, `state` is Rb, the second. Without B, x. */
export function biased({ node, index, sizes: { gates, hidden } }: Direction, which: "input" | "state", x: TensorExpr, row: IndexExpr): TensorExpr {
  if (optionalInput(node, 3) === undefined) return x;
  return op(`add.${t}`, x, at(3, literal(index), which === "input" ? row : shift(row, gates * hidden)));
}

/** The k-th activation of the direction, of x clipped to [−clip, clip] where the node asks for that. */
export function activated({ node, activations }: Direction, k: number, x: TensorExpr): TensorExpr {
  const [clip] = listOf(node, "clip");
  const clipped = clip === undefined ? x : op(`min.${t}`, op(`max.${t}`, x, constant(t, -clip)), constant(t, clip));
  const of = activations[k];
  return of === undefined ? shapeMismatch(node, "there are too few activations") : activate(clipped, t, of);
}

/**
 * The meaning of a node whose steps are the stages `stepsOf`; `states` are those that
 * hold the states before and after each step. A single step is no recurrence: its stages follow
 * each other as they are.
 */
export function recurrentMeaning(node: OperatorNode, kind: Kind, stepsOf: (direction: Direction) => readonly Stage[], states: readonly StateNames[]): Meaning {
  const stages = directionsOf(node, kind).flatMap((direction) => {
    const steps = [...stepsOf(direction), ...keptStages(direction, states)];
    return [...(kind.products ?? inputProducts)(direction), ...(direction.sizes.steps === 1 ? steps : recurrence(direction.name("steps"), ...steps))];
  });
  const outputs = recurrentOutputs(node, kind, states);
  return { stages: [...stages, ...outputs], outputs: outputs.map(({ name }) => name).slice(0, node.outputCount) };
}

/** Y and the last states from the stages that hold the states after each step. */
function recurrentOutputs(node: OperatorNode, kind: Kind, states: readonly StateNames[]): readonly Stage[] {
  const directions = directionsOf(node, kind);
  const [y, ...last] = recurrentTypes(node, kind);
  const stages = [stage("y", y ?? { type: t, shape: [] }, (point) => byDirection(directions, point, "every", states[0]?.after ?? ""), "y")];
  return [...stages, ...last.map((type, k) => stage(`last_${k}`, type, (point) => byDirection(directions, point, "last", kept(node, states[k]?.after ?? "")), `l${k}`))];
}

function byDirection(directions: readonly Direction[], point: readonly IndexExpr[], which: "every" | "last", state: string): TensorExpr {
  const first = present(directions[0], "direction");
  const [, second] = directions;
  const { layout, steps } = first.sizes;
  const [a = zero, b = zero, c = zero, e = zero] = point;
  const last = literal(steps - 1);
  // Y is [T, D, B, H] or [B, T, D, H], a state [D, B, H] or [B, D, H].
  const places = which === "every"
    ? (layout === 0 ? { position: a, d: b, batch: c, j: e } : { position: b, d: c, batch: a, j: e })
    : (layout === 0 ? { position: undefined, d: a, batch: b, j: c } : { position: undefined, d: b, batch: a, j: c });
  const read = ({ node, reverse, name }: Direction): TensorExpr => {
    const [length, nothing] = [lengthOf(node, places.batch), constant(t, 0)];
    const after = (step: IndexExpr): TensorExpr => stageAt(name(state), step, places.batch, places.j);
    if (places.position === undefined) return running(node, [zero, places.batch], after(last), nothing);
    if (!reverse) return running(node, [places.position, places.batch], after(places.position), nothing);
    if (length === undefined) return after(minus(last, places.position));
    return lookup(t, [{ extent: steps, position: mirrored(length, places.position) }], ([step = zero]) => after(step), `${name("y")}_k`);
  };
  return second === undefined ? read(first) : select([below(places.d, 1)], read(first), read(second));
}
