/**
 * The comments of the header that name the inputs a build fixed: they are no parameters of
 * the entry point, so whoever calls it must know that their values are part of the code.
 */
import { isElementType } from "../../ir/scalar/types.js";
import { printTensorType } from "../../ir/tensor/tensor.js";
import type { FixedNotice } from "../backend.js";
import { commentString } from "./annotations.js";
import type { Cursor } from "./cursor.js";

export function fixedNotices(fixed: readonly FixedNotice[]): readonly string[] {
  return fixed.map((one) => `/* Fixed input ${commentString(one.name)} ${printTensorType(one)}, SHA-256 of its value ${one.digest}: part of this code, which holds for no other value. */`);
}

const form = /^\/\* Fixed input ("(?:[^"\\]|\\.)*") ([a-z]+[0-9]*[a-z0-9]*)\[([0-9,]*)\], SHA-256 of its value ([0-9a-f]{64}): part of this code, which holds for no other value\. \*\/$/;

/** As many as there are. */
export function readFixedNotices(cursor: Cursor): readonly FixedNotice[] {
  const found: FixedNotice[] = [];
  while (cursor.peek().text.startsWith("/* Fixed input ")) {
    const [, name = "", type = "", extents = "", digest = ""] = form.exec(cursor.peek().text) ?? cursor.fail("a comment on a fixed input has another form");
    if (!isElementType(type)) return cursor.fail(`${type} is no element type`);
    found.push({ name: nameIn(name, cursor), type, shape: extents === "" ? [] : extents.split(",").map(Number), digest });
    cursor.take();
  }
  return found;
}

function nameIn(quoted: string, cursor: Cursor): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return cursor.fail("the name of a fixed input is malformed");
  }
}
