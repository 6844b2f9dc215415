/** `npm run wcet-table`: draft. */
import { join } from "node:path";
import { present } from "../ir/prelude.js";
import { findTests } from "../src/testing/data-sets.js";
import { boards } from "../src/toolchain/boards.js";
import { builtNetwork, timingRow } from "./wcet-row.js";

const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";
const names = process.argv[2]?.split(",") ?? [];
const levels = (process.argv[3] ?? "O2,O3").split(",");
const seconds = Number(process.argv[4] ?? 20);
for (const name of names) {
  const [folder] = findTests(join(data, "models", name));
  let t = performance.now();
  const built = await builtNetwork(present(folder, name)).catch((e: unknown) => { console.log(name, "BUILD", String(e).slice(0, 200)); return undefined; });
  if (built === undefined) continue;
  console.log(name, "built", ((performance.now() - t) / 1000).toFixed(1));
  for (const board of boards) for (const level of levels) {
    t = performance.now();
    const row = await timingRow(built, board, level as "O2", seconds).catch((e: unknown) => { console.log(name, board.target, level, String(e).slice(0, 300)); return undefined; });
    if (row === undefined) continue;
    console.log(name, row.target, level, row.bound, row.observed, `x${row.runs}`, "ratio", (Number(row.bound) / row.observed).toFixed(4), "facts", row.replayed.map((r) => r === undefined ? "-" : (Number(r) / row.observed).toFixed(3)).join(" "), "marks", row.marksCost.toFixed(4), `loops ${row.loops} blocks ${row.blocks} s ${row.seconds.toFixed(2)} f ${row.factSeconds.toFixed(2)} wall ${((performance.now() - t) / 1000).toFixed(1)}`, row.problems.slice(0, 3).join("; ").slice(0, 300));
  }
}
