/**
 * Operators of the domain com.microsoft, version 1, as ONNX Runtime defines them
 * (docs/ContribOperators.md of ONNX Runtime). Each is brought to nodes of ai.onnx, so
 * it needs no definition of its own; what the two define differently is said here.
 */
import type { Attribute, GraphNode } from "../../../ir/graph/graph.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { contribAttention, contribRotaryEmbedding, groupQueryAttention, multiHeadAttention, qAttention } from "./contrib-attention.js";
import { fusedContribNormalisers } from "./contrib-fused.js";
import { embedLayerNormalization, qEmbedLayerNormalization, simplifiedLayerNormalization, skipLayerNormalization, skipSimplifiedLayerNormalization } from "./contrib-normalisation.js";
import { productContribNormalisers } from "./contrib-products.js";
import { quantisedContribNormalisers } from "./contrib-quantised.js";
import {
  type Normaliser, allowOnly, constantNode, floatOf, inputName, inputType, normalNode, refuseValue,
} from "./node.js";
import type { RawNode } from "./raw-node.js";
import { dynamicQuantizeLstm } from "./recurrent.js";

interface Step {
  readonly op: string;
  readonly inputs: readonly (string | null)[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** One node of ai.onnx that `node` consists of. The last one has its name, the others names of their own. */
function step(node: RawNode, { op, inputs, outputs, attributes = {} }: Step, name = node.fresh(`${node.name}_${op}`)): GraphNode {
  return { name, op, domain: "", opset: node.opset, attributes, inputs, outputs };
}

const [exact, tanh] = [{ approximate: "none" }, { approximate: "tanh" }];

/** Gelu of com.microsoft is the exact form of Gelu of ai.onnx. */
const gelu: Normaliser = (node) => {
  allowOnly(node);
  return [normalNode({ ...node, domain: "" }, { attributes: exact })];
};

/** X + B, then Gelu in the form that `form` says; without B, X itself. */
function biasGelu(form: Readonly<Record<string, Attribute>>): Normaliser {
  return (node) => {
    allowOnly(node);
    const [x, bias] = [inputName(node, 0), node.inputs[1] ?? null];
    if (bias === null) return [step(node, { op: "Gelu", inputs: [x], outputs: node.outputs, attributes: form }, node.name)];
    const sum = node.fresh(`${node.name}_sum`);
    return [
      step(node, { op: "Add", inputs: [x, bias], outputs: [sum] }),
      step(node, { op: "Gelu", inputs: [sum], outputs: node.outputs, attributes: form }, node.name),
    ];
  };
}

/** QuickGelu is Swish: x · sigmoid(α·x). */
const quickGelu: Normaliser = (node) => {
  allowOnly(node, "alpha");
  return [normalNode({ ...node, domain: "" }, { op: "Swish", attributes: { alpha: floatOf(node, "alpha") ?? Math.fround(1.702) } })];
};

/** α·(A′·B′), A′ and B′ with their last two axes exchanged where asked. */
const fusedMatMul: Normaliser = (node) => {
  allowOnly(node, "alpha", "transA", "transB", "transBatchA", "transBatchB");
  for (const name of ["transBatchA", "transBatchB"]) if (flag(node, name)) refuseValue(node, name, 1, "write the transposition as a node");
  const made: GraphNode[] = [];
  const [a, b] = [exchanged(node, 0, "transA", made), exchanged(node, 1, "transB", made)];
  const alpha = floatOf(node, "alpha") ?? 1;
  if (alpha === 1) return [...made, step(node, { op: "MatMul", inputs: [a, b], outputs: node.outputs }, node.name)];
  const [product, factor] = [node.fresh(`${node.name}_product`), node.fresh(`${node.name}_alpha`)];
  return [
    ...made, constantNode(node, factor, tensorOf(inputType(node, 0).type, [], [alpha])),
    step(node, { op: "MatMul", inputs: [a, b], outputs: [product] }),
    step(node, { op: "Mul", inputs: [product, factor], outputs: node.outputs }, node.name),
  ];
};

function flag(node: RawNode, name: string): boolean {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "int" && attribute.value !== 0n;
}

/** The name of input `slot`, or of its transpose. */
function exchanged(node: RawNode, slot: number, name: string, made: GraphNode[]): string {
  const input = inputName(node, slot);
  const rank = inputType(node, slot).shape.length;
  if (!flag(node, name) || rank < 2) return input;
  const perm = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  const output = node.fresh(`${node.name}_${name}`);
  made.push(step(node, { op: "Transpose", inputs: [input], outputs: [output], attributes: { perm } }));
  return output;
}

/** By operator type. */
export const contribNormalisers: ReadonlyMap<string, Normaliser> = new Map([
  ["Attention", contribAttention],
  ["BiasGelu", biasGelu(exact)],
  ["DynamicQuantizeLSTM", dynamicQuantizeLstm],
  ["EmbedLayerNormalization", embedLayerNormalization],
  ["FastGelu", biasGelu(tanh)],
  ["FusedMatMul", fusedMatMul],
  ["Gelu", gelu],
  ["GroupQueryAttention", groupQueryAttention],
  ["MultiHeadAttention", multiHeadAttention],
  ["QAttention", qAttention],
  ["QEmbedLayerNormalization", qEmbedLayerNormalization],
  ["QuickGelu", quickGelu],
  ["RotaryEmbedding", contribRotaryEmbedding],
  ["SimplifiedLayerNormalization", simplifiedLayerNormalization],
  ["SkipLayerNormalization", skipLayerNormalization],
  ["SkipSimplifiedLayerNormalization", skipSimplifiedLayerNormalization],
  ["TransposeMatMul", fusedMatMul],
  ...fusedContribNormalisers,
  ...productContribNormalisers,
  ...quantisedContribNormalisers,
]);
