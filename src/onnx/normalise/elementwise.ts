/** Elementwise operators: those without attributes, and those whose attributes are numbers with a default. */
import { invalid } from "../../../ir/prelude.js";
import type { Attribute, GraphNode } from "../../../ir/graph/graph.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { supportedElementType } from "../element-types.js";
import { type Normaliser, allowOnly, constantNode, floatOf, inputName, inputType, intOf, normalNode, refuseValue, stringOf } from "./node.js";
import type { RawNode } from "./raw-node.js";

export const plain: Normaliser = (node) => {
  allowOnly(node);
  return [normalNode(node)];
};

/** Float attributes with their defaults. */
export function withFloats(defaults: Readonly<Record<string, number>>): Normaliser {
  return (node) => {
    allowOnly(node, ...Object.keys(defaults));
    const attributes: Record<string, Attribute> = {};
    for (const [name, fallback] of Object.entries(defaults)) attributes[name] = floatOf(node, name) ?? Math.fround(fallback);
    return [normalNode(node, { attributes })];
  };
}

/** `to` becomes the element type's name; `saturate` and `round_mode` concern 8-bit floats only, which are refused. */
export const cast: Normaliser = (node) => {
  allowOnly(node, "to", "saturate", "round_mode");
  const to = intOf(node, "to");
  if (to === undefined) return invalid("attribute-value", "Cast has no attribute to", node.name, "say the element type to cast to");
  return [normalNode(node, { attributes: { to: supportedElementType(to, inputType(node, 0).shape.join(","), node.name) } })];
};

/** CastLike is a Cast to the type of input 1. */
export const castLike: Normaliser = (node) => {
  allowOnly(node, "saturate", "round_mode");
  return [normalNode(node, { op: "Cast", attributes: { to: inputType(node, 1).type }, inputs: [inputName(node, 0)] })];
};

/** Until opset 10 the bounds were attributes (with the float range as default): they become inputs. */
export const clip: Normaliser = (node) => {
  if (node.opset >= 11) return plain(node);
  allowOnly(node, "min", "max");
  const made: GraphNode[] = [];
  const bounds = ["min", "max"].map((name) => bound(node, name, made));
  return [...made, normalNode(node, { inputs: [inputName(node, 0), ...bounds] })];
};

/** The name of a constant that holds the bound, null where it has none. */
function bound(node: RawNode, attribute: string, made: GraphNode[]): string | null {
  const value = floatOf(node, attribute);
  if (value === undefined) return null;
  const name = node.fresh(`${node.name}_${attribute}`);
  made.push(constantNode(node, name, tensorOf(inputType(node, 0).type, [], [value])));
  return name;
}

export const gelu: Normaliser = (node) => {
  allowOnly(node, "approximate");
  const approximate = stringOf(node, "approximate") ?? "none";
  if (approximate !== "none" && approximate !== "tanh") refuseValue(node, "approximate", approximate, "use none or tanh");
  return [normalNode(node, { attributes: { approximate } })];
};

/**
 * Pow with one constant exponent whose power is a single correctly rounded operation:
 * x¹ is x, x² is x·x, x⁻¹ is 1/x. Other exponents are refused.
 */
export const pow: Normaliser = (node) => {
  allowOnly(node);
  const base = inputName(node, 0);
  const exponent = node.constantOf(inputName(node, 1));
  if (exponent === undefined) return refuseValue(node, "exponent", "from the computation", "use a constant exponent");
  const [power, ...others] = exponent.data;
  if (others.length > 0 || exponent.shape.length > inputType(node, 0).shape.length) refuseValue(node, "exponent", "a tensor", "use one exponent");
  switch (Number(power)) {
    case 1: return [normalNode(node, { op: "Identity", inputs: [base] })];
    case 2: return [normalNode(node, { op: "Mul", inputs: [base, base] })];
    case -1: return [normalNode(node, { op: "Reciprocal", inputs: [base] })];
    default: return refuseValue(node, "exponent", power, "use the exponent 1, 2 or -1, or write the power as products");
  }
};
