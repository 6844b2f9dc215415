/**
 * `npm run fact-files`: how long the facts of a network of a hundred layers take in each
 * format for an ELF, and its bound, into docs/wcet.md between its markers. The first row
 * holds the start of the just-in-time compiler. Time of the processor, since other work on the machine
 * counts in any other.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runName } from "../backends/c/names.js";
import { codeFactsOf } from "../ir/loop/code-facts.js";
import { Refusal, present } from "../ir/prelude.js";
import { type Board, boards } from "../src/toolchain/boards.js";
import { compileForBoard } from "../src/toolchain/board.js";
import { writeEmission } from "../src/toolchain/compile.js";
import { analyse } from "../wcet/analyse.js";
import { markedLoops } from "../wcet/facts/counted.js";
import { factFileOf } from "../wcet/bind/fact-file.js";
import { factFormats } from "../wcet/bind/formats.js";
import { instructionMode } from "../wcet/cores/instructions.js";
import { syntheticNetwork } from "./synthetic-network.js";
import { builtNetwork } from "./wcet-row.js";

const page = "docs/wcet.md";
const [begin, end] = ["<!-- begin: npm run fact-files -->", "<!-- end: npm run fact-files -->"];
const formats = factFormats.filter(({ byLine }) => byLine !== true);
const layers = 100;

/** Seconds of the processor. */
async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

type Code = NonNullable<Awaited<ReturnType<typeof builtNetwork>>["result"]["code"]>;

async function rowOf(folder: string, { model, read: { program, bounds } }: Code, board: Board): Promise<readonly string[]> {
  const { binary } = await compileForBoard({ board, folder, model, program, optimisation: "O2", output: join(folder, board.target) });
  const { loops, guards } = codeFactsOf(program);
  const about = { elf: readFileSync(binary), where: `${model}.elf`, entry: runName(model) };
  const seconds: number[] = [];
  for (const format of formats) {
    seconds.push(await secondsOf(async () => {
      const found = await factFileOf({ ...about, loops: markedLoops(loops, bounds), guards: guards.map(({ taken }) => taken), format });
      if (found.kind === "none") throw new Refusal("usage", "usage", found.reasons.join("; "), format.name, "look at the ELF");
    }));
  }
  const totals = new Map(loops.map(({ loop, total }) => [loop, total]));
  const bound = await secondsOf(() => analyse({ ...about, totals, core: instructionMode, memory: { flashWaitStates: 0, ramWaitStates: 0 } }));
  return [String(layers), board.target, String(loops.length), ...[...seconds, bound].map((taken) => taken.toFixed(2))];
}

const folder = mkdtempSync(join(tmpdir(), "obligato-facts-"));
try {
  const model = join(folder, "layers.onnx");
  writeFileSync(model, syntheticNetwork(layers));
  const code = present((await builtNetwork({ name: "layers", model, sets: [] })).result.code, "code");
  await writeEmission(folder, { files: code.emission.files, harness: [] });
  const rows: (readonly string[])[] = [];
  for (const board of boards) rows.push(await rowOf(folder, code, board));
  const head = ["Layers", "Core", "Loops", ...formats.map(({ name }) => `${name}, s`), "Bound, s"];
  const table = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const text = readFileSync(page, "utf8");
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Refusal("usage", "usage", `${page} lacks the markers of its table`, page, `put ${begin} and ${end} around it`);
  writeFileSync(page, `${text.slice(0, before + begin.length)}\n${table}\n${text.slice(after)}`);
  console.log(table);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
