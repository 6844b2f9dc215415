/**
 * Typed access to a decoded protobuf message. Presence is whether the message owns
 * the field, so an explicit 0 differs from a missing one. The wire check has already
 * made sure of every type, hence the invariants.
 */
import { invariant } from "../../ir/prelude.js";

export type Message = object;

function field(message: Message, name: string): unknown {
  return Object.hasOwn(message, name) ? Reflect.get(message, name) : undefined;
}

function list(message: Message, name: string): readonly unknown[] {
  const value = field(message, name);
  if (value === undefined) return [];
  invariant(Array.isArray(value), `field ${name} is no list`);
  return value;
}

function asText(value: unknown): string {
  invariant(typeof value === "string", "field is no text");
  return value;
}

function asNumber(value: unknown): number {
  invariant(typeof value === "number", "field is no number");
  return value;
}

function asBytes(value: unknown): Uint8Array {
  invariant(value instanceof Uint8Array, "field is no byte string");
  return value;
}

function asMessage(value: unknown): Message {
  invariant(typeof value === "object" && value !== null, "field is no message");
  return value;
}

/** The 64 bits of a protobufjs Long. */
function longBits(value: unknown): bigint {
  const long = asMessage(value);
  const high = asNumber(Reflect.get(long, "high"));
  const low = asNumber(Reflect.get(long, "low"));
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function asInt64(value: unknown): bigint {
  return BigInt.asIntN(64, longBits(value));
}

/** Whether the field is set; an empty list is the same as none. */
export function has(message: Message, name: string): boolean {
  const value = field(message, name);
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

/** "" when missing. */
export function text(message: Message, name: string): string {
  return asText(field(message, name) ?? "");
}

export function texts(message: Message, name: string): readonly string[] {
  return list(message, name).map(asText);
}

/** 0 when missing. */
export function number(message: Message, name: string): number {
  return asNumber(field(message, name) ?? 0);
}

/** Not copied: value lists of tensors can be long. */
export function numbers(message: Message, name: string): readonly number[] {
  const values = list(message, name);
  invariant(values.every((value) => typeof value === "number"), `field ${name} is no list of numbers`);
  return values;
}

/** 0 when missing. */
export function int64(message: Message, name: string): bigint {
  return has(message, name) ? asInt64(field(message, name)) : 0n;
}

export function int64s(message: Message, name: string): readonly bigint[] {
  return list(message, name).map(asInt64);
}

export function uint64s(message: Message, name: string): readonly bigint[] {
  return list(message, name).map(longBits);
}

export function bytes(message: Message, name: string): Uint8Array | undefined {
  const value = field(message, name);
  return value === undefined ? undefined : asBytes(value);
}

export function byteStrings(message: Message, name: string): readonly Uint8Array[] {
  return list(message, name).map(asBytes);
}

export function message(of: Message, name: string): Message | undefined {
  const value = field(of, name);
  return value === undefined ? undefined : asMessage(value);
}

export function messages(of: Message, name: string): readonly Message[] {
  return list(of, name).map(asMessage);
}
