/** The trees of an ensemble, read from the parallel lists of its node: branches, and leaves with the path to each. */
import { invalid, present } from "../../../ir/prelude.js";
import { inputType, floatsOf, intsOf, stringsOf } from "./node.js";
import type { RawNode } from "./raw-node.js";

export interface Branch {
  readonly feature: number;
  readonly value: number;
  readonly mode: string;
  /** Whether a NaN takes the true edge. */
  readonly missingTaken: boolean;
}

export interface Leaf {
  /** Its number in the model. */
  readonly node: number;
  /** From the root: position of the branch in its tree, and whether its true edge is taken. */
  readonly path: readonly { readonly branch: number; readonly taken: boolean }[];
}

export interface Tree {
  readonly id: number;
  readonly branches: readonly Branch[];
  readonly leaves: readonly Leaf[];
}

/** One entry of the parallel lists. */
interface Entry extends Branch {
  readonly node: number;
  readonly yes: number;
  readonly no: number;
}

/** The trees in the order in which their first nodes, the roots, are listed. Codes: `attribute-value`. */
export function treesOf(node: RawNode): readonly Tree[] {
  const byTree = new Map<number, Entry[]>();
  const ids = intsOf(node, "nodes_treeids") ?? [];
  entriesOf(node, ids.length).forEach((entry, k) => {
    const id = ids[k] ?? 0;
    const known = byTree.get(id);
    if (known === undefined) byTree.set(id, [entry]);
    else known.push(entry);
  });
  if (byTree.size === 0) wrong(node, "has no tree");
  return [...byTree].map(([id, entries]) => treeOf(node, id, entries));
}

function entriesOf(node: RawNode, count: number): readonly Entry[] {
  const list = <T>(name: string, values: readonly T[] | undefined): ((k: number) => T) => {
    if (values?.length !== count) return wrong(node, `has ${values?.length ?? "no"} ${name} for ${count} nodes`);
    return (k) => present(values[k], name);
  };
  const features = inputType(node, 0).shape[1] ?? 0;
  const ints = (name: string): ((k: number) => number) => list(name, intsOf(node, name));
  const [numbers, feature, yes, no] = [ints("nodes_nodeids"), ints("nodes_featureids"), ints("nodes_truenodeids"), ints("nodes_falsenodeids")];
  const [value, mode] = [list("nodes_values", floatsOf(node, "nodes_values")), list("nodes_modes", stringsOf(node, "nodes_modes"))];
  const missing = list("nodes_missing_value_tracks_true", intsOf(node, "nodes_missing_value_tracks_true") ?? new Array<number>(count).fill(0));
  return Array.from({ length: count }, (_, k) => {
    if (mode(k) !== "LEAF" && (feature(k) < 0 || feature(k) >= features)) wrong(node, `reads feature ${feature(k)} of ${features}`);
    return { node: numbers(k), feature: feature(k), value: value(k), mode: mode(k), missingTaken: missing(k) !== 0, yes: yes(k), no: no(k) };
  });
}

/** Walks from the root with a stack of its own; a node that two edges reach is no tree. */
function treeOf(node: RawNode, id: number, entries: readonly Entry[]): Tree {
  const byNumber = new Map(entries.map((entry) => [entry.node, entry]));
  const branches: Branch[] = [];
  const leaves: Leaf[] = [];
  const seen = new Set<number>();
  const open: Leaf[] = [{ node: entries[0]?.node ?? 0, path: [] }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const entry = byNumber.get(at.node);
    if (entry === undefined || seen.has(at.node)) return wrong(node, `reaches node ${at.node} of tree ${id}${entry === undefined ? ", which is not there" : " twice"}`);
    seen.add(at.node);
    if (entry.mode === "LEAF") leaves.push(at);
    else {
      const branch = branches.push(entry) - 1;
      open.push({ node: entry.no, path: [...at.path, { branch, taken: false }] }, { node: entry.yes, path: [...at.path, { branch, taken: true }] });
    }
  }
  return { id, branches, leaves };
}

function wrong(node: RawNode, what: string): never {
  return invalid("attribute-value", `${node.op} ${what}`, node.name, "export the ensemble again");
}
