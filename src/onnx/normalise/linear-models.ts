/**
 * Linear models and support vector machines of ai.onnx.ml, as ONNX Runtime computes them: products with
 * constant matrices, intercepts added, a transform of the scores. Labels are integers.
 */
import { invalid } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { type Composition, composed } from "./compose.js";
import { type Normaliser, allowOnly, flagOf, floatsOf, intOf, intsOf, refuseValue, stringOf, stringsOf } from "./node.js";
import { labelOfHighest, samplesOf, transformed } from "./post-transform.js";
import { number } from "./quantised-steps.js";
import type { RawNode } from "./raw-node.js";

function wrong(node: RawNode, what: string): never {
  return invalid("attribute-value", `${node.op} ${what}`, node.name, "export the model again");
}

/** x·Cᵀ + intercepts, C having `count` rows. */
function linearScores(node: RawNode, made: Composition, count: number): string {
  const { x, features } = samplesOf(node, made);
  const [coefficients, intercepts] = [floatsOf(node, "coefficients") ?? [], floatsOf(node, "intercepts") ?? []];
  if (coefficients.length !== count * features) wrong(node, `has ${coefficients.length} coefficients for ${count} × ${features}`);
  if (intercepts.length !== 0 && intercepts.length !== count) wrong(node, `has ${intercepts.length} intercepts for ${count} scores`);
  const matrix = made.constant(tensorOf("f32", [count, features], coefficients));
  const bias = intercepts.length === 0 ? [] : [made.constant(tensorOf("f32", [count], intercepts))];
  return made.node("Gemm", [x, matrix, ...bias], { alpha: 1, beta: 1, transA: 0, transB: 1 });
}

function labelsOf(node: RawNode): readonly number[] {
  if ((stringsOf(node, "classlabels_strings") ?? []).length > 0) refuseValue(node, "classlabels_strings", "strings", "number the classes");
  return intsOf(node, "classlabels_ints") ?? [];
}

export const linearRegressor: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "coefficients", "intercepts", "post_transform", "targets");
  const targets = intOf(node, "targets") ?? 1;
  transformed(node, made, linearScores(node, made, targets), [0, targets]);
});

/** One score for each class; how one score tells two classes apart ONNX leaves open. */
export const linearClassifier: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "classlabels_ints", "classlabels_strings", "coefficients", "intercepts", "multi_class", "post_transform");
  const labels = labelsOf(node);
  const count = (floatsOf(node, "intercepts") ?? []).length;
  if (count < 2 || labels.length !== count) refuseValue(node, "classlabels_ints", `${labels.length} labels for ${count} scores`, "give one score and one integer label for each class");
  const scores = linearScores(node, made, count);
  labelOfHighest(made, scores, labels);
  transformed(node, made, scores, [1, count]);
});

/** K(x, v) for each sample and each of `count` vectors: [samples, count]. */
function kernel(node: RawNode, made: Composition, vectors: readonly number[], [count, kind]: readonly [number, string]): string {
  const { x, rows, features } = samplesOf(node, made);
  if (vectors.length !== count * features) wrong(node, `has ${vectors.length} elements of ${count} vectors of ${features} features`);
  const [gamma = 0, coef0 = 0, degree = 0] = floatsOf(node, "kernel_params") ?? [];
  if (kind === "RBF") {
    const wide = made.node("Reshape", [x], { shape: [rows, 1, features] });
    const difference = made.node("Sub", [wide, made.constant(tensorOf("f32", [1, count, features], vectors))]);
    const distance = made.node("ReduceSum", [made.node("Mul", [difference, difference])], { axes: [2], keepdims: 0 });
    return made.node("Exp", [made.node("Mul", [number(made, -gamma), distance])]);
  }
  const dot = made.node("Gemm", [x, made.constant(tensorOf("f32", [count, features], vectors))], { alpha: 1, beta: 1, transA: 0, transB: 1 });
  if (kind === "LINEAR") return dot;
  const moved = made.node("Add", [made.node("Mul", [number(made, gamma), dot]), number(made, coef0)]);
  if (kind === "SIGMOID") return made.node("Tanh", [moved]);
  if (kind === "POLY") return made.node("Pow", [moved, number(made, degree)]);
  return refuseValue(node, "kernel_type", kind, "use LINEAR, POLY, RBF or SIGMOID");
}

/** Σ_v coefficient·K(x, v) + rho; without support vectors the coefficients are one vector. one_class gives 1 above 0 and −1 elsewhere. */
export const svmRegressor: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "coefficients", "kernel_params", "kernel_type", "n_supports", "one_class", "post_transform", "rho", "support_vectors");
  if ((stringOf(node, "post_transform") ?? "NONE") !== "NONE") refuseValue(node, "post_transform", stringOf(node, "post_transform"), "use NONE and an operator of ai.onnx after it");
  const [coefficients, [rho = 0]] = [floatsOf(node, "coefficients") ?? [], floatsOf(node, "rho") ?? []];
  const count = intOf(node, "n_supports") ?? 0;
  if (count > 0 && coefficients.length !== count) wrong(node, `has ${coefficients.length} coefficients for ${count} support vectors`);
  const sum = count === 0 ? kernel(node, made, coefficients, [1, "LINEAR"])
    : made.node("MatMul", [kernel(node, made, floatsOf(node, "support_vectors") ?? [], [count, stringOf(node, "kernel_type") ?? "LINEAR"]), made.constant(tensorOf("f32", [count, 1], coefficients))]);
  const score = made.node("Add", [sum, number(made, rho)]);
  if (flagOf(node, "one_class", 0) === 0) made.output(0, "Identity", [score]);
  else made.output(0, "Where", [made.node("Greater", [score, number(made, 0)]), number(made, 1), number(made, -1)]);
});

/**
 * Of three classes or more, without probabilities: for each pair (i, j), i < j, the score is the sum
 * over the support vectors of both, plus rho; above 0 it is a vote for i, else for j. The
 * label is that of the most votes, the first of equal ones; output 1 has the scores of the pairs.
 */
export const svmClassifier: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "classlabels_ints", "classlabels_strings", "coefficients", "kernel_params", "kernel_type", "post_transform", "prob_a", "prob_b", "rho", "support_vectors", "vectors_per_class");
  const labels = labelsOf(node);
  if (labels.length < 3) refuseValue(node, "classlabels_ints", `${labels.length} classes`, "ONNX leaves open how the label of two classes is chosen: use a regressor and a comparison");
  if ((floatsOf(node, "prob_a") ?? []).length > 0) refuseValue(node, "prob_a", "given", "leave out the probabilities: they are found by iteration until a limit that depends on the data");
  const perClass = intsOf(node, "vectors_per_class") ?? [];
  const count = perClass.reduce((sum, own) => sum + own, 0);
  if (perClass.length !== labels.length || count < 1) refuseValue(node, "vectors_per_class", `[${perClass.join(", ")}]`, "give the number of support vectors of each class");
  const kernels = kernel(node, made, floatsOf(node, "support_vectors") ?? [], [count, stringOf(node, "kernel_type") ?? "LINEAR"]);
  const pairs = labels.flatMap((_, i) => labels.slice(i + 1).map((_label, j) => [i, i + 1 + j] as const));
  const rho = floatsOf(node, "rho") ?? [];
  if (rho.length !== pairs.length) wrong(node, `has ${rho.length} rho for ${pairs.length} pairs of classes`);
  const products = made.node("MatMul", [kernels, made.constant(tensorOf("f32", [count, pairs.length], pairTable(node, perClass, pairs)))]);
  const scores = made.node("Add", [products, made.constant(tensorOf("f32", [pairs.length], rho))]);
  const first = made.node("Cast", [made.node("Greater", [scores, number(made, 0)])], { to: "f32" });
  // votes for class c: Σ over pairs (c, j) of f, over pairs (i, c) of 1 − f
  const ballot = labels.map((_, c) => pairs.map(([i, j]) => (i === c ? 1 : j === c ? -1 : 0)));
  const base = labels.map((_, c) => pairs.filter(([, j]) => j === c).length);
  const votes = made.node("Gemm", [first, made.constant(tensorOf("f32", [labels.length, pairs.length], ballot.flat())), made.constant(tensorOf("f32", [labels.length], base))], { alpha: 1, beta: 1, transA: 0, transB: 1 });
  labelOfHighest(made, votes, labels);
  transformed(node, made, scores, [1, pairs.length]);
});

/** [vectors, pairs]: the coefficient with which a vector of class i counts in pair (i, j) is in row j − 1, one of class j in row i. */
function pairTable(node: RawNode, perClass: readonly number[], pairs: readonly (readonly [number, number])[]): readonly number[] {
  const coefficients = floatsOf(node, "coefficients") ?? [];
  const owner = perClass.flatMap((vectors, c) => new Array<number>(vectors).fill(c));
  if (coefficients.length !== (perClass.length - 1) * owner.length) wrong(node, `has ${coefficients.length} coefficients for ${perClass.length} classes and ${owner.length} vectors`);
  return owner.flatMap((c, v) => pairs.map(([i, j]) => (c === i ? coefficients[(j - 1) * owner.length + v] : c === j ? coefficients[i * owner.length + v] : 0) ?? 0));
}
