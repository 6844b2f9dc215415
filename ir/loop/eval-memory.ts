/**
 * The memory a program runs in: one array per buffer or, with `arena`, one array per
 * element type in which every placed temp lives at its offset, so that a wrong memory
 * plan shows as a wrong output. What nobody wrote yet holds poison, not zeros.
 */
import { InvariantViolation, invariant, present } from "../prelude.js";
import { type ElementType, isFloat } from "../scalar/types.js";
import { type Elements, type Tensor, allocate, elementCount, printTensorType, sameType } from "../tensor/tensor.js";
import type { Buffer, Program } from "./program.js";
import { materialiseWeight } from "./weights.js";

export interface Environment {
  /** By buffer name. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** The model's tensors by their ONNX name, as weight maps refer to them. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** A program went wrong while it ran: the counterexample of an obligation of the kernel. */
export class ExecutionFault extends InvariantViolation {
  readonly fault: "bounds" | "unwritten";
  readonly statement: string;
  readonly buffer: string;
  readonly index: readonly number[];

  constructor(fault: "bounds" | "unwritten", statement: string, buffer: Buffer, index: readonly number[]) {
    const element = `${buffer.name}[${index.join(", ")}]`;
    const what = fault === "bounds" ? `is outside ${printTensorType(buffer)}` : "is read but was never written";
    super(`statement ${statement}: ${element} ${what}`);
    this.name = "ExecutionFault";
    this.fault = fault;
    this.statement = statement;
    this.buffer = buffer.name;
    this.index = index;
  }
}

export interface Storage {
  readonly buffer: Buffer;
  /** Row-major, one per element of the buffer. */
  readonly data: Elements;
  /** One byte per element, 1 where written; shared by buffers that share arena elements. */
  readonly written: Uint8Array;
}

export type Memory = ReadonlyMap<string, Storage>;

/** Arrays for all buffers; throws InvariantViolation when an input or weight is missing or of the wrong type. */
export function memoryFor(program: Program, environment: Environment, arena: boolean): Memory {
  const arenas = arena ? arenasOf(program) : new Map<ElementType, Omit<Storage, "buffer">>();
  return new Map(program.buffers.map((buffer) => [buffer.name, { buffer, ...storageOf(buffer, environment, arenas) }]));
}

type Arenas = ReadonlyMap<ElementType, Omit<Storage, "buffer">>;

function storageOf(buffer: Buffer, { inputs, weights }: Environment, arenas: Arenas): Omit<Storage, "buffer"> {
  if (buffer.kind === "input") return given(present(inputs.get(buffer.name), `input ${buffer.name}`), buffer);
  if (buffer.kind === "weight") return given(materialiseWeight(buffer, weights), buffer);
  const count = elementCount(buffer.shape);
  const shared = buffer.place === undefined ? undefined : arenas.get(buffer.type);
  if (shared === undefined || buffer.place === undefined) return poisoned(buffer.type, count);
  const { offset } = buffer.place;
  return { data: shared.data.subarray(offset, offset + count), written: shared.written.subarray(offset, offset + count) };
}

/** Inputs and weights are there from the start; `written` is never asked of them. */
function given(tensor: Tensor, buffer: Buffer): Omit<Storage, "buffer"> {
  invariant(sameType(tensor, buffer), `${buffer.kind} ${buffer.name} is ${printTensorType(buffer)}, given ${printTensorType(tensor)}`);
  return { data: tensor.data, written: new Uint8Array(0) };
}

function arenasOf(program: Program): Arenas {
  const sizes = new Map<ElementType, number>();
  for (const { type, shape, place } of program.buffers) {
    if (place !== undefined) sizes.set(type, Math.max(sizes.get(type) ?? 0, place.offset + elementCount(shape)));
  }
  return new Map([...sizes].map(([type, size]) => [type, poisoned(type, size)]));
}

function poisoned(type: ElementType, count: number): Omit<Storage, "buffer"> {
  const data = allocate(type, count);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.fill(0x5555555555555555n);
  else if (type !== "bool") data.fill(isFloat(type) ? NaN : 0x55);
  return { data, written: new Uint8Array(count) };
}
