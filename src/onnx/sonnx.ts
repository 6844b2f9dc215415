/**
 * What the SONNX profile publishes, as far as a model can meet or break it: general
 * restrictions, and for each operator with an informal specification the version of the
 * operator it is about and its restrictions. Source: onnx/working-groups, pull request
 * 119 at 652b76b (2026-08-07), safety-related-profile/sonnx/ops/spec/informal. The text
 * is a draft: Gemm's restrictions are marked as to be confirmed there, and Pad is a stub.
 * Restrictions are worded here in brief; their tags (`GR4`, `Conv R2`) are the source's.
 */

export interface SonnxSpecification {
  /** The version of the operator that the text names; undefined where it names none. */
  readonly version: number | undefined;
  /** Tag within the specification, and what it asks. */
  readonly restrictions: readonly (readonly [tag: string, asks: string])[];
}

/** Restrictions on every operator. */
export const generalRestrictions = [
  ["GR1", "no sparse tensor"],
  ["GR2", "every type and shape is explicit"],
  ["GR3", "no implicit conversion of element types"],
  ["GR4", "no default values"],
] as const;

/**
 * Rules of the profile's graphs and of its formats that have no tag in the text
 * (deliverables/reqs/reqs.md and the graph specification); the names are ours.
 */
export const graphRules: Readonly<Record<string, string>> = {
  operator: "every operator is specified",
  version: "the operator has the version that is specified",
  optional: "no optional input is omitted",
  order: "nodes are in execution order",
  names: "every node has a name of its own",
  live: "an output depends on every node and initializer",
  inputs: "an output depends on every input",
  static: "every extent is a literal",
  inference: "there is no training part",
  functions: "functions are inlined",
};

/** Optional inputs of the operators below, name by position. */
export const optionalInputs: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  Clip: { 1: "min", 2: "max" },
  Conv: { 2: "B" },
  LSTM: { 3: "B", 4: "sequence_lens", 5: "initial_h", 6: "initial_c", 7: "P" },
  Pad: { 2: "constant_value", 3: "axes" },
};

function specification(version: number | undefined, ...restrictions: readonly (readonly [string, string])[]): SonnxSpecification {
  return { version, restrictions };
}

/** By operator of ai.onnx. What is not here is no operator of the profile yet. */
export const sonnxOperators: ReadonlyMap<string, SonnxSpecification> = new Map([
  ["Abs", specification(13)],
  ["Add", specification(14)],
  ["ArgMax", specification(
    13, ["R1", "axis is set"], ["R2", "keepdims is set"], ["R3", "select_last_index is set"], ["R4", "axis >= 0"],
    ["R5", "the extent along axis is positive"],
  )],
  ["BatchNormalization", specification(15, ["R1", "training_mode = 0"])],
  ["Clip", specification(13)],
  ["Concat", specification(13, ["R1", "axis >= 0"])],
  ["Constant", specification(undefined, ["R1", "value is set"], ["R2", "value is not sparse"], ["R3", "all elements have one type"])],
  ["Conv", specification(22, ["R1", "X has 2 spatial axes"], ["R2", "auto_pad = NOTSET"], ["R3", "group is 1 or the number of channels of X"])],
  ["Div", specification(14)],
  ["Exp", specification(13)],
  ["Flatten", specification(25)],
  ["Gemm", specification(
    undefined, ["R1", "tensors have 2 axes"], ["R2", "no alpha, beta, transA or transB"], ["R3", "C is not broadcast"], ["R4", "C is given"],
  )],
  ["LSTM", specification(undefined)],
  ["LeakyRelu", specification(14, ["R1", "alpha is set"])],
  ["Less", specification(13)],
  ["Log", specification(13)],
  ["MatMul", specification(13, ["R1", "A and B have 2 axes"])],
  ["Max", specification(13)],
  ["MaxPool", specification(
    22, ["R1", "X has 2 spatial axes"], ["R2", "every attribute is set"], ["R3", "auto_pad = NOTSET"], ["R4", "ceil_mode = 0"], ["R5", "storage_order = 0"],
  )],
  ["Mul", specification(14)],
  ["Neg", specification(undefined)],
  ["Pad", specification(undefined)],
  ["Pow", specification(15)],
  ["Range", specification(11)],
  ["Relu", specification(14)],
  ["Reshape", specification(25)],
  ["Shape", specification(25)],
  ["Sigmoid", specification(13)],
  ["Slice", specification(
    13, ["R1", "axes are given"], ["R2", "axes name every axis"], ["R3", "steps are given"], ["R4", "no sparse tensor"], ["R5", "shapes are explicit"],
    ["R6", "with a positive step, start <= end"], ["R7", "with a negative step, start >= end"], ["R8", "each start is less than its extent"],
    ["R9", "input and output have one type"], ["R10", "axes, starts, ends and steps have one type"],
  )],
  ["Softmax", specification(13, ["R1", "axis >= 0"])],
  ["Sqrt", specification(13)],
  ["Sub", specification(14)],
  ["Tanh", specification(13)],
  ["Unsqueeze", specification(25)],
  ["Where", specification(16)],
]);
