/**
 * Widths: integers of 2 and 4 bits are held in i8 and u8, one a byte, and a width goes with the type
 * of the tensor. Who makes such a tensor says so (`width` in the normal form of Cast and
 * QuantizeLinear), who moves its elements passes the width on, and any other operator that would
 * read one is refused: its arithmetic would be that of 8 bits.
 */
import type { GraphNode } from "../../ir/graph/graph.js";
import { invalid, unsupported } from "../../ir/prelude.js";
import type { TensorType } from "../../ir/tensor/tensor.js";

/** The width of a type as a property, where it has one. */
export function widthIn({ width }: TensorType): Pick<TensorType, "width"> {
  return width === undefined ? {} : { width };
}

const first: readonly number[] = [0];

/** Operators whose outputs are elements of some inputs, with the slots of these inputs. */
const moving: ReadonlyMap<string, readonly number[] | "all"> = new Map<string, readonly number[] | "all">([
  ...["Compress", "Expand", "Flatten", "Gather", "GatherElements", "GatherND", "Identity", "Reshape", "Slice", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze"].map((op) => [op, first] as const),
  ["Concat", "all"],
  ["Pad", [0, 2]],
  ["Where", [1, 2]],
]);

/** Operators whose result says nothing of a width, and whose meaning takes the value of an element. */
const reading = ["Cast", "DequantizeLinear", "Pack", "QuantizeLinear"];

/** `outputs` with their widths. Refuses with `element-type` or `type-mismatch`. */
export function withWidths(node: GraphNode, inputs: readonly (TensorType | null)[], outputs: readonly TensorType[]): readonly TensorType[] {
  const own = node.attributes["width"];
  if (reading.includes(node.op) || node.op === "Unpack") return node.op !== "Pack" && typeof own === "number" ? outputs.map((type) => ({ ...type, width: own })) : outputs;
  if (inputs.every((input) => input?.width === undefined)) return outputs;
  const width = widthOfMoved(node, inputs);
  return width === undefined ? outputs : outputs.map((type) => ({ ...type, width }));
}

function widthOfMoved(node: GraphNode, inputs: readonly (TensorType | null)[]): number | undefined {
  const slots = moving.get(node.op);
  if (slots === undefined) return unsupported("element-type", `${node.op} on integers of fewer than 8 bits is not supported`, node.name, "insert a Cast to an 8-bit integer type");
  const moved = inputs.filter((input, slot) => input !== null && (slots === "all" || slots.includes(slot)));
  const widths = new Set(moved.map((input) => input?.width));
  if (widths.size > 1) invalid("type-mismatch", `${node.op} mixes integers of different widths`, node.name, "insert a Cast: there is no implicit conversion");
  return [...widths][0];
}
