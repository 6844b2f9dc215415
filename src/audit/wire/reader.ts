/**
 * The protobuf wire format, read a second time: own code, no schema compiler, nothing
 * of src/onnx/wire.ts. A message is its fields by number, in the order of the file.
 * https://protobuf.dev/programming-guides/encoding/
 */
import { invalid } from "../../../ir/prelude.js";

/** Integers for wire type 0, bytes for the others. */
export type Field =
  | { readonly wire: 0; readonly value: bigint }
  | { readonly wire: 1 | 2 | 5; readonly bytes: Uint8Array };

export type Message = ReadonlyMap<number, readonly Field[]>;

/** Throws a Refusal where the bytes are no message. */
export function readMessage(bytes: Uint8Array): Message {
  const fields = new Map<number, Field[]>();
  for (let at = 0; at < bytes.length;) {
    const key = varint(bytes, at);
    const [number, wire] = [Number(key.value >> 3n), Number(key.value & 7n)];
    const { field, next } = readField(bytes, key.next, wire);
    const known = fields.get(number);
    if (known === undefined) fields.set(number, [field]);
    else known.push(field);
    at = next;
  }
  return fields;
}

function readField(bytes: Uint8Array, at: number, wire: number): { readonly field: Field; readonly next: number } {
  switch (wire) {
    case 0: {
      const { value, next } = varint(bytes, at);
      return { field: { wire, value }, next };
    }
    case 1:
    case 5: {
      const next = at + (wire === 1 ? 8 : 4);
      return { field: { wire, bytes: slice(bytes, at, next) }, next };
    }
    case 2: {
      const { value, next } = varint(bytes, at);
      const end = next + Number(value);
      return { field: { wire, bytes: slice(bytes, next, end) }, next: end };
    }
    default:
      return invalid("not-onnx", `wire type ${wire} at byte ${at}`, undefined, "export the model again");
  }
}

function slice(bytes: Uint8Array, from: number, to: number): Uint8Array {
  if (to > bytes.length) invalid("truncated", `a field ends at byte ${to} of ${bytes.length}`, undefined, "export the model again");
  return bytes.subarray(from, to);
}

/** At most 10 bytes of 7 bits, least significant first; bits above 64 are lost, as the format says. */
function varint(bytes: Uint8Array, from: number): { readonly value: bigint; readonly next: number } {
  let value = 0n;
  for (let k = 0; k < 10; k++) {
    const byte = bytes[from + k];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << BigInt(7 * k);
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), next: from + k + 1 };
  }
  return invalid("truncated", `a number at byte ${from} has no end`, undefined, "export the model again");
}

export function has(message: Message, number: number): boolean {
  return message.has(number);
}

/** The contents of every field of that number; for messages, strings and byte strings. */
export function contents(message: Message, number: number): readonly Uint8Array[] {
  return (message.get(number) ?? []).map((field) => (field.wire === 2 ? field.bytes : wrong(number)));
}

export function messages(message: Message, number: number): readonly Message[] {
  return contents(message, number).map(readMessage);
}

/** Of a field that may occur once; a second one is refused, so that the last cannot silently win. */
export function content(message: Message, number: number): Uint8Array | undefined {
  const all = contents(message, number);
  return all.length > 1 ? wrong(number) : all[0];
}

export function child(message: Message, number: number): Message | undefined {
  const bytes = content(message, number);
  return bytes === undefined ? undefined : readMessage(bytes);
}

export function texts(message: Message, number: number): readonly string[] {
  return contents(message, number).map((bytes) => Buffer.from(bytes).toString("utf8"));
}

/** "" when missing. */
export function text(message: Message, number: number): string {
  return Buffer.from(content(message, number) ?? []).toString("utf8");
}

/** Signed; one or many, packed or not. */
export function integers(message: Message, number: number): readonly bigint[] {
  return numbers(message, number, (bytes) => unpack(bytes), (field) => (field.wire === 0 ? field.value : wrong(number))).map((value) => BigInt.asIntN(64, value));
}

/** 0 when missing. */
export function integer(message: Message, number: number): bigint {
  const all = integers(message, number);
  return all.length > 1 ? wrong(number) : (all[0] ?? 0n);
}

export function floats(message: Message, number: number): readonly number[] {
  return fixed(message, number, 5, 4, (view, at) => view.getFloat32(at, true));
}

export function doubles(message: Message, number: number): readonly number[] {
  return fixed(message, number, 1, 8, (view, at) => view.getFloat64(at, true));
}

function fixed(message: Message, number: number, wire: 1 | 5, size: number, read: (view: DataView, at: number) => number): readonly number[] {
  const all = (bytes: Uint8Array): readonly number[] => {
    if (bytes.length % size !== 0) return wrong(number);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: bytes.length / size }, (_, k) => read(view, k * size));
  };
  return numbers(message, number, all, (field) => (field.wire === wire ? (all(field.bytes)[0] ?? wrong(number)) : wrong(number)));
}

function numbers<T>(message: Message, number: number, packed: (bytes: Uint8Array) => readonly T[], single: (field: Field) => T): readonly T[] {
  return (message.get(number) ?? []).flatMap((field) => (field.wire === 2 ? packed(field.bytes) : [single(field)]));
}

function unpack(bytes: Uint8Array): readonly bigint[] {
  const values: bigint[] = [];
  for (let at = 0; at < bytes.length;) {
    const { value, next } = varint(bytes, at);
    values.push(value);
    at = next;
  }
  return values;
}

function wrong(number: number): never {
  return invalid("not-onnx", `field ${number} is not what the format says`, undefined, "export the model again");
}
