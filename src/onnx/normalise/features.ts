/** Operators of ai.onnx.ml on features: each element, row or category by itself. Numbers only; strings are refused. */
import { invalid } from "../../../ir/prelude.js";
import { isFloat } from "../../../ir/scalar/types.js";
import { type Tensor, tensorOf } from "../../../ir/tensor/tensor.js";
import { type Composition, composed } from "./compose.js";
import { type Normaliser, allowOnly, constantInput, flagOf, floatOf, floatsOf, inputName, inputType, integersOf, intOf, intsOf, refuseValue, stringOf, tensorAttribute } from "./node.js";
import { number } from "./quantised-steps.js";
import type { RawNode } from "./raw-node.js";

function refuseStrings(node: RawNode): void {
  for (const [name, { kind }] of node.attributes) {
    if (kind === "strings" || name === "default_string") refuseValue(node, name, "strings", "number the categories");
  }
}

/** Input 0 as f32. */
function floats(node: RawNode, made: Composition): string {
  return inputType(node, 0).type === "f32" ? inputName(node, 0) : made.node("Cast", [inputName(node, 0)], { to: "f32" });
}

/** x > threshold ? 1 : 0. */
export const binarizer: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "threshold");
  const above = made.node("Greater", [inputName(node, 0), made.constant(tensorOf(inputType(node, 0).type, [], [floatOf(node, "threshold") ?? 0]))]);
  made.output(0, "Cast", [above], { to: inputType(node, 0).type });
});

/** (x − offset)·scale, one pair for all features or one for each. */
export const scaler: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "offset", "scale");
  const features = inputType(node, 0).shape.at(-1) ?? 1;
  const list = (name: string): string => {
    const values = floatsOf(node, name) ?? [];
    if (values.length === 1 || values.length === features) return made.constant(tensorOf("f32", [values.length], values));
    return invalid("attribute-value", `Scaler has ${values.length} elements of ${name} for ${features} features`, node.name, `give one ${name}, or one for each feature`);
  };
  made.output(0, "Mul", [made.node("Sub", [floats(node, made), list("offset")]), list("scale")]);
});

/** Rows divided by their greatest element (MAX), the sum of sizes (L1) or the root of the sum of squares (L2); where that is 0, by nothing. */
export const normalizer: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "norm");
  const norm = stringOf(node, "norm") ?? "MAX";
  const operator = { MAX: "ReduceMax", L1: "ReduceL1", L2: "ReduceL2" }[norm] ?? refuseValue(node, "norm", norm, "use MAX, L1 or L2");
  const x = floats(node, made);
  const size = made.node(operator, [x], { axes: [inputType(node, 0).shape.length - 1], keepdims: 1 });
  made.output(0, "Div", [x, made.node("Where", [made.node("Equal", [size, number(made, 0)]), number(made, 1), size])]);
});

/** The value that is missing (every NaN, where that is NaN) becomes the one imputed, for all features or for each. */
export const imputer: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "imputed_value_floats", "imputed_value_int64s", "replaced_value_float", "replaced_value_int64");
  const { type, shape } = inputType(node, 0);
  const values = isFloat(type) ? floatsOf(node, "imputed_value_floats") : intsOf(node, "imputed_value_int64s");
  const missing = isFloat(type) ? floatOf(node, "replaced_value_float") ?? 0 : intOf(node, "replaced_value_int64") ?? 0;
  const features = shape.at(-1) ?? 1;
  if (values === undefined || ![1, features].includes(values.length)) return invalid("attribute-value", `Imputer has ${values?.length ?? "no"} values for ${features} features of ${type}`, node.name, "give one value, or one for each feature");
  const list = (numbers: readonly number[]): Iterable<number | bigint> => (isFloat(type) ? numbers : numbers.map(BigInt));
  const place = Number.isNaN(missing) ? made.node("IsNaN", [inputName(node, 0)]) : made.node("Equal", [inputName(node, 0), made.constant(tensorOf(type, [], list([missing])))]);
  made.output(0, "Where", [place, made.constant(tensorOf(type, [values.length], list(values))), inputName(node, 0)]);
});

/** For each element one column per category: 1 where it is that, else 0. Elements count as integers. */
export const oneHotEncoder: Normaliser = (node) => composed(node, (made) => {
  refuseStrings(node);
  allowOnly(node, "cats_int64s", "zeros");
  if (flagOf(node, "zeros", 1) === 0) refuseValue(node, "zeros", 0, "set zeros to 1: an unknown category is an error only while it runs");
  const categories = intsOf(node, "cats_int64s") ?? [];
  if (categories.length === 0) invalid("attribute-value", "OneHotEncoder has no categories", node.name, "give cats_int64s");
  const { type, shape } = inputType(node, 0);
  const whole = type === "i64" ? inputName(node, 0) : made.node("Cast", [inputName(node, 0)], { to: "i64" });
  const wide = made.node("Reshape", [whole], { shape: [...shape, 1] });
  made.output(0, "Cast", [made.node("Equal", [wide, made.constant(tensorOf("i64", [categories.length], categories.map(BigInt)))])], { to: "f32" });
});

/** Columns of the last axis by number. */
export const arrayFeatureExtractor: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node);
  const { shape } = inputType(node, 0);
  const chosen = constantInput(node, 1);
  const indices = chosen === undefined ? [] : integersOf(node, chosen, "indices");
  const extent = shape.at(-1) ?? 0;
  if (indices.some((index) => index < 0 || index >= extent)) invalid("attribute-value", `ArrayFeatureExtractor takes column ${indices.join(", ")} of ${extent}`, node.name, "choose columns that exist");
  const picked = made.node("Gather", [inputName(node, 0)], { axis: shape.length - 1, indices, indexShape: [indices.length] });
  if (shape.length === 1) made.output(0, "Reshape", [picked], { shape: [1, indices.length] });
  else made.output(0, "Identity", [picked]);
});

/** The features of all inputs side by side, as f32. */
export const featureVectorizer: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "inputdimensions");
  const widths = intsOf(node, "inputdimensions") ?? [];
  const parts = node.inputs.map((_, slot) => {
    const { type, shape } = inputType(node, slot);
    const width = shape.length === 1 ? shape[0] : shape[1];
    if (shape.length > 2 || width !== widths[slot]) refuseValue(node, "inputdimensions", `${widths[slot]} for [${shape.join(",")}]`, "state the number of features of each input");
    const float = type === "f32" ? inputName(node, slot) : made.node("Cast", [inputName(node, slot)], { to: "f32" });
    return shape.length === 1 ? made.node("Reshape", [float], { shape: [1, width ?? 0] }) : float;
  });
  made.output(0, "Concat", parts, { axis: 1 });
});

/** Keys, values and the value of what is no key, as numbers. */
interface Dictionary {
  readonly keys: Tensor;
  readonly values: Tensor;
  readonly other: Tensor;
}

function dictionaryOf(node: RawNode): Dictionary {
  const list = (what: string): Tensor | undefined => {
    const [ints, reals] = [intsOf(node, `${what}_int64s`), floatsOf(node, `${what}_floats`)];
    if (ints !== undefined) return tensorOf("i64", [ints.length], ints.map(BigInt));
    return reals === undefined ? tensorAttribute(node, `${what}_tensor`) : tensorOf("f32", [reals.length], reals);
  };
  const [keys, values] = [list("keys"), list("values")];
  if (keys === undefined || values === undefined || keys.data.length === 0 || keys.data.length !== values.data.length) {
    return invalid("attribute-value", "LabelEncoder has no keys, or another number of values", node.name, "give both lists");
  }
  if (new Set([...keys.data].map(String)).size !== keys.data.length) invalid("attribute-value", "LabelEncoder has a key twice", node.name, "give each key once");
  const fallback = tensorAttribute(node, "default_tensor") ?? (values.type === "i64"
    ? tensorOf("i64", [1], [BigInt(intOf(node, "default_int64") ?? -1)]) : tensorOf(values.type, [1], [floatOf(node, "default_float") ?? -0]));
  return { keys, values, other: fallback };
}

/** The value of the key that an element equals (NaN equals NaN here), else the default. */
export const labelEncoder: Normaliser = (node) => composed(node, (made) => {
  refuseStrings(node);
  allowOnly(node, ...["keys", "values"].flatMap((what) => [`${what}_int64s`, `${what}_floats`, `${what}_tensor`]), "default_int64", "default_float", "default_tensor");
  const { keys, values, other } = dictionaryOf(node);
  const { type, shape } = inputType(node, 0);
  if (keys.type !== type) refuseValue(node, "keys", keys.type, `give keys of ${type}, the type of X`);
  const x = made.node("Reshape", [inputName(node, 0)], { shape: [...shape, 1] });
  const equal = made.node("Equal", [x, made.constant(keys)]);
  const missing = [...keys.data].map((key) => (Number.isNaN(key) ? 1 : 0));
  const hit = missing.some((own) => own === 1) ? made.node("Or", [equal, made.node("And", [made.node("IsNaN", [x]), made.constant(tensorOf("bool", [missing.length], missing))])]) : equal;
  const marks = made.node("Cast", [hit], { to: "f32" });
  const place = made.node("ArgMax", [marks], { axis: shape.length, keepdims: 0, select_last_index: 0 });
  const known = made.node("Greater", [made.node("ReduceMax", [marks], { axes: [shape.length], keepdims: 0 }), number(made, 0)]);
  const found = made.node("Gather", [made.constant(tensorOf(values.type, [values.data.length], values.data)), place], { axis: 0 });
  made.output(0, "Where", [known, found, made.constant(tensorOf(other.type, [], other.data))]);
});
