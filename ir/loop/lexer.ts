/**
 * The tokens of the text of a LoopProgram, with line and column, and a cursor over
 * them for a parser that looks one token ahead. Every character belongs to a token
 * or is a space or a line end; anything else is a Refusal.
 */
import { Refusal } from "../prelude.js";

export type TokenKind = "word" | "number" | "string" | "mark" | "line" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a string, its value. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** A word may contain dots (`add.f32`); `0..16` is number, mark, number. */
const shapes = [
  ["word", /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*/y],
  ["number", /0x[0-9a-f]+|[0-9]+/y],
  ["string", /"(?:[^"\\\n]|\\[^\n])*"/y],
  ["mark", /\.\.|>=|==|[[\](){}:,=@+\-*]/y],
  ["line", /\n/y],
] as const;

export function syntaxError(what: string, line: number, column: number): never {
  const remedy = "write the program in its canonical text, as `obligato` prints it";
  throw new Refusal("usage", "loop-syntax", what, `${line}:${column}`, remedy);
}

/** The tokens of a text with their places; refuses a character that starts none. */
export function* tokens(text: string): Generator<Token> {
  let line = 1;
  let lineStart = 0;
  for (let at = 0; at < text.length; ) {
    if (text[at] === " ") {
      at++;
      continue;
    }
    const token = tokenAt(text, at, { line, column: at - lineStart + 1 });
    yield token.token;
    at = token.end;
    if (token.token.kind === "line") {
      line++;
      lineStart = at;
    }
  }
  yield { kind: "end", text: "end of text", line, column: text.length - lineStart + 1 };
}

interface Position {
  readonly line: number;
  readonly column: number;
}

function tokenAt(text: string, at: number, { line, column }: Position): { token: Token; end: number } {
  for (const [kind, shape] of shapes) {
    shape.lastIndex = at;
    const found = shape.exec(text)?.[0];
    if (found === undefined) continue;
    const value = kind === "string" ? unquote(found, line, column) : found;
    return { token: { kind, text: value, line, column }, end: at + found.length };
  }
  return syntaxError(`unexpected character ${JSON.stringify(text[at])}`, line, column);
}

function unquote(quoted: string, line: number, column: number): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return syntaxError(`${quoted} is no JSON string`, line, column);
  }
}

/** A position in the token stream; every method that wants a token refuses when it is not there. */
export interface Cursor {
  /** The next token, not yet consumed. */
  readonly peek: () => Token;
  readonly take: () => Token;
  /** Consumes the next token if it is this mark or word. */
  readonly accept: (text: string) => boolean;
  readonly expect: (text: string) => void;
  readonly expectKind: (kind: TokenKind, what: string) => string;
  /** An unsigned decimal safe integer. */
  readonly integer: () => number;
  readonly fail: (what: string) => never;
}

/** Reads tokens one at a time; every refusal names line and column. */
export function cursorOver(text: string): Cursor {
  const source = tokens(text);
  const end: Token = { kind: "end", text: "end of text", line: 0, column: 0 };
  const next = (): Token => {
    const result = source.next();
    return result.done === true ? end : result.value;
  };
  let current = next();
  const peek = (): Token => current;
  const take = (): Token => {
    const taken = current;
    if (taken.kind !== "end") current = next();
    return taken;
  };
  const fail = (what: string): never => syntaxError(what, current.line, current.column);
  const is = (text: string): boolean => current.text === text && (current.kind === "word" || current.kind === "mark");
  const accept = (text: string): boolean => is(text) && take() !== undefined;
  const expect = (text: string): void => {
    if (!accept(text)) fail(`expected \`${text}\`, found ${show(current)}`);
  };
  const expectKind = (kind: TokenKind, what: string): string =>
    current.kind === kind ? take().text : fail(`expected ${what}, found ${show(current)}`);
  const integer = (): number => {
    const { kind, text: digits } = current;
    if (kind !== "number" || !/^[0-9]+$/.test(digits) || !Number.isSafeInteger(Number(digits))) {
      fail(`expected an integer below 2^53, found ${show(current)}`);
    }
    return Number(take().text);
  };
  return { peek, take, accept, expect, expectKind, integer, fail };
}

export function show(token: Token): string {
  if (token.kind === "line") return "the end of the line";
  return token.kind === "end" ? "the end of the text" : `\`${token.text}\``;
}
