/**
 * What a node on f16 or bf16 means: its inputs as f32, which holds them exactly, the
 * operator on f32, and each result rounded to the element type once. Import writes it so,
 * as Casts around the node; operators that only move elements keep their type.
 *
 * For +, −, ×, ÷ and √ this is the operation of the type itself, correctly rounded: f32 has
 * 24 bits, at least twice the 11 of f16 and two more, so the second rounding never differs
 * from a single one (Figueroa, When is double rounding innocuous?, 1995). For sums, products
 * of matrices and convolutions it says what ONNX leaves open: they accumulate in f32.
 * Normalisations in two stages have the second one in the type of X, as ONNX says.
 */
import type { GraphNode } from "../../ir/graph/graph.js";
import { invalid } from "../../ir/prelude.js";
import { type ElementType, type HalfType, isFloat, isHalf } from "../../ir/scalar/types.js";
import { dataTypeOf } from "./element-types.js";
import type { RawNode } from "./normalise/raw-node.js";
import { isAboutHeld } from "./normalise/sequences.js";

/** Operators that move elements, convert them, run subgraphs or look at shapes only: they take each type as it is, as those on sequences do. */
const moving: ReadonlySet<string> = new Set([
  "BitCast", "Cast", "CastLike", "CenterCropPad", "Compress", "Concat", "Constant", "ConstantOfShape", "DepthToSpace", "Dropout", "Expand", "EyeLike", "Flatten", "Gather",
  "GatherElements", "GatherND", "Identity", "If", "Loop", "OneHot", "Pad", "Reshape", "ReverseSequence", "Scan", "Shape", "Size", "Slice", "SpaceToDepth", "Split", "Squeeze",
  "TensorScatter", "Tile", "Transpose", "Trilu", "Unsqueeze", "Where",
]);

/** Operators whose float inputs may differ in type, and the input of which the outputs have the type: the first one unless said. */
const mixed: Readonly<Record<string, number>> = {
  Attention: 0, BatchNormalization: 0, DequantizeLinear: 1, GridSample: 0, Pow: 0, QuantizeLinear: 1, RMSNormalization: 1, Resize: 0,
};

/** Outputs of another type than the inputs: not to be rounded. Listed by number; all of them where the list is empty. */
const otherOutputs: Readonly<Record<string, readonly number[]>> = {
  ArgMax: [], ArgMin: [], Equal: [], Greater: [], GreaterOrEqual: [], IsInf: [], IsNaN: [], Less: [], LessOrEqual: [], QuantizeLinear: [],
  LayerNormalization: [1, 2], MaxPool: [1], NonZero: [], QLinearConv: [], QLinearMatMul: [], TopK: [1], Unique: [1, 2, 3],
};

/** Operators that ONNX computes in two stages, the first in f32 (`stash_type`), the second in the type of input 0. */
const staged: ReadonlySet<string> = new Set(["GroupNormalization", "LayerNormalization", "RMSNormalization"]);

/** Operators for which ONNX has no type of 16 bits in any opset. */
const singleOnly: ReadonlySet<string> = new Set(["Celu", "DynamicQuantizeLinear", "NonMaxSuppression", "QLinearConv"]);

export interface Widened {
  readonly node: RawNode;
  /** Casts to f32, which run before the node. */
  readonly before: readonly GraphNode[];
  /** Casts of its results, which run after it. */
  readonly after: readonly GraphNode[];
  /** The type of the second stage, where the node has two. */
  readonly precision?: HalfType;
}

/** `node` on f32, if it computes with elements of 16 bits; else `node`. */
export function widened(node: RawNode): Widened {
  const halves = node.inputs.filter((name) => isHalf(typeOf(node, name)));
  if (halves.length === 0 || isAboutHeld(node) || (node.domain === "" && moving.has(node.op))) return { node, before: [], after: [] };
  if (node.domain === "" && singleOnly.has(node.op)) invalid("element-type", `${node.op} has no form for ${typeOf(node, halves[0] ?? null)}`, node.name, "insert a Cast to f32");
  const result = hasOwnType(node) ? "f32" : resultType(node);
  const before = new Map(halves.map((name) => [name, castNode(node, name ?? "", node.fresh(`${name}_f32`), "f32")] as const));
  const after = isHalf(result) ? roundings(node, result) : new Map<string, GraphNode>();
  return {
    node: {
      ...node,
      attributes: node.op === "QuantizeLinear" && isHalf(result) ? withPrecision(node, result) : node.attributes,
      inputs: node.inputs.map((name) => before.get(name)?.outputs[0] ?? name),
      outputs: node.outputs.map((name) => after.get(name)?.inputs[0] ?? name),
    },
    before: [...before.values()],
    after: [...after.values()],
    ...precisionOf(node),
  };
}

function precisionOf(node: RawNode): Pick<Widened, "precision"> {
  const type = typeOf(node, node.inputs[0] ?? null);
  return node.domain === "" && staged.has(node.op) && isHalf(type) ? { precision: type } : {};
}

/** The normal form of a widened node, and the roundings of its results. */
export function rounded({ after, precision }: Widened, normal: readonly GraphNode[]): readonly GraphNode[] {
  const inStages = precision === undefined ? normal : normal.map((part) => (staged.has(part.op) ? { ...part, attributes: { ...part.attributes, precision } } : part));
  return [...inStages, ...after];
}

/** DequantizeLinear may say the type of its result. */
function hasOwnType(node: RawNode): boolean {
  const stated = node.attributes.get("output_dtype");
  return node.op === "DequantizeLinear" && stated?.kind === "int" && stated.value !== 0n;
}

/** QuantizeLinear divides in the type of the scale, unless it says another. */
function withPrecision(node: RawNode, type: HalfType): RawNode["attributes"] {
  const stated = node.attributes.get("precision");
  if (stated?.kind === "int" && stated.value !== 0n) return node.attributes;
  return new Map([...node.attributes, ["precision", { kind: "int", value: BigInt(dataTypeOf(type)) }]]);
}

function typeOf(node: RawNode, name: string | null): ElementType {
  return (name === null ? undefined : node.typeOf(name)?.type) ?? "bool";
}

/** The float type of the results; inputs of different float types are refused where the operator does not allow them. */
function resultType(node: RawNode): ElementType {
  const types = node.inputs.map((name) => typeOf(node, name));
  const [first = "f32", ...others] = types.filter((type) => isFloat(type) || isHalf(type));
  const slot = node.domain === "" ? mixed[node.op] : undefined;
  if (slot !== undefined) return slot === 0 ? first : types[slot] ?? first;
  const other = others.find((type) => type !== first);
  if (other !== undefined && node.domain === "") invalid("type-mismatch", `${node.op} mixes ${first} and ${other}`, node.name, "insert a Cast: there is no implicit conversion");
  return first;
}

/** The Cast that makes each result of type `to`, by the name of the result. */
function roundings(node: RawNode, to: HalfType): ReadonlyMap<string, GraphNode> {
  const others = node.domain === "" ? otherOutputs[node.op] : undefined;
  const rounded = node.outputs.filter((name, k) => name !== "" && (others === undefined || (others.length > 0 && !others.includes(k))));
  return new Map(rounded.map((name) => [name, castNode(node, node.fresh(`${name}_f32`), name, to)]));
}

function castNode(node: RawNode, from: string, output: string, to: ElementType): GraphNode {
  return { name: node.fresh(`${node.name}_Cast`), op: "Cast", domain: "", opset: node.opset, attributes: { to }, inputs: [from], outputs: [output] };
}
