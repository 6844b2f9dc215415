/**
 * TreeEnsembleRegressor and TreeEnsembleClassifier of ai.onnx.ml, as dense operators whose
 * time does not depend on the data (the form of Nakandala et al., "A Tensor Compiler for
 * Unified Machine Learning Prediction Serving", OSDI 2020): every branch is decided, a
 * product with the paths counts the decisions that agree with each leaf, and the leaves
 * that all of their path agrees with give their weights, tree after tree. Counts are small
 * integers and exact in f32; a weight times 0 or 1 is exact, so the sums are those of a walk.
 */
import { invalid, unsupported } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { type Composition, composed } from "./compose.js";
import { type Normaliser, allowOnly, floatsOf, inputName, inputType, intOf, intsOf, refuseValue, stringOf, stringsOf } from "./node.js";
import { labelOfHighest, transformed } from "./post-transform.js";
import type { RawNode } from "./raw-node.js";
import { type Leaf, type Tree, treesOf } from "./tree-paths.js";

/** Entries of the path matrices, one multiply-add each: thousands of trees of usual size, 64 MiB. */
const pathLimit = 2 ** 24;

const nodeLists = ["featureids", "falsenodeids", "hitrates", "missing_value_tracks_true", "modes", "nodeids", "treeids", "truenodeids", "values"].map((name) => `nodes_${name}`);

/** The names of the lists that hold weights, and how many columns they fill. */
interface Weights {
  readonly trees: string;
  readonly nodes: string;
  readonly columns: string;
  readonly values: string;
  readonly count: number;
}

/** [N, count] sums of weights in the order of the trees, `base_values` added last. */
function scores(node: RawNode, made: Composition, weights: Weights): string {
  const trees = treesOf(node);
  const reached = reachedLeaves(node, made, trees);
  const leaves = widest(trees, ({ leaves: own }) => own.length);
  const table = made.constant(tensorOf("f32", [trees.length * leaves, weights.count], weightTable(node, weights, trees, leaves)));
  const sums = made.node("MatMul", [reached, table]);
  const mean = stringOf(node, "aggregate_function") === "AVERAGE" ? made.node("Div", [sums, made.constant(tensorOf("f32", [], [trees.length]))]) : sums;
  const base = floatsOf(node, "base_values") ?? [];
  if (base.length === 0) return mean;
  if (base.length !== weights.count) invalid("attribute-value", `${node.op} has ${base.length} base_values for ${weights.count} results`, node.name, "give one base value for each");
  return made.node("Add", [mean, made.constant(tensorOf("f32", [weights.count], base))]);
}

/** f32[N, trees · leaves]: 1 where a leaf is reached, else 0. */
function reachedLeaves(node: RawNode, made: Composition, trees: readonly Tree[]): string {
  const [rows = 0] = inputType(node, 0).shape;
  const branches = Math.max(1, widest(trees, (tree) => tree.branches.length));
  const leaves = widest(trees, (tree) => tree.leaves.length);
  if (trees.length * branches * leaves > pathLimit) {
    unsupported("too-large", `${node.op} has ${trees.length} trees of up to ${branches} branches and ${leaves} leaves`, node.name, `grow smaller trees: their paths may have ${pathLimit} entries`);
  }
  const decided = made.node("Reshape", [decisions(node, made, trees, branches)], { shape: [rows, trees.length, 1, branches] });
  const paths = trees.flatMap((tree) => pathMatrix(tree, branches, leaves));
  const agreeing = made.node("MatMul", [decided, made.constant(tensorOf("f32", [trees.length, branches, leaves], paths))]);
  const wanted = trees.flatMap((tree) => padded(tree.leaves.map(({ path }) => path.filter(({ taken }) => taken).length), leaves, -branches - 1));
  const hit = made.node("Equal", [agreeing, made.constant(tensorOf("f32", [trees.length, 1, leaves], wanted))]);
  return made.node("Reshape", [made.node("Cast", [hit], { to: "f32", saturate: 1 })], { shape: [rows, trees.length * leaves] });
}

const comparisons: Readonly<Record<string, string>> = {
  BRANCH_LEQ: "LessOrEqual", BRANCH_LT: "Less", BRANCH_GTE: "GreaterOrEqual", BRANCH_GT: "Greater", BRANCH_EQ: "Equal", BRANCH_NEQ: "Equal",
};

/** f32[N, trees · branches]: 1 where the true edge of a branch is taken; a NaN takes it where the branch says so. */
function decisions(node: RawNode, made: Composition, trees: readonly Tree[], width: number): string {
  const over = (of: (tree: Tree) => readonly number[]): readonly number[] => trees.flatMap((tree) => padded(of(tree), width, 0));
  const features = over(({ branches }) => branches.map(({ feature }) => feature));
  const x = made.node("Gather", [inputName(node, 0), made.constant(tensorOf("i64", [features.length], features.map(BigInt)))], { axis: 1 });
  const values = made.constant(tensorOf("f32", [features.length], over(({ branches }) => branches.map(({ value }) => value))));
  const mode = modeOf(node, trees);
  const compared = made.node(comparisons[mode] ?? "", [x, values]);
  const decided = mode === "BRANCH_NEQ" ? made.node("Not", [compared]) : compared;
  const missing = over(({ branches }) => branches.map(({ missingTaken }) => (missingTaken ? 1 : 0)));
  const all = missing.includes(1) ? made.node("Or", [decided, made.node("And", [made.node("IsNaN", [x]), made.constant(tensorOf("bool", [missing.length], missing))])]) : decided;
  return made.node("Cast", [all], { to: "f32", saturate: 1 });
}

/** The one comparison of all branches. */
function modeOf(node: RawNode, trees: readonly Tree[]): string {
  const modes = [...new Set(trees.flatMap(({ branches }) => branches.map(({ mode }) => mode)))];
  const [mode = "BRANCH_LEQ"] = modes;
  if (modes.length > 1 || comparisons[mode] === undefined) refuseValue(node, "nodes_modes", modes.join(", "), "use one comparison for all branches");
  return mode;
}

/** [branches, leaves]: +1 where the path to a leaf takes the true edge, −1 the false one, 0 where it does not pass. */
function pathMatrix({ leaves }: Tree, height: number, width: number): readonly number[] {
  const matrix = new Array<number>(height * width).fill(0);
  leaves.forEach(({ path }, column) => path.forEach(({ branch, taken }) => (matrix[branch * width + column] = taken ? 1 : -1)));
  return matrix;
}

/** [trees · leaves, columns]; leaves that only fill up are never reached. */
function weightTable(node: RawNode, { trees: treeList, nodes, columns, values, count }: Weights, trees: readonly Tree[], width: number): readonly number[] {
  const table = new Array<number>(trees.length * width * count).fill(0);
  const rows = new Map<string, number>(trees.flatMap(({ id, leaves }, t) => leaves.map((leaf: Leaf, at) => [`${id} ${leaf.node}`, t * width + at] as const)));
  const [ids, nodeIds, of, weights] = [intsOf(node, treeList) ?? [], intsOf(node, nodes) ?? [], intsOf(node, columns) ?? [], floatsOf(node, values) ?? []];
  const seen = new Set<number>();
  weights.forEach((weight, k) => {
    const [row, column] = [rows.get(`${ids[k]} ${nodeIds[k]}`), of[k] ?? -1];
    if (row === undefined || column < 0 || column >= count) return invalid("attribute-value", `${node.op}: weight ${k} is of no leaf or no result`, node.name, `correct ${nodes} and ${columns}`);
    const place = row * count + column;
    if (seen.has(place) || !Number.isFinite(weight)) refuseValue(node, values, `${weight} for a result of a leaf`, "give each result of a leaf one finite weight");
    seen.add(place);
    table[place] = weight;
  });
  return table;
}

function padded(list: readonly number[], width: number, filler: number): readonly number[] {
  return [...list, ...new Array<number>(width - list.length).fill(filler)];
}

function widest(trees: readonly Tree[], size: (tree: Tree) => number): number {
  return Math.max(...trees.map(size));
}

/** A matrix of f32 samples, and no list given as a tensor of another type. */
function checkInput(node: RawNode): void {
  const { type, shape } = inputType(node, 0);
  if (type !== "f32" || shape.length !== 2) unsupported("attribute-value", `${node.op} on ${type}[${shape.join(",")}] is not supported, only f32[N,F]`, node.name, "give a matrix of f32 samples");
  for (const name of node.attributes.keys()) if (name.endsWith("_as_tensor")) refuseValue(node, name, "a tensor", "give the list in single precision");
}

export const treeEnsembleRegressor: Normaliser = (node) => composed(node, (made) => {
  checkInput(node);
  allowOnly(node, ...nodeLists, "aggregate_function", "base_values", "n_targets", "post_transform", "target_ids", "target_nodeids", "target_treeids", "target_weights");
  const aggregate = stringOf(node, "aggregate_function") ?? "SUM";
  if (!["SUM", "AVERAGE"].includes(aggregate)) refuseValue(node, "aggregate_function", aggregate, "use SUM or AVERAGE");
  const weights = { trees: "target_treeids", nodes: "target_nodeids", columns: "target_ids", values: "target_weights", count: intOf(node, "n_targets") ?? 1 };
  transformed(node, made, scores(node, made, weights), [0, weights.count]);
});

/** Of two classes ONNX leaves open how the label is chosen, so three at least; labels are integers. */
export const treeEnsembleClassifier: Normaliser = (node) => composed(node, (made) => {
  checkInput(node);
  allowOnly(node, ...nodeLists, "base_values", "class_ids", "class_nodeids", "class_treeids", "class_weights", "classlabels_int64s", "classlabels_strings", "post_transform");
  if ((stringsOf(node, "classlabels_strings") ?? []).length > 0) refuseValue(node, "classlabels_strings", "strings", "number the classes");
  const labels = intsOf(node, "classlabels_int64s") ?? [];
  if (labels.length < 3) refuseValue(node, "classlabels_int64s", `${labels.length} classes`, "ONNX leaves open how the label of two classes is chosen: use a regressor and a comparison");
  const sums = scores(node, made, { trees: "class_treeids", nodes: "class_nodeids", columns: "class_ids", values: "class_weights", count: labels.length });
  labelOfHighest(made, sums, labels);
  transformed(node, made, sums, [1, labels.length]);
});
