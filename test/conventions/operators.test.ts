/**
 * Operator meanings are functions of their node alone: no clock, no randomness, no
 * input or output, no state that outlives a call. What they mean is in the text.
 */
import test from "ava";
import { Node, type SourceFile, SyntaxKind } from "ts-morph";
import { pathOf, sourcesUnder } from "./checkout.js";

const operators = sourcesUnder("ir/ops");

/** Exact on integers, so fit for shape rules, and the one rounding that makes an attribute a constant; every other member of Math is not. */
const exactMath = new Set(["abs", "ceil", "floor", "fround", "max", "min", "sign", "trunc"]);

const ambient = new Set([
  "Atomics", "Date", "Function", "Intl", "SharedArrayBuffer", "clearTimeout", "console", "crypto", "eval", "fetch", "globalThis",
  "performance", "process", "queueMicrotask", "require", "setImmediate", "setInterval", "setTimeout",
]);

function place(node: Node): string {
  return `${pathOf(node.getSourceFile())}:${node.getStartLineNumber()}: ${node.getText().split("\n", 1).join("")}`;
}

/** A name used as a value, not as a property, a key or part of a declaration. */
function usesOf(source: SourceFile): readonly Node[] {
  return source.getDescendantsOfKind(SyntaxKind.Identifier).filter((name) => {
    const parent = name.getParent();
    if (Node.isPropertyAccessExpression(parent)) return parent.getExpression() === name;
    return !Node.isPropertyAssignment(parent) && !Node.isPropertySignature(parent) && !Node.isImportSpecifier(parent);
  });
}

function isInexactMath(name: Node): boolean {
  const parent = name.getParent();
  return name.getText() === "Math" && !(Node.isPropertyAccessExpression(parent) && exactMath.has(parent.getName()));
}

test("operators: there is something to check", (t) => {
  t.true(operators.length >= 10);
});

test("operators: import only from ir", (t) => {
  const imports = operators.flatMap((source) => source.getImportDeclarations());
  t.deepEqual(imports.filter((line) => !/^\.{1,2}\//.test(line.getModuleSpecifierValue())).map(place), []);
});

test("operators: no clock, randomness, input, output or inexact arithmetic of the host", (t) => {
  const names = operators.flatMap(usesOf);
  t.deepEqual(names.filter((name) => ambient.has(name.getText()) || isInexactMath(name)).map(place), []);
});

const mutators = new Set(["add", "clear", "delete", "fill", "pop", "push", "reverse", "set", "shift", "sort", "splice", "unshift"]);

/** The variable at the root of `a.b[c]`. */
function rootOf(target: Node): string {
  if (Node.isPropertyAccessExpression(target) || Node.isElementAccessExpression(target)) return rootOf(target.getExpression());
  return target.getText();
}

/** What a node writes to: an assignment's left side, an increment's operand, a mutator's receiver. */
function writtenBy(node: Node): Node | undefined {
  if (Node.isBinaryExpression(node)) return /^(?![=!<>]=)[^=]*=$/.test(node.getOperatorToken().getText()) ? node.getLeft() : undefined;
  if (Node.isPostfixUnaryExpression(node)) return node.getOperand();
  if (Node.isPrefixUnaryExpression(node)) return /^(\+\+|--)/.test(node.getText()) ? node.getOperand() : undefined;
  const callee = Node.isCallExpression(node) ? node.getExpression() : undefined;
  return Node.isPropertyAccessExpression(callee) && mutators.has(callee.getName()) ? callee.getExpression() : undefined;
}

/** Writes to what the module itself declares. */
function lastingWrites(source: SourceFile): readonly Node[] {
  const lasting = new Set(source.getVariableDeclarations().map((declaration) => declaration.getName()));
  return source.getDescendants().filter((node) => {
    const target = writtenBy(node);
    return target !== undefined && lasting.has(rootOf(target));
  });
}

test("operators: no state outlives a call", (t) => {
  const statements = operators.flatMap((source) => source.getVariableStatements());
  t.deepEqual(statements.filter((statement) => statement.getDeclarationKind().toString() !== "const").map(place), []);
  t.deepEqual(operators.flatMap(lastingWrites).map(place), []);
});
