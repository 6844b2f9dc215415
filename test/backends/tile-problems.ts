/**
 * What the instructions of a tile compute (backends/c/tile-text.ts) and what the reader expands it to, as problems for a solver. The
 * instructions are those of the text, executed on symbols: LDM and LDRD read words that follow each other, the lowest
 * register first, and move their address; SMLAD adds both products and the sum without a bound and keeps 32 bits (Armv7-M manual).
 */
import type { TileShape } from "../../backends/c/tile.js";
import { tileLines } from "../../backends/c/tile-text.js";
import type { RecordProblem } from "./record-problems.js";

/** The text between the quotes, an instruction each. */
function instructionsOf(shape: TileShape): readonly string[] {
  const [, text = ""] = /__asm__ volatile\("([^"]*)"/.exec(tileLines(shape).join("\n")) ?? [];
  return text.split("\\n\\t");
}

interface Machine {
  readonly registers: Map<string, string>;
  /** Bytes by which an address was moved. */
  readonly moved: Map<string, number>;
}

/** A word of an array of bits, at a number of bytes. */
function wordAt(name: string, byte: number): string {
  return `((_ extract ${8 * byte + 31} ${8 * byte}) ${name})`;
}

function load({ registers, moved }: Machine, address: string, targets: readonly string[]): void {
  for (const [k, target] of targets.entries()) registers.set(target, wordAt(address, (moved.get(address) ?? 0) + 4 * k));
}

function smlad(x: string, y: string, sum: string): string {
  const half = (word: string, k: number): string => `((_ sign_extend 48) ((_ extract ${16 * k + 15} ${16 * k}) ${word}))`;
  return `((_ extract 31 0) (bvadd (bvmul ${half(x, 0)} ${half(y, 0)}) (bvadd (bvmul ${half(x, 1)} ${half(y, 1)}) ((_ sign_extend 32) ${sum}))))`;
}

/** One instruction; those that a tile does not have are an error. */
function execute(machine: Machine, line: string): void {
  const { registers, moved } = machine;
  const [, multiple, listed = ""] = /^ldmia %\[(\w)\]!, \{(.*)\}$/.exec(line) ?? [];
  const [, low, high, dual, by] = /^ldrd (r\d+), (r\d+), \[%\[(\w)\]\], #(\d+)$/.exec(line) ?? [];
  const [, to, x, y, sum] = /^smlad (\S+), (\S+), (\S+), (\S+)$/.exec(line) ?? [];
  const valueOf = (name: string): string => registers.get(name.replace(/^%\[(.*)\]$/, "$1")) ?? name;
  if (multiple !== undefined) {
    const targets = listed.split(", ").sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
    load(machine, multiple, targets);
    moved.set(multiple, (moved.get(multiple) ?? 0) + 4 * targets.length);
  } else if (low !== undefined && high !== undefined && dual !== undefined) {
    load(machine, dual, [low, high]);
    moved.set(dual, (moved.get(dual) ?? 0) + Number(by));
  } else if (to !== undefined && x !== undefined && y !== undefined && sum !== undefined) {
    registers.set(to.replace(/^%\[(.*)\]$/, "$1"), smlad(valueOf(x), valueOf(y), valueOf(sum)));
  } else throw new Error(`no instruction of a tile: ${line}`);
}

/** One quad: of each sum, and of how far the addresses are moved, that it is what the loops say. */
function tile(name: string, shape: TileShape, change: (line: string) => string, holds: boolean): RecordProblem {
  const { rows, columns } = shape;
  const sums = Array.from({ length: rows * columns }, (_, k) => `a${k}`);
  const machine: Machine = { registers: new Map(sums.map((sum) => [sum, sum])), moved: new Map() };
  for (const line of instructionsOf(shape)) execute(machine, change(line));
  const half = (word: string, k: number): string => `((_ sign_extend 16) ((_ extract ${16 * k + 15} ${16 * k}) ${word}))`;
  const steps = (row: number, column: string, sum: string): string => [0, 1, 2, 3].reduce((of, k) => `(bvadd ${of} (bvmul ${half(column, k)} ${half("w", 4 * row + k)}))`, sum);
  const wanted = sums.map((sum, k) => `(= ${machine.registers.get(sum) ?? sum} ${steps(Math.floor(k / columns), k % columns === 0 ? "x" : "y", sum)})`);
  const moves = [["x", 8], ["w", 8 * rows], ...(columns === 2 ? [["y", 8] as const] : [])].map(([address, bytes]) => String(machine.moved.get(String(address)) === bytes));
  const declared = [...sums.map((sum) => [sum, 32] as const), ["x", 128] as const, ["y", 128] as const, ["w", 512] as const].map(([of, bits]) => `(declare-fun ${of} () (_ BitVec ${bits}))`);
  const text = ["(set-logic QF_BV)", ...declared, `(assert (not (and ${[...wanted, ...moves].join(" ")})))`, "(check-sat)", ""].join("\n");
  return { name: `a tile of ${rows} by ${columns}: ${name}`, holds, text };
}

const as = (line: string): string => line;
const exchanged = (first: string, second: string) => (line: string): string => line.replaceAll(first, "?").replaceAll(second, first).replaceAll("?", second);
const once = (from: string, to: string) => (line: string): string => line.replace(from, to);

const [one, two, four] = [{ rows: 2, columns: 1 }, { rows: 2, columns: 2 }, { rows: 4, columns: 1 }] as const;

export const tileProblems: readonly RecordProblem[] = [
  tile("the instructions", one, as, true),
  tile("the instructions", two, as, true),
  tile("the instructions", four, as, true),
  tile("the first two rows twice", four, (line) => line.replaceAll("%[a2]", "%[a0]"), false),
  tile("the last rows exchanged", four, exchanged("%[a2]", "%[a3]"), false),
  tile("sums of the columns exchanged", two, exchanged("%[a0]", "%[a1]"), false),
  tile("sums of the rows exchanged", one, exchanged("%[a0]", "%[a1]"), false),
  tile("words of weights exchanged", one, (line) => (line.startsWith("smlad") ? exchanged("r8", "r9")(line) : line), false),
  tile("words of a column exchanged", two, once("ldrd r12, r14, [%[y]]", "ldrd r14, r12, [%[y]]"), false),
  tile("rows of weights exchanged", two, (line) => (line.startsWith("smlad") ? exchanged("r8", "r10")(line) : line), false),
  tile("the first column twice", two, once("[%[y]]", "[%[x]]"), false),
  tile("a sum that forgets the first word", one, once("smlad %[a0], r9, r14, %[a0]", "smlad %[a0], r9, r14, %[a1]"), false),
  tile("a column that stays", two, once("[%[y]], #8", "[%[y]], #0"), false),
  tile("a column that goes on by a word", one, once("[%[x]], #8", "[%[x]], #4"), false),
];
