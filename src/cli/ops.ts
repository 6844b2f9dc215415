/** `obligato ops`: the operators there are, with their opsets and element types. */
import type { Command } from "commander";
import { operators } from "../../ir/ops/index.js";
import { normalisedOperators } from "../onnx/normalise/index.js";
import { type CommonOptions, type SetExit, say, sayJson, withCommonOptions } from "./terminal.js";

export function addOps(program: Command, setExit: SetExit): void {
  withCommonOptions(program.command("ops"))
    .summary("operators, opsets and element types")
    .description("Lists the operators with a meaning, and those that import rewrites into them or evaluates.")
    .addHelpText("after", "\nExamples:\n  obligato ops\n  obligato ops --json\n")
    .action((options: CommonOptions) => {
      show(options);
      setExit(0);
    });
}

function show(options: CommonOptions): void {
  const rows = operators.toSorted((a, b) => (a.op < b.op ? -1 : 1)).map(({ op, domain, opsets, types }) => ({ op, domain, opsets, types }));
  const known = new Set(rows.map(({ op }) => op));
  const rewritten = normalisedOperators.filter((op) => !known.has(op));
  if (options.json === true) {
    sayJson({ operators: rows, rewritten });
    return;
  }
  const width = Math.max(...rows.map(({ op }) => op.length));
  say(options, ...rows.map(({ op, opsets, types }) => `${op.padEnd(width)}  ${opsets.join("–").padEnd(6)}  ${types.join(" ")}`));
  say(options, `${rows.length} operators; rewritten or evaluated by import: ${rewritten.join(" ")}`);
}
