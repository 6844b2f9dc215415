/** Tree ensembles of ai.onnx.ml, against a walk from the root of each tree. */
import test from "ava";
import { normaliseNode } from "../../src/onnx/normalise/index.js";
import type { RawAttribute } from "../../src/onnx/normalise/raw-node.js";
import { refuses } from "../support/refusals.js";
import { f32, floats, int, ints, rawNodeOf, runNode, text, valuesOf } from "./support.js";

const domain = "ai.onnx.ml";
const modes = (...value: readonly string[]): RawAttribute => ({ kind: "strings", value });

/** Tree 7: x0 ≤ 1 ? (x2 ≤ −2 ? a : b) : c, its nodes not in order of their numbers. Tree 3: one leaf. */
const shape = {
  nodes_treeids: ints(7, 7, 7, 7, 7, 3), nodes_nodeids: ints(0, 4, 2, 1, 3, 0),
  nodes_featureids: ints(0, 0, 0, 2, 0, 0), nodes_values: floats(1, 0, 0, -2, 0, 0),
  nodes_modes: modes("BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"),
  nodes_truenodeids: ints(1, 0, 0, 2, 0, 0), nodes_falsenodeids: ints(4, 0, 0, 3, 0, 0),
};
const targets = {
  n_targets: int(2), target_treeids: ints(7, 7, 7, 7, 3), target_nodeids: ints(2, 3, 3, 4, 0), target_ids: ints(0, 0, 1, 1, 1),
  target_weights: floats(10, 0.1, 20, 30, 0.25),
};
const samples = f32([5, 3], [1, 9, -2, 1, 9, -1.5, 1.5, 9, -9, NaN, 0, 0, -Infinity, 0, NaN]);

test("a regressor adds the weights of the leaf that each tree reaches", (t) => {
  const walked = [[10, 0.25], [Math.fround(0.1), 20.25], [0, 30.25], [0, 30.25], [Math.fround(0.1), 20.25]].flat();
  t.deepEqual(valuesOf({ op: "TreeEnsembleRegressor", domain, inputs: [samples], attributes: { ...shape, ...targets } }), walked);
  const based = { ...shape, ...targets, base_values: floats(1, -1), aggregate_function: text("AVERAGE") };
  t.deepEqual(valuesOf({ op: "TreeEnsembleRegressor", domain, inputs: [samples], attributes: based }),
    walked.map((sum, k) => Math.fround(sum / 2 + (k % 2 === 0 ? 1 : -1))));
});

test("a missing value takes the true edge where the branch says so", (t) => {
  const tracked = { ...shape, ...targets, nodes_missing_value_tracks_true: ints(1, 0, 0, 0, 0, 0) };
  t.deepEqual(valuesOf({ op: "TreeEnsembleRegressor", domain, inputs: [f32([1, 3], [NaN, 0, -3])], attributes: tracked }), [10, 0.25]);
});

test("each comparison decides as it says, and NEQ is the opposite of EQ", (t) => {
  const stump = (mode: string, x: number): unknown => valuesOf({ op: "TreeEnsembleRegressor", domain, inputs: [f32([1, 1], [x])], attributes: {
    nodes_treeids: ints(0, 0, 0), nodes_nodeids: ints(0, 1, 2), nodes_featureids: ints(0, 0, 0), nodes_values: floats(2, 0, 0), nodes_modes: modes(mode, "LEAF", "LEAF"),
    nodes_truenodeids: ints(1, 0, 0), nodes_falsenodeids: ints(2, 0, 0), n_targets: int(1), target_treeids: ints(0, 0), target_nodeids: ints(1, 2), target_ids: ints(0, 0), target_weights: floats(1, -1),
  } })[0];
  const table = { BRANCH_LEQ: [1, 1, -1, -1], BRANCH_LT: [1, -1, -1, -1], BRANCH_GTE: [-1, 1, 1, -1], BRANCH_GT: [-1, -1, 1, -1], BRANCH_EQ: [-1, 1, -1, -1], BRANCH_NEQ: [1, -1, 1, 1] };
  for (const [mode, expected] of Object.entries(table)) t.deepEqual([1, 2, 3, NaN].map((x) => stump(mode, x)), expected, mode);
});

test("a classifier names the label of the highest score, the first of equal ones", (t) => {
  const classes = {
    class_treeids: ints(7, 7, 7, 7, 3), class_nodeids: ints(2, 3, 3, 4, 0), class_ids: ints(0, 0, 1, 2, 1), class_weights: floats(10, 5, 4.75, 30, 0.25),
    classlabels_int64s: ints(40, 50, 60), post_transform: text("LOGISTIC"),
  };
  const [label, scores] = runNode({ op: "TreeEnsembleClassifier", domain, inputs: [samples], attributes: { ...shape, ...classes }, outputs: 2 });
  t.deepEqual([...(label?.data ?? [])], [40n, 40n, 60n, 60n, 40n]);
  t.deepEqual(scores?.shape, [5, 3]);
  t.true((scores?.data[0] ?? 0) > 0.99 && (scores?.data[2] ?? 1) === 0.5);
});

test("refusals: mixed comparisons, two classes, edges to nowhere, weights of no leaf", (t) => {
  const refused = (changed: Readonly<Record<string, RawAttribute>>): string =>
    refuses(t, "attribute-value", () => normaliseNode(rawNodeOf({ op: "TreeEnsembleRegressor", domain, inputs: [samples], attributes: { ...shape, ...targets, ...changed } }))).message;
  t.regex(refused({ nodes_modes: modes("BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_LT", "LEAF", "LEAF") }), /BRANCH_LEQ, BRANCH_LT/);
  t.regex(refused({ nodes_truenodeids: ints(9, 0, 0, 2, 0, 0) }), /node 9 of tree 7, which is not there/);
  t.regex(refused({ nodes_truenodeids: ints(0, 0, 0, 2, 0, 0) }), /node 0 of tree 7 twice/);
  t.regex(refused({ nodes_featureids: ints(3, 0, 0, 2, 0, 0) }), /feature 3 of 3/);
  t.regex(refused({ nodes_values: floats(1, 2) }), /2 nodes_values for 6 nodes/);
  t.regex(refused({ target_nodeids: ints(1, 3, 3, 4, 0) }), /weight 0 is of no leaf/);
  t.regex(refused({ target_ids: ints(0, 0, 0, 1, 1) }), /target_weights = 20 for a result of a leaf/);
  const two = { ...shape, classlabels_int64s: ints(0, 1) };
  t.regex(refuses(t, "attribute-value", () => normaliseNode(rawNodeOf({ op: "TreeEnsembleClassifier", domain, inputs: [samples], attributes: two }))).message, /2 classes/);
});
