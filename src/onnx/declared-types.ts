/**
 * Declared types are checked, never trusted: a type that inference found must agree
 * with every static part of what `value_info`, inputs and outputs declare for it.
 */
import { invalid } from "../../ir/prelude.js";
import type { TensorType } from "../../ir/tensor/tensor.js";
import { printTensorType } from "../../ir/tensor/tensor.js";
import { dataTypeName, elementTypeOf, widthOf } from "./element-types.js";
import { printDim } from "./fix-dims.js";
import type { OnnxDim, OnnxGraph, OnnxType } from "./model.js";

export type DeclaredTypes = ReadonlyMap<string, readonly OnnxType[]>;

/** Everything the graph says about each tensor. */
export function declaredTypes({ inputs, outputs, valueInfos }: OnnxGraph): DeclaredTypes {
  const declared = new Map<string, OnnxType[]>();
  for (const { name, type } of [...inputs, ...outputs, ...valueInfos]) {
    const known = declared.get(name);
    if (known === undefined) declared.set(name, [type]);
    else known.push(type);
  }
  return declared;
}

export interface DeclarationCheck {
  readonly declared: DeclaredTypes;
  /** What computes the tensor, for diagnostics. */
  readonly by: string;
  /** An axis whose extent depends on data: what is declared of it is not compared. */
  readonly open?: number | undefined;
}

/** Refuses with `shape-mismatch` or `type-mismatch`. */
export function checkDeclared(name: string, found: TensorType, { declared, by, open }: DeclarationCheck): void {
  for (const type of declared.get(name) ?? []) {
    if (type.kind === "missing") continue;
    if (type.kind !== "tensor" || (type.dataType !== 0 && (elementTypeOf(type.dataType) !== found.type || widthOf(type.dataType) !== found.width))) {
      const said = type.kind === "tensor" ? dataTypeName(type.dataType) : `a ${type.kind}`;
      invalid(
        "type-mismatch", `tensor ${name} is declared as ${said}, but ${by} makes ${printTensorType(found)}`, by,
        "correct the declaration, or run shape inference on the model again",
      );
    }
    if (type.dims !== undefined && !agrees(type.dims, found.shape, open)) {
      const said = type.dims.map(printDim).join(",");
      invalid(
        "shape-mismatch", `tensor ${name} is declared with shape [${said}], but ${by} makes ${printTensorType(found)}`, by,
        "correct the declaration, or run shape inference on the model again",
      );
    }
  }
}

/** Some exporters write 0 or -1 for an unknown extent, so only positive ones say something. */
function agrees(dims: readonly OnnxDim[], shape: readonly number[], open: number | undefined): boolean {
  if (dims.length !== shape.length) return false;
  return dims.every((dim, axis) => axis === open || dim.kind !== "value" || dim.value <= 0n || dim.value === BigInt(shape[axis] ?? 0));
}

/**
 * Of `outputs`, those that are declared as scalars; the declaration then counts as one without a shape. For If alone,
 * whose branches may give shapes of their own: tools that have none to write leave the list of dimensions empty.
 */
export function dropScalars(declared: Map<string, readonly OnnxType[]>, outputs: readonly string[]): readonly string[] {
  const scalar = (type: OnnxType): boolean => type.kind === "tensor" && type.dims?.length === 0;
  const dropped = outputs.filter((output) => (declared.get(output) ?? []).some(scalar));
  for (const output of dropped) {
    declared.set(output, (declared.get(output) ?? []).map((type) => (type.kind === "tensor" && scalar(type) ? { ...type, dims: undefined } : type)));
  }
  return dropped;
}
