/**
 * `npm run wcet-layers [-- INPUTS]`: bound and counted instructions of each ONNX node, into
 * docs/wcet-layers.md. A block of the binary belongs to the loop whose mark is in the
 * innermost loop around it, a loop to its node. The blocks are counted under QEMU, for each
 * input; that they add up to the number that the board counts is checked.
 * Leaves with 1 if a node took more than its share of the bound admits in all.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Optimisation } from "../backends/c/flags.js";
import { layoutOfPacked } from "../backends/c/layout.js";
import { runName } from "../backends/c/names.js";
import { codeFactsOf } from "../ir/loop/code-facts.js";
import { InvariantViolation, present } from "../ir/prelude.js";
import { findTests } from "../src/testing/data-sets.js";
import { compileForBoard, countOnBoard } from "../src/toolchain/board.js";
import { type Board, boards } from "../src/toolchain/boards.js";
import { writeEmission } from "../src/toolchain/compile.js";
import { analyse } from "../wcet/analyse.js";
import { codeGraph } from "../wcet/cfg/graph.js";
import { instructionMode } from "../wcet/cores/instructions.js";
import { readElf } from "../wcet/elf/elf.js";
import { marksOf } from "../wcet/elf/marks.js";
import { namesIn } from "../wcet/shares.js";
import { countInstructions } from "./block-counts.js";
import { type Built, builtNetwork } from "./wcet-row.js";
import { adversarialVectors } from "./wcet-vectors.js";

const networks = ["sonnx_lenet5", "tfl_mnist_dw_fp32", "silero_vad_openvino_16k", "deeploy_cct_1_16_16_8", "mlperf_kws_int8_qdq", "stm_mobilenetv2_05_128"];
const page = "docs/wcet-layers.md";
const optimisation: Optimisation = "O2";
const [begin, end] = ["<!-- begin: npm run wcet-layers -->", "<!-- end: npm run wcet-layers -->"];
const head = ["Network", "Core", "Node", "Bound", "Share", "Counted, at most", "Bound ÷ counted"];

interface LayerRow {
  readonly node: string;
  readonly bound: number;
  /** The most that one of the inputs took there. */
  readonly counted: number;
}

interface Layers {
  readonly network: string;
  readonly target: string;
  readonly bound: number;
  /** By bound, the largest first; they add up to the whole bound. */
  readonly rows: readonly LayerRow[];
}

async function layersOf(built: Built, board: Board, inputs: number): Promise<Layers> {
  const { model, emission: { files }, read } = present(built.result.code, "code");
  const { program } = read;
  const folder = mkdtempSync(join(tmpdir(), "obligato-layers-"));
  try {
    await writeEmission(folder, { files, harness: [] });
    const output = join(folder, "marked");
    const { binary } = await compileForBoard({ board, folder, model, program, optimisation, output });
    const { loops, guards, namesakes } = codeFactsOf(program);
    const about = { elf: readFileSync(binary), where: binary, entry: runName(model), core: instructionMode, memory: { flashWaitStates: 0, ramWaitStates: 0 } };
    const found = await analyse({ ...about, totals: new Map(loops.map(({ loop, total }) => [loop, total])), guards: guards.map(({ taken }) => taken), namesakes });
    if (found.kind === "none") throw new InvariantViolation(found.reasons.join("; "));
    const nodes = new Map([...loops.map(({ loop, origin }) => [loop, origin.node] as const), ...layoutOfPacked(program, read).groups.map(({ name, node }) => [`function ${name}`, node] as const)]);
    const nodeOf = (name: string): string => nodes.get(name.split(/[+.]/)[0] ?? "") ?? (name === `function ${about.entry}` ? "outside of loops" : name);
    const run = { board, output, program, limits: { timeLimit: 3_600_000 } };
    const vectors = adversarialVectors(built.result.imported.graph.inputs, built.stored, inputs);
    const totals = await countOnBoard(run, binary, vectors);
    const most = new Map<string, number>();
    for (const [k, vector] of vectors.entries()) {
      const counted = await countedByNode({ elf: about.elf, entry: about.entry, nodeOf }, (addresses) => countInstructions(run, binary, vector, addresses));
      const sum = [...counted.values()].reduce((total, n) => total + n, 0);
      if (sum !== totals[k]) throw new InvariantViolation(`the blocks of input ${k} add up to ${sum} and not to ${totals[k] ?? 0}`);
      for (const [node, n] of counted) most.set(node, Math.max(n, most.get(node) ?? 0));
    }
    const bounds = added(found.byLoop.map(({ of, cost }) => [nodeOf(of), cost]));
    const rows = [...bounds].map(([node, bound]) => ({ node, bound, counted: most.get(node) ?? 0 })).toSorted((a, b) => b.bound - a.bound);
    return { network: built.network, target: board.target, bound: Number(found.bound), rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function added(parts: readonly (readonly [string, number])[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [key, n] of parts) sums.set(key, (sums.get(key) ?? 0) + n);
  return sums;
}

interface Counting {
  readonly elf: Uint8Array;
  readonly entry: string;
  readonly nodeOf: (name: string) => string;
}

async function countedByNode({ elf: bytes, entry, nodeOf }: Counting, count: (addresses: readonly number[]) => ReturnType<typeof countInstructions>): Promise<Map<string, number>> {
  const elf = readElf(bytes, entry);
  const marks = marksOf(elf, entry);
  const { functions } = codeGraph(elf, present(elf.functions.find(({ name }) => name === entry), entry));
  const runsAt = await count(functions.flatMap(({ blocks }) => blocks.flatMap(({ instructions }) => instructions.map(({ address }) => address))));
  return added(functions.flatMap((graph) => {
    const names = namesIn(graph, marks);
    return graph.blocks.map(({ id, instructions }) => [nodeOf(names[id] ?? ""), instructions.reduce((sum, { address }) => sum + runsAt(address), 0)] as const);
  }));
}

/** Nodes of at least a hundredth of the bound, then the rest together, then the whole. */
function linesOf({ network, target, bound, rows }: Layers): readonly string[] {
  const small = rows.filter((row) => row.bound < bound / 100);
  const rest = { node: `${small.length} smaller ones`, bound: small.reduce((sum, row) => sum + row.bound, 0), counted: small.reduce((sum, row) => sum + row.counted, 0) };
  const shown = [...rows.filter((row) => !small.includes(row)), ...(small.length > 0 ? [rest] : [])];
  return shown.map((row, k) => {
    const ratio = row.counted === 0 ? "none" : (row.bound / row.counted).toFixed(4);
    const cells = [k === 0 ? network : "", k === 0 ? target : "", row.node.replaceAll("|", "\\|"), row.bound.toLocaleString("en"), `${((100 * row.bound) / bound).toFixed(1)} %`, row.counted.toLocaleString("en"), ratio];
    return `| ${cells.join(" | ")} |`;
  });
}

const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";
const inputs = Number(process.argv[2] ?? 12);
const layers: Layers[] = [];
for (const name of networks) {
  const [folder] = findTests(join(data, "models", name));
  const built = await builtNetwork(present(folder, `test folder of ${name}`));
  for (const board of boards) {
    const found = await layersOf(built, board, inputs);
    layers.push(found);
    console.log(linesOf(found).join("\n"));
  }
  const text = readFileSync(page, "utf8");
  const table = [`| ${head.join(" | ")} |`, `| ${head.map(() => "---").join(" | ")} |`, ...layers.flatMap(linesOf)].join("\n");
  writeFileSync(page, `${text.slice(0, text.indexOf(begin) + begin.length)}\n${table}\n${text.slice(text.indexOf(end))}`);
}
process.exitCode = layers.some(({ bound, rows }) => rows.reduce((sum, row) => sum + row.bound, 0) !== bound) ? 1 : 0;
