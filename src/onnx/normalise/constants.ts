/** Nodes that are constants once shapes are known: Constant in its forms, ConstantOfShape, EyeLike, Shape, Size. */
import { invalid } from "../../../ir/prelude.js";
import { scalarOf } from "../../../ir/scalar/half.js";
import type { ElementType, ScalarValue } from "../../../ir/scalar/types.js";
import { type Tensor, elementCount, tensorOf } from "../../../ir/tensor/tensor.js";
import { supportedElementType } from "../element-types.js";
import { checkedShape } from "../extents.js";
import { type Normaliser, allowOnly, constantInput, constantNode, inputType, integersOf, intOf, refuseValue, tensorAttribute } from "./node.js";
import type { RawNode } from "./raw-node.js";

/** The forms of a constant that hold strings or sparse tensors are refused. */
export const constant: Normaliser = (node) => {
  allowOnly(node, "value", "value_int", "value_ints", "value_float", "value_floats", "value_string", "value_strings", "sparse_value");
  const [given, ...others] = node.attributes.keys();
  if (given === undefined || others.length > 0) invalid("attribute-value", "Constant must have exactly one value", node.name, "give one value");
  return [result(node, constantValue(node, given))];
};

function constantValue(node: RawNode, name: string): Tensor {
  const attribute = node.attributes.get(name);
  switch (attribute?.kind) {
    case "tensor": return attribute.value;
    case "int": return list("i64", [attribute.value], []);
    case "ints": return list("i64", attribute.value);
    case "float": return list("f32", [attribute.value], []);
    case "floats": return list("f32", attribute.value);
    default: return refuseValue(node, name, attribute?.kind, "store the constant as a tensor of numbers");
  }
}

function list(type: ElementType, values: readonly ScalarValue[], shape: readonly number[] = [values.length]): Tensor {
  return tensorOf(type, shape, values);
}

function result(node: RawNode, value: Tensor): ReturnType<typeof constantNode> {
  return { ...constantNode(node, node.outputs[0] ?? "", value), name: node.name };
}

/** The shape must be constant; the value defaults to one float zero. */
export const constantOfShape: Normaliser = (node) => {
  allowOnly(node, "value");
  const shape = constantInput(node, 0);
  if (shape === undefined) return invalid("input-count", "ConstantOfShape has no shape", node.name, "give the input shape");
  const value = tensorAttribute(node, "value") ?? list("f32", [0]);
  const [element, ...others] = value.data;
  if (element === undefined || others.length > 0) return invalid("attribute-value", "ConstantOfShape value must have one element", node.name, "give one element");
  const extents = checkedShape(integersOf(node, shape, "shape").map(BigInt), value.type, node.outputs[0] ?? node.name);
  return [result(node, { ...value, ...tensorOf(value.type, extents, new Array<ScalarValue>(elementCount(extents)).fill(element)) })];
};

/** Shape from axis `start` to before axis `end`, both clamped. */
export const shape: Normaliser = (node) => {
  allowOnly(node, "start", "end");
  const extents = inputType(node, 0).shape;
  const part = extents.slice(intOf(node, "start") ?? 0, intOf(node, "end") ?? extents.length);
  return [result(node, list("i64", part.map(BigInt)))];
};

export const size: Normaliser = (node) => {
  allowOnly(node);
  return [result(node, list("i64", [BigInt(elementCount(inputType(node, 0).shape))], []))];
};

/** Ones on the k-th diagonal; the input gives the shape, and the type where dtype does not. */
export const eyeLike: Normaliser = (node) => {
  allowOnly(node, "dtype", "k");
  const { type: own, shape: extents } = inputType(node, 0);
  const wanted = intOf(node, "dtype");
  const type = wanted === undefined ? own : supportedElementType(wanted, extents.join(","), node.name);
  const [rows = 1, columns = 1] = extents;
  if (extents.length !== 2) return invalid("shape-mismatch", "EyeLike takes a matrix", node.name, "give two axes");
  const [zero, one]: readonly ScalarValue[] = type === "i64" || type === "u64" ? [0n, 1n] : [0, scalarOf(type, 1)];
  const k = intOf(node, "k") ?? 0;
  const values = Array.from({ length: rows * columns }, (_, at) => (at % columns === Math.floor(at / columns) + k ? one ?? 1 : zero ?? 0));
  return [result(node, tensorOf(type, extents, values))];
};
