/**
 * Masks of the attention operators of com.microsoft, as addends to the scores: 0 where a key is
 * seen, mask_filter_value (a large negative number) where it is not. A mask of one axis says where
 * the keys of each batch end (and, twice as long, where they begin), one of two axes has
 * 0 and 1 for each key, one of three for each query and key.
 */
import { invalid } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { type Composition, section } from "./compose.js";
import { inputName, inputType, refuseValue } from "./node.js";
import { number } from "./quantised-steps.js";
import type { RawNode } from "./raw-node.js";

/** Extents of the scores. */
export interface Scores {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
}

/** [batch or 1, 1, queries or 1, keys] for the mask in `slot`. */
export function maskAddend(node: RawNode, made: Composition, slot: number, { batch, queries, keys }: Scores, filter: number): string {
  const { type, shape } = inputType(node, slot);
  if (type !== "i32") refuseValue(node, "mask type", type, "give the mask as int32");
  const seen = shape.length === 1 ? withinEnds(node, made, slot, { batch, queries, keys }) : made.node("Greater", [inputName(node, slot), made.constant(tensorOf("i32", [], [0]))]);
  const penalty = made.node("Where", [seen, number(made, 0), number(made, filter)]);
  if (shape.length === 1) return penalty;
  const due = shape.length === 2 ? [batch, keys] : [batch, queries, keys];
  if (shape.join() !== due.join()) invalid("shape-mismatch", `${node.op} has a mask of [${shape.join(",")}] for scores of ${batch}×${queries}×${keys}`, node.name, "correct the mask");
  return made.node("Reshape", [penalty], { shape: shape.length === 2 ? [batch, 1, 1, keys] : [batch, 1, queries, keys] });
}

/** bool[batch, 1, 1, keys]: before the end, and from the beginning on where that is given. */
function withinEnds(node: RawNode, made: Composition, slot: number, { batch, keys }: Scores): string {
  const { shape: [length = 0] } = inputType(node, slot);
  if (length !== batch && length !== 2 * batch) refuseValue(node, "mask", `of ${length} elements`, "give one end, or one end and one beginning, for each batch");
  const positions = made.constant(tensorOf("i32", [1, 1, 1, keys], Array.from({ length: keys }, (_, key) => key)));
  const part = (first: number): string => {
    const ends = length === batch ? inputName(node, slot) : section(made, [inputName(node, slot), [length]], 0, [first, batch]);
    return made.node("Reshape", [ends], { shape: [batch, 1, 1, 1] });
  };
  const before = made.node("Less", [positions, part(0)]);
  return length === batch ? before : made.node("And", [before, made.node("GreaterOrEqual", [positions, part(batch)])]);
}

/** [1, 1, queries, keys]: the lowest float where a key comes after its query, the first query standing after the past; `window` keys at most are seen, −1 for all. */
export function causalAddend(made: Composition, { queries, keys }: Omit<Scores, "batch">, window = -1): string {
  const lowest = -3.4028234663852886e38;
  const hidden = (query: number, key: number): boolean => key > query || (window >= 0 && key <= query - window);
  const values = Array.from({ length: queries * keys }, (_, at) => (hidden(Math.floor(at / keys) + keys - queries, at % keys) ? lowest : 0));
  return made.constant(tensorOf("f32", [1, 1, queries, keys], values));
}
