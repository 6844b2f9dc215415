/**
 * Names and fixed spellings that the printer and the reader share: C types, files,
 * macros, external identifiers. External names are at most 31 characters, the number
 * C99 promises to be significant (5.2.4.1).
 */
import type { Origin } from "../../ir/prelude.js";
import { type ElementType, elementTypes } from "../../ir/scalar/types.js";

export const cTypes: Readonly<Record<ElementType, string>> = {
  f32: "float", f64: "double", f16: "f16_bits", bf16: "bf16_bits", bool: "bool",
  i8: "int8_t", u8: "uint8_t", i16: "int16_t", u16: "uint16_t",
  i32: "int32_t", u32: "uint32_t", i64: "int64_t", u64: "uint64_t",
};

/** The element type a C type name stands for. */
export function elementTypeOf(cType: string): ElementType | undefined {
  return elementTypes.find((type) => cTypes[type] === cType);
}

/** Longest model identifier: `<model>_selftest` must stay within 31 characters. */
export const maxModelLength = 22;

/** Is `text` fit to prefix every external name? */
export function isModelIdentifier(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(text) && text.length <= maxModelLength;
}

/** A model identifier for any name, e.g. a file's: the same name always gives the same identifier. */
export function modelIdentifier(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9]+/g, "_").replaceAll(/^_+|_+$/g, "").toLowerCase();
  // A letter and a number would look like a prefix of the program's own names.
  const lettered = /^[a-z]/.test(plain) && !/^[a-z][0-9]*$/.test(plain) ? plain : `model_${plain}`.replace(/_$/, "");
  return lettered.length <= maxModelLength ? lettered : `${lettered.slice(0, maxModelLength - 9)}_${fnv(name)}`;
}

/** FNV-1a, 8 hexadecimal digits: keeps shortened names apart. */
function fnv(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** The product files of a model. The last three exist only where there is something to put in them. */
export interface FileNames {
  readonly header: string;
  readonly source: string;
  readonly weightsHeader: string;
  readonly weights: string;
  readonly selftest: string;
}

export function fileNames(model: string): FileNames {
  return {
    header: `${model}.h`,
    source: `${model}.c`,
    weightsHeader: `${model}_weights.h`,
    weights: `${model}_weights.c`,
    selftest: `${model}_selftest.c`,
  };
}

/** `ACAS_` in `ACAS_OK`. */
export function macroPrefix(model: string): string {
  return `${model.toUpperCase()}_`;
}

export function arenaName(type: ElementType): string {
  return `arena_${type}`;
}

export function arenaMacro(model: string, type: ElementType): string {
  return `${macroPrefix(model)}ARENA_${type.toUpperCase()}`;
}

/** External name of the `k`-th weight buffer. */
export function weightName(model: string, k: number): string {
  return `${model}_w${k}`;
}

export function runName(model: string): string {
  return `${model}_run`;
}

export function selftestName(model: string): string {
  return `${model}_selftest`;
}

/** Name of the function of the `k`-th group of nodes; it ends in as much of the node's name as fits. */
export function groupName(model: string, k: number, origin: Origin["node"]): string {
  const slug = origin.replaceAll(/[^A-Za-z0-9]+/g, "_").replaceAll(/^_+|_+$/g, "");
  return `${model}_n${k}_${slug}`.slice(0, 31).replace(/_+$/, "");
}

/** Is this one of the names that belong to the model's interface, whatever follows its prefix? */
export function isModelName(model: string, name: string): boolean {
  return name.startsWith(`${model}_`) || name.startsWith(macroPrefix(model));
}

/** Status codes of the entry points, in order of their values from 0. */
export const statusCodes = ["OK", "NULL_ARGUMENT", "ARITHMETIC", "WEIGHTS", "GOLDEN"] as const;
export type StatusCode = (typeof statusCodes)[number];

export function statusMacro(model: string, code: StatusCode): string {
  return `${macroPrefix(model)}${code}`;
}

/** C names the emitted files use for themselves: no buffer, variable or statement may have one. */
export const takenNames: ReadonlySet<string> = new Set([
  ...["status", "main", "NULL", "INFINITY", "NAN", "LOOP_BOUND", "GUARD_START", "GUARD_END"],
  ...["step", "worker", "workers", "share_start", "iterations", "share", "rest"],
  ...["float_has_4_bytes", "double_has_8_bytes", "bool_has_1_byte", "F16_BITS", "BF16_BITS", "dot2_i16", "pair_of_i16", "dot3_i16", "dot4_i16", "quad_of_i16", "quad_start", "sum4_i16", "difference4_i16", "SUM4_I16", "DIFFERENCE4_I16", "tile_of_i16", "tile_at", "tile_moved", "tile_now", "tile2x1_i16", "tile2x2_i16", "tile4x1_i16", "TILE_INLINE", "TILE_REGISTER", "TILE2X1_QUAD", "TILE2X2_QUAD", "TILE4X1_QUAD", "dot2_lanes_i16", "pair_for_lanes", "PMADDWD64", "rounded_i8", "rounded_u8", "rounded_i8_i16", "rounded_u8_i16", "rounded_i8_i32", "rounded_u8_i32", "near_i8", "near_u8", "near_i8_i16", "near_u8_i16", "near_i8_i32", "near_u8_i32", "near_i8_f32", "near_u8_f32", "ROUNDED", "NEAREST", "SATURATED", "pair_f32", "both_f32", "STARTS_AT_8", "STARTS_AT_64"],
  ...[8, 16].flatMap((lanes) => ["i32", "u32", "i16", "sums", "pairs"].map((kind) => `lanes${lanes}_of_${kind}`)),
  ...Object.values(cTypes),
  ...elementTypes.map(arenaName),
]);
