/** The normal form: every default stated, every axis from the front, and refusals that name what they refuse. */
import test from "ava";
import { operators, operatorFor } from "../../ir/ops/index.js";
import { normaliseNode, normalisedOperators } from "../../src/onnx/normalise/index.js";
import { refuses } from "../support/refusals.js";
import { type NodeCase, counting, float, i64s, int, ints, normalFormOf, rawNodeOf, text } from "./support.js";

const image = counting([1, 2, 6, 6]);
const kernel = counting([4, 1, 3, 3]);

test("normalise: Conv states its window, whatever the model says of it", (t) => {
  const plain = { kernel_shape: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], group: 1 };
  t.deepEqual(normalFormOf({ op: "Conv", inputs: [image, counting([4, 2, 3, 3])] }).attributes, plain);
  const attributes = { auto_pad: text("SAME_UPPER"), strides: ints(2, 2), group: int(2) };
  t.deepEqual(normalFormOf({ op: "Conv", inputs: [image, kernel], attributes }).attributes, { ...plain, strides: [2, 2], pads: [0, 0, 1, 1], group: 2 });
});

test("normalise: one form for the opsets of a list that moved from attribute to input", (t) => {
  const old = normalFormOf({ op: "Unsqueeze", opset: 11, inputs: [image], attributes: { axes: ints(-1) } });
  const now = normalFormOf({ op: "Unsqueeze", opset: 13, inputs: [image, i64s(-1)], constants: [1] });
  t.deepEqual([old.attributes, old.inputs], [now.attributes, now.inputs]);
  t.deepEqual(now.attributes, { axes: [4] });
});

test("normalise: pads of chosen axes become pads of every axis", (t) => {
  const node = { op: "Pad", inputs: [image, i64s(1, 2, 3, 4), null, i64s(-1, 1)], constants: [1, 3] };
  t.deepEqual(normalFormOf(node).attributes, { mode: "constant", pads: [0, 2, 0, 1, 0, 4, 0, 3] });
});

test("normalise: float defaults are those of the type float", (t) => {
  t.deepEqual(normalFormOf({ op: "LeakyRelu", inputs: [image] }).attributes, { alpha: Math.fround(0.01) });
  t.deepEqual(normalFormOf({ op: "BatchNormalization", inputs: [image, image, image, image, image] }).attributes, { epsilon: Math.fround(1e-5) });
});

const refused: readonly (readonly [code: string, names: RegExp, node: NodeCase])[] = [
  ["unknown-attribute", /Relu has no attribute alpha/, { op: "Relu", inputs: [image], attributes: { alpha: float(1) } }],
  ["unknown-attribute", /axes in opset 13/, { op: "Squeeze", opset: 13, inputs: [image], attributes: { axes: ints(0) } }],
  ["attribute-type", /axis is of type float, not int/, { op: "Flatten", inputs: [image], attributes: { axis: float(1) } }],
  ["attribute-value", /transA is 2/, { op: "Gemm", inputs: [image, image], attributes: { transA: int(2) } }],
  ["attribute-value", /auto_pad = SAME/, { op: "Conv", inputs: [image, kernel], attributes: { auto_pad: text("SAME") } }],
  ["attribute-value", /mode = symmetric/, { op: "Pad", inputs: [image, i64s(0, 0)], constants: [1], attributes: { mode: text("symmetric") } }],
  ["axis", /axis 4 does not exist/, { op: "Softmax", inputs: [image], attributes: { axis: int(4) } }],
  ["axis", /names an axis twice/, { op: "ReduceMax", opset: 13, inputs: [image], attributes: { axes: ints(1, -3) } }],
  ["dynamic-shape", /Reshape takes t1 from the computation/, { op: "Reshape", inputs: [image, i64s(-1)] }],
  ["shape-mismatch", /does not fit 72 elements/, { op: "Reshape", inputs: [image, i64s(7, -1)], constants: [1] }],
  ["opset", /another form before opset 4/, { op: "Concat", opset: 3, inputs: [image] }],
  ["opset", /opset 28/, { op: "Relu", opset: 28, inputs: [image] }],
  ["opset", /Gelu exists since opset 20/, { op: "Gelu", opset: 19, inputs: [image] }],
  ["opset", /opset 2 is not supported, only 1 to 1/, { op: "Gelu", domain: "com.microsoft", opset: 2, inputs: [image] }],
  ["operator", /operator RandomNormalLike .*is random/, { op: "RandomNormalLike", inputs: [image] }],
];

for (const [code, names, node] of refused) {
  test(`normalise: refuses with ${code} where ${names.source}`, (t) => {
    const refusal = refuses(t, code, () => normaliseNode(rawNodeOf(node)));
    t.regex(refusal.message, names);
    t.is(refusal.where, "n");
  });
}

test("normalise: an operator of another domain is not that of ai.onnx", (t) => {
  const foreign = { ...rawNodeOf({ op: "Relu", inputs: [image] }), domain: "com.example" };
  t.regex(refuses(t, "operator", () => normaliseNode(foreign)).message, /com\.example\.Relu/);
  t.is(operatorFor("com.example", "Relu"), undefined);
});

test("normalise: every operator has a way into its normal form, and is defined once", (t) => {
  const defined = operators.map(({ op }) => op);
  t.deepEqual([...new Set(defined)], defined);
  t.deepEqual(defined.filter((op) => !normalisedOperators.includes(op)), ["DynamicQuantizeLSTM", "Interpolate", "MatMulNBits", "Pack", "Unpack"], "made by import alone, and operators of com.microsoft");
  // The others become operators that are defined, or constants.
  t.deepEqual(normalisedOperators.filter((op) => !defined.includes(op)), [
    "Affine", "AffineGrid", "Attention", "BlackmanWindow", "CastLike", "CausalConvWithState", "CenterCropPad", "ConcatFromSequence", "Constant",
    "ConstantOfShape", "Crop", "DFT", "Det", "Dropout", "DynamicSlice", "EyeLike", "GlobalLpPool", "HammingWindow", "HannWindow", "If", "ImageScaler",
    "InstanceNormalization", "Loop", "MeanVarianceNormalization", "MelWeightMatrix", "Optional", "OptionalGetElement", "OptionalHasElement",
    "ParametricSoftplus", "Range", "Resize", "STFT", "Scale", "ScaledTanh", "Scan", "Scatter", "SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert", "SequenceLength", "SequenceMap",
    "Shape", "SimplifiedLayerNormalization", "Size", "SoftmaxCrossEntropyLoss", "SplitToSequence", "TfIdfVectorizer", "Upsample",
    "ai.onnx.ml.ArrayFeatureExtractor", "ai.onnx.ml.Binarizer", "ai.onnx.ml.FeatureVectorizer", "ai.onnx.ml.Imputer",
    "ai.onnx.ml.LabelEncoder", "ai.onnx.ml.LinearClassifier", "ai.onnx.ml.LinearRegressor", "ai.onnx.ml.Normalizer",
    "ai.onnx.ml.OneHotEncoder", "ai.onnx.ml.SVMClassifier", "ai.onnx.ml.SVMRegressor", "ai.onnx.ml.Scaler",
    "ai.onnx.ml.TreeEnsemble", "ai.onnx.ml.TreeEnsembleClassifier", "ai.onnx.ml.TreeEnsembleRegressor",
    "com.microsoft.Attention", "com.microsoft.BiasAdd", "com.microsoft.BiasGelu", "com.microsoft.BiasSplitGelu",
    "com.microsoft.DequantizeLinear", "com.microsoft.DynamicQuantizeLSTM", "com.microsoft.DynamicQuantizeMatMul", "com.microsoft.EmbedLayerNormalization",
    "com.microsoft.ExpandDims", "com.microsoft.FastGelu", "com.microsoft.FusedConv", "com.microsoft.FusedGemm",
    "com.microsoft.FusedMatMul", "com.microsoft.GatherND", "com.microsoft.Gelu", "com.microsoft.GridSample",
    "com.microsoft.GroupQueryAttention", "com.microsoft.MatMulIntegerToFloat", "com.microsoft.MatMulNBits",
    "com.microsoft.MulInteger", "com.microsoft.MultiHeadAttention", "com.microsoft.NhwcConv",
    "com.microsoft.NhwcMaxPool", "com.microsoft.QAttention", "com.microsoft.QEmbedLayerNormalization",
    "com.microsoft.QGemm", "com.microsoft.QLinearAdd", "com.microsoft.QLinearAveragePool",
    "com.microsoft.QLinearConcat", "com.microsoft.QLinearConv", "com.microsoft.QLinearGlobalAveragePool",
    "com.microsoft.QLinearLeakyRelu", "com.microsoft.QLinearMul", "com.microsoft.QLinearReduceMean",
    "com.microsoft.QLinearSigmoid", "com.microsoft.QLinearSoftmax", "com.microsoft.QLinearWhere",
    "com.microsoft.QuantizeLinear", "com.microsoft.QuickGelu", "com.microsoft.Range",
    "com.microsoft.ReduceSumInteger", "com.microsoft.RotaryEmbedding", "com.microsoft.SimplifiedLayerNormalization",
    "com.microsoft.SkipLayerNormalization", "com.microsoft.SkipSimplifiedLayerNormalization",
    "com.microsoft.TransposeMatMul", "com.microsoft.Trilu",
  ]);
});

test("normalise: a name one letter away is told, never taken for it", (t) => {
  const remedyOf = (name: string): string => refuses(t, "unknown-attribute", () => normaliseNode(rawNodeOf({ op: "LayerNormalization", inputs: [image, image], attributes: { [name]: float(1e-5) } }))).remedy;
  t.is(remedyOf("epsion"), "write epsilon if that is meant, remove epsion or correct the opset");
  t.is(remedyOf("epsilom"), "write epsilon if that is meant, remove epsilom or correct the opset");
  t.is(remedyOf("eps"), "remove eps or correct the opset");
});
