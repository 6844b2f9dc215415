/**
 * `npm run performance-int8`: networks in 8 bits, ours against ONNX Runtime, into the table of
 * docs/performance.md. It needs gcc, the test data and ONNX Runtime.
 *
 *     node dist/bench/performance-int8.js [NETWORK…]     (with names nothing is written but to the terminal)
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Refusal } from "../ir/prelude.js";
import { buildRounds } from "../src/toolchain/rounds.js";
import { type Int8Row, int8Rows, int8Table, programName } from "./performance/int8.js";
import { runtimesIn } from "./performance/variants.js";
import { writeBetween } from "./table.js";

const models = resolve(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", "models");
const only = process.argv.slice(2);
const wanted = (name: string): boolean => (only.length === 0 ? /^(?:mlperf_.*|tfl_person_detect)_int8_(?:qdq|qop)$/.test(name) : only.includes(name));
const work = mkdtempSync(join(tmpdir(), "obligato-int8-"));
try {
  const runtimes = await runtimesIn(work);
  if (runtimes.length === 0) throw new Refusal("tool-missing", "tool-missing", "ONNX Runtime is not installed", undefined, "see bench/README.md");
  const bench = { sources: resolve("bench/performance"), work, rounds: await buildRounds(work), runtimes, turns: { rounds: 61, slice: 1500 } };
  const rows: Int8Row[] = [];
  for (const name of readdirSync(models).filter(wanted)) {
    for (const row of await int8Rows(join(models, name, "model.onnx"), bench)) {
      rows.push(row);
      console.log(int8Table([row])[1]?.join("  "));
    }
  }
  if (only.length === 0) writeBetween("docs/performance.md", programName, int8Table(rows));
} finally {
  rmSync(work, { recursive: true, force: true });
}
