/**
 * `npm run performance-layers`: the share of the machine's peak that each layer of the networks
 * reaches, into the table of docs/performance.md. It needs gcc and the test data.
 *
 *     node dist/bench/performance-layers.js [NETWORK…]     (with names nothing is written but to the terminal)
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildRounds } from "../src/toolchain/rounds.js";
import { type LayerShare, hostLayersOf, layerTable, measuredLayer, programName } from "./performance/layers.js";
import { nameOf } from "./performance/network.js";
import { writeBetween } from "./table.js";

const data = resolve(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", "perf");
const only = process.argv.slice(2);
const models = readdirSync(data).filter((name) => name.endsWith(".onnx")).map((name) => join(data, name)).filter((it) => only.length === 0 || only.includes(nameOf(it)));
const work = mkdtempSync(join(tmpdir(), "obligato-layers-"));
try {
  const bench = { sources: resolve("bench/performance"), work, rounds: await buildRounds(work) };
  const rows: LayerShare[] = [];
  for (const [k, layer] of (await hostLayersOf(models)).entries()) {
    const row = await measuredLayer(layer, `layer-${k}`, bench);
    rows.push(row);
    console.log(layerTable([row]).at(-1)?.join("  "));
  }
  if (only.length === 0) writeBetween("docs/performance.md", programName, layerTable(rows));
} finally {
  rmSync(work, { recursive: true, force: true });
}
