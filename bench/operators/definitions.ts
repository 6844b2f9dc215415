/** What the definition of an operator in ir/ops says: its heading, attributes, functions and refusals. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Node, type SourceFile, SyntaxKind } from "ts-morph";
import { present } from "../../ir/prelude.js";
import type { OperatorDefinition } from "../../ir/ops/operator.js";
import { isOperator } from "../../ir/scalar/ops.js";
import { boundedWhole } from "../../proofs/bounds/node.js";
import { boundedOperators } from "../../proofs/bounds/evaluate.js";
import type { OperatorPage } from "../../src/operators/page.js";
import { isRecord } from "../../src/record.js";
import { callsOf, headingOf, pathBelow, reachedFrom, wording } from "./sources.js";

/** What all operators refuse stands in the introduction of docs/operators.md. */
const common = new Set([
  "allowOnly", "attributeOf", "inputName", "inputOf", "inputType", "shapeMismatch", "validateCounts", "validateExtents", "validateTypes",
]);

/** The variable that defines `op`: made by a call with `op: "NAME"` in its record, or with the name first. */
export function definitionIn(sources: readonly SourceFile[], op: string): Node {
  const variables = sources.flatMap((source) => source.getVariableDeclarations()).filter((variable) => variable.isExported());
  return present(variables.find((variable) => definedBy(variable.getInitializer()) === op), `definition of ${op}`);
}

function definedBy(maker: Node | undefined): string | undefined {
  const [first] = Node.isCallExpression(maker) ? maker.getArguments() : [];
  if (!Node.isObjectLiteralExpression(first)) return wording(first);
  const key = first.getProperty("op");
  return Node.isPropertyAssignment(key) ? wording(key.getInitializer()) : undefined;
}

export function definitionPage(root: string, definition: Node, { op, types }: OperatorDefinition): OperatorPage["definition"] {
  const file = definition.getSourceFile();
  const reached = reachedFrom(definition);
  const meaning = headingOf(file.getFullText());
  const scalars = scalarsOf(reached);
  return {
    source: pathBelow(root, file), meaning, shared: sharedBy(root, file, meaning), types,
    attributes: namesIn(reached, "numberOf", "listOf", "textOf", "textsOf"),
    functions: elementary(root).filter((name) => scalars.has(name)),
    tier: types.includes("f32") && (boundedWhole.has(op) || isBounded(reached, scalars)) ? "T0 T2" : "T0",
  };
}

/** Attributes of the normal form that are read, in alphabetical order. */
function namesIn(reached: readonly Node[], ...readers: readonly string[]): readonly string[] {
  return [...new Set(callsOf(reached, ...readers).flatMap((call) => wording(call.getArguments()[1]) ?? []))].toSorted();
}

/** Headings of the shared modules of ir/ops that the file imports and its heading speaks of. */
function sharedBy(root: string, file: SourceFile, meaning: string): readonly { readonly source: string; readonly text: string }[] {
  const named = [...meaning.matchAll(/shared\/([a-z0-9-]+)/g)].map(([, name = ""]) => name);
  return [...new Set(named)].map((name) => {
    const source = present(file.getProject().getSourceFile(join(root, "ir/ops/shared", `${name}.ts`)), `ir/ops/shared/${name}.ts`);
    return { source: pathBelow(root, source), text: headingOf(source.getFullText()) };
  });
}

/** Names of scalar operators: `name.TYPE` as literals, `name.${type}`, and those of `arithmetic` and `floatsWith`. */
function scalarsOf(reached: readonly Node[]): ReadonlySet<string> {
  const texts = callsOf(reached, "op").flatMap((call) => wording(call.getArguments()[0]) ?? []);
  const named = callsOf(reached, "arithmetic", "floatsWith").flatMap((call) => call.getArguments().flatMap((argument) => wording(argument) ?? []));
  return new Set([...texts.map((text) => text.split(".")[0] ?? ""), ...named]);
}

/** Whether proofs/bounds has a rule for every step: known scalar operators, operands of one type, no position used as a value. */
function isBounded(reached: readonly Node[], scalars: ReadonlySet<string>): boolean {
  const unknown = callsOf(reached, "op").some((call) => wording(call.getArguments()[0]) === undefined && !call.getArguments()[0]?.getText().startsWith("arithmetic("));
  const mixed = reached.flatMap((node) => node.getDescendantsOfKind(SyntaxKind.PropertyAssignment)).some((key) => key.getName() === "mixed");
  return !unknown && !mixed && callsOf(reached, "recurrence").length === 0 && [...scalars].every((name) => boundedOperators.has(name) || onIntegersOnly(name));
}

function onIntegersOnly(name: string): boolean {
  return isOperator(`${name}.i32`) && !isOperator(`${name}.f32`);
}

function elementary(root: string): readonly string[] {
  const records: unknown = JSON.parse(readFileSync(join(root, "docs", "elementary.json"), "utf8"));
  const list: readonly unknown[] = Array.isArray(records) ? records : [];
  return list.flatMap((record) => (isRecord(record) ? [String(record["name"])] : [])).toSorted();
}

/** The refusals of `op` in the declarations: code and message, `…` for what depends on the node. */
export function refusalsIn(op: string, reached: readonly Node[]): OperatorPage["refusals"] {
  const own = reached.filter((node) => !(Node.isFunctionDeclaration(node) && common.has(node.getName() ?? "")));
  const all = callsOf(own, "invalid", "unsupported", "shapeMismatch", "refuseValue").flatMap((call) => {
    const [first, second] = call.getArguments();
    const called = call.getExpression().getText();
    if (called === "shapeMismatch") return sentence("shape-mismatch", wording(second, op));
    if (called === "refuseValue") return sentence("attribute-value", `${wording(second) ?? "an attribute"} has a value that is not supported`);
    return sentence(wording(first), wording(second, op));
  });
  return [...new Map(all.map((it) => [`${it.code} ${it.message}`, it])).values()].toSorted((a, b) => (`${a.code} ${a.message}` < `${b.code} ${b.message}` ? -1 : 1));
}

function sentence(code: string | undefined, message: string | undefined): OperatorPage["refusals"] {
  return code === undefined || message === undefined ? [] : [{ code, message }];
}
