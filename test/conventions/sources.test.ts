/** How source files look: every rule of CONTRIBUTING.md that a syntax tree can decide. */
import test from "ava";
import { Node, type SourceFile, SyntaxKind } from "ts-morph";
import { layers, lineCount, pathOf, sourcesUnder } from "./checkout.js";

const product = sourcesUnder(...layers);
const everything = [...product, ...sourcesUnder("test", "bench", "examples")];

/** Files longer than this are listed; files longer than the hard limit fail. */
const niceLength = 250;
const hardLength = 400;

function pathsWhere(sources: readonly SourceFile[], breaks: (source: SourceFile) => boolean): readonly string[] {
  return sources.filter(breaks).map(pathOf);
}

function placesOf(nodes: readonly Node[]): readonly string[] {
  return nodes.map((node) => `${pathOf(node.getSourceFile())}:${node.getStartLineNumber()}`);
}

test("sources: there is something to check", (t) => {
  t.true(product.length > 20);
});

test("sources: every file opens with a doc comment", (t) => {
  t.deepEqual(pathsWhere(everything, (source) => !/^(#!.*\n)?\/\*\*/.test(source.getFullText())), []);
});

test("sources: file and folder names are kebab-case", (t) => {
  const kebab = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/;
  t.deepEqual(pathsWhere(everything, (source) => !kebab.test(pathOf(source))), []);
});

test(`sources: no file is longer than ${hardLength} lines`, (t) => {
  const lengths = everything.map((source) => [pathOf(source), lineCount(source.getFullText())] as const);
  for (const [path, length] of lengths) if (length > niceLength) t.log(`${length} lines: ${path}`);
  t.deepEqual(lengths.filter(([, length]) => length > hardLength), []);
});

test("sources: no default export", (t) => {
  t.deepEqual(pathsWhere(everything, (source) => source.getDefaultExportSymbol() !== undefined), []);
});

test("sources: no type any", (t) => {
  t.deepEqual(placesOf(everything.flatMap((source) => source.getDescendantsOfKind(SyntaxKind.AnyKeyword))), []);
});

test("sources: no assertion that a value is not null", (t) => {
  t.deepEqual(placesOf(everything.flatMap((source) => source.getDescendantsOfKind(SyntaxKind.NonNullExpression))), []);
});

test("sources: no test is skipped, left to do or run alone", (t) => {
  const skipping = /^test(\.serial)?\.(skip|todo|only|failing)$/;
  const calls = sourcesUnder("test").flatMap((source) => source.getDescendantsOfKind(SyntaxKind.CallExpression));
  t.deepEqual(placesOf(calls.filter((call) => skipping.test(call.getExpression().getText()))), []);
});

/** A short function says it all in its signature; what is longer is explained. */
function isBareFunction(node: Node): boolean {
  return Node.isFunctionDeclaration(node) && node.isExported() && lineCount(node.getText()) > 12 && node.getJsDocs().length === 0;
}

/** An interface is explained as a whole or field by field; a variant of a union may rest on the union's grammar. */
function isBareInterface(node: Node): boolean {
  if (!Node.isInterfaceDeclaration(node) || !node.isExported() || node.getJsDocs().length > 0) return false;
  if (node.getProperty("kind") !== undefined) return false;
  return node.getProperties().length > 3 && node.getProperties().every((property) => property.getJsDocs().length === 0);
}

test("sources: what ir and proofs/kernel export is documented", (t) => {
  const read = product.filter((source) => /^(ir|proofs\/kernel)\//.test(pathOf(source)));
  const statements = read.flatMap((source) => source.getStatements());
  t.deepEqual(placesOf(statements.filter((node) => isBareFunction(node) || isBareInterface(node))), []);
});
