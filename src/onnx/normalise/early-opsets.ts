/**
 * Opsets 1 to 6: what later ones changed is brought to the forms of opset 7, or refused.
 * Until then operands had one shape unless `broadcast` and `axis` said how one is placed
 * in the other, and some operators were told by `is_test` that they are not in training.
 * Before opset 6 many operators carried `consumed_inputs`, a hint without meaning; some
 * were of another form altogether, and are refused (ONNX, docs/Changelog.md).
 */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { unsupported } from "../../../ir/prelude.js";
import type { TensorType } from "../../../ir/tensor/tensor.js";
import { composed } from "./compose.js";
import { type Normaliser, flagOf, inputName, inputType, intOf, refuseValue } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** In opset 6 operands have one shape unless `broadcast` and `axis` say how one is placed in the other. */
const broadcasting = ["Add", "And", "Div", "Equal", "Gemm", "Greater", "Less", "Mul", "Or", "Pow", "PRelu", "Sub", "Xor"];

/** In opset 6 `is_test` must be 1. */
const trained = ["BatchNormalization", "Dropout"];

/** The first opset whose form is read, where that is after opset 1. */
const formRead: Readonly<Record<string, number>> = {
  Cast: 6, Clip: 6, Concat: 4, GRU: 3, GlobalLpPool: 2, LpPool: 2, Pad: 2, Reshape: 5, Selu: 6, Split: 2, Tile: 6,
};

/** `normaliser` for a node of an opset before 7. */
export function normaliseEarly(node: RawNode, normaliser: Normaliser): GraphNode[] {
  const since = formRead[node.op] ?? 1;
  if (node.opset < since) unsupported("opset", `${node.op} has another form before opset ${since}, the model uses ${node.opset}`, node.name, "convert the model to opset 7 or later");
  const plain = node.opset < 6 ? without(node, "consumed_inputs") : node;
  if (broadcasting.includes(node.op)) return placed(plain, normaliser);
  if (!trained.includes(node.op)) return normaliser(plain);
  if (flagOf(plain, "is_test", 0) === 0) refuseValue(plain, "is_test", 0, "export the model for inference");
  return normaliser(without(plain, "is_test"));
}

/** Since opset 7 operands are aligned at their last axes: a second operand that begins at another axis gets axes of extent 1 behind its own. */
function placed(node: RawNode, normaliser: Normaliser): GraphNode[] {
  const rest = without(node, "broadcast", "axis");
  const [a, b] = [inputType(node, 0), inputType(node, 1)];
  const behind = a.shape.length - b.shape.length - (placeOf(node, a, b) ?? a.shape.length - b.shape.length);
  if (behind === 0) return normaliser(rest);
  if (behind < 0) refuseValue(node, "axis", intOf(node, "axis") ?? 0, "name an axis at which the second operand fits");
  const shape = [...b.shape, ...Array.from({ length: behind }, () => 1)];
  const name = node.fresh(`${node.name}_placed`);
  const move = composed({ ...node, name, outputs: [name] }, (made) => made.output(0, "Reshape", [inputName(node, 1)], { shape }));
  const typeOf = (input: string): TensorType | undefined => (input === name ? { type: b.type, shape } : node.typeOf(input));
  return [...move, ...normaliser({ ...rest, inputs: node.inputs.with(1, name), typeOf })];
}

/** The axis of the first operand at which the second begins; undefined where they end together. A slope of PRelu per channel has axis 1. */
function placeOf(node: RawNode, a: TensorType, b: TensorType): number | undefined {
  if (node.op === "PRelu") return b.shape.length === 1 && b.shape[0] !== 1 && a.shape.length > 1 ? 1 : undefined;
  const axis = flagOf(node, "broadcast", 0) === 0 ? undefined : intOf(node, "axis");
  return axis === undefined || axis >= 0 ? axis : axis + a.shape.length;
}

function without(node: RawNode, ...names: readonly string[]): RawNode {
  return { ...node, attributes: new Map([...node.attributes].filter(([name]) => !names.includes(name))) };
}
