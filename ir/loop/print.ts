/**
 * The canonical text of a LoopProgram (`*.loop`): one text per program, and
 * `parseProgram` (parse.ts) gives the same program back. The grammar is stated there.
 */
import { printConstant } from "../scalar/types.js";
import { type IndexExpr, printCondition } from "./index-expr.js";
import type { Buffer, Expr, Node, Program } from "./program.js";

export function printProgram(program: Program): string {
  const lines: string[] = [];
  for (const line of printLines(program)) lines.push(line);
  return `${lines.join("\n")}\n`;
}

/** The text line by line, without line ends, for programs too large for one string. */
export function* printLines(program: Program): Generator<string> {
  yield `program ${program.name}`;
  for (const buffer of program.buffers) yield printBuffer(buffer);
  yield "";
  yield* printBody(program.body, "");
}

export function printBuffer({ kind, name, label, type, shape, map, place }: Buffer): string {
  const words = [kind, name];
  if (label !== undefined) words.push(JSON.stringify(label));
  words.push(`${type}[${shape.join(",")}]`);
  if (map !== undefined) words.push(`= ${JSON.stringify(map.tensor)}${printPoint(map.index)}`);
  if (place !== undefined) words.push(`@ ${place.offset}`);
  return words.join(" ");
}

/** The lines of statements. */
export function printNodes(body: readonly Node[]): readonly string[] {
  return [...printBody(body, "")];
}

function* printBody(body: readonly Node[], indent: string): Generator<string> {
  for (const node of body) {
    if (node.kind === "store") {
      yield `${indent}${printStore(node)}`;
      continue;
    }
    yield `${indent}${head(node)} {`;
    yield* printBody(node.body, `${indent}  `);
    yield `${indent}}`;
  }
}

function head(node: Exclude<Node, { kind: "store" }>): string {
  if (node.kind === "guard") return `if ${node.conditions.map(printCondition).join(", ")}`;
  return `for ${node.variable} in 0..${node.extent} ${node.mode}${origin(node)}`;
}

/** A store on one line: `name: buffer[index] = value from "node" by "pass"`. */
export function printStore(node: Extract<Node, { kind: "store" }>): string {
  return `${node.name}: ${node.buffer}${printPoint(node.index)} = ${printExpr(node.value)}${origin(node)}`;
}

function origin(node: Exclude<Node, { kind: "guard" }>): string {
  return ` from ${JSON.stringify(node.origin.node)} by ${JSON.stringify(node.origin.pass)}`;
}

export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case "load":
      return `${expr.buffer}${printPoint(expr.index)}`;
    case "const":
      return printConstant(expr.constant);
    case "index":
      return `index(${expr.index.text})`;
    case "op":
      return `${expr.op}(${expr.args.map(printExpr).join(", ")})`;
  }
}

function printPoint(index: readonly IndexExpr[]): string {
  return `[${index.map((i) => i.text).join(", ")}]`;
}
