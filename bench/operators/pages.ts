/** The pages of all operators, from the sources of a checkout and its record of node tests. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { operators } from "../../ir/ops/index.js";
import { knownOpsets } from "../../ir/ops/shared/define.js";
import { present } from "../../ir/prelude.js";
import { sonnxOperators } from "../../src/onnx/sonnx.js";
import type { OperatorPage } from "../../src/operators/page.js";
import { definitionIn, definitionPage, refusalsIn } from "./definitions.js";
import { type NormalForm, normalForms } from "./normal-forms.js";
import { pathBelow, reachedFrom, sourcesOf } from "./sources.js";
import { testRecords } from "./test-record.js";

/** Every operator of ai.onnx that is read, and those that only normal forms have, in alphabetical order. */
export function operatorPages(root: string): readonly OperatorPage[] {
  const project = sourcesOf(root, "ir/ops", "src/onnx/normalise");
  const forms = normalForms(project.getSourceFileOrThrow(join(root, "src/onnx/normalise/index.ts")));
  const meanings = new Map(operators.map((definition) => [definition.op, definition]));
  const records = testRecords(readFileSync(join(root, "docs", "node-tests.md"), "utf8"));
  const sources = project.getSourceFiles().filter((source) => pathBelow(root, source).startsWith("ir/ops/"));
  return [...new Set([...meanings.keys(), ...forms.keys()])].toSorted().map((op) => {
    const [meaning, form] = [meanings.get(op), forms.get(op)];
    const node = meaning === undefined ? undefined : definitionIn(sources, op);
    const definition = node === undefined || meaning === undefined ? undefined : definitionPage(root, node, meaning);
    return {
      op, ...ofImport(root, form),
      ...(definition === undefined ? {} : { definition }),
      refusals: refusalsIn(op, [...(node === undefined ? [] : reachedFrom(node)), ...(form?.reached ?? [])]),
      ...sonnxOf(op, meaning?.requirements ?? []),
      ...records.get(op) ?? { tests: [] },
    };
  });
}

/** An operator of normal forms only comes from the rewriting of others. */
function ofImport(root: string, form: NormalForm | undefined): Pick<OperatorPage, "opsets" | "attributes" | "forms" | "normalised"> {
  if (form === undefined) return { opsets: knownOpsets, attributes: [], forms: [], normalised: "" };
  const { since, attributes, forms, normaliser } = form;
  return { opsets: [since, knownOpsets[1]], attributes, forms, normalised: pathBelow(root, normaliser.getSourceFile()) };
}

function sonnxOf(op: string, requirements: readonly string[]): Pick<OperatorPage, "sonnx"> {
  const known = sonnxOperators.get(op);
  if (known === undefined && requirements.length === 0) return {};
  const { version, restrictions } = present(known, `SONNX specification of ${op}`);
  return { sonnx: { version: version ?? null, requirements, restrictions } };
}

/** The bytes of docs/operators.json. */
export function pagesJson(pages: readonly OperatorPage[]): string {
  return `${JSON.stringify({ operators: pages }, undefined, 1)}\n`;
}
