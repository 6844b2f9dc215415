/**
 * Normalisation: one ONNX node of any opset from 6 to 27 becomes nodes of one normal
 * form, in which every attribute is stated, axes count from the front, padding is
 * explicit, and what shapes a result is a literal. This table is trusted; each family
 * of operators has its file. The normal form of an operator is what ir/ops reads;
 * operators of com.microsoft (contrib.ts) and of ai.onnx.ml (trees.ts, linear-models.ts, features.ts) become such nodes too.
 *
 * `Constant` with the attribute `value` is how normalisation hands over a constant it
 * made: import turns it into a constant of the graph, no operator defines it.
 */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { knownOpsets } from "../../../ir/ops/shared/define.js";
import { unsupported } from "../../../ir/prelude.js";
import { introducedIn } from "../operator-schemas.js";
import { attention, rotaryEmbedding } from "./attention.js";
import { constant, constantOfShape, eyeLike, shape, size } from "./constants.js";
import { contribNormalisers } from "./contrib.js";
import { simplifiedLayerNormalization } from "./contrib-normalisation.js";
import { compress, nonMaxSuppression, nonZero, unique } from "./data-extents.js";
import { determinant } from "./determinant.js";
import { normaliseEarly } from "./early-opsets.js";
import { einsum } from "./einsum.js";
import { bitCast, bitShift, cast, castLike, clip, gelu, isInf, mod, plain, pow, withFloats } from "./elementwise.js";
import { gatherElements, gatherND, oneHot, reverseSequence, scatterElements, scatterND, tensorScatter, topK } from "./indexing.js";
import { batchNormalization, dropout, groupNormalization, instanceNormalization, layerNormalization, lpNormalization, lrn, rmsNormalization } from "./inference.js";
import { concat, depthToSpace, expand, flatten, reshape, spaceToDepth, squeeze, tile, transpose, unsqueeze } from "./layout.js";
import { ifElse } from "./if.js";
import { arrayFeatureExtractor, binarizer, featureVectorizer, imputer, labelEncoder, normalizer, oneHotEncoder, scaler } from "./features.js";
import { dft, melWeightMatrix, stft } from "./fourier.js";
import { gemm } from "./linear.js";
import { linearClassifier, linearRegressor, svmClassifier, svmRegressor } from "./linear-models.js";
import { meanVarianceNormalization, negativeLogLikelihoodLoss, softmaxCrossEntropyLoss } from "./losses.js";
import { loop } from "./loop.js";
import type { Normaliser } from "./node.js";
import { tfIdfVectorizer } from "./n-grams.js";
import { centerCropPad, pad } from "./pad.js";
import { dequantizeLinear, quantizeLinear, withoutZeros } from "./quantised.js";
import type { RawNode } from "./raw-node.js";
import { gru, lstm, rnn } from "./recurrent.js";
import { reduce } from "./reduce.js";
import { refusedOperators } from "./refused.js";
import { resize, upsample } from "./resize.js";
import { affineGrid, gridSample, maxRoiPool, roiAlign } from "./sampling.js";
import { scan } from "./scan.js";
import {
  concatFromSequence, identity, optional, optionalGetElement, optionalHasElement, sequenceAt, sequenceConstruct, sequenceEmpty, sequenceErase,
  sequenceInsert, sequenceLength, sequenceMap, splitToSequence,
} from "./sequences.js";
import { cumSum, extremum, range, trilu } from "./selection.js";
import { blackmanWindow, hammingWindow, hannWindow } from "./signal.js";
import { gather, slice, split } from "./slicing.js";
import { softmax } from "./softmax.js";
import { causalConvWithState, linearAttention } from "./state.js";
import { treeEnsemble } from "./tree-ensemble.js";
import { treeEnsembleClassifier, treeEnsembleRegressor } from "./trees.js";
import { affine, crop, dynamicSlice, imageScaler, parametricSoftplus, scale, scaledTanh } from "./withdrawn.js";
import { averagePool, col2Im, conv, convTranspose, deformConv, globalLpPool, lpPool, maxPool, maxUnpool, qLinearConv } from "./window.js";

export { type RawAttribute, type RawNode, noControlFlow } from "./raw-node.js";

/** Operators without attributes. */
const plainOperators = [
  "Abs", "Add", "And", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "Ceil", "Div", "DynamicQuantizeLinear", "Equal", "Erf", "Exp", "Floor", "GlobalAveragePool", "GlobalMaxPool", "Greater",
  "GreaterOrEqual", "HardSwish", "IsNaN", "Less", "LessOrEqual", "Log", "MatMul", "MatMulInteger", "Max", "Mean", "Min", "Mish", "Mul", "Neg",
  "Not", "Or", "PRelu", "Reciprocal", "Relu", "Round", "Sigmoid", "Sign", "Softplus", "Softsign", "Sqrt", "Sub", "Sum", "Tanh",
  "Where", "Xor",
  "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cos", "Cosh", "Sin", "Sinh", "Tan",
];

const reductions = [
  "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare",
];

function allWith(operators: readonly string[], normaliser: Normaliser): readonly (readonly [string, Normaliser])[] {
  return operators.map((op) => [op, normaliser]);
}

const normalisers: ReadonlyMap<string, Normaliser> = new Map([
  ...allWith(plainOperators, plain),
  ...allWith(reductions, reduce),
  ["Affine", affine],
  ["AffineGrid", affineGrid],
  ["ArgMax", extremum],
  ["ArgMin", extremum],
  ["Attention", attention],
  ["AveragePool", averagePool],
  ["BatchNormalization", batchNormalization],
  ["BitCast", bitCast],
  ["BitShift", bitShift],
  ["BlackmanWindow", blackmanWindow],
  ["Cast", cast],
  ["CastLike", castLike],
  ["CausalConvWithState", causalConvWithState],
  ["Celu", withFloats({ alpha: 1 })],
  ["CenterCropPad", centerCropPad],
  ["Clip", clip],
  ["Col2Im", col2Im],
  ["Compress", compress],
  ["Concat", concat],
  ["ConcatFromSequence", concatFromSequence],
  ["Constant", constant],
  ["ConstantOfShape", constantOfShape],
  ["Conv", conv],
  ["ConvInteger", conv],
  ["ConvTranspose", convTranspose],
  ["Crop", crop],
  ["CumProd", cumSum],
  ["CumSum", cumSum],
  ["DFT", dft],
  ["DeformConv", deformConv],
  ["DepthToSpace", depthToSpace],
  ["DequantizeLinear", dequantizeLinear],
  ["Det", determinant],
  ["Dropout", dropout],
  ["DynamicSlice", dynamicSlice],
  ["Einsum", einsum],
  ["Elu", withFloats({ alpha: 1 })],
  ["Expand", expand],
  ["EyeLike", eyeLike],
  ["Flatten", flatten],
  ["Gather", gather],
  ["GatherElements", gatherElements],
  ["GatherND", gatherND],
  ["Gelu", gelu],
  ["GRU", gru],
  ["Gemm", gemm],
  ["GlobalLpPool", globalLpPool],
  ["GridSample", gridSample],
  ["GroupNormalization", groupNormalization],
  ["HammingWindow", hammingWindow],
  ["HannWindow", hannWindow],
  ["Hardmax", softmax],
  ["HardSigmoid", withFloats({ alpha: 0.2, beta: 0.5 })],
  ["Identity", identity],
  ["If", ifElse],
  ["ImageScaler", imageScaler],
  ["InstanceNormalization", instanceNormalization],
  ["IsInf", isInf],
  ["LRN", lrn],
  ["LSTM", lstm],
  ["LayerNormalization", layerNormalization],
  ["LeakyRelu", withFloats({ alpha: 0.01 })],
  ["LogSoftmax", softmax],
  ["LinearAttention", linearAttention],
  ["Loop", loop],
  ["LpNormalization", lpNormalization],
  ["LpPool", lpPool],
  ["MaxPool", maxPool],
  ["MaxRoiPool", maxRoiPool],
  ["MaxUnpool", maxUnpool],
  ["MeanVarianceNormalization", meanVarianceNormalization],
  ["MelWeightMatrix", melWeightMatrix],
  ["Mod", mod],
  ["NegativeLogLikelihoodLoss", negativeLogLikelihoodLoss],
  ["NonMaxSuppression", nonMaxSuppression],
  ["NonZero", nonZero],
  ["OneHot", oneHot],
  ["Optional", optional],
  ["OptionalGetElement", optionalGetElement],
  ["OptionalHasElement", optionalHasElement],
  ["Pad", pad],
  ["ParametricSoftplus", parametricSoftplus],
  ["Pow", pow],
  ["QLinearConv", withoutZeros([2, 5], qLinearConv)],
  ["QLinearMatMul", withoutZeros([2, 5], plain)],
  ["QuantizeLinear", quantizeLinear],
  ["RMSNormalization", rmsNormalization],
  ["RNN", rnn],
  ["Range", range],
  ["Reshape", reshape],
  ["Resize", resize],
  ["ReverseSequence", reverseSequence],
  ["RoiAlign", roiAlign],
  ["RotaryEmbedding", rotaryEmbedding],
  ["Scale", scale],
  ["ScaledTanh", scaledTanh],
  ["Scan", scan],
  ["STFT", stft],
  ["Scatter", scatterElements],
  ["ScatterElements", scatterElements],
  ["ScatterND", scatterND],
  ["Selu", withFloats({ alpha: 1.67326319217681884765625, gamma: 1.05070102214813232421875 })],
  ["SequenceAt", sequenceAt],
  ["SequenceConstruct", sequenceConstruct],
  ["SequenceEmpty", sequenceEmpty],
  ["SequenceErase", sequenceErase],
  ["SequenceInsert", sequenceInsert],
  ["SequenceLength", sequenceLength],
  ["SequenceMap", sequenceMap],
  ["Shape", shape],
  ["SimplifiedLayerNormalization", simplifiedLayerNormalization],
  ["Shrink", withFloats({ bias: 0, lambd: 0.5 })],
  ["Size", size],
  ["Slice", slice],
  ["Softmax", softmax],
  ["SoftmaxCrossEntropyLoss", softmaxCrossEntropyLoss],
  ["SpaceToDepth", spaceToDepth],
  ["Split", split],
  ["SplitToSequence", splitToSequence],
  ["Squeeze", squeeze],
  ["Swish", withFloats({ alpha: 1 })],
  ["TensorScatter", tensorScatter],
  ["TfIdfVectorizer", tfIdfVectorizer],
  ["ThresholdedRelu", withFloats({ alpha: 1 })],
  ["Tile", tile],
  ["TopK", topK],
  ["Transpose", transpose],
  ["Trilu", trilu],
  ["Unique", unique],
  ["Unsqueeze", unsqueeze],
  ["Upsample", upsample],
]);

/** Operators of ai.onnx.ml. */
const learned: ReadonlyMap<string, Normaliser> = new Map([
  ["ArrayFeatureExtractor", arrayFeatureExtractor],
  ["Binarizer", binarizer],
  ["FeatureVectorizer", featureVectorizer],
  ["Imputer", imputer],
  ["LabelEncoder", labelEncoder],
  ["LinearClassifier", linearClassifier],
  ["LinearRegressor", linearRegressor],
  ["Normalizer", normalizer],
  ["OneHotEncoder", oneHotEncoder],
  ["SVMClassifier", svmClassifier],
  ["SVMRegressor", svmRegressor],
  ["Scaler", scaler],
  ["TreeEnsemble", treeEnsemble],
  ["TreeEnsembleClassifier", treeEnsembleClassifier],
  ["TreeEnsembleRegressor", treeEnsembleRegressor],
]);

/**
 * First opsets that are read, where they are not those of the schemas: ONNX Runtime takes
 * LayerNormalization in ai.onnx of every opset, and its optimiser writes such models (import
 * reports `early-operator`); ThresholdedRelu was on trial before 10; Upsample had no scales before 7.
 */
const readSince: Readonly<Record<string, number>> = { LayerNormalization: knownOpsets[0], ThresholdedRelu: knownOpsets[0], Upsample: 7 };

/** The first opset in which `op` of ai.onnx is read. */
export function firstOpset(op: string): number {
  return readSince[op] ?? introducedIn(op) ?? knownOpsets[0];
}

/** Operators that normalisation knows, for the support matrix; those of other domains with their domain. */
export const normalisedOperators: readonly string[] = [
  ...normalisers.keys(), ...[...contribNormalisers.keys()].map((op) => `com.microsoft.${op}`), ...[...learned.keys()].map((op) => `ai.onnx.ml.${op}`),
].toSorted();

function normaliserOf(domain: string, op: string): Normaliser | undefined {
  if (domain === "com.microsoft") return contribNormalisers.get(op);
  if (domain === "ai.onnx.ml") return learned.get(op);
  return domain === "" ? normalisers.get(op) : undefined;
}

/** Versions by domain; of com.microsoft there is one. */
const versions: ReadonlyMap<string, readonly [number, number]> = new Map<string, readonly [number, number]>([["", knownOpsets], ["com.microsoft", [1, 1]], ["ai.onnx.ml", [1, 5]]]);

export function normaliseNode(node: RawNode): GraphNode[] {
  const domain = node.domain === "ai.onnx" ? "" : node.domain;
  const normaliser = normaliserOf(domain, node.op);
  if (normaliser === undefined) {
    const name = domain === "" ? node.op : `${domain}.${node.op}`;
    const reason = refusedOperators.get(name);
    return unsupported("operator", `operator ${name} is not supported${reason === undefined ? "" : `: ${reason}`}`, node.name, "replace it by supported operators, or request it");
  }
  const [first, last] = versions.get(domain) ?? knownOpsets;
  if (node.opset < first || node.opset > last) {
    return unsupported("opset", `opset ${node.opset} is not supported, only ${first} to ${last}`, node.name, "convert the model to a supported opset");
  }
  const since = domain === "" ? firstOpset(node.op) : first;
  if (node.opset < since) {
    return unsupported("opset", `${node.op} exists since opset ${since}, the model uses ${node.opset}`, node.name, `export the model with opset ${since} or later`);
  }
  const own = { ...node, domain };
  return domain === "" && node.opset < 7 ? normaliseEarly(own, normaliser) : normaliser(own);
}
