/** What import says of an operator (src/onnx/normalise): since when it is read, its ONNX attributes, older forms. */
import { Node, type SourceFile, SyntaxKind } from "ts-morph";
import { knownOpsets } from "../../ir/ops/shared/define.js";
import { present } from "../../ir/prelude.js";
import { firstOpset } from "../../src/onnx/normalise/index.js";
import { attributeSchemas } from "../../src/onnx/operator-schemas.js";
import type { OnnxAttribute } from "../../src/operators/page.js";
import { callsOf, commentsOf, declarationOf, headingOf, reachedFrom, wording } from "./sources.js";

export interface NormalForm {
  /** The function that normalises the node. */
  readonly normaliser: Node;
  readonly reached: readonly Node[];
  readonly since: number;
  readonly attributes: readonly OnnxAttribute[];
  readonly forms: readonly string[];
}

/** By operator of ai.onnx; `index` is src/onnx/normalise/index.ts. */
export function normalForms(index: SourceFile): ReadonlyMap<string, NormalForm> {
  return new Map([...normalisersIn(index)].map(([op, entry]) => [op, formOf(op, entry, firstOpset(op))]));
}

/** The table `normalisers`: pairs, and lists of operators with one normaliser. */
function normalisersIn(index: SourceFile): ReadonlyMap<string, Node> {
  const made = index.getVariableDeclarationOrThrow("normalisers").getInitializerIfKindOrThrow(SyntaxKind.NewExpression);
  const [table] = made.getArguments();
  const elements = Node.isArrayLiteralExpression(table) ? table.getElements() : [];
  return new Map(elements.flatMap((element): readonly (readonly [string, Node])[] => {
    if (Node.isArrayLiteralExpression(element)) {
      const [op, normaliser] = element.getElements();
      return [[present(wording(op), "name of an operator"), present(normaliser, "a normaliser")]];
    }
    const [list, normaliser] = Node.isSpreadElement(element) ? element.getExpressionIfKindOrThrow(SyntaxKind.CallExpression).getArguments() : [];
    return namesIn(index, list?.getText() ?? "").map((op) => [op, present(normaliser, "a normaliser")] as const);
  }));
}

function namesIn(index: SourceFile, list: string): readonly string[] {
  return index.getVariableDeclarationOrThrow(list).getDescendantsOfKind(SyntaxKind.StringLiteral).map((literal) => literal.getLiteralText());
}

/** `entry` is a function's name, or a call that makes the function. */
function formOf(op: string, entry: Node, since: number): NormalForm {
  const early = entry.getSourceFile().getDirectory().getSourceFileOrThrow("early-opsets.ts");
  const called = Node.isCallExpression(entry) ? entry.getExpression() : entry;
  const normaliser = present(declarationOf(entry.getSourceFile(), called.getText()), `normaliser of ${op}`);
  const reached = reachedFrom(normaliser);
  const own = reached.filter((node) => node.getSourceFile() === normaliser.getSourceFile());
  const withDefaults = Node.isCallExpression(entry) ? entry.getDescendantsOfKind(SyntaxKind.PropertyAssignment).map((key) => key.getName()) : [];
  const names = new Map([...withDefaults.map((name): OnnxAttribute => ({ name, optional: true })), ...attributesIn(op, own)].map((it) => [it.name, it]));
  return { normaliser, reached, since, attributes: [...names.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)), forms: formsIn(op, own, early) };
}

/** The names that `allowOnly` admits. Those under a condition on the opset have it. */
function attributesIn(op: string, own: readonly Node[]): readonly OnnxAttribute[] {
  const optional = new Set(attributeSchemas(op, knownOpsets[1]).filter(({ required }) => !required).map(({ name }) => name));
  const calls = callsOf(own, "allowOnly").filter((call) => Node.isIdentifier(call.getArguments()[0]));
  return calls.flatMap((call) => [...listedNames(call, own)].map(([name, when]) => ({ name, ...when, optional: optional.has(name) })));
}

function listedNames(call: Node, own: readonly Node[]): ReadonlyMap<string, Pick<OnnxAttribute, "since" | "until">> {
  const spread = call.getDescendantsOfKind(SyntaxKind.SpreadElement).map((element) => element.getExpression().getText());
  const lists = own.filter((node) => Node.isVariableDeclaration(node) && spread.includes(node.getName()));
  const literals = [call, ...lists].flatMap((node) => node.getDescendantsOfKind(SyntaxKind.StringLiteral)).filter((literal) => !Node.isBinaryExpression(literal.getParent()));
  return new Map(literals.map((literal) => [literal.getLiteralText(), conditionOf(literal)]));
}

/** `node.opset >= N` and `node.opset < N` around a name. */
function conditionOf(literal: Node): Pick<OnnxAttribute, "since" | "until"> {
  const condition = literal.getFirstAncestorByKind(SyntaxKind.ConditionalExpression)?.getCondition().getText() ?? "";
  const [, sign, opset] = /node\.opset (>=|<) (\d+)/.exec(condition) ?? [];
  if (opset === undefined) return {};
  return sign === "<" ? { until: Number(opset) } : { since: Number(opset) };
}

/** Sentences on opsets: of the functions, of the file's heading where it has one normaliser, and of the lists of early opsets. */
function formsIn(op: string, own: readonly Node[], early: SourceFile): readonly string[] {
  const file = present(own[0], "a normaliser").getSourceFile();
  const exported = file.getFunctions().filter((it) => it.isExported()).length + file.getVariableDeclarations().filter((it) => it.isExported()).length;
  const heading = exported === 1 ? [headingOf(file.getFullText()).replaceAll("\n", " ")] : [];
  const lists = early.getVariableDeclarations().filter((list) => list.getDescendantsOfKind(SyntaxKind.StringLiteral).some((name) => name.getLiteralText() === op));
  const texts = [...own, ...lists].flatMap(commentsOf);
  return [...new Set([...heading, ...texts].flatMap(sentencesOf).filter((text) => /\bopsets? \d/.test(text)))];
}

function sentencesOf(text: string): readonly string[] {
  return text.split(/(?<=\.) (?=\S)/).map((part) => part.trim()).filter((part) => part !== "");
}
