/**
 * Parses the text of a LoopProgram. The grammar, one line per node or buffer, two
 * spaces of indentation per level, strings as in JSON:
 *
 *   program  := "program" NAME NL buffer* NL node*
 *   buffer   := KIND NAME [STRING] TYPE "[" [INT ("," INT)*] "]" ["=" STRING point] ["@" INT] NL
 *   node     := "for" NAME "in" "0" ".." INT MODE origin "{" NL node* "}" NL
 *             | "if" condition ("," condition)* "{" NL node* "}" NL
 *             | NAME ":" NAME point "=" value origin NL
 *   origin   := "from" STRING "by" STRING
 *   value    := NAME point | TYPE ":" HEX | "index" "(" sum ")" | OP "(" [value ("," value)*] ")"
 *   point    := "[" [sum ("," sum)*] "]"
 *   condition:= sum (">=" | "==") "0"
 *   sum      := ["-"] term (("+" | "-") term)*
 *   term     := INT | [INT "*"] (NAME | ("floordiv" | "mod") "(" sum "," INT ")")
 *
 * The text must be canonical: what was parsed is printed again and compared, so no
 * two texts mean one program and nothing in the text goes unread.
 */
import { InvariantViolation, type Origin } from "../prelude.js";
import { type Constant, type ElementType, bytesOf, isElementType } from "../scalar/types.js";
import { type Condition, type IndexExpr, floordiv, literal, mod, plus, times, variable, zero } from "./index-expr.js";
import { type Cursor, cursorOver, show, syntaxError } from "./lexer.js";
import { printLines } from "./print.js";
import type { Buffer, BufferKind, Expr, LoopKind, Node, Program } from "./program.js";
import { maxNesting, maxValueDepth } from "./visit.js";

const bufferKinds: readonly BufferKind[] = ["input", "output", "weight", "temp", "local"];
const modes: readonly LoopKind[] = ["serial", "unrolled", "vector", "parallel"];
/** `floordiv` and `mod` inside each other. */
const maxIndexDepth = 64;

/** Throws a Refusal `loop-syntax` with line and column when the text is not a program's canonical text. */
export function parseProgram(text: string): Program {
  const cursor = cursorOver(text);
  const program = parseWhole(cursor);
  requireCanonical(program, text);
  return program;
}

function parseWhole(cursor: Cursor): Program {
  cursor.expect("program");
  const name = cursor.expectKind("word", "the program's name");
  endLine(cursor);
  const buffers: Buffer[] = [];
  while (cursor.peek().kind === "word") buffers.push(parseBuffer(cursor));
  endLine(cursor);
  const body = parseBody(cursor, 0);
  if (cursor.peek().kind !== "end") cursor.fail(`expected a loop, guard or store, found ${show(cursor.peek())}`);
  return { name, buffers, body };
}

function requireCanonical(program: Program, text: string): void {
  let line = 0;
  let at = 0;
  for (const printed of printLines(program)) {
    line++;
    if (!text.startsWith(`${printed}\n`, at)) syntaxError(`not canonical, expected: ${printed}`, line, 1);
    at += printed.length + 1;
  }
  if (at !== text.length) syntaxError("text after the end of the program", line + 1, 1);
}

function endLine(cursor: Cursor): void {
  cursor.expectKind("line", "the end of the line");
}

function oneOf<T extends string>(cursor: Cursor, words: readonly T[]): T {
  const { text } = cursor.peek();
  const word = words.find((w) => w === text) ?? cursor.fail(`expected one of ${words.join(", ")}, found \`${text}\``);
  cursor.take();
  return word;
}

function parseBuffer(cursor: Cursor): Buffer {
  const kind = oneOf(cursor, bufferKinds);
  const name = cursor.expectKind("word", "the buffer's name");
  const label = cursor.peek().kind === "string" ? { label: cursor.take().text } : {};
  const type = parseType(cursor);
  cursor.expect("[");
  const shape = list(cursor, "]", () => cursor.integer());
  const map = cursor.accept("=") ? { map: { tensor: cursor.expectKind("string", "the tensor's name"), index: parsePoint(cursor) } } : {};
  const place = cursor.accept("@") ? { place: { offset: cursor.integer() } } : {};
  endLine(cursor);
  return { name, type, shape, kind, ...map, ...place, ...label };
}

function parseType(cursor: Cursor): ElementType {
  const { text } = cursor.peek();
  if (!isElementType(text)) return cursor.fail(`expected an element type, found ${show(cursor.peek())}`);
  cursor.take();
  return text;
}

/** Items separated by commas up to the closing mark, which is consumed. */
function list<T>(cursor: Cursor, close: string, item: () => T): T[] {
  const items: T[] = [];
  if (cursor.accept(close)) return items;
  do items.push(item());
  while (cursor.accept(","));
  cursor.expect(close);
  return items;
}

function parseBody(cursor: Cursor, depth: number): Node[] {
  if (depth > maxNesting) cursor.fail(`loops and guards nest deeper than ${maxNesting}`);
  const body: Node[] = [];
  while (cursor.peek().kind === "word") body.push(parseNode(cursor, depth));
  return body;
}

function parseNode(cursor: Cursor, depth: number): Node {
  if (cursor.accept("for")) return parseLoop(cursor, depth);
  if (cursor.accept("if")) return parseGuard(cursor, depth);
  return parseStore(cursor);
}

function parseLoop(cursor: Cursor, depth: number): Node {
  const name = cursor.expectKind("word", "the loop's variable");
  cursor.expect("in");
  if (cursor.integer() !== 0) cursor.fail("every loop starts at 0");
  cursor.expect("..");
  const extent = cursor.integer();
  const mode = oneOf(cursor, modes);
  const origin = parseOrigin(cursor);
  return { kind: "loop", variable: name, extent, mode, body: parseBlock(cursor, depth), origin };
}

function parseGuard(cursor: Cursor, depth: number): Node {
  const conditions = [parseCondition(cursor)];
  while (cursor.accept(",")) conditions.push(parseCondition(cursor));
  return { kind: "guard", conditions, body: parseBlock(cursor, depth) };
}

function parseBlock(cursor: Cursor, depth: number): Node[] {
  cursor.expect("{");
  endLine(cursor);
  const body = parseBody(cursor, depth + 1);
  cursor.expect("}");
  endLine(cursor);
  return body;
}

function parseStore(cursor: Cursor): Node {
  const name = cursor.expectKind("word", "the statement's name");
  cursor.expect(":");
  const buffer = cursor.expectKind("word", "the buffer's name");
  const index = parsePoint(cursor);
  cursor.expect("=");
  const value = parseValue(cursor, 0);
  const origin = parseOrigin(cursor);
  endLine(cursor);
  return { kind: "store", name, buffer, index, value, origin };
}

function parseOrigin(cursor: Cursor): Origin {
  cursor.expect("from");
  const node = cursor.expectKind("string", "the node's name");
  cursor.expect("by");
  return { node, pass: cursor.expectKind("string", "the pass's name") };
}

function parseValue(cursor: Cursor, depth: number): Expr {
  if (depth > maxValueDepth) cursor.fail(`operators nest deeper than ${maxValueDepth}`);
  const name = cursor.expectKind("word", "a value");
  if (cursor.accept(":")) return { kind: "const", constant: parseConstant(cursor, name) };
  if (!cursor.accept("(")) return { kind: "load", buffer: name, index: parsePoint(cursor) };
  if (name !== "index") return { kind: "op", op: name, args: list(cursor, ")", () => parseValue(cursor, depth + 1)) };
  const index = parseSum(cursor, 0);
  cursor.expect(")");
  return { kind: "index", index };
}

function parseConstant(cursor: Cursor, type: string): Constant {
  if (!isElementType(type)) return cursor.fail(`\`${type}\` is no element type`);
  if (cursor.peek().text.length !== 2 + 2 * bytesOf[type]) cursor.fail(`a constant of type ${type} has ${2 * bytesOf[type]} hexadecimal digits`);
  return { type, bits: BigInt(cursor.expectKind("number", "the bits of a constant")) };
}

function parsePoint(cursor: Cursor): IndexExpr[] {
  cursor.expect("[");
  return list(cursor, "]", () => parseSum(cursor, 0));
}

function parseCondition(cursor: Cursor): Condition {
  const index = parseSum(cursor, 0);
  const kind = cursor.accept(">=") ? "ge" : "eq";
  if (kind === "eq") cursor.expect("==");
  if (cursor.integer() !== 0) cursor.fail("a condition compares with 0");
  return { kind, index };
}

function parseSum(cursor: Cursor, depth: number): IndexExpr {
  if (depth > maxIndexDepth) cursor.fail(`floordiv and mod nest deeper than ${maxIndexDepth}`);
  try {
    let sum = signed(cursor, depth, cursor.accept("-") ? -1 : 1, zero);
    for (;;) {
      if (cursor.accept("+")) sum = signed(cursor, depth, 1, sum);
      else if (cursor.accept("-")) sum = signed(cursor, depth, -1, sum);
      else return sum;
    }
  } catch (error) {
    // Index arithmetic checks its own range and divisors; here they are the writer's mistake.
    if (error instanceof InvariantViolation) return cursor.fail(error.message);
    throw error;
  }
}

function signed(cursor: Cursor, depth: number, sign: number, before: IndexExpr): IndexExpr {
  if (cursor.peek().kind !== "number") return plus(before, times(parseAtom(cursor, depth), sign));
  const factor = cursor.integer();
  const term = cursor.accept("*") ? times(parseAtom(cursor, depth), factor) : literal(factor);
  return plus(before, times(term, sign));
}

function parseAtom(cursor: Cursor, depth: number): IndexExpr {
  const name = cursor.expectKind("word", "a loop variable");
  if (!cursor.accept("(")) return variable(name);
  const divide = name === "floordiv" ? floordiv : name === "mod" ? mod : cursor.fail(`\`${name}\` is no function of an index`);
  const of = parseSum(cursor, depth + 1);
  cursor.expect(",");
  const by = cursor.integer();
  cursor.expect(")");
  return divide(of, by);
}
