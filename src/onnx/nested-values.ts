/**
 * Values as nested lists, the form in which a person writes a small tensor: `3`,
 * `[0,1]`, `[[1.5,-0],[NaN,Infinity]]`, `[true,false]`. The shape is that of the nesting;
 * integers beyond 2⁵³ are written as texts.
 */
import type { ElementType, ScalarValue } from "../../ir/scalar/types.js";
import { type Tensor, tensorOf } from "../../ir/tensor/tensor.js";
import { elementOf } from "./tensor-json.js";

export type Nested = string | number | boolean | readonly Nested[];

/** The value that `text` says, undefined where it is none. */
export function parseNested(text: string): Nested | undefined {
  try {
    const value: unknown = JSON.parse(text.replaceAll(/(?<![\w"])(?:-?Infinity|NaN)(?![\w"])/g, '"$&"'));
    return isNested(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isNested(value: unknown): value is Nested {
  return Array.isArray(value) ? value.every(isNested) : ["string", "number", "boolean"].includes(typeof value);
}

/** `value` as a tensor of `type`; undefined where lists differ in length or an element is none of the type. */
export function nestedTensor(value: Nested, type: ElementType): Tensor | undefined {
  const shape = shapeOf(value);
  const elements = elementsOf(value, shape, 0)?.map((element) => scalarIn(element, type));
  return elements?.every((element) => element !== undefined) === true ? tensorOf(type, shape, elements) : undefined;
}

function shapeOf(value: Nested): readonly number[] {
  if (!isList(value)) return [];
  const [first] = value;
  return [value.length, ...(first === undefined ? [] : shapeOf(first))];
}

function elementsOf(value: Nested, shape: readonly number[], depth: number): readonly Leaf[] | undefined {
  if (!isList(value)) return depth === shape.length ? [value] : undefined;
  if (value.length !== shape[depth]) return undefined;
  const parts = value.map((part) => elementsOf(part, shape, depth + 1));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

type Leaf = string | number | boolean;

function isList(value: Nested): value is readonly Nested[] {
  return Array.isArray(value);
}

function scalarIn(value: Leaf, type: ElementType): ScalarValue | undefined {
  if (typeof value === "boolean") return type === "bool" ? Number(value) : undefined;
  return elementOf(value, type);
}
