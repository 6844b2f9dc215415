/**
 * What the texts of four sums or differences do to memory (backends/c/quad-sums.ts) and what the reader expands them to, as problems for
 * a solver: an array of halves by address, in which the quads of the result and of both operands lie anywhere that four divides, so that
 * they may be the same. The instructions and the lines of C are those of the text, executed on symbols. SADD16 and SSUB16 keep the
 * low 16 bits of either half (Armv7-M manual); %Q is the low word of a number of 64 bits, %R the high one.
 */
import { type QuadSumKind, quadSumKinds, quadSumLines } from "../../backends/c/quad-sums.js";
import type { RecordProblem } from "./record-problems.js";

const sides = ["y", "x", "z"] as const;
const steps = [0, 1, 2, 3] as const;

function at(side: string, k: number): string {
  return `(bvadd ${side} #x0000000${k})`;
}

/** cast.i32.i16(op(cast.i16.i32(x), cast.i16.i32(z))). */
function stepOf(kind: QuadSumKind, x: string, z: string): string {
  return `((_ extract 15 0) (${kind === "sum" ? "bvadd" : "bvsub"} ((_ sign_extend 16) ${x}) ((_ sign_extend 16) ${z})))`;
}

function meant(kind: QuadSumKind): string {
  return nested((k, memory) => `(store ${memory} ${at("y", k)} ${stepOf(kind, `(select ${memory} ${at("x", k)})`, `(select ${memory} ${at("z", k)})`)})`);
}

/** Memory after the four steps, one after the other: each reads what those before it have left. */
function nested(step: (k: number, memory: string) => string): string {
  const inside = (k: number): string => (k === steps.length ? `m${k}` : `(let ((m${k + 1} ${step(k, `m${k}`)})) ${inside(k + 1)})`);
  return `(let ((m0 memory)) ${inside(0)})`;
}

type Halves = readonly [low: string, high: string];

/** Two halves of a word by an instruction of the group of parallel sums. */
const parallel: Readonly<Record<string, (a: Halves, b: Halves) => Halves>> = {
  sadd16: (a, b) => [`(bvadd ${a[0]} ${b[0]})`, `(bvadd ${a[1]} ${b[1]})`],
  ssub16: (a, b) => [`(bvsub ${a[0]} ${b[0]})`, `(bvsub ${a[1]} ${b[1]})`],
  qadd16: (a, b) => [saturated("bvadd", a[0], b[0]), saturated("bvadd", a[1], b[1])],
  qsub16: (a, b) => [saturated("bvsub", a[0], b[0]), saturated("bvsub", a[1], b[1])],
  shadd16: (a, b) => [halved(a[0], b[0]), halved(a[1], b[1])],
  sasx: (a, b) => [`(bvsub ${a[0]} ${b[1]})`, `(bvadd ${a[1]} ${b[0]})`],
};

function wide(op: string, a: string, b: string): string {
  return `(${op} ((_ sign_extend 1) ${a}) ((_ sign_extend 1) ${b}))`;
}

function saturated(op: string, a: string, b: string): string {
  return `(let ((s ${wide(op, a, b)})) (ite (bvsgt s #b00111111111111111) #x7fff (ite (bvslt s #b11000000000000000) #x8000 ((_ extract 15 0) s))))`;
}

function halved(a: string, b: string): string {
  return `((_ extract 16 1) ${wide("bvadd", a, b)})`;
}

/** Memory after the instructions: both operands are loaded, then computed with, then the result is stored. */
function byInstructions(lines: readonly string[]): string {
  const [, text = ""] = /__asm__\("([^"]*)"/.exec(lines.join("\n")) ?? [];
  const words = new Map<string, Halves>();
  for (const [number, side] of [["0", "x"], ["1", "z"]] as const) {
    for (const [word, first] of [["Q", 0], ["R", 2]] as const) words.set(`%${word}${number}`, [`(select memory ${at(side, first)})`, `(select memory ${at(side, first + 1)})`]);
  }
  for (const line of text.split("\\n\\t")) {
    const [, name = "", target = "", a = "", b = ""] = /^(\w+) (%\w\d), (%\w\d), (%\w\d)$/.exec(line) ?? [];
    const [run, left, right] = [parallel[name], words.get(a), words.get(b)];
    if (run === undefined || left === undefined || right === undefined) throw new Error(`no instruction of these records: ${line}`);
    words.set(target, run(left, right));
  }
  const result = [...words.get("%Q0") ?? [], ...words.get("%R0") ?? []];
  return result.reduce((memory, half, k) => `(store ${memory} ${at("y", k)} ${half})`, "memory");
}

/** Memory after the lines of C. */
function byLines(lines: readonly string[]): string {
  const found = [...lines.join("\n").matchAll(/y\[(\d)\] = \(int16_t\)\(\(int32_t\)x\[(\d)\] ([+-]) \(int32_t\)z\[(\d)\]\);/g)];
  if (found.length !== steps.length) throw new Error("four lines of C are expected");
  return nested((k, memory) => {
    const [, y = "", x = "", sign = "", z = ""] = found[k] ?? [];
    const half = (side: string, place: string): string => `(select ${memory} ${at(side, Number(place))})`;
    return `(store ${memory} ${at("y", Number(y))} ${stepOf(sign === "+" ? "sum" : "difference", half("x", x), half("z", z))})`;
  });
}

/** Whether C may compute that in an int32_t: of any two halves p and q the number with one more bit has the same value. */
function fits(kind: QuadSumKind): string {
  const sum = `(${kind === "sum" ? "bvadd" : "bvsub"} ((_ sign_extend 17) p) ((_ sign_extend 17) q))`;
  return `(= ((_ sign_extend 1) ((_ extract 31 0) ${sum})) ${sum})`;
}

interface Compared {
  readonly got: string;
  readonly holds: boolean;
  /** What else has to hold of any two halves p and q. */
  readonly fits?: readonly string[];
  /** The operands that start where four divides; by default all. */
  readonly aligned?: readonly string[];
}

function problem(name: string, kind: QuadSumKind, { got, holds, fits: others = [], aligned = sides }: Compared): RecordProblem {
  const lines = [
    "(set-logic QF_ABV)",
    "(declare-fun memory () (Array (_ BitVec 32) (_ BitVec 16)))",
    ...sides.map((side) => `(declare-fun ${side} () (_ BitVec 32))`),
    ...["p", "q"].map((half) => `(declare-fun ${half} () (_ BitVec 16))`),
    ...aligned.map((side) => `(assert (= ((_ extract 1 0) ${side}) #b00))`),
    `(assert (not (and ${[`(= ${got} ${meant(kind)})`, ...others].join(" ")})))`,
    "(check-sat)", "",
  ];
  return { name: `${name}, ${kind}`, holds, text: lines.join("\n") };
}

function changed(kind: QuadSumKind, from: string | RegExp, to: string): readonly string[] {
  const text = quadSumLines(kind).join("\n");
  const other = text.replaceAll(from, to);
  if (other === text) throw new Error(`${String(from)} is not in the text`);
  return other.split("\n");
}

function byChanged(name: string, kind: QuadSumKind, from: string | RegExp, to: string): RecordProblem {
  return problem(name, kind, { got: byInstructions(changed(kind, from, to)), holds: false });
}

export const quadSumProblems: readonly RecordProblem[] = [
  ...quadSumKinds.flatMap((kind) => [
    problem("by instructions", kind, { got: byInstructions(quadSumLines(kind)), holds: true }),
    problem("in C, wherever operands start", kind, { got: byLines(quadSumLines(kind)), fits: [fits(kind)], aligned: [], holds: true }),
    problem("by instructions, a result that starts anywhere", kind, { got: byInstructions(quadSumLines(kind)), aligned: ["x", "z"], holds: false }),
    problem("by instructions, an operand that starts anywhere", kind, { got: byInstructions(quadSumLines(kind)), aligned: ["y", "x"], holds: false }),
    problem("in C, an element twice", kind, { got: byLines(changed(kind, "y[3]", "y[2]")), holds: false }),
  ]),
  byChanged("SSUB16 for a sum", "sum", "sadd16", "ssub16"),
  byChanged("SADD16 for a difference", "difference", "ssub16", "sadd16"),
  byChanged("QADD16, which saturates", "sum", "sadd16", "qadd16"),
  byChanged("QSUB16, which saturates", "difference", "ssub16", "qsub16"),
  byChanged("SHADD16, which halves", "sum", "sadd16", "shadd16"),
  byChanged("SASX, halves exchanged", "sum", "sadd16", "sasx"),
  byChanged("words exchanged", "sum", "%Q0, %Q1\\n\\tsadd16 %R0, %R0, %R1", "%Q0, %R1\\n\\tsadd16 %R0, %R0, %Q1"),
  byChanged("operands exchanged", "difference", /%([QR])0, %[QR]0, %[QR]1/g, "%$10, %$11, %$10"),
  byChanged("the low word twice", "sum", "%R0, %R1", "%Q0, %Q1"),
];
