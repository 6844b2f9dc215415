/** `obligato ops`: the operators there are, and the page of one. */
import type { Command } from "commander";
import { operators } from "../../ir/ops/index.js";
import { Refusal } from "../../ir/prelude.js";
import { normalisedOperators } from "../onnx/normalise/index.js";
import { type OperatorPage, readPages } from "../operators/page.js";
import { sectionsOf, tableHead, tableRow } from "../operators/sections.js";
import { type CommonOptions, type SetExit, say, sayJson, withCommonOptions } from "./terminal.js";

export function addOps(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("ops [name]"))
    .summary("operators: opsets, types, tier, tests, SONNX; or the page of one")
    .description("Lists the operators with a meaning, and those that import rewrites into them or evaluates. With a name: its formula, domain, rounding and order, attributes and older forms, errors and test record.")
    .addHelpText("after", examples)
    .action((name: string | undefined, options: CommonOptions) => {
      if (name === undefined) showAll(options);
      else showOne(pageNamed(name), options);
      setExit(0);
    });
}

const examples = `
Tiers: T0, the code has the bits of the meaning; T2, its distance from the reals has a proven bound (obligato numeric).

Examples:
  obligato ops
  obligato ops --json
  obligato ops Conv
`;

function showAll(options: CommonOptions): void {
  const pages = readPages();
  const known = new Set(pages.map(({ op }) => op));
  const others = normalisedOperators.filter((op) => !known.has(op));
  if (options.json === true) {
    const rows = operators.toSorted((a, b) => (a.op < b.op ? -1 : 1)).map(({ op, domain, types, requirements }) => {
      const page = pages.find((one) => one.op === op);
      return { op, domain, opsets: page?.opsets, types, tier: page?.definition?.tier, tests: page?.tests, requirements };
    });
    sayJson({ operators: rows, rewritten: [...pages.filter(({ definition }) => definition === undefined).map(({ op }) => op), ...others] });
    return;
  }
  const rows = [tableHead, ...pages.map(tableRow)];
  const widths = tableHead.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  say(options, ...rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()));
  say(options, `${pages.length} operators of ai.onnx; of com.microsoft: ${others.map((op) => op.replace("com.microsoft.", "")).join(" ")}`);
}

/** Whatever the case of its letters. */
function pageNamed(name: string): OperatorPage {
  const page = readPages().find(({ op }) => op.toLowerCase() === name.toLowerCase());
  if (page !== undefined) return page;
  throw new Refusal("usage", "operator", `there is no operator ${name} in ai.onnx that is read`, name, "obligato ops lists them; docs/node-tests.md says why others are out of scope");
}

function showOne(page: OperatorPage, options: CommonOptions): void {
  if (options.json === true) {
    sayJson(page);
    return;
  }
  const [op = "", opsets = "", , tier = ""] = tableRow(page);
  say(options, `${op}, opsets ${opsets}${tier === "" ? "" : `, tier ${tier}`}`);
  for (const { title, lines } of sectionsOf(page)) say(options, "", title, ...lines.map((line) => (line === "" ? "" : `  ${line}`)));
}
