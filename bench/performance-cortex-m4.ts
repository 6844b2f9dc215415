/**
 * `npm run performance-cortex-m4`: instructions and code on a Cortex-M4, ours and onnx2c's, into
 * the table of docs/performance.md. It needs the cross compiler, QEMU and the test data.
 *
 *     node dist/bench/performance-cortex-m4.js [NETWORK…]     (with names nothing is written but to the terminal)
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type CortexRow, cortexRow, cortexTable, programName } from "./performance/cortex-m4.js";
import { nameOf } from "./performance/network.js";
import { writeBetween } from "./table.js";

const quantised = ["mlperf_ad_int8_qdq", "mlperf_ic_int8_qdq", "mlperf_ic_int8_qop", "mlperf_kws_int8_qdq", "mlperf_kws_int8_qop"];
const contracts = ["separate", "fused"] as const;
const data = resolve(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata");
const floats = readdirSync(join(data, "perf")).filter((name) => name.endsWith(".onnx")).map((name) => join(data, "perf", name));
const integers = quantised.map((name) => join(data, "models", name, "model.onnx"));
const models = [...floats.flatMap((model) => contracts.map((contract) => ({ model, contract }))), ...integers.map((model) => ({ model, contract: contracts[0] }))];
const only = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "obligato-cortex-m4-"));
try {
  const rows: CortexRow[] = [];
  for (const { model, contract } of models.filter((it) => only.length === 0 || only.includes(nameOf(it.model)))) {
    const row = await cortexRow(model, work, { contract, aim: "fast" });
    rows.push(row);
    console.log(row.name, row.steps, JSON.stringify(row.ours), JSON.stringify(row.peer));
  }
  if (only.length === 0) writeBetween("docs/performance.md", programName, cortexTable(rows));
} finally {
  rmSync(work, { recursive: true, force: true });
}
