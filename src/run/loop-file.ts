/** A `.loop` file run in the interpreter, its inputs and tensors given as the bits of each element. */
import { readFileSync } from "node:fs";
import { evalProgram } from "../../ir/loop/eval.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { type ElementType, bitsOf, bytesOf, isElementType } from "../../ir/scalar/types.js";
import { Refusal } from "../../ir/prelude.js";
import { type Tensor, elementCount, elementsFromBytes } from "../../ir/tensor/tensor.js";
import { interfaceBuffers } from "./engines.js";
import { parseObject } from "./package.js";

/** Tensors by name, each as `{ "type": "f32", "shape": [2], "bits": ["0x3f800000", …] }`. */
export function printTensorsAsBits(tensors: Iterable<readonly [string, Tensor]>): string {
  const entries = [...tensors].map(([name, tensor]) => [name, { type: tensor.type, shape: tensor.shape, bits: bitsOfElements(tensor) }] as const);
  return `${JSON.stringify(Object.fromEntries(entries), null, 1)}\n`;
}

function bitsOfElements({ type, data }: Tensor): readonly string[] {
  return [...data].map((value) => `0x${bitsOf(type, value).toString(16).padStart(2 * bytesOf[type], "0")}`);
}

/** Throws a Refusal `tensor-json` that names the file and the tensor. */
export function readTensorsAsBits(path: string): ReadonlyMap<string, Tensor> {
  const whole = parseObject(readFileSync(path, "utf8")) ?? wrong(path, "it is no JSON object");
  return new Map(Object.entries(whole).map(([name, value]) => [name, tensorIn(value, `${name} in ${path}`)]));
}

function tensorIn(value: unknown, what: string): Tensor {
  const fields = typeof value === "object" && value !== null ? new Map<string, unknown>(Object.entries(value)) : wrong(what, "it is no object");
  const [type, shape, bits] = [fields.get("type"), fields.get("shape"), fields.get("bits")];
  if (typeof type !== "string" || !isElementType(type) || !Array.isArray(shape) || !Array.isArray(bits)) return wrong(what, "type, shape or bits are missing");
  const extents = shape.map(Number);
  if (bits.length !== elementCount(extents)) wrong(what, `it has ${bits.length} elements, its shape ${elementCount(extents)}`);
  return { type, shape: extents, data: elementsFromBytes(type, bytesFrom(bits, type, what)) };
}

function bytesFrom(bits: readonly unknown[], type: ElementType, what: string): Uint8Array {
  const size = bytesOf[type];
  const bytes = new Uint8Array(bits.length * size);
  bits.forEach((text, k) => {
    if (typeof text !== "string" || !/^0x[0-9a-f]+$/.test(text) || text.length > 2 + 2 * size) return wrong(what, `element ${k} is no bit pattern of ${type}`);
    let rest = BigInt(text);
    for (let at = 0; at < size; at++, rest >>= 8n) bytes[k * size + at] = Number(rest & 255n);
  });
  return bytes;
}

function wrong(what: string, why: string): never {
  throw new Refusal("invalid", "tensor-json", `${what} holds no tensor: ${why}`, what, 'write {"type": "f32", "shape": [1], "bits": ["0x3f800000"]}');
}

export interface LoopRun {
  readonly name: string;
  readonly tensor: Tensor;
}

/** The outputs by their names in the model. */
export function runLoopFile(path: string, inputs: string | undefined, tensors: string | undefined): readonly LoopRun[] {
  const program = parseProgram(readFileSync(path, "utf8"));
  const given = inputs === undefined ? new Map<string, Tensor>() : readTensorsAsBits(inputs);
  const named = interfaceBuffers(program, "input").map(({ name, label = name }) => {
    const value = given.get(label) ?? given.get(name);
    if (value === undefined) throw new Refusal("usage", "input-count", `there is no input ${label}`, path, "give it in the file of --inputs");
    return [name, value] as const;
  });
  const outputs = evalProgram(program, { inputs: new Map(named), weights: tensors === undefined ? new Map() : readTensorsAsBits(tensors) });
  return interfaceBuffers(program, "output").flatMap(({ name, label = name }) => {
    const tensor = outputs.get(name);
    return tensor === undefined ? [] : [{ name: label, tensor }];
  });
}

