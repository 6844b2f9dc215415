/**
 * `npm run performance`: the speed of the emitted C beside other compilers and a runtime, on
 * this machine, written into docs/performance.md and docs/performance.svg. bench/README.md
 * says how the peers are installed; one that is not is named on the page.
 *
 *     node dist/bench/performance.js [NETWORK…]     (with names nothing is written but to the terminal)
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildRounds } from "../src/toolchain/rounds.js";
import { findCompilers } from "../src/toolchain/tools.js";
import { programName as cortexProgram } from "./performance/cortex-m4.js";
import { programName as cortexLayersProgram } from "./performance/cortex-m4-layers.js";
import { programName as int8Program } from "./performance/int8.js";
import { programName as layersProgram } from "./performance/layers.js";
import { chart, page } from "./performance/page.js";
import { type Row, measuredRow, notMeasured } from "./performance/row.js";
import { tvmIn } from "./performance/tvm.js";
import { runtimesIn } from "./performance/variants.js";
import { tableOn } from "./table.js";

const data = join(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", "perf");
const file = "docs/performance.md";
const turns = { rounds: 61, slice: 1500 } as const;
const only = process.argv.slice(2);
const sources = resolve("bench/performance");
const work = mkdtempSync(join(tmpdir(), "obligato-performance-"));
try {
  const runtimes = await runtimesIn(work);
  const tvm = await tvmIn(sources);
  const skipped = notMeasured({ runtimes, tvm });
  const bench = { sources, work, rounds: await buildRounds(work), runtimes, tvm, turns };
  const rows: Row[] = [];
  for (const entry of readdirSync(data).filter((name) => name.endsWith(".onnx") && (only.length === 0 || only.includes(name.replace(/\.onnx$/, ""))))) {
    const row = await measuredRow(resolve(data, entry), bench);
    rows.push(row);
    for (const { name, times, ratio, digest } of row.measured) console.log(row.network.name, name, times.median.toFixed(1), ratio?.toFixed(3), digest);
  }
  const [compiler] = await findCompilers();
  const text = page({ rows, rounds: turns.rounds, skipped, tvm, compiler: compiler?.version ?? "no compiler", cortexM4: tableOn(file, cortexProgram), cortexLayers: tableOn(file, cortexLayersProgram), layers: tableOn(file, layersProgram), int8: tableOn(file, int8Program) });
  if (only.length > 0) console.log(text);
  else {
    writeFileSync(file, text);
    writeFileSync("docs/performance.svg", chart(rows));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
