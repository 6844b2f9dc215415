/**
 * TfIdfVectorizer of integers: how often each n-gram of the pool occurs in a row of X, its
 * members up to max_skip_count positions further apart than neighbours:
 *
 *     count[j] = Σ_s Σ_i [X[i] = g₀ and X[i + s] = g₁ and …],   s = 1 … max_skip_count + 1 (1 for single members)
 *     Y[j] = count[j] (TF), weight[j] where count[j] > 0 (IDF), weight[j]·count[j] (TFIDF)
 *
 * j being the column that ngram_indexes gives the n-gram g. Columns of no n-gram are 0. The
 * counts are sums of ones in floats, exact below 2²⁴. Every window is compared with every
 * n-gram, so the time does not depend on the data.
 */
import { invalid, unsupported } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { type Composition, composed, section } from "./compose.js";
import { type Normaliser, allowOnly, floatsOf, inputName, inputType, intOf, intsOf, refuseValue, stringOf } from "./node.js";
import type { RawNode } from "./raw-node.js";

interface Gram {
  readonly members: readonly bigint[];
  readonly column: number;
}

/** X as rows of int64, with their extents. */
interface Rows {
  readonly name: string;
  readonly shape: readonly [rows: number, length: number];
}

export const tfIdfVectorizer: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "max_gram_length", "max_skip_count", "min_gram_length", "mode", "ngram_counts", "ngram_indexes", "pool_int64s", "pool_strings", "weights");
  const [least, most, skips] = ["min_gram_length", "max_gram_length", "max_skip_count"].map((name) => intOf(node, name) ?? invalid("attribute", `TfIdfVectorizer has no ${name}`, node.name, `give ${name}`));
  const { shape, type } = inputType(node, 0);
  if (shape.length < 1 || shape.length > 2) invalid("shape-mismatch", "TfIdfVectorizer takes a row or rows", node.name, "give X one or two axes");
  const columns = Math.max(...intsOf(node, "ngram_indexes") ?? [0]) + 1;
  const extents = [shape.length === 1 ? 1 : shape[0] ?? 1, shape.at(-1) ?? 1] as const;
  const wide = type === "i64" ? inputName(node, 0) : made.node("Cast", [inputName(node, 0)], { to: "i64" });
  const rows = { name: shape.length === 1 ? made.node("Reshape", [wide], { shape: extents }) : wide, shape: extents };
  const counts = gramsOf(node).flatMap((grams, k) => {
    const size = k + 1;
    if (grams.length === 0 || size < (least ?? 1) || size > (most ?? 1)) return [];
    const apart = Array.from({ length: size === 1 ? 1 : (skips ?? 0) + 1 }, (_, s) => s + 1).filter((step) => (size - 1) * step < extents[1]);
    return apart.map((step) => occurrences(made, rows, { grams, columns, step }));
  });
  const zeros = (): string => made.constant(tensorOf("f32", [extents[0], columns], new Array<number>(extents[0] * columns).fill(0)));
  const [first = zeros(), ...others] = counts;
  const total = weighted(node, made, others.reduce((sum, count) => made.node("Add", [sum, count]), first), columns);
  made.output(0, "Reshape", [total], { shape: shape.length === 1 ? [columns] : [extents[0], columns] });
});

/** The pool by length of the n-grams, of equal ones the last. */
function gramsOf(node: RawNode): readonly (readonly Gram[])[] {
  if (node.attributes.has("pool_strings")) refuseValue(node, "pool_strings", "…", "use integers: strings are no element type here");
  const [pool, starts, indexes] = [poolOf(node), intsOf(node, "ngram_counts") ?? [], intsOf(node, "ngram_indexes") ?? []];
  if (new Set(indexes).size < indexes.length || indexes.some((index) => index < 0)) refuseValue(node, "ngram_indexes", `[${indexes.join(",")}]`, "give every n-gram a column of its own");
  let next = 0;
  const lists = starts.map((start, k) => {
    const members = pool.slice(start, starts[k + 1] ?? pool.length);
    const grams = Array.from({ length: Math.floor(members.length / (k + 1)) }, (_, at): Gram => ({ members: members.slice(at * (k + 1), (at + 1) * (k + 1)), column: indexes[next++] ?? -1 }));
    return [...new Map(grams.map((gram) => [gram.members.join(), gram])).values()];
  });
  if (next !== indexes.length) invalid("attribute-value", `TfIdfVectorizer has ${next} n-grams and ${indexes.length} ngram_indexes`, node.name, "correct ngram_counts or ngram_indexes");
  return lists;
}

function poolOf(node: RawNode): readonly bigint[] {
  const attribute = node.attributes.get("pool_int64s");
  return attribute?.kind === "ints" ? attribute.value : invalid("attribute", "TfIdfVectorizer has no pool_int64s", node.name, "give the n-grams as integers");
}

interface Search {
  readonly grams: readonly Gram[];
  readonly columns: number;
  /** Distance of two members. */
  readonly step: number;
}

/** By row and column, how often the n-gram of the column occurs with this distance of its members; 0 in columns of no n-gram of this length. */
function occurrences(made: Composition, { name, shape: [rows, length] }: Rows, { grams, columns, step }: Search): string {
  const size = grams[0]?.members.length ?? 1;
  const windows = length - (size - 1) * step;
  const used = new Array<number>(columns).fill(0);
  for (const { column } of grams) used[column] = 1;
  const equal = Array.from({ length: size }, (_, k) => {
    const wanted = new Array<bigint>(columns).fill(0n);
    for (const { members, column } of grams) wanted[column] = members[k] ?? 0n;
    const members = made.node("Unsqueeze", [section(made, [name, [rows, length]], 1, [k * step, windows])], { axes: [2] });
    return made.node("Equal", [members, made.constant(tensorOf("i64", [columns], wanted))]);
  });
  const [first = "", ...others] = used.includes(0) ? [...equal, made.constant(tensorOf("bool", [columns], used))] : equal;
  const found = others.reduce((a, b) => made.node("And", [a, b]), first);
  return made.node("ReduceSum", [made.node("Cast", [found], { to: "f32" })], { axes: [1], keepdims: 0 });
}

/** ONNX gives the weights by n-gram, its implementations read them by column: both must be the same. */
function weighted(node: RawNode, made: Composition, counts: string, columns: number): string {
  const mode = stringOf(node, "mode") ?? "";
  if (!["TF", "IDF", "TFIDF"].includes(mode)) refuseValue(node, "mode", mode, "use TF, IDF or TFIDF");
  const given = floatsOf(node, "weights") ?? [];
  const indexes = intsOf(node, "ngram_indexes") ?? [];
  if (mode === "TF") return counts;
  if (given.length > 0 && (given.length !== columns || indexes.some((index, k) => given[index] !== given[k]))) {
    unsupported("attribute-value", "TfIdfVectorizer with weights whose order is not that of the columns is not supported: ONNX and its implementations differ", node.name, "order n-grams and weights by ngram_indexes");
  }
  const weights = made.constant(tensorOf("f32", [columns], given.length > 0 ? given : new Array<number>(columns).fill(1)));
  const one = made.constant(tensorOf("f32", [], [1]));
  return made.node("Mul", [mode === "TFIDF" ? counts : made.node("Min", [counts, one]), weights]);
}
