/** Operators of ONNX that are out of scope, each with the reason; import refuses them in these words. */

const strings = "it is about strings, which are no element type here";
const random = "its result is random";
const training = "it is for training";

const reasons: readonly (readonly [reason: string, operators: readonly string[]])[] = [
  [strings, ["RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "ai.onnx.ml.CategoryMapper"]],
  [random, ["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"]],
  [training, ["ai.onnx.preview.training.Adagrad", "ai.onnx.preview.training.Adam", "ai.onnx.preview.training.Gradient", "ai.onnx.preview.training.Momentum"]],
  ["it decodes the bytes of an image file", ["ImageDecoder"]],
  ["it is about maps, which are no tensors", ["ai.onnx.ml.CastMap", "ai.onnx.ml.DictVectorizer", "ai.onnx.ml.ZipMap"]],
  ["it is of a preview that ONNX may still change", ["ai.onnx.preview.FlexAttention"]],
];

/** The reason by operator, its domain before it unless that is ai.onnx. */
export const refusedOperators: ReadonlyMap<string, string> = new Map(reasons.flatMap(([reason, operators]) => operators.map((op) => [op, reason] as const)));
