/** A position in the tokens of one file. Whatever is asked for and not there is a Refusal. */
import { type SourceText, type Token, type TokenKind, refuse, tokensOf } from "./lexer.js";

export interface Cursor {
  /** The token `ahead` places from the next one. */
  readonly peek: (ahead?: number) => Token;
  readonly take: () => Token;
  /** Is the next token this word or mark? */
  readonly sees: (text: string, ahead?: number) => boolean;
  /** Consumes the next token if it is this word or mark. */
  readonly accept: (text: string) => boolean;
  /** Consumes these words and marks, one after the other. */
  readonly expect: (...texts: readonly string[]) => void;
  /** Consumes a token of a kind and gives its text. */
  readonly expectKind: (kind: TokenKind, what: string) => string;
  /** Consumes an unsigned decimal literal without suffix that fits int32_t. */
  readonly integer: () => number;
  /** Consumes exactly the tokens of a fixed text. */
  readonly expectText: (lines: readonly string[]) => void;
  readonly fail: (what: string) => never;
}

function show(token: Token): string {
  return token.kind === "end" ? "the end of the file" : `\`${token.text}\``;
}

/** Words and marks are compared by text; comments and preprocessor lines never match by accident. */
function matches(token: Token, text: string): boolean {
  return token.text === text && token.kind !== "end";
}

const fixedTexts = new WeakMap<readonly string[], readonly Token[]>();

function fixedTokens(lines: readonly string[]): readonly Token[] {
  const known = fixedTexts.get(lines);
  if (known !== undefined) return known;
  const tokens = tokensOf({ name: "fixed text", text: lines.join("\n") }).slice(0, -1);
  fixedTexts.set(lines, tokens);
  return tokens;
}

/** A cursor at the first token of a file; lexical errors are refused at once. */
export function cursorOver(source: SourceText): Cursor {
  const tokens = tokensOf(source);
  const end: Token = tokens.at(-1) ?? { kind: "end", text: "", at: source.text.length, line: 0 };
  let next = 0;
  const peek = (ahead = 0): Token => tokens[next + ahead] ?? end;
  const fail = (what: string): never => refuse(what, source, peek().at);
  const take = (): Token => {
    const token = peek();
    next++;
    return token;
  };
  const sees = (text: string, ahead = 0): boolean => matches(peek(ahead), text);
  const accept = (text: string): boolean => {
    const seen = sees(text);
    if (seen) next++;
    return seen;
  };
  const expect = (...texts: readonly string[]): void => {
    for (const text of texts) if (!accept(text)) fail(`expected \`${text}\`, found ${show(peek())}`);
  };
  const expectKind = (kind: TokenKind, what: string): string =>
    peek().kind === kind ? take().text : fail(`expected ${what}, found ${show(peek())}`);
  const integer = (): number => {
    const { kind, text } = peek();
    if (kind !== "number" || !/^(0|[1-9][0-9]{0,9})$/.test(text) || Number(text) >= 2 ** 31) fail(`expected an int literal, found ${show(peek())}`);
    return Number(take().text);
  };
  const expectText = (lines: readonly string[]): void => {
    for (const { text } of fixedTokens(lines)) expect(text);
  };
  return { peek, take, sees, accept, expect, expectKind, integer, expectText, fail };
}
