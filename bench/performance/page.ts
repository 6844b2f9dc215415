/** docs/performance.md: what was measured, where and how, and the tables. */
import { cpus } from "node:os";
import { basename } from "node:path";
import { type ChartText, logChart } from "../log-chart.js";
import { fileDigest } from "./measure.js";
import { builds, nameOfBuild } from "./builds.js";
import { goals } from "./cortex-m4-layers.js";
import { goal } from "./layers.js";
import { proofTexts } from "./network.js";
import type { Measured, Row } from "./row.js";
import type { Tvm } from "./tvm.js";
import { narrowName, runtimeName as runtime } from "./variants.js";

export interface Report {
  readonly rows: readonly Row[];
  readonly rounds: number;
  /** Peers that are not installed, and what else could not be measured. */
  readonly skipped: readonly string[];
  readonly tvm: Tvm | undefined;
  readonly compiler: string;
  /** The table of the Cortex-M4 with its markers. */
  readonly cortexM4: string;
  readonly cortexLayers: string;
  /** Likewise, that of the layers. */
  readonly layers: string;
  /** Likewise, that of networks in 8 bits. */
  readonly int8: string;
}

const table = ([head = [], ...rows]: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const none = "–";
const digits = (x: number | undefined, places: number): string => (x === undefined ? none : x.toFixed(places));
const grouped = (x: number | undefined): string => (x === undefined ? none : x.toLocaleString("en-US"));

function find({ measured }: Row, name: string): Measured | undefined {
  return measured.find((it) => it.name === name);
}

const fastest = "ours x86-64-v4";

/** The time of the multiply-adds alone at the peak of a build, by that of the runtime. */
function leastRatio(row: Row, name: string): number | undefined {
  const [ratio, share] = [find(row, name)?.ratio, row.peaks.find(({ build }) => nameOfBuild(build) === name)?.share];
  return ratio === undefined || share === undefined ? undefined : ratio * share;
}

/** Nothing wider than AVX2 is compared with it. */
function narrowed(name: string): boolean {
  return !name.endsWith("v4") && name !== runtime;
}

/** Sums of other vectors have other bits, so equal outputs say that the same code ran. */
function agreement(rows: readonly Row[]): string {
  const counted = rows.filter((row) => find(row, runtime)?.countedDigest !== undefined && find(row, narrowName) !== undefined);
  const equal = counted.filter((row) => find(row, runtime)?.countedDigest === find(row, narrowName)?.digest);
  return `Its outputs are, bit for bit, those of\nthe unchanged library under callgrind, which offers no AVX-512, on ${equal.length} of ${counted.length} networks.`;
}

/** The best of all turns. */
function peakTexts(rows: readonly Row[]): string {
  const best = (name: string): number => Math.max(...rows.flatMap(({ peaks }) => peaks.filter(({ build }) => nameOfBuild(build) === name).map((peak) => peak.best)));
  return builds.map(nameOfBuild).map((name) => `${name.replace("ours ", "")} ${best(name).toFixed(0)}`).join(", ");
}

export function page(report: Report): string {
  const { rows, rounds, skipped, tvm, compiler, layers, int8 } = report;
  const names = [...new Set(rows.flatMap(({ measured }) => measured.map(({ name }) => name)))];
  return `# Speed

Written by \`npm run performance\` on ${cpus()[0]?.model ?? "an unknown processor"}; ${compiler}. One thread. Every build of ours is
proved: unfused (each product and each sum rounded) or \`fused\` (one rounding for both, written as fma in the C, never by a flag of
the compiler), and compiled with the pinned flags at -O3 for the named set of
instructions, with the schedule of \`obligato build --target\` for the model. ONNX Runtime is called through
its C interface with tensors made once; it chooses its instructions itself (AVX-512 where there is some) unless it is held to AVX2. Other
compilers' C is compiled with gcc -O3 -march=x86-64-v3 -ffp-contract=off.${tvmText(tvm)}

All implementations of a network live in one process and take turns in slices of about 1.5 ms, ${rounds} rounds. Times are
medians in µs of this thread's processor time; ratios are medians of the ratios of one round. Other work on the machine
still disturbs caches and clock, so that times of another day differ by a third; the instruction counts repeat exactly.
${skipped.length === 0 ? "" : `\nNot measured here: ${skipped.join(", ")}.\n`}
## Time, µs

${table([["network", "million multiply-adds", ...names], ...rows.map((row) => [row.network.name, digits(row.network.steps / 1e6, 3), ...names.map((name) => digits(find(row, name)?.times.median, 1))])])}

## Time by that of ONNX Runtime

${table([["network", ...names], ...rows.map((row) => [row.network.name, ...names.map((name) => digits(find(row, name)?.ratio, 3))]), ["geometric mean", ...names.map((name) => digits(geometricMean(rows.map((row) => find(row, name)?.ratio)), 3))]])}

At the peak of x86-64-v3, with nothing but multiply-adds, a build for it would take this part of the time of ONNX Runtime:
${rows.map((row) => `${row.network.name} ${digits(leastRatio(row, "ours x86-64-v3"), 2)}`).join(", ")}. More than 1 is out of reach with half the vector width.

${narrowSection(rows, names.filter(narrowed))}
![time against multiply-adds](performance.svg)

${peakSection(rows)}
${layerSection(layers)}
${int8Section(int8)}
## Instructions, code, memory, bits

Instructions of one inference by callgrind, which knows no AVX-512; code and static memory in bytes from the object files, of peers for x86-64-v3;
our arena is lent by the caller and stands beside. Networks with equal digests have equal outputs, bit for bit. Every obligation of a
build of ours is proved; the time is that of this run, by the clock, two solvers at once, no answer kept from one build to the next.

${table([["network", "implementation", "instructions", "code", "constants", "static RAM", "arena", "digest of outputs", "obligations", "proved in, s"], ...rows.flatMap(detailRows)])}

${cortexSection(report)}
Models: ${rows.map(({ network }) => `${basename(network.model)} ${fileDigest(network.model)}`).join(", ")}.
`;
}

function tvmText(tvm: Tvm | undefined): string {
  if (tvm === undefined) return "";
  return `

TVM ${tvm.version} (with LLVM ${tvm.llvm}) is measured as it comes, **not tuned**: its zero pipeline, which fuses operators, and its default
build for the named processor (\`bench/performance/tvm-library.py\`). Its schedules for processors are found by tuning on the machine
(MetaSchedule) for each network; without it loops are those of the operators' definitions, left to LLVM, which fuses multiply and
add. The figures say what TVM gives without a search, as ours are, and nothing of what it reaches with one. Its virtual machine
is called through its C interface with inputs made once; it allocates outputs, which are copied.`;
}

function narrowSection(rows: readonly Row[], names: readonly string[]): string {
  return `## Time by that of ONNX Runtime on AVX2

A build for x86-64-v3 has half the vector width of what ONNX Runtime picks where there is AVX-512. Here it is held to AVX2: in a copy of
its library every \`xgetbv\`, by which code asks which registers the system saves, is made to trap, and the answer leaves out those of
AVX-512 (\`bench/performance/narrow.ts\`); nothing else of it is changed, and AVX-VNNI stays. ${agreement(rows)}

${table([["network", ...names], ...rows.map((row) => [row.network.name, ...names.map((name) => digits(find(row, name)?.narrowRatio, 3))]), ["geometric mean", ...names.map((name) => digits(geometricMean(rows.map((row) => find(row, name)?.narrowRatio)), 3))]])}
`;
}

function peakSection(rows: readonly Row[]): string {
  return `## Share of the machine's peak

Operations of whole networks per time (two per multiply-add done) by the peak of multiply then add, or of fused multiply-add
(\`bench/performance/peak.c\`), which takes turns with them. Peaks, best of all turns: ${peakTexts(rows)} GFLOP/s.

${table([["network", ...builds.map(nameOfBuild)], ...rows.map((row) => [row.network.name, ...row.peaks.map(({ share }) => `${(100 * share).toFixed(0)} %`)])])}
`;
}

function layerSection(table: string): string {
  return `## Share of the peak by layer

Each nest with sums of products as a program of its own, cut out of the network with the schedule of its build, in turns with the peak;
equal nests once. Multiply-adds are those that are needed: padding, and lanes over the end of a row of channels, are not work. Inputs and
weights are in the caches. The goal is ${100 * goal} % for conv and pointwise. \`npm run performance-layers\` writes the table; other measurements leave it as it is.

${table}
`;
}

function int8Section(table: string): string {
  return `## Networks in 8 bits

Ours against ONNX Runtime with vectors of the same width, proved and measured as above. \`qdq\` networks are floats between quantisation
steps to ours, as ONNX defines them, and integers to ONNX Runtime, which fuses the steps away and so rounds elsewhere; \`qop\` networks
(QLinearConv) are integers to both. With the lemma \`integer-quantised\` ([lemmas.md](lemmas.md)) ours are integers too: it is proved how many
steps a group can be from the model's own result. The second mean takes those rows in place of the exact ones.
\`npm run performance-int8\` writes the table; other measurements leave it as it is.

${table}
`;
}

function cortexSection({ cortexM4, cortexLayers }: Report): string {
  return `## Cortex-M4

Instructions of one inference under QEMU, the pinned flags at -O2, of \`build --target cortex-m4 --minimise time\` in all rows; what the balanced
and the smallest code of such a core take stands in [code-size.md](code-size.md). Every build of ours is proved. onnx2c's C is compiled with gcc -O3
-ffp-contract=off and linked with newlib. \`fused\` rounds product and sum once, with the instruction. Code is .text of the network's object, in bytes. \`qdq\` networks compute in floats between
quantisation steps, as ONNX defines them; \`qop\` networks (QLinearConv) in integers, with sums of 32 bits. \`npm run performance-cortex-m4\` writes
the table; other measurements leave it as it is.

${cortexM4}

By layer, each nest with sums of products as a program of its own with the schedule of its network; equal nests once. Multiply-adds are
those that are needed. The goals for convolutions are ${goals.floats.join(" and ")} instructions for one, unfused and fused, and ${goals.integers} in integers.
gcc makes one instruction (vmla, which rounds twice) of some unfused pairs; it takes as many cycles as the pair and a stall.
\`npm run performance-cortex-m4-layers\` writes the table; other measurements leave it as it is.

${cortexLayers}
`;
}

function geometricMean(values: readonly (number | undefined)[]): number | undefined {
  const logs = values.flatMap((x) => (x === undefined ? [] : [Math.log(x)]));
  return logs.length === 0 || logs.length < values.length ? undefined : Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length);
}

function detailRows({ network, measured }: Row): readonly (readonly string[])[] {
  return measured.map(({ name, instructions, sizes, digest, own }) => [
    network.name, name, grouped(instructions), grouped(sizes?.code), grouped(sizes?.constants), grouped(sizes?.ram), grouped(own?.arenaBytes), digest, ...proofTexts(own?.proof),
  ]);
}

const chartText: ChartText = { title: "One inference, one thread", x: "multiply-adds", y: "µs" };

export function chart(rows: readonly Row[]): string {
  const series = [[fastest, "#1b6"], [runtime, "#c40"], ["onnx2c", "#888"]].map(([name = "", colour = ""]) => ({
    name, colour,
    points: rows.flatMap((row) => {
      const y = find(row, name)?.times.median;
      return y === undefined ? [] : [{ x: row.network.steps, y }];
    }).sort((a, b) => a.x - b.x),
  }));
  return logChart(series.filter(({ points }) => points.length > 1), chartText);
}
