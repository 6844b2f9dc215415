/**
 * SMT-LIB symbols, numerals and comment text. A name is printed as it is or quoted;
 * what SMT-LIB cannot quote is refused, so that two names never become one symbol.
 */
import { invariant } from "../../ir/prelude.js";

const plain = /^[A-Za-z_][A-Za-z0-9_]*$/;
const quotable = /^[\x20-\x7e]+$/;
/** `!` marks the printer's own symbols, `|` and `\` cannot stand inside a quoted symbol. */
const forbidden = /[!|\\]/;

/** Words of the command language and of the theory of integers. */
const reserved = new Set([
  "BINARY", "DECIMAL", "HEXADECIMAL", "NUMERAL", "STRING", "_", "as", "let", "exists", "forall", "match", "par",
  "and", "or", "not", "xor", "ite", "true", "false", "distinct", "div", "mod", "abs", "assert", "Int", "Bool", "Real",
]);

export function symbol(name: string): string {
  invariant(quotable.test(name) && !forbidden.test(name), `no SMT-LIB symbol for the variable ${JSON.stringify(name)}`);
  return plain.test(name) && !reserved.has(name) ? name : `|${name}|`;
}

/** `value` >= 0; negative numbers are written on the other side of a relation. */
export function numeral(value: number): string {
  invariant(Number.isSafeInteger(value) && value >= 0, `no SMT-LIB numeral for ${value}`);
  return String(value);
}

/** One line of ASCII: node names are free text and must not end a comment. */
export function commentText(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}
