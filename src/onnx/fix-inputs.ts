/**
 * Inputs that a build fixes: `--fix-input NAME=FILE|VALUE` makes a graph input a constant,
 * and what is built is about the model with that value there. A literal takes its element
 * type from the model's declaration, its shape from its nesting; both have to fit what is
 * declared, and nothing is converted or broadcast.
 */
import { Refusal } from "../../ir/prelude.js";
import { type ElementType, type ScalarValue, bitsOf, isFloat, isHalf } from "../../ir/scalar/types.js";
import { type Tensor, printTensorType, tensorOf } from "../../ir/tensor/tensor.js";
import { dataTypeName, supportedElement } from "./element-types.js";
import { type Finding, finding } from "./findings.js";
import { printDim } from "./fix-dims.js";
import type { OnnxDim, OnnxValueInfo } from "./model.js";
import { type Nested, nestedTensor } from "./nested-values.js";

/** A value as a person gives it: a tensor of a file, or nested lists that have no type yet. */
export type FixedValue = Tensor | { readonly nested: Nested };

/** Inputs to fix, by name. */
export type FixInputs = ReadonlyMap<string, FixedValue>;

export interface FixedInputs {
  /** In the order of the model's inputs. */
  readonly values: ReadonlyMap<string, Tensor>;
  readonly findings: readonly Finding[];
  /** Pins of `--fix-dim` that the fixed values agree with. */
  readonly pins: ReadonlySet<string>;
}

/** The part of a model that decides what can be fixed. */
export interface Fixable {
  readonly inputs: readonly OnnxValueInfo[];
  /** Names of the initializers: an input with one has its value already. */
  readonly initializers: { readonly has: (name: string) => boolean };
}

/** The fixed inputs with their types. Throws a Refusal `fix-input` for a name or value that fits nothing. */
export function fixedInputs({ inputs, initializers }: Fixable, given: FixInputs, pins: ReadonlyMap<string, number>): FixedInputs {
  const values = new Map<string, Tensor>();
  const extents = new Map<string, number>(pins);
  for (const name of given.keys()) rejectUnknown(name, inputs, initializers);
  for (const info of inputs) {
    const value = given.get(info.name);
    if (value !== undefined) values.set(info.name, typed(info, value, extents));
  }
  const findings = [...values].map(([name, tensor]) => finding("input-fixed", name, `input ${name} is the constant ${printTensorType(tensor)} that --fix-input gives: all that is said of the model is said for this value`));
  return { values, findings, pins: new Set(inputs.filter(({ name }) => values.has(name)).flatMap(pinsOf)) };
}

function wrong(what: string, remedy: string): never {
  throw new Refusal("usage", "fix-input", what, undefined, remedy);
}

function rejectUnknown(name: string, inputs: readonly OnnxValueInfo[], initializers: Fixable["initializers"]): void {
  if (initializers.has(name)) wrong(`--fix-input ${name}: the model gives ${name} a value, which is a constant already`, "leave it out, or change the initializer in the model");
  if (inputs.some((input) => input.name === name)) return;
  const open = inputs.filter((input) => !initializers.has(input.name)).map((input) => input.name);
  wrong(`--fix-input ${name}: the model has no input of this name`, open.length === 0 ? "leave it out: the model has no inputs" : `its inputs are ${open.join(", ")}`);
}

/** `value` as a tensor of the declared type; `extents` collects what the dimensions are by parameter. */
function typed({ name, type }: OnnxValueInfo, value: FixedValue, extents: Map<string, number>): Tensor {
  if (type.kind !== "tensor") return wrong(`--fix-input ${name}: the input is no tensor`, "only tensors can be fixed");
  const dims = type.dims?.map(printDim).join(",");
  const element = supportedElement(type.dataType, dims ?? "…", `input ${name}`);
  const expected = `${dataTypeName(type.dataType)}[${dims ?? "…"}]`;
  const tensor = "nested" in value ? asTensor(value.nested, element, name, expected) : value;
  const fits = tensor.type === element.type && tensor.width === element.width && (type.dims === undefined || agrees(name, type.dims, tensor.shape, extents));
  return fits ? withOneNaN(tensor) : wrong(`--fix-input ${name}: ${printTensorType(tensor)} was given, the input is ${expected}`, `give a value of type ${expected}`);
}

function asTensor(nested: Nested, { type, width }: { readonly type: ElementType; readonly width?: number }, name: string, expected: string): Tensor {
  const tensor = nestedTensor(nested, type);
  if (tensor === undefined || (width !== undefined && !inRange(tensor, width))) return wrong(`--fix-input ${name}: the value given is no ${expected}`, `write nested lists of equal length with elements of type ${expected.split("[")[0]}`);
  return { ...tensor, ...(width === undefined ? {} : { width }) };
}

/** Whether every element has at most `width` bits. */
function inRange({ type, data }: Tensor, width: number): boolean {
  const [least, above] = type === "i8" ? [-(2 ** (width - 1)), 2 ** (width - 1)] : [0, 2 ** width];
  return [...data].every((value) => Number(value) >= least && Number(value) < above);
}

/** All NaNs are one value; its digest must not tell them apart. */
function withOneNaN(tensor: Tensor): Tensor {
  const { type, shape, data } = tensor;
  if (isHalf(type)) return tensorOf(type, shape, Array.from(data, (value: ScalarValue) => Number(bitsOf(type, value))));
  return isFloat(type) ? tensorOf(type, shape, [...data].map((value) => (Number.isNaN(value) ? NaN : value))) : tensor;
}

/** An extent by parameter or place is the same everywhere; some exporters write 0 or -1 for an unknown one. */
function agrees(name: string, dims: readonly OnnxDim[], shape: readonly number[], extents: Map<string, number>): boolean {
  return dims.length === shape.length && dims.every((dim, axis) => {
    const extent = shape[axis] ?? 0;
    if (dim.kind === "value" && dim.value > 0n) return dim.value === BigInt(extent);
    return keysOf(name, axis, dim).every((key) => {
      const known = extents.get(key) ?? extent;
      extents.set(key, known);
      return known === extent || wrong(`--fix-input ${name}: axis ${axis} has ${extent} elements, and ${key} is ${known}`, `give ${known} elements, or another extent for ${key}`);
    });
  });
}

/** The names by which `--fix-dim` pins a dimension. */
function keysOf(name: string, axis: number, dim: OnnxDim): readonly string[] {
  return [`${name}:${axis}`, ...(dim.kind === "parameter" ? [dim.name] : [])];
}

function pinsOf({ name, type }: OnnxValueInfo): readonly string[] {
  return type.kind === "tensor" ? (type.dims ?? []).flatMap((dim, axis) => keysOf(name, axis, dim)) : [];
}
