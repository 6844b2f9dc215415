/** BitShift: C[o] = A[o] shifted by B[o] to the side `direction`, broadcast; 0 from the width of the type on. */
import { bytesOf } from "../scalar/types.js";
import { op } from "../tensor/meaning.js";
import { textOf } from "./shared/define.js";
import { elementOf } from "./shared/element-types.js";
import { binary } from "./shared/elementwise.js";
import { choose, less } from "./shared/terms.js";

export const bitShift = binary({
  op: "BitShift",
  types: ["u8", "u16", "u32", "u64"],
  value: (a, b, type, node) => {
    const shifted = op(`${textOf(node, "direction") === "LEFT" ? "shl" : "shr"}.${type}`, a, b);
    return choose(type, less(type, b, elementOf(type, 8 * bytesOf[type])), shifted, elementOf(type, 0));
  },
});
