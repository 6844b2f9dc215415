/**
 * Values of statements as closures: numbers for every element type but the 64-bit
 * integers, which are bigints. Float32 arithmetic is spelled out where it occurs
 * most; every other operator is the function that ir/scalar gives.
 */
import { invariant, present } from "../prelude.js";
import { evaluator, f32Binary, f32Ternary, f32Unary } from "../scalar/evaluate.js";
import { signatureOf } from "../scalar/ops.js";
import { type ElementType, type ScalarValue, valueOf } from "../scalar/types.js";
import type { Elements } from "../tensor/tensor.js";
import { type Scope, accessOf, locate } from "./eval-address.js";
import { compileIndex } from "./eval-index.js";
import type { Expr, Load, Operation } from "./program.js";

export type NumberClosure = () => number;
type WideClosure = () => bigint;

export function isWide(type: ElementType): boolean {
  return type === "i64" || type === "u64";
}

export function typeOf(expr: Expr, scope: Scope): ElementType {
  switch (expr.kind) {
    case "load":
      return present(scope.memory.get(expr.buffer), `buffer ${expr.buffer}`).buffer.type;
    case "const":
      return expr.constant.type;
    case "index":
      return "i64";
    case "op":
      return signatureOf(expr.op).result;
  }
}

/** A value of any type. */
export function compileValue(expr: Expr, scope: Scope): () => ScalarValue {
  return isWide(typeOf(expr, scope)) ? compileWide(expr, scope) : compileNumber(expr, scope);
}

/** A value of any type without 64-bit integers, compiled to a closure. */
export function compileNumber(expr: Expr, scope: Scope): NumberClosure {
  switch (expr.kind) {
    case "load":
      return compileLoad(expr, scope);
    case "const": {
      const value = Number(valueOf(expr.constant));
      return () => value;
    }
    case "op":
      return compileOperation(expr, scope);
    case "index":
      invariant(false, "an index value is a 64-bit integer");
  }
}

function compileLoad(load: Load, scope: Scope): NumberClosure {
  const access = accessOf(load, scope);
  const { slot, check } = locate(access, scope);
  const read = readNumber(access.storage.data, scope.slots.values, slot);
  if (check === undefined) return read;
  return () => {
    check();
    return read();
  };
}

/** One closure per kind of array, so that each element read meets one kind only. */
function readNumber(data: Elements, slots: Int32Array, slot: number): NumberClosure {
  if (data instanceof Float32Array) return () => data[slots[slot] ?? 0] ?? NaN;
  if (data instanceof Int8Array) return () => data[slots[slot] ?? 0] ?? NaN;
  if (data instanceof Int32Array) return () => data[slots[slot] ?? 0] ?? NaN;
  if (data instanceof Uint8Array) return () => data[slots[slot] ?? 0] ?? NaN;
  return () => Number(data[slots[slot] ?? 0]);
}

function compileOperation(expr: Operation, scope: Scope): NumberClosure {
  const { op, args } = expr;
  const wide = args.some((arg) => isWide(typeOf(arg, scope)));
  const [a, b, c] = wide ? [] : args.map((arg) => compileNumber(arg, scope));
  const usual = a === undefined ? undefined : b === undefined ? widening(op, a) : (f32Arithmetic(op, a, b) ?? i32Arithmetic(op, a, b));
  if (usual !== undefined) return usual;
  const ternary = f32Ternary(op);
  if (ternary !== undefined && a !== undefined && b !== undefined && c !== undefined) return () => ternary(a(), b(), c());
  const binary = f32Binary(op);
  if (binary !== undefined && a !== undefined && b !== undefined) return () => binary(a(), b());
  const unary = f32Unary(op);
  if (unary !== undefined && a !== undefined) return () => unary(a());
  const apply = compileGeneric(expr, scope);
  return () => Number(apply());
}

function f32Arithmetic(op: string, a: NumberClosure, b: NumberClosure): NumberClosure | undefined {
  switch (op) {
    case "add.f32": return () => Math.fround(a() + b());
    case "sub.f32": return () => Math.fround(a() - b());
    case "mul.f32": return () => Math.fround(a() * b());
    case "div.f32": return () => Math.fround(a() / b());
    default: return undefined;
  }
}

/** As the operators say, checked: a result that is no int32 goes to the operator, which refuses it. */
function i32Arithmetic(op: string, a: NumberClosure, b: NumberClosure): NumberClosure | undefined {
  const int32 = (exact: number, x: number, y: number): number => ((exact | 0) === exact ? exact : Number(evaluator(op)(x, y)));
  switch (op) {
    case "add.i32": return () => { const x = a(); const y = b(); return int32(x + y, x, y); };
    case "sub.i32": return () => { const x = a(); const y = b(); return int32(x - y, x, y); };
    case "mul.i32": return () => { const x = a(); const y = b(); return int32(x * y + 0, x, y); };
    default: return undefined;
  }
}

/** Casts that change no value need no work. */
function widening(op: string, a: NumberClosure): NumberClosure | undefined {
  return ["cast.i8.i32", "cast.u8.i32", "cast.i16.i32", "cast.u16.i32"].includes(op) ? a : undefined;
}

/** Through the operator's general form; arguments are evaluated left to right. */
function compileGeneric({ op, args }: Operation, scope: Scope): () => ScalarValue {
  const apply = evaluator(op);
  const values = args.map((arg) => compileValue(arg, scope));
  return () => apply(...values.map((value) => value()));
}

function compileWide(expr: Expr, scope: Scope): WideClosure {
  switch (expr.kind) {
    case "load": {
      const access = accessOf(expr, scope);
      const { slot, check } = locate(access, scope);
      const { data } = access.storage;
      const slots = scope.slots.values;
      return () => {
        check?.();
        return BigInt(data[slots[slot] ?? 0] ?? 0);
      };
    }
    case "const": {
      const value = BigInt(valueOf(expr.constant));
      return () => value;
    }
    case "index": {
      const value = compileIndex(expr.index, scope);
      return () => BigInt(value());
    }
    case "op": {
      const apply = compileGeneric(expr, scope);
      return () => BigInt(apply());
    }
  }
}
