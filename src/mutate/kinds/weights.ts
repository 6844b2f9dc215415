/**
 * Mutants of the weights: the initialisers of the C changed as a wrong printer, a bad
 * copy or an upset would change them. The reader or a W7 obligation must notice.
 */
import type { EmittedFile } from "../../../backends/backend.js";
import { checkedReadBack } from "../../../backends/c/round-trip.js";
import { Refusal, present } from "../../../ir/prelude.js";
import { textClaims } from "../../text-claims.js";
import { type MutantRow, mutantRow } from "../row.js";
import { subject } from "../subject.js";

type Edit = readonly [name: string, bug: string, change: (text: string) => string];

const number = /-?0x1\.[0-9a-f]+p[+-]?\d+f/;
const numbers = new RegExp(number, "g");

/** The k-th number of the text replaced. */
function at(k: number, to: (literal: string) => string): (text: string) => string {
  return (text) => {
    let seen = 0;
    return text.replace(numbers, (literal) => (seen++ === k ? to(literal) : literal));
  };
}

/** The float whose bits are those of `literal` but for one. */
function flipped(literal: string, bit: number): string {
  const [, sign = "", fraction = "", exponent = "0"] = /^(-?)0x1\.([0-9a-f]+)p([+-]?\d+)f$/.exec(literal) ?? [];
  if (bit === 31) return sign === "-" ? literal.slice(1) : `-${literal}`;
  if (bit >= 23) return `${sign}0x1.${fraction}p${Number(exponent) + (((Number(exponent) + 127) >> (bit - 23)) & 1 ? -1 : 1) * 2 ** (bit - 23)}f`;
  const mantissa = (parseInt(fraction.padEnd(6, "0"), 16) >> 1) ^ (1 << bit);
  const digits = (mantissa << 1).toString(16).padStart(6, "0").replace(/0+$/, "") || "0";
  return `${sign}0x1.${digits}p${exponent}f`;
}

/** The numbers at two places exchanged. */
function swapped(a: number, b: number): (text: string) => string {
  return (text) => {
    const found = [...text.matchAll(numbers)].map(([literal]) => literal);
    return at(b, () => present(found[a], "a number"))(at(a, () => present(found[b], "a number"))(text));
  };
}

/** The bodies of two initialisers. */
const body = (name: string): RegExp => new RegExp(`(${name}\\[\\d+\\] = \\{)([^}]*)(\\})`);

function bodiesSwapped(a: string, b: string): (text: string) => string {
  return (text) => {
    const [first, second] = [a, b].map((name) => body(name).exec(text)?.[2] ?? "");
    return text.replace(body(a), (_all, open: string, _old, close: string) => `${open}${second ?? ""}${close}`).replace(body(b), (_all, open: string, _old, close: string) => `${open}${first ?? ""}${close}`);
  };
}

/** A decimal float is a double in C, and need not be the float that was meant. */
function asDouble(literal: string): string {
  const [, sign = "", mantissa = "1", exponent = "0"] = /^(-?)0x(1\.[0-9a-f]+)p([+-]?\d+)f$/.exec(literal) ?? [];
  const [whole = "1", fraction = ""] = mantissa.split(".");
  return `${sign}${((parseInt(whole + fraction, 16) / 16 ** fraction.length) * 2 ** Number(exponent)).toPrecision(7)}`;
}

const bits = [0, 1, 7, 15, 22, 23, 24, 30, 31];

const edits: readonly Edit[] = [
  ...bits.map((bit): Edit => [`bit-${bit}-of-first-weight`, `bit ${bit} of a weight is flipped`, at(0, (literal) => flipped(literal, bit))]),
  ...bits.map((bit): Edit => [`bit-${bit}-of-last-weight`, `bit ${bit} of the last weight is flipped`, (text) => at([...text.matchAll(numbers)].length - 1, (literal) => flipped(literal, bit))(text)]),
  ["neighbours-exchanged", "two neighbouring weights are exchanged", swapped(2, 3)],
  ["first-and-last-exchanged", "the first and last weight of a tensor are exchanged", swapped(2, 37)],
  ["between-tensors-exchanged", "weights of two tensors are exchanged", swapped(0, 40)],
  ["biases-exchanged", "the initialisers of two buffers are exchanged", bodiesSwapped("subject_w1", "subject_w2")],
  ["initialiser-short-by-one", "an initialiser lacks its last element: C fills in 0", (text) => text.replace(/, -?0x1\.[0-9a-f]+p[+-]?\d+f\n\};/, "\n};")],
  ["initialiser-long-by-one", "an initialiser has an element too many", (text) => text.replace(/(-?0x1\.[0-9a-f]+p[+-]?\d+f)\n\};/, "$1, 0x1p+0f\n};")],
  ["initialiser-empty", "an initialiser is empty: C fills in 0", (text) => text.replace(body("subject_w3"), "$1 0 $3")],
  ["size-one-less", "an array is declared one element shorter", (text) => text.replace(/subject_w1\[36\]/, "subject_w1[35]")],
  ["suffix-lost", "a float literal without its suffix: a double", at(1, (literal) => literal.slice(0, -1))],
  ["decimal-double", "a decimal literal in place of the hexadecimal one", at(1, asDouble)],
  ["element-type-double", "the array is declared double", (text) => text.replace("const float subject_w2", "const double subject_w2")],
  ["zero-for-a-weight", "a weight became 0", at(5, () => "0x0p+0f")],
  ["negative-zero-for-a-weight", "a weight became -0", at(5, () => "-0x0p+0f")],
  ["nan-for-a-weight", "a weight became NaN", at(5, () => "(0.0f / 0.0f)")],
  ["rounded-to-half", "a weight was rounded to fewer digits", at(3, (literal) => literal.replace(/\.([0-9a-f]{2})[0-9a-f]+p/, ".$1p"))],
  ["const-lost", "the array may be written", (text) => text.replace("const float subject_w1", "float subject_w1")],
  ["defined-by-macro", "the text of an initialiser comes from a macro", (text) => text.replace(body("subject_w3"), "$1 D0, D1, D2 $3").replace(/^#include[^\n]*\n/m, "$&#define D0 0x1p+0f\n#define D1 0x1p+0f\n#define D2 0x1p+0f\n")],
];

export function weightMutants(): MutantRow[] {
  const { files } = subject().code.emission;
  return edits.map(([name, bug, change]) => {
    const mutated = files.map((file) => (file.name.endsWith("_weights.c") ? { ...file, text: change(file.text) } : file));
    const same = mutated.every(({ text }, k) => text === files[k]?.text);
    return mutantRow("weights", name, bug, same ? "" : noticedBy(mutated), { rules: ["W7"] });
  });
}

/** The reader's refusal, or the first claim about the text that does not hold. */
export function noticedBy(files: readonly EmittedFile[]): string {
  const { program, graph } = subject();
  try {
    const read = checkedReadBack(files);
    const { obligations } = textClaims({ stage: "read-back", emitted: program, read, graph, contract: "separate" });
    return obligations.find((o) => o.kind === "ground" && !o.holds)?.id ?? "";
  } catch (error) {
    if (error instanceof Refusal) return `reader: ${error.code}`;
    throw error;
  }
}
