/**
 * Instruction sequences for which the table says exactly how long they take: every ordered
 * pair of instruction forms with every way the second can depend on the first, and random
 * mixtures of all of them with jumps, taken and untaken branches, calls and instructions
 * across two words. Operands are those that cost most (a divisor of zero, an inexact quotient).
 */

import { present } from "../../ir/prelude.js";

/** A small generator, so that the sequences are the same everywhere (Marsaglia, xorshift, 2003). */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

interface Form {
  readonly name: string;
  /** Kind of the register it writes. */
  readonly writes: "integer" | "float" | "none";
  /** Kinds of the registers it reads. */
  readonly reads: readonly ("integer" | "float")[];
  readonly text: (to: string, from: readonly string[]) => string;
}

const integerUnary: Form[] = ["addi", "xori", "slli"].map((name) => ({ name, writes: "integer", reads: ["integer"], text: (to, [a]) => `${name} ${to}, ${a}, 3` }));
const integerBinary: Form[] = ["add", "sub", "sltu", "mul", "mulh", "mulhu", "mulhsu"].map((name) => ({ name, writes: "integer", reads: ["integer", "integer"], text: (to, [a, b]) => `${name} ${to}, ${a}, ${b}` }));
const divisions: Form[] = ["div", "divu", "rem", "remu"].map((name) => ({ name, writes: "integer", reads: ["integer"], text: (to, [a]) => `${name} ${to}, ${a}, zero` }));
const loads: Form[] = ["lb", "lbu", "lh", "lw"].map((name) => ({ name, writes: "integer", reads: [], text: (to) => `${name} ${to}, 8(a0)` }));
const floatBinary: Form[] = ["fadd.s", "fsub.s", "fmul.s", "fmin.s", "fmax.s", "fsgnj.s"].map((name) => ({ name, writes: "float", reads: ["float", "float"], text: (to, [a, b]) => `${name} ${to}, ${a}, ${b}` }));
const comparisons: Form[] = ["feq.s", "flt.s", "fle.s"].map((name) => ({ name, writes: "integer", reads: ["float", "float"], text: (to, [a, b]) => `${name} ${to}, ${a}, ${b}` }));
const toInteger: Form[] = ["fcvt.w.s", "fcvt.wu.s", "fmv.x.w", "fclass.s"].map((name) => ({ name, writes: "integer", reads: ["float"], text: (to, [a]) => `${name} ${to}, ${a}` }));
const toFloat: Form[] = ["fcvt.s.w", "fcvt.s.wu", "fmv.w.x"].map((name) => ({ name, writes: "float", reads: ["integer"], text: (to, [a]) => `${name} ${to}, ${a}` }));

export const forms: readonly Form[] = [
  ...integerUnary, ...integerBinary, ...divisions, ...loads, ...floatBinary, ...comparisons, ...toInteger, ...toFloat,
  { name: "lui", writes: "integer", reads: [], text: (to) => `lui ${to}, 5` },
  { name: "c.mv", writes: "integer", reads: ["integer"], text: (to, [a]) => `mv ${to}, ${a}` },
  { name: "fmadd.s", writes: "float", reads: ["float", "float", "float"], text: (to, [a, b, c]) => `fmadd.s ${to}, ${a}, ${b}, ${c}` },
  { name: "fdiv.s", writes: "float", reads: [], text: (to) => `fdiv.s ${to}, fs0, fs1` },
  { name: "fsqrt.s", writes: "float", reads: [], text: (to) => `fsqrt.s ${to}, fs0` },
  { name: "flw", writes: "float", reads: [], text: (to) => `flw ${to}, 4(a0)` },
  { name: "sw", writes: "none", reads: ["integer"], text: (_, [a]) => `sw ${a}, 12(a0)` },
  { name: "sb", writes: "none", reads: ["integer"], text: (_, [a]) => `sb ${a}, 13(a0)` },
  { name: "fsw", writes: "none", reads: ["float"], text: (_, [a]) => `fsw ${a}, 16(a0)` },
  { name: "frflags", writes: "integer", reads: [], text: (to) => `frflags ${to}` },
  { name: "fsflags", writes: "none", reads: ["integer"], text: (_, [a]) => `fsflags ${a}` },
];

const integers = ["t0", "t1", "t2", "t3", "t4", "a2", "a3", "a4", "a5"];
const floats = ["ft0", "ft1", "ft2", "ft3", "fa0", "fa1", "fa2"];

/** Floats that no form writes: an inexact quotient and an irrational root. */
const set = ["li t0, 0x40490fdb", "fmv.w.x fs0, t0", "li t0, 0x402df854", "fmv.w.x fs1, t0", "li t0, 0x3f9d70a4", ...floats.map((register) => `fmv.w.x ${register}, t0`), ...integers.slice(1).map((register) => `li ${register}, 77`)];

export interface Sequence {
  readonly name: string;
  readonly body: readonly string[];
}

/** Independent, reading the result in each place, and writing the same register. */
export function pairs(): readonly Sequence[] {
  return forms.flatMap((first) => forms.flatMap((second) => dependences(first, second).map((body, k) => ({ name: `${first.name} ${second.name} ${k}`, body }))));
}

function dependences(first: Form, second: Form): readonly (readonly string[])[] {
  const result = first.writes === "integer" ? "t1" : "ft1";
  const lead = textOf(first, result, (kind) => (kind === "integer" ? "t2" : "ft2"));
  const apart = textOf(second, second.writes === "integer" ? "t3" : "ft3", (kind) => (kind === "integer" ? "t4" : "fa0"));
  const reading = second.reads.some((kind) => kind === first.writes) ? [textOf(second, second.writes === "integer" ? "t3" : "ft3", (kind) => (kind === first.writes ? result : kind === "integer" ? "t4" : "fa0"))] : [];
  const overwriting = second.writes === first.writes && first.writes !== "none" ? [textOf(second, result, (kind) => (kind === "integer" ? "t4" : "fa0"))] : [];
  return [apart, ...reading, ...overwriting].flatMap((next) => [[lead, next, "nop"], [lead, "nop", next, "nop"]]);
}

function textOf({ reads, text }: Form, to: string, from: (kind: "integer" | "float") => string): string {
  return text(to, reads.map(from));
}

/** Control flow whose longest path is the one that runs. */
const transfers: readonly ((label: string) => readonly string[])[] = [
  (to) => [`j ${to}`, `${to}:`],
  (to) => [`j ${to}`, "c.nop", `${to}:`],
  (to) => [`beq zero, zero, ${to}`, `${to}:`],
  (to) => [`bne a0, zero, ${to}`, "c.nop", `${to}:`],
  () => ["bne zero, zero, end"],
  () => ["c.nop"],
  () => ["jal leaf"],
];

export function mixtures(count: number, length: number): readonly Sequence[] {
  return Array.from({ length: count }, (_, k) => mixture(k + 1, length));
}

function mixture(seed: number, length: number): Sequence {
  const random = randomNumbers(seed * 2654435761);
  const any = <T>(of: readonly T[]): T => present(of[random(of.length)], "choice");
  const register = (kind: "integer" | "float"): string => any(kind === "integer" ? integers : floats);
  const body = Array.from({ length }, (_, k) => {
    if (random(4) === 0) return any(transfers)(`l${k}`);
    const form = any(forms);
    return [textOf(form, register(form.writes === "float" ? "float" : "integer"), register)];
  });
  return { name: `mixture ${seed}`, body: body.flat() };
}

/** Functions `f0`, `f1`, … of an assembly file; `a0` is the address of some memory. */
export function assemblyOf(sequences: readonly Sequence[]): string {
  const leaf = [".balign 2", ".type leaf, @function", "leaf:", "addi t0, t0, 1", "ret"];
  const functions = sequences.flatMap(({ body }, k) => [
    ".balign 4", `.globl f${k}`, `.type f${k}, @function`, `f${k}:`, "mv s4, ra", ...set,
    ...body.map((line) => line.replaceAll(/\b(l\d+|end)\b/g, `.L${k}_$1`)),
    `.L${k}_end:`, "mv ra, s4", "ret",
  ]);
  return [".text", ".option arch, +zicsr", ...leaf, ...functions].join("\n");
}
