/** VERDICT.md: one page that says what was proved, of what, on what assumptions, and what is not claimed. */
import { coverageOf, coverageSentence } from "../compose/coverage.js";
import { type Counts, assumptionsOf } from "./counts.js";
import { fixedRecords, fixedSentence } from "./fixed-inputs.js";
import { memoryOf } from "./memory.js";
import { peakLines } from "./peak.js";
import { boundLines, lemmaLines, tierLine } from "./numeric-lines.js";
import { type PackageFacts, stageFolder } from "./package-facts.js";
import { assumptions, ruleTexts } from "./rules.js";
import { printTrustedLines, trustedByBuild } from "./trusted-lines.js";

/** Digest of a file of the package, by path. */
type DigestIn = (path: string) => string | undefined;

export function verdictPage(facts: PackageFacts, counts: Counts, digestIn: DigestIn): string {
  const { imported, failure, contract, modelFile, modelBytes } = facts;
  const { graph, digest } = imported;
  const used = assumptionsOf(counts.byRule);
  return [
    `# ${failure === undefined ? (facts.numeric?.unbounded === undefined ? "PASS" : "OPEN") : "FAIL"}: ${graph.name || "model"}`,
    "",
    failure === undefined
      ? tierLine(facts.numeric)
      : `**Not proved.** Stage \`${failure.stage}\` has claims that are ${failure.outcome}; no C was written.`,
    "",
    ...fixedLines(facts),
    ...boundedLines(facts),
    `- Model: \`model/${modelFile}\`, ${modelBytes} bytes, SHA-256 \`${digest}\`, ${graph.nodes.length} nodes`,
    `- Multiply-add contract: \`${contract}\` (${contract === "fused" ? "one rounding, an explicit fma" : "product and sum are each rounded"})`,
    ...formLines(facts),
    `- Obligations: ${counts.total.obligations}, proved ${counts.total.proved}, refuted ${counts.total.refuted}, unknown ${counts.total.unknown}`,
    `- Covers: ${counts.covers.sat} satisfiable, ${counts.covers.expectEmpty} declared empty and proved so`,
    `- Trusted lines of code: ${printTrustedLines(trustedByBuild)}`,
    `- Assumptions: ${used.length} (${used.join(", ")})`,
    ...boundLines(facts.numeric).map((line) => `- ${line}`),
    ...endToEndLines(facts),
    ...memoryLines(facts),
    ...targetLines(facts),
    "",
    ...lemmaLines(facts.numeric),
    ...failureLines(facts),
    ...uncoveredLines(facts),
    ...stageTable(facts, digestIn),
    "",
    ...ruleTable(counts),
    "",
    ...toolLines(counts, facts.version),
    "",
    ...assumptionTable(used),
    "",
    ...notClaimed,
    "",
  ].join("\n");
}

/** What every claim on the page is limited to. */
function fixedLines({ imported: { graph } }: PackageFacts): readonly string[] {
  const sentence = fixedSentence(graph);
  return sentence === undefined ? [] : [`**Fixed inputs**: ${sentence} (${fixedRecords(graph).map(({ file }) => `\`${file}\``).join(", ")}).`, ""];
}

function boundedLines({ imported: { graph } }: PackageFacts): readonly string[] {
  const shown = [...(graph.boundedOutputs ?? [])].map(([name, { axis, count }]) => `\`${name}\` (axis ${axis}, \`${count}\` places)`);
  return shown.length === 0 ? [] : [`**Bounded outputs**: arrays that hold every result; of these only a part is in use, the rest is 0: ${shown.join(", ")}.`, ""];
}

/** The ordinary form goes without saying. */
function formLines({ code }: PackageFacts): readonly string[] {
  return code?.read.floatCompare === "integer" ? ["- Form of the C: floats are compared, rounded and negated by their bits, as integers (`--float-compare integer`)"] : [];
}

function endToEndLines({ stages }: PackageFacts): readonly string[] {
  const coverage = coverageOf(stages);
  return coverage === undefined ? [] : [`- End to end: ${coverageSentence(coverage)}`];
}

/** The chain passes without them: these hold by the chain alone. */
function uncoveredLines({ stages }: PackageFacts): readonly string[] {
  const coverage = coverageOf(stages);
  if (coverage === undefined || coverage.uncovered.length + coverage.others.length === 0) return [];
  const statements = coverage.uncovered.map(({ statement, claims }) => `- \`${statement}\`: ${claims.map((id) => `\`${id}\``).join(", ")}`);
  const others = coverage.others.map((id) => `- \`${id}\``);
  return ["## Proved by the chain only, not end to end", "", ...statements, ...others, ""];
}

function memoryLines({ code, imported, stages }: PackageFacts): readonly string[] {
  if (code === undefined) return [];
  const { arenaBytes, liveSetBytes, weightBytes } = memoryOf(code.read.program);
  return [
    `- Memory: arena ${arenaBytes} bytes (live-set bound ${liveSetBytes}), weights ${weightBytes} bytes`,
    ...peakLines(code.read.program, imported.graph, stages).map((line) => `  - ${line}`),
  ];
}

/** What the image of the target costs; what it rests on is in docs/wcet.md and beside the figures. */
function targetLines({ target }: PackageFacts): readonly string[] {
  if (target === undefined) return [];
  const { facts: { target: name, optimisation }, found: { measures } } = target;
  if (measures === undefined) return [`- Target \`${name}\`, -${optimisation}: not compiled, no bounds`];
  const { time, footprint: { stack } } = measures;
  const bound = time.kind === "none" ? "no bound on time" : `at most ${time.bound} ${time.core.unit} (${time.core.title})`;
  return [`- Target \`${name}\`, -${optimisation}: ${bound}; ${stack.kind === "none" ? "no bound of the stack" : `stack at most ${stack.bytes} bytes`} (\`target/${name}/target.json\`)`];
}

function failureLines({ failure }: PackageFacts): readonly string[] {
  if (failure === undefined) return [];
  const shown = failure.claims.slice(0, 10).map(({ id, kind }) => `- \`${id}\`: ${kind}`);
  const more = failure.claims.length > shown.length ? [`- and ${failure.claims.length - shown.length} more`] : [];
  return ["## What failed", "", ...shown, ...more, ...(failure.replay === undefined ? [] : ["", failure.replay]), ""];
}

/** The digests say which texts the verdicts are about. */
function stageTable({ stages }: PackageFacts, digestIn: DigestIn): readonly string[] {
  const short = (path: string): string => (digestIn(path) ?? "").slice(0, 16);
  const rows = stages.map(({ name, obligations, ledger }, k) => {
    const proved = ledger.filter(({ verdict }) => verdict.kind === "proved").length;
    const folder = stageFolder(name, k);
    return `| ${name} | ${obligations.length} | ${proved} | ${short(`${folder}/program.loop`)} | ${short(`${folder}/witness.json`)} |`;
  });
  const certificates = digestIn("evidence/certificates.txt");
  const certified = certificates === undefined ? "" : ` Certificates: SHA-256 \`${certificates}\`.`;
  const after = `Schedule: SHA-256 \`${digestIn("evidence/schedule.json") ?? ""}\`.${certified} \`obligato explain PASS\` says what a pass does.`;
  return ["## Stages", "", "| Stage | Obligations | Proved | Program, SHA-256 | Witness, SHA-256 |", "|---|---|---|---|---|", ...rows, "", after];
}

function ruleTable({ byRule }: Counts): readonly string[] {
  const rows = byRule.map(({ rule, obligations, proved }) => `| ${rule} | ${ruleTexts[rule].sentence} | ${obligations} | ${proved} |`);
  return ["## Rules", "", "| Rule | Claim | Obligations | Proved |", "|---|---|---|---|", ...rows];
}

function toolLines({ byProver }: Counts, version: string): readonly string[] {
  const rows = Object.entries(byProver).map(([prover, count]) => `- ${prover}: ${count} obligations`);
  return ["## Tools", "", `- obligato ${version}`, ...rows];
}

function assumptionTable(used: readonly string[]): readonly string[] {
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
