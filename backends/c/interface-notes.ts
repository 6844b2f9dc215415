/**
 * The comments of the header on what the prototypes cannot say of the interface: which
 * inputs the build fixed, so that they are no parameters and their values are part of the
 * code, and of which outputs only a part is in use. Read back with the header.
 */
import { type ElementType, isElementType } from "../../ir/scalar/types.js";
import { printTensorType } from "../../ir/tensor/tensor.js";
import type { BoundedNote, FixedNote, InterfaceNotes } from "../backend.js";
import { commentString } from "./annotations.js";
import type { Cursor } from "./cursor.js";

export function interfaceNotes({ fixed, bounded }: InterfaceNotes): readonly string[] {
  return [
    ...fixed.map((one) => `/* Fixed input ${commentString(one.name)} ${printTensorType(one)}, SHA-256 of its value ${one.digest}: part of this code, which holds for no other value. */`),
    ...bounded.map(({ name, axis, count }) => `/* Bounded output ${commentString(name)}: along axis ${axis} the first ${commentString(count)} places are in use, the others are 0. */`),
  ];
}

const quoted = String.raw`("(?:[^"\\]|\\.)*")`;
const fixedForm = new RegExp(String.raw`^/\* Fixed input ${quoted} ([a-z0-9]+)\[([0-9,]*)\], SHA-256 of its value ([0-9a-f]{64}): part of this code, which holds for no other value\. \*/$`);
const boundedForm = new RegExp(String.raw`^/\* Bounded output ${quoted}: along axis ([0-9]+) the first ${quoted} places are in use, the others are 0\. \*/$`);

/** As many as there are. */
export function readInterfaceNotes(cursor: Cursor): InterfaceNotes {
  const fixed: FixedNote[] = [];
  const bounded: BoundedNote[] = [];
  while (cursor.peek().text.startsWith("/* Fixed input ")) fixed.push(readFixed(cursor));
  while (cursor.peek().text.startsWith("/* Bounded output ")) bounded.push(readBounded(cursor));
  return { fixed, bounded };
}

function readFixed(cursor: Cursor): FixedNote {
  const [, name = "", type = "", extents = "", digest = ""] = fixedForm.exec(cursor.peek().text) ?? cursor.fail("a comment on a fixed input has another form");
  const note = { name: nameIn(name, cursor), type: typeIn(type, cursor), shape: extents === "" ? [] : extents.split(",").map(Number), digest };
  cursor.take();
  return note;
}

function readBounded(cursor: Cursor): BoundedNote {
  const [, name = "", axis = "", count = ""] = boundedForm.exec(cursor.peek().text) ?? cursor.fail("a comment on a bounded output has another form");
  const note = { name: nameIn(name, cursor), axis: Number(axis), count: nameIn(count, cursor) };
  cursor.take();
  return note;
}

function typeIn(type: string, cursor: Cursor): ElementType {
  return isElementType(type) ? type : cursor.fail(`${type} is no element type`);
}

function nameIn(text: string, cursor: Cursor): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return cursor.fail("the name of an input or output is malformed");
  }
}
