/** VERDICT.md: one page that says what was proved, of what, on what assumptions, and what is not claimed. */
import { coverageOf, coverageSentence } from "../compose/coverage.js";
import type { BuildResult } from "../driver.js";
import { type Counts, assumptionsOf } from "./counts.js";
import { memoryOf } from "./memory.js";
import { boundLines, lemmaLines, tierLine } from "./numeric-lines.js";
import { assumptions, ruleTexts } from "./rules.js";

export function verdictPage(result: BuildResult, counts: Counts, version: string): string {
  const pass = result.outcome === "proved";
  const { graph, digest } = result.imported;
  return [
    `# ${pass ? (result.numeric?.unbounded === undefined ? "PASS" : "OPEN") : "FAIL"}: ${graph.name || "model"}`,
    "",
    pass
      ? tierLine(result.numeric)
      : `**Not proved.** Stage \`${result.failure?.stage ?? ""}\` has claims that are ${result.outcome}; no C was written.`,
    "",
    `- Model: SHA-256 \`${digest}\`, ${graph.nodes.length} nodes`,
    `- Multiply-add contract: \`${result.request.contract}\` (${result.request.contract === "fused" ? "one rounding, an explicit fma" : "product and sum are each rounded"})`,
    `- Obligations: ${counts.total.obligations}, proved ${counts.total.proved}, refuted ${counts.total.refuted}, unknown ${counts.total.unknown}`,
    `- Covers: ${counts.covers.sat} satisfiable, ${counts.covers.expectEmpty} declared empty and proved so`,
    ...boundLines(result.numeric).map((line) => `- ${line}`),
    ...endToEndLines(result),
    ...memoryLines(result),
    "",
    ...lemmaLines(result.numeric),
    ...failureLines(result),
    ...uncoveredLines(result),
    ...stageTable(result),
    "",
    ...ruleTable(counts),
    "",
    ...toolLines(counts, version),
    "",
    ...assumptionTable(counts),
    "",
    ...notClaimed,
    "",
  ].join("\n");
}

function endToEndLines({ stages }: BuildResult): readonly string[] {
  const coverage = coverageOf(stages);
  return coverage === undefined ? [] : [`- End to end: ${coverageSentence(coverage)}`];
}

/** The chain passes without them: these hold by the chain alone. */
function uncoveredLines({ stages }: BuildResult): readonly string[] {
  const coverage = coverageOf(stages);
  if (coverage === undefined || coverage.uncovered.length + coverage.others.length === 0) return [];
  const statements = coverage.uncovered.map(({ statement, claims }) => `- \`${statement}\`: ${claims.map((id) => `\`${id}\``).join(", ")}`);
  const others = coverage.others.map((id) => `- \`${id}\``);
  return ["## Proved by the chain only, not end to end", "", ...statements, ...others, ""];
}

function memoryLines({ code }: BuildResult): readonly string[] {
  if (code === undefined) return [];
  const { arenaBytes, liveSetBytes, weightBytes } = memoryOf(code.read.program);
  return [`- Memory: arena ${arenaBytes} bytes (live-set bound ${liveSetBytes}), weights ${weightBytes} bytes`];
}

function failureLines({ failure }: BuildResult): readonly string[] {
  if (failure === undefined) return [];
  const shown = failure.lines.slice(0, 10).map(({ id, verdict }) => `- \`${id}\`: ${verdict.kind}`);
  const more = failure.lines.length > shown.length ? [`- and ${failure.lines.length - shown.length} more`] : [];
  const { replay } = failure;
  const seen = replay === undefined ? [] : replay.kind === "confirmed" ? ["", `Replayed (${replay.vector}): ${replay.what}`] : ["", `Not replayed: ${replay.why}`];
  return ["## What failed", "", ...shown, ...more, ...seen, ""];
}

function stageTable({ stages }: BuildResult): readonly string[] {
  const rows = stages.map(({ name, summary, obligations, ledger }) => {
    const proved = ledger.filter(({ verdict }) => verdict.kind === "proved").length;
    return `| ${name} | ${summary} | ${obligations.length} | ${proved} |`;
  });
  return ["## Stages", "", "| Stage | What | Obligations | Proved |", "|---|---|---|---|", ...rows];
}

function ruleTable({ byRule }: Counts): readonly string[] {
  const rows = byRule.map(({ rule, obligations, proved }) => `| ${rule} | ${ruleTexts[rule].sentence} | ${obligations} | ${proved} |`);
  return ["## Rules", "", "| Rule | Claim | Obligations | Proved |", "|---|---|---|---|", ...rows];
}

function toolLines({ byProver }: Counts, version: string): readonly string[] {
  const rows = Object.entries(byProver).map(([prover, count]) => `- ${prover}: ${count} obligations`);
  return ["## Tools", "", `- obligato ${version}`, ...rows];
}

function assumptionTable({ byRule }: Counts): readonly string[] {
  const used = assumptionsOf(byRule);
  const rows = used.map((number) => `| ${number} | ${assumptions[number] ?? ""} |`);
  return [`## Assumptions: ${used.length}`, "", "Each is stated in full in `docs/trusted-base.md`.", "", "| No. | What is trusted |", "|---|---|", ...rows];
}

const notClaimed: readonly string[] = [
  "## Not claimed",
  "",
  "- Certification, or fitness for any purpose: this is evidence for a reviewer.",
  "- A bound in processor time: the flow facts count iterations; which binary they hold for is stated in each file.",
  "- Anything about the compiler, the processor, or flags other than the pinned ones.",
  "- That the model does what its authors meant, or how accurate it is.",
];
