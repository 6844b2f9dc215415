/** Operators with a state that goes from one call to the next: here one call, its state an input and an output. */
import { invalid } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { composed, section } from "./compose.js";
import { type Normaliser, allowOnly, floatOf, inputName, inputType, intOf, normalNode, refuseValue, stringOf } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** CausalConvWithState: a convolution of each channel by itself over the state (zeros without one) and the input; the last positions of both are the next state. */
export const causalConvWithState: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "activation");
  const activation = stringOf(node, "activation") ?? "none";
  if (!["none", "silu", "swish"].includes(activation)) refuseValue(node, "activation", activation, "use none, silu or swish");
  const [{ type, shape: [batch = 1, channels = 1, length = 1] }, weight] = [inputType(node, 0), inputType(node, 1).shape];
  const kernel = weight[2] ?? 0;
  const before = kernel - 1;
  const past = node.inputs[3] ?? null;
  const due = [batch, channels, before].join();
  if (weight.join() !== [channels, 1, kernel].join() || (past !== null && inputType(node, 3).shape.join() !== due)) {
    invalid("shape-mismatch", `CausalConvWithState of ${channels} channels has weights of [${weight.join(",")}]`, node.name, "give weights of channels×1×k and a state of k − 1 positions");
  }
  const zeros = (): string => made.constant(tensorOf(type, [batch, channels, before], new Array<number>(batch * channels * before).fill(0)));
  const x = before === 0 ? inputName(node, 0) : made.node("Concat", [past ?? zeros(), inputName(node, 0)], { axis: 2 });
  const window = { kernel_shape: [kernel], strides: [1], dilations: [1], pads: [0, 0], group: channels };
  const bias = node.inputs[2] ?? null;
  const operands = [x, inputName(node, 1), ...(bias === null ? [] : [bias])];
  if (activation === "none") made.output(0, "Conv", operands, window);
  else made.output(0, "Swish", [made.node("Conv", operands, window)], { alpha: 1 });
  if ((node.outputs[1] ?? "") !== "") made.output(1, "Identity", [section(made, [x, [batch, channels, before + length]], 2, [length, before])]);
});

/** What an update rule takes beside query, key and value. */
const rules: Readonly<Record<string, { readonly decay: boolean; readonly beta: boolean }>> = {
  linear: { decay: false, beta: false }, gated: { decay: true, beta: false }, delta: { decay: false, beta: true }, gated_delta: { decay: true, beta: true },
};

/** LinearAttention: the rule is what inputs there are, a scale of 0 is 1/√d. chunk_size is a hint that says nothing of the result. */
export const linearAttention: Normaliser = (node) => {
  allowOnly(node, "chunk_size", "kv_num_heads", "q_num_heads", "scale", "update_rule");
  const name = stringOf(node, "update_rule") ?? "gated_delta";
  const rule = rules[name] ?? refuseValue(node, "update_rule", name, `use one of ${Object.keys(rules).join(", ")}`);
  checkPresence(node, name, [[4, "decay", rule.decay], [5, "beta", rule.beta]]);
  const [q_num_heads, kv_num_heads] = [intOf(node, "q_num_heads") ?? 0, intOf(node, "kv_num_heads") ?? 0];
  if (kv_num_heads < 1 || q_num_heads < 1 || q_num_heads % kv_num_heads !== 0) {
    invalid("attribute-value", `LinearAttention has ${q_num_heads} heads of queries for ${kv_num_heads} of keys`, node.name, "give q_num_heads as a multiple of kv_num_heads");
  }
  const given = floatOf(node, "scale") ?? 0;
  const scale = given === 0 ? Math.fround(1 / Math.sqrt((inputType(node, 0).shape[2] ?? 1) / q_num_heads)) : given;
  return [normalNode(node, { attributes: { q_num_heads, kv_num_heads, scale } })];
};

function checkPresence(node: RawNode, rule: string, inputs: readonly (readonly [slot: number, what: string, needed: boolean])[]): void {
  for (const [slot, what, needed] of inputs) {
    if (((node.inputs[slot] ?? null) !== null) === needed) continue;
    invalid("input-count", `LinearAttention with update_rule ${rule} ${needed ? "needs" : "takes no"} ${what}`, node.name, `${needed ? "give" : "leave out"} ${what}, or correct update_rule`);
  }
}
