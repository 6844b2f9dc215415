/**
 * `npm run performance-cortex-m4-layers`: instructions for a multiply-add by layer on a
 * Cortex-M4, into the table of docs/performance.md. It needs the cross compiler, QEMU and the test data.
 *
 *     node dist/bench/performance-cortex-m4-layers.js [NETWORK…]     (with names nothing is written but to the terminal)
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type LayerCount, cortexLayerTable, cortexLayersOf, countedLayer, programName } from "./performance/cortex-m4-layers.js";
import { nameOf } from "./performance/network.js";
import { writeBetween } from "./table.js";

const data = resolve(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata");
const floats = readdirSync(join(data, "perf")).filter((name) => name.endsWith(".onnx")).map((name) => join(data, "perf", name));
const integers = ["mlperf_ic_int8_qop", "mlperf_kws_int8_qop"].map((name) => join(data, "models", name, "model.onnx"));
const only = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "obligato-cortex-m4-layers-"));
try {
  const rows: LayerCount[] = [];
  const layers = await cortexLayersOf([...floats, ...integers].filter((it) => only.length === 0 || only.includes(nameOf(it))));
  for (const [k, layer] of layers.entries()) {
    const row = await countedLayer(layer, join(work, `layer-${k}`));
    rows.push(row);
    console.log(cortexLayerTable([row]).at(-1)?.join("  "));
  }
  if (only.length === 0) writeBetween("docs/performance.md", programName, cortexLayerTable(rows));
} finally {
  rmSync(work, { recursive: true, force: true });
}
