/**
 * LinearAttention of Q[b, t, (head, d)], K[b, t, (kv, d)] and V[b, t, (kv, m)]: a state S of d × m
 * per batch and head of K that one outer product is added to at every position t. S is at
 * first past_state, or +0 without it; with D[t] = S[t] · exp(g[t, d or head]) where there is
 * a decay g, and S[t] where there is none:
 *
 *     u[t, m] = V[t, m]                                            without beta
 *     u[t, m] = beta[t] · (V[t, m] − (+0 + Σ_d K[t, d] · D[t, d, m]))      with beta
 *     S[t + 1, d, m] = D[t, d, m] + (K[t, d] · u[t, m])
 *     Y[t, head, m] = scale · (+0 + Σ_d Q[t, head, d] · S[t + 1, ⌊head / group⌋, d, m])
 *
 * as the reference implementation of ONNX has it (update rules linear: neither; gated: decay;
 * delta: beta; gated_delta: both). Every operation rounds once, in the order written; the
 * steps of the sums as the build's contract says. Outputs: Y, the last S.
 */
import { type IndexExpr, atLeast, floordiv, literal, mod, plus, shift, times, variable, zero } from "../loop/index-expr.js";
import { type Meaning, type Stage, type TensorExpr, acc, at, constant, fold, op, recurrence, select, stage, stageAt } from "../tensor/meaning.js";
import type { TensorType } from "../tensor/tensor.js";
import type { OperatorNode } from "./operator.js";
import { defineOperator, inputOf, numberOf, optionalInput, shapeMismatch } from "./shared/define.js";

const t = "f32";

interface Sizes {
  readonly batch: number;
  readonly steps: number;
  /** Heads of Q, heads of K and V. */
  readonly heads: readonly [queries: number, keys: number];
  /** Rows and columns of the state. */
  readonly state: readonly [rows: number, columns: number];
}

function sizesOf(node: OperatorNode): Sizes {
  const [query, key, value] = [0, 1, 2].map((slot) => inputOf(node, slot).shape);
  const [batch = 1, steps = 1, width = 1] = query ?? [];
  const heads = [numberOf(node, "q_num_heads"), numberOf(node, "kv_num_heads")] as const;
  const state = [width / heads[0], (value?.[2] ?? 0) / heads[1]] as const;
  const due = [[batch, steps, heads[1] * state[0]], [batch, steps, heads[1] * state[1]]];
  if (query?.length !== 3 || key?.join() !== due[0]?.join() || value?.join() !== due[1]?.join() || !state.every((extent) => Number.isInteger(extent) && extent > 0)) {
    shapeMismatch(node, "query, key and value must be batch × positions × (heads · width)");
  }
  return { batch, steps, heads, state };
}

function typesOf(node: OperatorNode): readonly TensorType[] {
  const { batch, steps, heads: [queries, keys], state: [rows, columns] } = sizesOf(node);
  const options: readonly (readonly [slot: number, what: string, shapes: readonly (readonly number[])[]])[] = [
    [3, "past_state", [[batch, keys, rows, columns]]],
    [4, "decay", [[batch, steps, keys], [batch, steps, keys * rows]]],
    [5, "beta", [[batch, steps, keys], [batch, steps, 1]]],
  ];
  for (const [slot, what, shapes] of options) {
    const given = optionalInput(node, slot);
    if (given !== undefined && !shapes.some((shape) => shape.join() === given.shape.join())) shapeMismatch(node, `${what} must have the shape ${shapes.map((shape) => shape.join("×")).join(" or ")}`);
  }
  const outputs: readonly TensorType[] = [{ type: t, shape: [batch, steps, queries * columns] }, { type: t, shape: [batch, keys, rows, columns] }];
  return outputs.slice(0, node.outputCount);
}

/** Element `k` of the part of width `width` that a head has of the last axis. */
const part = (head: IndexExpr, width: number, k: IndexExpr): IndexExpr => plus(times(head, width), k);

/** The state before position `i` is added, and that decayed where the node has a decay. */
function statesBefore(node: OperatorNode, { batch, steps, heads: [, keys], state: [rows, columns] }: Sizes): readonly Stage[] {
  const shape = [steps, batch, keys, rows, columns];
  const before = stage("before", { type: t, shape }, ([i = zero, b = zero, h = zero, d = zero, m = zero]) => {
    const initial = optionalInput(node, 3) === undefined ? constant(t, 0) : at(3, b, h, d, m);
    return steps === 1 ? initial : select([atLeast(i, literal(1))], stageAt("state", shift(i, -1), b, h, d, m), initial);
  }, "b");
  const decay = optionalInput(node, 4);
  const decayed = stage("decayed", { type: t, shape }, ([i = zero, b = zero, h = zero, d = zero, m = zero]) => {
    const own = stageAt("before", i, b, h, d, m);
    return decay === undefined ? own : op(`mul.${t}`, own, op(`exp.${t}`, at(4, b, i, decay.shape[2] === keys ? h : part(h, rows, d))));
  }, "d");
  return [before, decayed];
}

/** What is added to the state along K: the values, corrected by what the state has for the key where the node has beta. */
function updates(node: OperatorNode, { batch, steps, heads: [, keys], state: [rows, columns] }: Sizes): readonly Stage[] {
  const beta = optionalInput(node, 5);
  if (beta === undefined) return [];
  const shape = [steps, batch, keys, columns];
  const found = stage("found", { type: t, shape }, ([i = zero, b = zero, h = zero, m = zero]) => {
    const d = variable("fd");
    return fold([{ name: "fd", extent: rows }], [], constant(t, 0), op(`muladd.${t}`, acc, at(1, b, i, part(h, rows, d)), stageAt("decayed", i, b, h, d, m)));
  }, "f");
  const update = stage("update", { type: t, shape }, ([i = zero, b = zero, h = zero, m = zero]) =>
    op(`mul.${t}`, at(5, b, i, beta.shape[2] === 1 ? zero : h), op(`sub.${t}`, at(2, b, i, part(h, columns, m)), stageAt("found", i, b, h, m))), "u");
  return [found, update];
}

function stateAfter(node: OperatorNode, { batch, steps, heads: [, keys], state: [rows, columns] }: Sizes): Stage {
  const corrected = optionalInput(node, 5) !== undefined;
  return stage("state", { type: t, shape: [steps, batch, keys, rows, columns] }, ([i = zero, b = zero, h = zero, d = zero, m = zero]) => {
    const value: TensorExpr = corrected ? stageAt("update", i, b, h, m) : at(2, b, i, part(h, columns, m));
    return op(`add.${t}`, stageAt("decayed", i, b, h, d, m), op(`mul.${t}`, at(1, b, i, part(h, rows, d)), value));
  }, "s");
}

function meaning(node: OperatorNode): Meaning {
  const sizes = sizesOf(node);
  const { batch, steps, heads: [queries, keys], state: [rows, columns] } = sizes;
  const [y, present] = typesOf(node);
  const advance = [...statesBefore(node, sizes), ...updates(node, sizes), stateAfter(node, sizes)];
  const read = stage("read", { type: t, shape: [steps, batch, queries, columns] }, ([i = zero, b = zero, h = zero, m = zero]) => {
    const d = variable("rd");
    const state = stageAt("state", i, b, floordiv(h, queries / keys), d, m);
    return fold([{ name: "rd", extent: rows }], [], constant(t, 0), op(`muladd.${t}`, acc, at(0, b, i, part(h, rows, d)), state));
  }, "r");
  const output = stage("y", y ?? { type: t, shape: [] }, ([b = zero, i = zero, c = zero]) =>
    op(`mul.${t}`, stageAt("read", i, b, floordiv(c, columns), mod(c, columns)), constant(t, numberOf(node, "scale"))), "o");
  const last = present === undefined ? [] : [stage("last", present, ([b = zero, h = zero, d = zero, m = zero]) => stageAt("state", literal(steps - 1), b, h, d, m), "l")];
  return { stages: [...steps === 1 ? advance : recurrence("positions", ...advance), read, output, ...last], outputs: ["y", "last"].slice(0, node.outputCount) };
}

export const linearAttention = defineOperator({ op: "LinearAttention", types: [t], inputs: [3, 6], outputs: 2, shape: typesOf, meaning });
