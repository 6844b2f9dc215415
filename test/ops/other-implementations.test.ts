/**
 * Where implementations of ONNX give different values: what ONNX says, worked out here, is
 * what this tool computes; what the other one gives (ONNX Runtime 1.32, CPU) stands beside it.
 */
import test from "ava";
import type { RawAttribute } from "../../src/onnx/normalise/raw-node.js";
import { type NodeCase, f32, int, ints, tensor, text, valuesOf } from "./support.js";

const rounded = (node: NodeCase): readonly number[] => valuesOf(node).map((value) => Number(Number(value).toFixed(5)));

test("GridSample, cubic with border padding: the location is clamped, as the text and the reference implementation of ONNX have it", (t) => {
  const inputs = [f32([1, 1, 2, 2], [0, 1, 0, 1]), f32([1, 1, 3, 2], [-1.5, 0, 1.5, 0, 0.5, 0.2])];
  const attributes = { mode: text("cubic"), padding_mode: text("border"), align_corners: int(1) };
  t.deepEqual(rounded({ op: "GridSample", inputs, attributes }), [0, 1, 0.77344]);
  // ONNX Runtime and PyTorch clamp the taps alone, and interpolate at a location beyond the border: -0.10547, 1.10547, 0.77344.
  const [floor, outermost] = [Math.floor(-0.25), 2];
  t.is(Number(cubic(floor + outermost + 0.25).toFixed(5)), -0.10547);
});

/** The weight of cubic interpolation with a = −¾ at a distance between 1 and 2. */
function cubic(distance: number): number {
  return ((-0.75 * distance + 3.75) * distance - 6) * distance + 3;
}

/** A tree that gives 1.5 to target 0 where x ≤ ½, else −2 to target 1. */
function ensemble(post_transform: number): NodeCase {
  const attributes: Readonly<Record<string, RawAttribute>> = {
    nodes_featureids: ints(0), nodes_splits: { kind: "tensor", value: f32([1], [0.5]) }, nodes_modes: { kind: "tensor", value: tensor("u8", [1], [0]) },
    nodes_truenodeids: ints(0), nodes_trueleafs: ints(1), nodes_falsenodeids: ints(1), nodes_falseleafs: ints(1), leaf_targetids: ints(0, 1),
    leaf_weights: { kind: "tensor", value: f32([2], [1.5, -2]) }, tree_roots: ints(0), n_targets: int(3), post_transform: int(post_transform), aggregate_function: int(1),
  };
  return { op: "TreeEnsemble", domain: "ai.onnx.ml", opset: 5, inputs: [f32([2, 1], [0, 1])], attributes };
}

const scores: readonly (readonly number[])[] = [[1.5, 0, 0], [0, -2, 0]];

test("TreeEnsemble: post_transform 1 is SOFTMAX and 2 is LOGISTIC, as the text of ONNX says", (t) => {
  const softmax = scores.flatMap((row) => row.map((score) => Math.exp(score) / row.reduce((sum, other) => sum + Math.exp(other), 0)));
  const logistic = scores.flat().map((score) => 1 / (1 + Math.exp(-score)));
  const digits = (values: readonly number[]): readonly number[] => values.map((value) => Number(value.toFixed(5)));
  t.deepEqual(rounded(ensemble(0)), scores.flat());
  t.deepEqual(rounded(ensemble(1)), digits(softmax));
  t.deepEqual(rounded(ensemble(2)), digits(logistic));
  // ONNX Runtime gives the logistic function for 1 and the softmax for 2; the reference implementation of ONNX transforms nothing.
  t.deepEqual(digits(logistic), [0.81757, 0.5, 0.5, 0.5, 0.1192, 0.5]);
  t.deepEqual(digits(softmax), [0.69144, 0.15428, 0.15428, 0.46831, 0.06338, 0.46831]);
});
