/**
 * TreeEnsemble (ai.onnx.ml since 5): branches and leaves in lists of their own, edges that say which
 * of the two they lead to. It becomes the TreeEnsembleRegressor that has the same trees. The
 * transforms are numbered as ONNX does it; ONNX Runtime takes 1 for LOGISTIC and 2 for SOFTMAX.
 */
import { invalid } from "../../../ir/prelude.js";
import { type Normaliser, allowOnly, intOf, intsOf, refuseValue, tensorAttribute } from "./node.js";
import type { RawAttribute, RawNode } from "./raw-node.js";
import { treeEnsembleRegressor } from "./trees.js";

const modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];
const transforms = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"];

/** One entry of the lists of a regressor, and what a leaf adds. */
interface Entry {
  readonly tree: number;
  readonly node: number;
  readonly feature: number;
  readonly value: number;
  readonly mode: string;
  readonly missing: number;
  readonly yes: number;
  readonly no: number;
  readonly leaf?: number;
}

/** The lists of the node, position by position. */
function lists(node: RawNode): (k: number) => Omit<Entry, "tree" | "node" | "leaf"> & { readonly yesLeaf: boolean; readonly noLeaf: boolean } {
  const ints = (name: string): readonly number[] => intsOf(node, name) ?? [];
  const [feature, yes, no, yesLeaf, noLeaf] = ["featureids", "truenodeids", "falsenodeids", "trueleafs", "falseleafs"].map((name) => ints(`nodes_${name}`));
  const [splits, mode, missing] = [tensorAttribute(node, "nodes_splits"), tensorAttribute(node, "nodes_modes"), ints("nodes_missing_value_tracks_true")];
  if (splits?.type !== "f32") refuseValue(node, "nodes_splits", splits?.type ?? "nothing", "give the thresholds in single precision");
  return (k) => {
    const value = splits?.data[k];
    if (value === undefined || feature?.[k] === undefined) return invalid("attribute-value", `TreeEnsemble reaches node ${k}, which is not there`, node.name, "export the ensemble again");
    const name = modes[Number(mode?.data[k] ?? -1)] ?? refuseValue(node, "nodes_modes", mode?.data[k], "use comparisons, no membership");
    return { feature: feature[k] ?? 0, value: Number(value), mode: name, missing: missing[k] ?? 0, yes: yes?.[k] ?? 0, no: no?.[k] ?? 0, yesLeaf: yesLeaf?.[k] === 1, noLeaf: noLeaf?.[k] === 1 };
  };
}

/** The entries of one tree, its root first; a branch both of whose edges lead to one leaf is that leaf. */
function entriesOf(node: RawNode, tree: number, root: number): readonly Entry[] {
  const at = lists(node);
  const entries: Entry[] = [];
  const open: { readonly position: number; readonly leaf: boolean; readonly node: number }[] = [{ position: root, leaf: false, node: 0 }];
  let next = 1;
  const limit = 2 * (intsOf(node, "nodes_featureids") ?? []).length + 2;
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (entries.length > limit) return invalid("attribute-value", "TreeEnsemble has edges that form no tree", node.name, "export the ensemble again");
    const leaf = (of: number): Entry => ({ tree, node: place?.node ?? 0, feature: 0, value: 0, mode: "LEAF", missing: 0, yes: 0, no: 0, leaf: of });
    if (place.leaf) {
      entries.push(leaf(place.position));
      continue;
    }
    const own = at(place.position);
    if (own.yesLeaf && own.noLeaf && own.yes === own.no) {
      entries.push(leaf(own.yes));
      continue;
    }
    const [yes, no] = [next++, next++];
    entries.push({ ...own, tree, node: place.node, yes, no });
    open.push({ position: own.no, leaf: own.noLeaf, node: no }, { position: own.yes, leaf: own.yesLeaf, node: yes });
  }
  return entries;
}

export const treeEnsemble: Normaliser = (node) => {
  const nodeLists = ["falseleafs", "falsenodeids", "featureids", "hitrates", "missing_value_tracks_true", "modes", "splits", "trueleafs", "truenodeids"].map((name) => `nodes_${name}`);
  allowOnly(node, ...nodeLists, "aggregate_function", "leaf_targetids", "leaf_weights", "membership_values", "n_targets", "post_transform", "tree_roots");
  const entries = (intsOf(node, "tree_roots") ?? []).flatMap((root, tree) => entriesOf(node, tree, root));
  const [targets, weights] = [intsOf(node, "leaf_targetids") ?? [], tensorAttribute(node, "leaf_weights")?.data ?? []];
  const leaves = entries.filter(({ leaf }) => leaf !== undefined);
  const ints = (values: readonly number[]): RawAttribute => ({ kind: "ints", value: values.map(BigInt) });
  const over = (of: (entry: Entry) => number): RawAttribute => ints(entries.map(of));
  const text = (value: string): RawAttribute => ({ kind: "string", value });
  const aggregate = ["AVERAGE", "SUM", "MIN", "MAX"][intOf(node, "aggregate_function") ?? 1] ?? "";
  const attributes = new Map<string, RawAttribute>([
    ["nodes_treeids", over(({ tree }) => tree)], ["nodes_nodeids", over((entry) => entry.node)], ["nodes_featureids", over(({ feature }) => feature)],
    ["nodes_values", { kind: "floats", value: entries.map(({ value }) => value) }], ["nodes_modes", { kind: "strings", value: entries.map(({ mode }) => mode) }],
    ["nodes_missing_value_tracks_true", over(({ missing }) => missing)], ["nodes_truenodeids", over(({ yes }) => yes)], ["nodes_falsenodeids", over(({ no }) => no)],
    ["target_treeids", ints(leaves.map(({ tree }) => tree))], ["target_nodeids", ints(leaves.map((entry) => entry.node))],
    ["target_ids", ints(leaves.map(({ leaf }) => targets[leaf ?? 0] ?? -1))], ["target_weights", { kind: "floats", value: leaves.map(({ leaf }) => Number(weights[leaf ?? 0] ?? NaN)) }],
    ["n_targets", { kind: "int", value: BigInt(intOf(node, "n_targets") ?? 1) }], ["aggregate_function", text(aggregate)],
    ["post_transform", text(transforms[intOf(node, "post_transform") ?? 0] ?? "")],
  ]);
  return treeEnsembleRegressor({ ...node, attributes });
};
