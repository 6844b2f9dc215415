/**
 * Nodes on f16 and bf16 against the schemas of all operators: which results have the type of an
 * input, so that they are rounded to it, and which operators have no form of 16 bits. A new
 * operator with results of another type is missed by src/onnx/halves.ts until it is listed there.
 */
import test from "ava";
import { Refusal } from "../../ir/prelude.js";
import { widened } from "../../src/onnx/halves.js";
import { type RawNode, noControlFlow, normalisedOperators } from "../../src/onnx/normalise/index.js";

/**
 * Inputs > results, by the type variable of the schema that allows float16; `-`: of a type that does not, S: a sequence.
 * Source: the schemas of ONNX 1.23, the version in force at opset 27, without operators that have no input of 16 bits.
 */
const schemas: Readonly<Record<string, string>> = {
  "T > T":
    "Abs Acos Acosh Asin Asinh Atan Atanh AveragePool Ceil Concat Cos Cosh DepthToSpace Det Einsum Elu Erf Exp Flatten Floor Gelu " +
    "GlobalAveragePool GlobalLpPool GlobalMaxPool HardSigmoid HardSwish Hardmax LRN LeakyRelu Log LogSoftmax LpNormalization " +
    "LpPool Max Mean MeanVarianceNormalization Min Mish Neg Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softmax " +
    "Softplus Softsign SpaceToDepth Sqrt Sum Swish Tan Tanh ThresholdedRelu Transpose",
  "T - > T":
    "CenterCropPad Compress CumProd CumSum Expand Gather GatherElements GatherND ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp " +
    "ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Reshape ReverseSequence Split Squeeze Tile Trilu " +
    "Unsqueeze",
  "T T > T": "Add Div MatMul MaxRoiPool Mod Mul PRelu Sub",
  "T T T > T": "Clip Conv ConvTranspose Gemm GroupNormalization InstanceNormalization Range",
  "T1 > T2": "Bernoulli BitCast Cast EyeLike RandomNormalLike RandomUniformLike",
  "T > -": "ArgMax ArgMin NonZero Shape Size",
  "T T > -": "Equal Greater GreaterOrEqual Less LessOrEqual",
  "T1 > -": "IsInf IsNaN Multinomial",
  "T - T > T": "NegativeLogLikelihoodLoss ScatterElements ScatterND",
  "T1 - - > T1": "DFT MaxUnpool",
  "T T T T - T > T T": "GRU RNN",
  "V > V": "Identity Scan",
  "T1 - > T1": "AffineGrid",
  "T1 T1 T2 U T1 T2 - > T1 T1 T2 T1": "Attention",
  "T T1 T1 T2 T2 > T T2 T2": "BatchNormalization",
  "T1 T2 > T2": "CastLike",
  "T T T T > T T": "CausalConvWithState",
  "T - - > T": "Col2Im",
  "T T T T T > T": "DeformConv",
  "- T2 - > T3": "DequantizeLinear",
  "T T1 - > T -": "Dropout",
  "T1 T2 > T1": "GridSample",
  "T T T T - T T T > T T T": "LSTM",
  "T T T > T - -": "LayerNormalization",
  "T T T S T T > T S": "LinearAttention",
  "- - V > V": "Loop",
  "T > T -": "MaxPool",
  "- - - T2 T2 > T3": "MelWeightMatrix",
  "T1 T2 T3 > T3": "OneHot",
  "V > S": "Optional",
  "O > V": "OptionalGetElement",
  "O > -": "OptionalHasElement",
  "T - T - > T": "Pad",
  "T T1 > T": "Pow",
  "- TS - - TS - TS - > -": "QLinearMatMul",
  "T1 T2 - > -": "QuantizeLinear",
  "T V > V": "RMSNormalization",
  "T1 T2 - - > T1": "Resize",
  "T1 T1 - > T1": "RoiAlign",
  "T T T - > T": "RotaryEmbedding",
  "T1 - T1 - > T1": "STFT",
  "T > S": "SequenceConstruct",
  "S T - > S": "SequenceInsert",
  "S V > S": "SequenceMap",
  "T - - - - > T": "Slice",
  "T - T > T T": "SoftmaxCrossEntropyLoss",
  "T - > S": "SplitToSequence",
  "T T - > T": "TensorScatter",
  "T - > T -": "TopK",
  "T > T - - -": "Unique",
  "- T T > T": "Where",
};

/** Operators with float inputs that have no form of 16 bits at all. */
const singleOnly = ["Celu", "DynamicQuantizeLinear", "NonMaxSuppression", "QLinearConv"];

/** The type of the result is stated, not that of an input: an attribute, or the scale. */
const stated = new Set(["DequantizeLinear", "MelWeightMatrix"]);

const cases = Object.entries(schemas).flatMap(([types, operators]) => operators.split(" ").filter((op) => normalisedOperators.includes(op)).map((op) => [op, types] as const));

function nodeOf(op: string, inputs: readonly string[], outputs: readonly string[]): RawNode {
  return {
    name: "n", op, domain: "", opset: 22, attributes: new Map(), inputs: inputs.map((_, k) => `x${k}`), outputs: outputs.map((_, k) => `y${k}`),
    typeOf: (name) => ({ type: inputs[Number(name.slice(1))] === "-" ? "i64" : "f16", shape: [1] }),
    constantOf: () => undefined, fresh: (hint) => `${hint}'`, control: noControlFlow,
  };
}

test("the results that have the type of an input are rounded to it, and no others", (t) => {
  let computing = 0;
  for (const [op, types] of cases.filter(([name]) => !stated.has(name))) {
    const [inputs = [], outputs = []] = types.split(" > ").map((side) => side.split(" "));
    if (outputs.includes("S")) continue; // sequences, which hold the type
    const { before, after } = widened(nodeOf(op, inputs, outputs));
    if (before.length === 0) continue; // moves elements
    computing++;
    const own = outputs.flatMap((type, k) => (type !== "-" && inputs.includes(type) ? [`y${k}`] : []));
    t.deepEqual(after.map((cast) => cast.outputs[0]), own, `${op}: ${types}`);
    t.is(before.length, inputs.filter((type) => type !== "-").length, op);
  }
  t.true(computing > 100, `${computing} operators`);
});

test("an operator without a form of 16 bits is refused", (t) => {
  for (const op of singleOnly) {
    const refusal = t.throws(() => widened(nodeOf(op, ["T"], ["-"])), { instanceOf: Refusal }, op);
    t.is(refusal?.code, "element-type", op);
  }
});
