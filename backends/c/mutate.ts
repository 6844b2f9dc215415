/**
 * Wrong printers by the hundred: one token of the emitted text changed, removed,
 * doubled or added. The reader must refuse each mutant or read another program from
 * it (which the kernel then compares); a mutant that reads as the same program is a
 * survivor, and only a text with the same meaning may be one.
 */
import { Refusal } from "../../ir/prelude.js";
import { printProgram } from "../../ir/loop/print.js";
import { bytesOfElements } from "../../ir/tensor/tensor.js";
import type { EmittedFile, ReadBack } from "../backend.js";
import { type Token, tokensOf } from "./lexer.js";
import { readBack } from "./readback.js";
import { checkedReadBack } from "./round-trip.js";

export const mutationKinds = ["swap-identifier", "change-number", "change-operator", "delete", "duplicate", "insert", "change-comment"] as const;
export type MutationKind = (typeof mutationKinds)[number];

export interface TextMutant {
  /** `file:line:column kind old -> new`. */
  readonly name: string;
  readonly kind: MutationKind;
  readonly files: readonly EmittedFile[];
}

/** Repeatable numbers in 0 … below − 1 (mulberry32). */
type Draw = (below: number) => number;

function drawFrom(seed: number): Draw {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Operators that could stand in for each other, so that most mutants still look like C. */
const operatorGroups: readonly (readonly string[])[] = [["+", "-", "*", "/", "%", "<<"], ["<", "<=", ">", ">=", "==", "!="], ["&&", "||", "&"], ["=", "+="], ["++", "--"], ["!", "-", "~"]];
const operators = operatorGroups.flat();

/** Identifiers of one class are swapped with each other: words of C, macros, names of functions, names of the program. */
function classOf(word: string): string {
  if (/^(?:const|static|inline|extern|void|return|if|for|float|double|bool|u?int\d+_t|typedef|char|union|sizeof)$/.test(word)) return "C";
  return /^[A-Z]/.test(word) ? "macro" : /_(?:n\d|w\d|run|selftest)|_[fiub]\w*\d$/.test(word) ? "function" : "name";
}

/** `count` mutants of one file, each with a different single change. */
export function mutateTokens(file: EmittedFile, count: number, seed: number): readonly (Omit<TextMutant, "files"> & { readonly text: string })[] {
  const tokens = tokensOf(file).slice(0, -1);
  const words = [...new Set(tokens.filter(({ kind }) => kind === "word").map(({ text }) => text))];
  const draw = drawFrom(seed);
  const mutants = new Map<string, Omit<TextMutant, "files"> & { readonly text: string }>();
  for (let tries = 0; mutants.size < count && tries < 50 * count; tries++) {
    const token = tokens[draw(tokens.length)];
    const change = token === undefined ? undefined : changeOf(token, words, draw);
    if (token === undefined || change === undefined || change.to === token.text) continue;
    const text = `${file.text.slice(0, token.at)}${change.to}${file.text.slice(token.at + token.text.length)}`;
    mutants.set(text, { name: `${place(file, token)} ${change.kind}: ${shown(token.text)} -> ${shown(change.to)}`, kind: change.kind, text });
  }
  return [...mutants.values()];
}

function place({ name, text }: EmittedFile, { at, line }: Token): string {
  return `${name}:${line}:${at - text.lastIndexOf("\n", at - 1)}`;
}

function shown(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}

interface Change {
  readonly kind: MutationKind;
  readonly to: string;
}

function changeOf({ kind, text }: Token, words: readonly string[], draw: Draw): Change | undefined {
  switch (draw(6)) {
    case 0:
      return { kind: "delete", to: " " };
    case 1:
      return { kind: "duplicate", to: `${text} ${text}` };
    case 2:
      return { kind: "insert", to: `${text} ${draw(2) === 0 ? pick(words, draw) : pick(operators, draw)} ` };
    default:
      return kind === "word" ? { kind: "swap-identifier", to: pick(words.filter((word) => classOf(word) === classOf(text)), draw) } : changeOther(kind, text, draw);
  }
}

function changeOther(kind: Token["kind"], text: string, draw: Draw): Change | undefined {
  if (kind === "number") return { kind: "change-number", to: changedNumber(text, draw) };
  const group = kind === "mark" ? operatorGroups.filter((group) => group.includes(text)).flat() : [];
  if (group.length > 0) return { kind: "change-operator", to: pick(group, draw) };
  return kind === "comment" || kind === "directive" ? { kind: "change-comment", to: changedCharacter(text, draw) } : undefined;
}

function pick(list: readonly string[], draw: Draw): string {
  return list[draw(list.length)] ?? "";
}

/** One digit more or less, another digit, or the next number. */
function changedNumber(text: string, draw: Draw): string {
  const digits = [...text.matchAll(/[0-9a-f]/g)].map(({ index }) => index);
  const at = digits[draw(digits.length)] ?? 0;
  const digit = String(draw(10));
  return [text.slice(0, at) + digit + text.slice(at + 1), text.slice(0, at) + digit + text.slice(at), text.slice(0, at) + text.slice(at + 1)][draw(3)] || "0";
}

/** Another character inside a comment or preprocessor line. */
function changedCharacter(text: string, draw: Draw): string {
  const at = 2 + draw(Math.max(1, text.length - 4));
  return `${text.slice(0, at)}${"abz019 _"[draw(8)] ?? "a"}${text.slice(at + 1)}`;
}

/** `count` mutants spread over the files that hold the program: source, headers and weights. */
export function mutateText(files: readonly EmittedFile[], seed: number, count: number): readonly TextMutant[] {
  const shares = files.filter(({ name }) => !name.endsWith("_selftest.c"));
  const source = shares.find(({ name, text }) => name.endsWith(".c") && text.includes("_run("));
  const others = shares.filter((file) => file !== source);
  const each = Math.floor(count / (others.length * 5 || 1));
  return shares.flatMap((file, k) => {
    const share = file === source ? count - each * others.length : each;
    return mutateTokens(file, share, seed + k).map(({ name, kind, text }) => ({
      name, kind, files: files.map((f) => (f === file ? { name: f.name, text } : f)),
    }));
  });
}

/** Who noticed: the reader refused, the program or weights read differ, or only the byte comparison did. */
export type Killer = "reader" | "program" | "round-trip";

export interface MutantScore {
  readonly name: string;
  readonly kind: MutationKind;
  readonly killed: boolean;
  readonly by: Killer | "nobody";
}

/** Every mutant of the text with who killed it. `by: "round-trip"` means: the same program, spelt otherwise. */
export function scoreTextMutants(files: readonly EmittedFile[], count: number, seed: number): readonly MutantScore[] {
  const original = fingerprint(readBack(files));
  return mutateText(files, seed, count).map((mutant) => {
    const by = killerOf(mutant.files, original);
    return { name: mutant.name, kind: mutant.kind, killed: by !== "nobody", by };
  });
}

function killerOf(files: readonly EmittedFile[], original: string): MutantScore["by"] {
  const read = accepted(() => readBack(files));
  if (read === undefined) return "reader";
  if (fingerprint(read) !== original) return "program";
  return accepted(() => checkedReadBack(files)) === undefined ? "round-trip" : "nobody";
}

function accepted(read: () => ReadBack): ReadBack | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal && error.code === "c-subset") return undefined;
    throw error;
  }
}

/** Every token of `text`, which stands in one of the files, changed once: for fixed texts, of which no token may be another. */
export function scoreTokensOf(files: readonly EmittedFile[], text: string, seed: number): readonly MutantScore[] {
  const original = fingerprint(readBack(files));
  const draw = drawFrom(seed);
  const file = files.find((it) => it.text.includes(text)) ?? { name: "", text: "" };
  const start = file.text.indexOf(text);
  const tokens = tokensOf(file).filter(({ at }) => at >= start && at < start + text.length);
  const words = [...new Set(tokens.filter(({ kind }) => kind === "word").map((token) => token.text))];
  return tokens.map((token) => {
    const { kind, to } = anyChange(token, words, draw);
    const changed = { name: file.name, text: `${file.text.slice(0, token.at)}${to}${file.text.slice(token.at + token.text.length)}` };
    const by = killerOf(files.map((it) => (it === file ? changed : it)), original);
    return { name: `${place(file, token)} ${kind}: ${shown(token.text)} -> ${shown(to)}`, kind, killed: by !== "nobody", by };
  });
}

function anyChange(token: Token, words: readonly string[], draw: Draw): Change {
  for (let tries = 0; tries < 20; tries++) {
    const change = changeOf(token, words, draw);
    if (change !== undefined && change.to !== token.text) return change;
  }
  return { kind: "delete", to: " " };
}

/** All that the kernel compares: the program and the bits of its weights. */
function fingerprint({ program, weights }: ReadBack): string {
  const data = [...weights].map(([name, { data: elements }]) => `${name} ${Buffer.from(bytesOfElements(elements)).toString("base64")}`);
  return [printProgram(program), ...data].join("\n");
}
