/**
 * The tokens of emitted C, as C99 sees them: longest match, whole preprocessing
 * numbers, comments as tokens, a preprocessor line as one token. What could make a
 * compiler see other tokens than this file does is refused: line splices, trigraphs,
 * `//` comments, characters outside ASCII.
 */
import { Refusal } from "../../ir/prelude.js";

export type TokenKind = "word" | "number" | "mark" | "comment" | "directive" | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Offset of its first character. */
  readonly at: number;
  /** Line of its first character, from 1. */
  readonly line: number;
}

export interface SourceText {
  readonly name: string;
  readonly text: string;
}

const shapes: readonly (readonly [TokenKind, RegExp])[] = [
  ["word", /[A-Za-z_][A-Za-z0-9_]*/y],
  ["number", /\.?[0-9](?:[eEpP][+-]|[A-Za-z0-9_.])*/y],
  ["comment", /\/\*(?:[^*]|\*(?!\/))*\*\//y],
  ["directive", /#[^\n]*/y],
  ["mark", /<<=|>>=|\.\.\.|->|\+\+|--|&&|\|\||<<|>>|[<>=!+\-*/%&|^]=|[[\](){}.&*+\-~!/%<>^|?:;=,]/y],
];

/** `file:line:column: what`, as a Refusal. */
export function refuse(what: string, source: SourceText, at: number): never {
  const before = source.text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  const remedy = "emit the file again; text that Obligato did not print is outside the proof";
  throw new Refusal("invalid", "c-subset", what, `${source.name}:${line}:${column}`, remedy);
}

/** Refuses what a compiler would rewrite before it looks for tokens. */
function refuseRewriting(source: SourceText): void {
  const found = /\\\n|\?\?[=/'()!<>-]|[^\x20-\x7e\n]/.exec(source.text);
  if (found !== null) refuse(`${JSON.stringify(found[0])} is not allowed anywhere`, source, found.index);
}

/** All tokens, the last of kind `end`. */
export function tokensOf(source: SourceText): readonly Token[] {
  refuseRewriting(source);
  const { text } = source;
  const found: Token[] = [];
  let at = 0;
  let line = 1;
  for (;;) {
    for (; text[at] === " " || text[at] === "\n"; at++) if (text[at] === "\n") line++;
    if (at >= text.length) break;
    const token = tokenAt(source, at, line);
    found.push(token);
    at += token.text.length;
    if (token.kind === "comment") line += newlines(token.text);
  }
  found.push({ kind: "end", text: "", at, line });
  return found;
}

function newlines(text: string): number {
  let count = 0;
  for (let k = text.indexOf("\n"); k >= 0; k = text.indexOf("\n", k + 1)) count++;
  return count;
}

function tokenAt(source: SourceText, at: number, line: number): Token {
  if (source.text.startsWith("//", at)) refuse("`//` comments are not used", source, at);
  for (const [kind, shape] of shapes) {
    shape.lastIndex = at;
    if (!shape.test(source.text)) continue;
    const text = source.text.slice(at, shape.lastIndex);
    if (kind === "directive") checkDirective(source, at, text);
    if (kind === "comment" && text.includes("/*", 2)) refuse("a comment opens inside a comment", source, at);
    return { kind, text, at, line };
  }
  return refuse(`unexpected character ${JSON.stringify(source.text[at])}`, source, at);
}

/** A preprocessor line starts its line; a comment in it would not be a token. */
function checkDirective(source: SourceText, at: number, text: string): void {
  if (at > 0 && source.text[at - 1] !== "\n") refuse("a preprocessor line must start in the first column", source, at);
  if (text.includes("/*")) refuse("a comment in a preprocessor line", source, at);
}
