/** Operators of ai.onnx that are out of scope, each with the reason; import refuses them in these words. */

const sequences = "it is about sequences or optional values, which have no static type here";
const strings = "it is about strings, which are no element type here";
const random = "its result is random";
const training = "it is for training";

const reasons: readonly (readonly [reason: string, operators: readonly string[]])[] = [
  [sequences, [
    "ConcatFromSequence", "Optional", "OptionalGetElement", "OptionalHasElement", "SequenceAt", "SequenceConstruct", "SequenceEmpty",
    "SequenceErase", "SequenceInsert", "SequenceLength", "SequenceMap", "SplitToSequence",
  ]],
  [strings, ["RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer"]],
  [random, ["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"]],
  [training, ["Adagrad", "Adam", "Gradient", "Momentum"]],
  ["it decodes the bytes of an image file", ["ImageDecoder"]],
];

/** The reason by operator. */
export const refusedOperators: ReadonlyMap<string, string> = new Map(reasons.flatMap(([reason, operators]) => operators.map((op) => [op, reason] as const)));
