/**
 * `npm run proofs`: what proving takes, on the proof set and on synthetic networks of
 * growing depth, written to docs/proofs.md and docs/proofs-scaling.svg. Times and
 * memory are of the machine it runs on; every count repeats exactly.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { present } from "../ir/prelude.js";
import { findTests } from "../src/testing/data-sets.js";
import { type Measured, logChart, powerLaw } from "./log-chart.js";
import { fixDimsOf, proofSet } from "./network-list.js";
import { type ProofRow, proofRow } from "./proof-row.js";
import { syntheticNetwork } from "./synthetic-network.js";

const depths = [10, 20, 50, 100, 200];

/** The exponent that time and obligations may have at most. */
const steepest = 1.15;

type Named = ProofRow & { readonly name: string };

function table(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows;
  return [head ?? [], (head ?? []).map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const head = ["build", "verdict", "nodes", "statements", "obligations", "proved", "answered by an equal one", "end to end", "seconds", "processor seconds", "peak MB"];

function cells(row: Named): readonly string[] {
  const { counts: { total }, covered, statements } = row;
  return [
    row.name, row.outcome, String(row.nodes), String(statements), String(total.obligations), String(total.proved), String(row.shared),
    `${covered} of ${statements} (${((100 * covered) / statements).toFixed(0)} %)`, row.wallSeconds.toFixed(1), row.processorSeconds.toFixed(1), row.peakMegabytes.toFixed(0),
  ];
}

/** A row per build, a column per word that any build has. */
function breakdown(rows: readonly Named[], of: (row: Named) => Readonly<Record<string, number>>): string {
  const words = [...new Set(rows.flatMap((row) => Object.keys(of(row))))];
  return table([["build", ...words], ...rows.map((row) => [row.name, ...words.map((word) => String(of(row)[word] ?? 0))])]);
}

function byRule({ counts }: Named): Readonly<Record<string, number>> {
  return Object.fromEntries(counts.byRule.map(({ rule, obligations }) => [rule, obligations]));
}

function series(rows: readonly Named[], of: (row: Named) => number): Measured[] {
  return rows.map((row, k) => ({ x: present(depths[k], "depth"), y: of(row) }));
}

function page(networks: readonly Named[], synthetic: readonly Named[]): string {
  const slope = (of: (row: Named) => number): string => powerLaw(series(synthetic, of)).slope.toFixed(2);
  const last = (of: (row: Named) => number): string => powerLaw(series(synthetic, of).slice(-3)).slope.toFixed(2);
  return `# What proving takes

Written by \`npm run proofs\` on ${cpus()[0]?.model ?? "an unknown processor"}, Node.js ${process.version}, two solver instances. A build is import,
passes, the obligations of every stage made and discharged, emission and read-back; files are not written. Wall-clock seconds
are those of a machine that may have had other work; processor seconds are the better measure. *Aggressive* is
the schedule in \`examples/schedules\` for that network. *End to end* are the statements of the C of which every claim is
proved against the reference program itself, with no program in between ([theorem.md](theorem.md), section 5). An
obligation is *answered by an equal one* if the same build had proved the same text before, up to names of variables.

${table([head, ...networks.map(cells)])}

Obligations by rule, all stages:

${breakdown(networks, byRule)}

Obligations by who settled them, or the equal one before them:

${breakdown(networks, ({ counts }) => counts.byProver)}

Obligations of the stages that compare the ends of the chain:

${breakdown(networks, ({ stages }) => Object.fromEntries(stages.filter(({ name }) => ["reference", "read-back", "end-to-end"].includes(name)).map(({ name, obligations }) => [name, obligations])))}

## Depth

Synthetic networks of convolutions, residual sums, pooling and activations (\`bench/synthetic-network.ts\`), default
schedule with borders split and memory planned, chain and end to end. Exponents are of the power law fitted to the column:
processor time grows with depth to the power ${slope((row) => row.processorSeconds)}, over the three deepest ${last((row) => row.processorSeconds)};
wall-clock time ${slope((row) => row.wallSeconds)} and ${last((row) => row.wallSeconds)}; obligations ${slope((row) => row.counts.total.obligations)}
and ${last((row) => row.counts.total.obligations)}. At most ${steepest} is wanted. Small networks are dominated by what every build costs once, so
the deepest ones are the better measure.

${table([head, ...synthetic.map(cells)])}

![time against depth](proofs-scaling.svg)

Obligations by rule:

${breakdown(synthetic, byRule)}
`;
}

function measure(name: string, model: string, fixDims: Readonly<Record<string, number>>, schedule?: string): Named {
  const row = { name, ...proofRow({ model, fixDims, schedule }) };
  console.log(cells(row).join("  "));
  return row;
}

const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";
const networks = proofSet.flatMap((name) => {
  const { model } = present(findTests(join(data, "models", name))[0], `test folder of ${name}`);
  const fixDims = Object.fromEntries(fixDimsOf(name));
  const schedule = join("examples", "schedules", `${name}.json`);
  return [measure(name, model, fixDims), ...(existsSync(schedule) ? [measure(`${name}, aggressive`, model, fixDims, schedule)] : [])];
});
const folder = mkdtempSync(join(tmpdir(), "obligato-depth-"));
const synthetic = depths.map((layers) => {
  const model = join(folder, `layers-${layers}.onnx`);
  writeFileSync(model, syntheticNetwork(layers));
  return measure(`${layers} layers`, model, {});
});
rmSync(folder, { recursive: true });
writeFileSync("docs/proofs.md", page(networks, synthetic));
const lines = [
  { name: "processor seconds", colour: "#0b5cad", points: series(synthetic, (row) => row.processorSeconds) },
  { name: "wall-clock seconds", colour: "#b45309", points: series(synthetic, (row) => row.wallSeconds) },
];
writeFileSync("docs/proofs-scaling.svg", logChart(lines, { title: "Proving, against depth", x: "layers", y: "seconds" }));
