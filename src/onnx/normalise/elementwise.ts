/** Elementwise operators: those without attributes, and those whose attributes are numbers with a default. */
import { invalid } from "../../../ir/prelude.js";
import type { Attribute, GraphNode } from "../../../ir/graph/graph.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { isFloat } from "../../../ir/scalar/types.js";
import { supportedElement, supportedElementType } from "../element-types.js";
import { composed } from "./compose.js";
import { type Normaliser, allowOnly, constantNode, flagOf, floatOf, inputName, inputType, intOf, normalNode, refuseValue, stringOf } from "./node.js";
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
  const { type, width } = supportedElement(to, inputType(node, 0).shape.join(","), node.name);
  return [normalNode(node, { attributes: { to: type, ...(width === undefined ? {} : { width }) } })];
};

/** CastLike is a Cast to the type of input 1. */
export const castLike: Normaliser = (node) => {
  allowOnly(node, "saturate", "round_mode");
  const { type, width } = inputType(node, 1);
  return [normalNode(node, { op: "Cast", attributes: { to: type, ...(width === undefined ? {} : { width }) }, inputs: [inputName(node, 0)] })];
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

/** fmod = 1 is the remainder with the sign of the dividend. */
export const mod: Normaliser = (node) => {
  allowOnly(node, "fmod");
  return [normalNode(node, { attributes: { fmod: flagOf(node, "fmod", 0) } })];
};

export const isInf: Normaliser = (node) => {
  allowOnly(node, "detect_negative", "detect_positive");
  const attributes = { detect_negative: flagOf(node, "detect_negative", 1), detect_positive: flagOf(node, "detect_positive", 1) };
  return [normalNode(node, { attributes })];
};

export const bitShift: Normaliser = (node) => {
  allowOnly(node, "direction");
  const direction = stringOf(node, "direction") ?? "";
  if (direction !== "LEFT" && direction !== "RIGHT") refuseValue(node, "direction", direction, "use LEFT or RIGHT");
  return [normalNode(node, { attributes: { direction } })];
};

export const bitCast: Normaliser = (node) => {
  allowOnly(node, "to");
  const to = intOf(node, "to") ?? 0;
  return [normalNode(node, { attributes: { to: supportedElementType(to, inputType(node, 0).shape.join(","), node.name) } })];
};

export const gelu: Normaliser = (node) => {
  allowOnly(node, "approximate");
  const approximate = stringOf(node, "approximate") ?? "none";
  if (approximate !== "none" && approximate !== "tanh") refuseValue(node, "approximate", approximate, "use none or tanh");
  return [normalNode(node, { attributes: { approximate } })];
};

/**
 * Pow. One constant exponent whose power is a correctly rounded operation becomes that:
 * x¹ is x, x² is x·x, x⁻¹ is 1/x, x^½ is √(x + 0), which is pow but at −∞, where it is
 * NaN. Other exponents stay, cast to the type of the base where theirs differs and is no float.
 */
export const pow: Normaliser = (node) => {
  allowOnly(node);
  const base = inputName(node, 0);
  switch (soleExponent(node)) {
    case 1: return [normalNode(node, { op: "Identity", inputs: [base] })];
    case 2: return [normalNode(node, { op: "Mul", inputs: [base, base] })];
    case -1: return [normalNode(node, { op: "Reciprocal", inputs: [base] })];
    case 0.5: return squareRoot(node, base);
    default: return generalPower(node, base);
  }
};

/** The exponent, if it is one constant that does not broadcast the base. */
function soleExponent(node: RawNode): number | undefined {
  if (!isFloat(inputType(node, 0).type)) return undefined;
  const exponent = node.constantOf(inputName(node, 1));
  if (exponent === undefined || exponent.data.length !== 1 || exponent.shape.length > inputType(node, 0).shape.length) return undefined;
  return Number(exponent.data[0]);
}

/** Adding +0 turns −0 into +0, as pow does, and changes nothing else. */
function squareRoot(node: RawNode, base: string): GraphNode[] {
  const [zero, sum] = [node.fresh(`${node.name}_zero`), node.fresh(`${node.name}_sum`)];
  const add = { name: node.fresh(`${node.name}_Add`), op: "Add", domain: "", opset: node.opset, attributes: {}, inputs: [base, zero], outputs: [sum] };
  return [constantNode(node, zero, tensorOf(inputType(node, 0).type, [], [0])), add, normalNode(node, { op: "Sqrt", inputs: [sum] })];
}

function generalPower(node: RawNode, base: string): GraphNode[] {
  const [exponent, { type }, { type: other }] = [inputName(node, 1), inputType(node, 0), inputType(node, 1)];
  if (other === type) return [normalNode(node)];
  if (!isFloat(type) && isFloat(other)) return floatPower(node, base, exponent);
  return composed(node, (made) => made.output(0, "Pow", [base, made.node("Cast", [exponent], { to: type })]));
}

/** An integer to the power of a float is a float; the result is cast to the integer type. */
function floatPower(node: RawNode, base: string, exponent: string): GraphNode[] {
  return composed(node, (made) => {
    const power = made.node("Pow", [made.node("Cast", [base], { to: inputType(node, 1).type }), exponent]);
    made.output(0, "Cast", [power], { to: inputType(node, 0).type });
  });
}
