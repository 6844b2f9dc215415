/**
 * The wire check: walks the bytes of a protobuf message against the schema before
 * anything is decoded or allocated. Behind it the decoder cannot fail: lengths lie
 * within the buffer, wire types are the schema's, text is UTF-8, nesting is bounded,
 * no singular field occurs twice (the last one would silently win), and the objects
 * that decoding will make fit a stated budget.
 */
import { isUtf8 } from "node:buffer";
import type { Field, Type } from "protobufjs";
import { invalid, present, unsupported } from "../../ir/prelude.js";
import { embeddedType } from "./schema.js";

/** Nested messages; a model needs about 8, plus 3 for each level of subgraph. */
const depthLimit = 64;

/** Estimated bytes of JavaScript objects that a decoded message may take. */
const objectBudget = 2 ** 30;
const objectCost = { message: 256, long: 64, number: 8, bytes: 96 } as const;

export interface WireSummary {
  /** Fields that the schema does not have; they are skipped. */
  readonly unknownFields: number;
}

interface Frame {
  readonly type: Type;
  readonly end: number;
  readonly seen: Set<number>;
}

interface Cursor {
  readonly bytes: Uint8Array;
  readonly what: string;
  at: number;
  cost: number;
  unknownFields: number;
}

const wireTypes: Readonly<Record<string, number>> = {
  int32: 0, int64: 0, uint64: 0, double: 1, string: 2, bytes: 2, float: 5,
};
const exportAgain = "export or download the file again";

/** Checks `bytes` as one message of `type`; `what` names the file in diagnostics. Throws `not-onnx`, `truncated`, `too-large`. */
export function checkWire(bytes: Uint8Array, type: Type, what: string): WireSummary {
  const cursor: Cursor = { bytes, what, at: 0, cost: 0, unknownFields: 0 };
  const frames: Frame[] = [{ type, end: bytes.length, seen: new Set() }];
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    if (cursor.at === frame.end) {
      frames.pop();
      continue;
    }
    const inner = checkField(cursor, frame);
    if (inner === undefined) continue;
    if (frames.length >= depthLimit) broken(cursor, `messages nested deeper than ${depthLimit}`);
    frames.push(inner);
  }
  return { unknownFields: cursor.unknownFields };
}

/** Reads one field; returns the frame of an embedded message, to be entered. */
function checkField(cursor: Cursor, frame: Frame): Frame | undefined {
  const tag = varint(cursor, frame.end);
  if (tag > 0xffffffffn || tag < 8n) broken(cursor, "a field number that protobuf does not allow");
  const id = Number(tag >> 3n);
  const wire = Number(tag & 7n);
  const field: Field | undefined = frame.type.fieldsById[id];
  if (field === undefined) {
    cursor.unknownFields++;
    skip(cursor, wire, frame.end);
    return undefined;
  }
  if (!field.repeated && frame.seen.has(id)) broken(cursor, `field ${nameOf(field)} twice`);
  frame.seen.add(id);
  const embedded = embeddedType(field);
  if (embedded === undefined) {
    checkScalar(cursor, field, { wire, end: frame.end });
    return undefined;
  }
  if (wire !== 2) wrongWire(cursor, field, wire);
  charge(cursor, objectCost.message);
  return { type: embedded, end: payload(cursor, frame.end, nameOf(field)), seen: new Set() };
}

function checkScalar(cursor: Cursor, field: Field, { wire, end }: { readonly wire: number; readonly end: number }): void {
  const expected = present(wireTypes[field.type], `wire type of ${field.type}`);
  if (wire === 2 && expected !== 2 && field.repeated) {
    checkPacked(cursor, field, payload(cursor, end, nameOf(field)));
    return;
  }
  if (wire !== expected) wrongWire(cursor, field, wire);
  charge(cursor, costOf(field));
  const start = cursor.at;
  skip(cursor, wire, end, nameOf(field));
  if (field.type === "string") checkText(cursor, field, start);
}

/** The elements of a packed field fill it exactly. */
function checkPacked(cursor: Cursor, field: Field, end: number): void {
  const wire = present(wireTypes[field.type], `wire type of ${field.type}`);
  if (wire === 0) {
    while (cursor.at < end) {
      charge(cursor, costOf(field));
      varint(cursor, end);
    }
    return;
  }
  const size = wire === 1 ? 8 : 4;
  const length = end - cursor.at;
  if (length % size !== 0) broken(cursor, `${length} bytes in ${nameOf(field)}, no multiple of ${size}`);
  charge(cursor, (length / size) * objectCost.number);
  cursor.at = end;
}

function checkText(cursor: Cursor, field: Field, start: number): void {
  const length = Number(varint({ ...cursor, at: start }, cursor.at));
  if (!isUtf8(cursor.bytes.subarray(cursor.at - length, cursor.at))) broken(cursor, `text in ${nameOf(field)} that is not UTF-8`);
}

function costOf(field: Field): number {
  if (field.type === "int64" || field.type === "uint64") return objectCost.long;
  return wireTypes[field.type] === 2 ? objectCost.bytes : objectCost.number;
}

function charge(cursor: Cursor, cost: number): void {
  cursor.cost += cost;
  if (cursor.cost <= objectBudget) return;
  unsupported(
    "too-large", `${cursor.what} holds more small values than can be decoded in ${objectBudget / 2 ** 20} MiB`, undefined,
    "store tensors as raw_data or external data instead of value lists",
  );
}

function skip(cursor: Cursor, wire: number, end: number, what = "a field"): void {
  switch (wire) {
    case 0:
      varint(cursor, end);
      return;
    case 1:
      advance(cursor, 8, end, what);
      return;
    case 2:
      cursor.at = payload(cursor, end, what);
      return;
    case 5:
      advance(cursor, 4, end, what);
      return;
    default:
      broken(cursor, `wire type ${wire} in ${what}`);
  }
}

/** Reads the length of a length-delimited field and returns where the field ends. */
function payload(cursor: Cursor, end: number, what: string): number {
  const length = varint(cursor, end);
  const left = end - cursor.at;
  if (length > BigInt(left)) truncated(cursor, `${what} announces ${length} bytes, ${left} are left`);
  return cursor.at + Number(length);
}

function advance(cursor: Cursor, size: number, end: number, what: string): void {
  if (end - cursor.at < size) truncated(cursor, `${what} needs ${size} bytes, ${end - cursor.at} are left`);
  cursor.at += size;
}

/** A base-128 integer of at most ten bytes, as 64 unsigned bits. */
function varint(cursor: Cursor, end: number): bigint {
  let low = 0; // 28 bits fit a fast small integer; longer ones are rare
  for (let k = 0; k < 4; k++) {
    const byte = nextByte(cursor, end);
    low |= (byte & 0x7f) << (7 * k);
    if (byte < 0x80) return BigInt(low);
  }
  let value = BigInt(low);
  for (let k = 4; k < 10; k++) {
    const byte = nextByte(cursor, end);
    value |= BigInt(byte & 0x7f) << BigInt(7 * k);
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  return broken(cursor, "an integer longer than ten bytes");
}

function nextByte(cursor: Cursor, end: number): number {
  if (cursor.at >= end) truncated(cursor, "an integer runs past its message");
  return present(cursor.bytes[cursor.at++], "byte");
}

function nameOf(field: Field): string {
  return `${field.parent?.name ?? ""}.${field.name}`;
}

function wrongWire(cursor: Cursor, field: Field, wire: number): never {
  return broken(cursor, `wire type ${wire} for ${nameOf(field)}, a ${field.type}`);
}

function broken(cursor: Cursor, why: string): never {
  return invalid("not-onnx", `${cursor.what} is no ONNX file: ${why} before byte ${cursor.at}`, undefined, exportAgain);
}

function truncated(cursor: Cursor, why: string): never {
  return invalid("truncated", `${cursor.what} is cut short or damaged: ${why} at byte ${cursor.at}`, undefined, exportAgain);
}
