/**
 * LSTM, GRU and RNN: the direction, one activation per function and direction with its
 * parameters, and whether to clip are always stated. sequence_lens that only say what the
 * shape of X says are left out.
 */
import { invalid } from "../../../ir/prelude.js";
import { type Normaliser, allowOnly, flagOf, floatOf, floatsOf, inputName, inputType, integersOf, intOf, normalNode, refuseValue, stringOf, stringsOf } from "./node.js";
import type { RawNode } from "./raw-node.js";

const common = ["activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size"];

/** Defaults of α and β, for functions that have them: those of the operators of the same name, and ONNX Runtime's for the others. */
const parameters: Readonly<Record<string, readonly [alpha: number | undefined, beta: number | undefined]>> = {
  Affine: [1, 0], Elu: [1, undefined], HardSigmoid: [0.2, 0.5], LeakyRelu: [0.01, undefined], Relu: [undefined, undefined],
  ScaledTanh: [1, 1], Sigmoid: [undefined, undefined], Softplus: [undefined, undefined], Softsign: [undefined, undefined],
  Tanh: [undefined, undefined], ThresholdedRelu: [1, undefined],
};

interface Activations {
  readonly activations: readonly string[];
  readonly alphas: readonly number[];
  readonly betas: readonly number[];
}

/** The listed functions (those of one direction by default), each taking the next given parameter of those it has. */
function activationsOf(node: RawNode, defaults: readonly string[], directions: number): Activations {
  const given = stringsOf(node, "activations") ?? new Array<readonly string[]>(directions).fill(defaults).flat();
  if (given.length !== directions * defaults.length) {
    invalid("attribute-value", `${node.op} has ${given.length} activations for ${directions} directions`, node.name, `give ${directions * defaults.length} activations`);
  }
  const activations = given.map((name) => nameOf(node, name));
  const [alphas, betas] = [[...floatsOf(node, "activation_alpha") ?? []], [...floatsOf(node, "activation_beta") ?? []]];
  const next = (values: number[], fallback: number | undefined): number => (fallback === undefined ? 0 : values.shift() ?? Math.fround(fallback));
  return {
    activations,
    alphas: activations.map((name) => next(alphas, parameters[name]?.[0])),
    betas: activations.map((name) => next(betas, parameters[name]?.[1])),
  };
}

/** Names are compared without regard to case, as ONNX Runtime does. */
function nameOf(node: RawNode, name: string): string {
  const known = Object.keys(parameters).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return known ?? refuseValue(node, "activation", name, `use one of ${Object.keys(parameters).join(", ")}`);
}

interface Form {
  /** Names of the activations of one direction. */
  readonly defaults: readonly string[];
  /** Further flags of the operator. */
  readonly flags: readonly string[];
}

function recurrent({ defaults, flags }: Form): Normaliser {
  return (node) => {
    allowOnly(node, ...common, ...flags, ...(node.opset >= 14 ? ["layout"] : []));
    const direction = stringOf(node, "direction") ?? "forward";
    if (!["forward", "reverse", "bidirectional"].includes(direction)) refuseValue(node, "direction", direction, "use forward, reverse or bidirectional");
    const layout = flagOf(node, "layout", 0);
    const clip = floatOf(node, "clip");
    const hidden = intOf(node, "hidden_size") ?? inputType(node, 2).shape[2] ?? 1;
    const attributes = {
      ...activationsOf(node, defaults, direction === "bidirectional" ? 2 : 1), direction, layout, hidden_size: hidden,
      clip: clip === undefined ? [] : [clip], ...Object.fromEntries(flags.map((name) => [name, flagOf(node, name, 0)])),
    };
    const inputs = [inputName(node, 0), inputName(node, 1), inputName(node, 2), ...node.inputs.slice(3)];
    const whole = sameLengths(node, layout);
    return [normalNode(node, { attributes, inputs: inputs.map((input, slot) => (slot === 4 && whole ? null : input)) })];
  };
}

/** Whether sequence_lens, input 4, says what the shape of X says. */
function sameLengths(node: RawNode, layout: 0 | 1): boolean {
  const name = node.inputs[4] ?? null;
  const lengths = name === null ? undefined : node.constantOf(name);
  if (lengths === undefined) return name === null;
  const steps = inputType(node, 0).shape[layout] ?? 0;
  const given = integersOf(node, lengths, "sequence_lens");
  const wrong = given.find((length) => length < 0 || length > steps);
  if (wrong !== undefined) invalid("attribute-value", `${node.op} has a sequence of ${wrong} positions, and X has ${steps}`, node.name, "correct sequence_lens");
  return given.every((length) => length === steps);
}

export const lstm = recurrent({ defaults: ["Sigmoid", "Tanh", "Tanh"], flags: ["input_forget"] });
export const gru = recurrent({ defaults: ["Sigmoid", "Tanh"], flags: ["linear_before_reset"] });
export const rnn = recurrent({ defaults: ["Tanh"], flags: [] });

/** That of com.microsoft: W and R are stored as [direction, k, gate], and further inputs say how they are quantised. */
export const dynamicQuantizeLstm: Normaliser = (node) => {
  if (node.inputs.length !== 12) invalid("input-count", `DynamicQuantizeLSTM has ${node.inputs.length} inputs, not 12`, node.name, "give the scales and zero points of W and R");
  if (!sameLengths(node, 0)) refuseValue(node, "sequence_lens", "shorter sequences", "use sequences of the whole length: what is quantised as a whole would depend on them");
  for (const slot of [9, 11]) checkZeroPoints(node, slot);
  const hidden = { kind: "int", value: BigInt(inputType(node, 2).shape[1] ?? 1) } as const;
  // Version 13 has no attribute layout.
  const plain = { ...node, domain: "", opset: 13, attributes: new Map([["hidden_size", hidden], ...node.attributes]) };
  return lstm(plain);
};

/** Zero points of the columns must be equal: there is one for a direction, and none but 0 for signed columns, as ONNX Runtime has it. */
function checkZeroPoints(node: RawNode, slot: number): void {
  const { shape, type } = inputType(node, slot);
  if (shape.length !== 2) return;
  const points = node.constantOf(inputName(node, slot))?.data ?? refuseValue(node, "zero points of columns", "computed values", "make them constants");
  const columns = shape[1] ?? 1;
  const wrong = [...points].some((point, k) => Number(point) !== (type === "i8" ? 0 : Number(points[k - (k % columns)])));
  if (wrong) refuseValue(node, "zero points of columns", "several values", "use one zero point for each direction, 0 for signed weights");
}
