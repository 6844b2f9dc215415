/**
 * `npm run models`: every network of the test data through the whole chain, written to
 * docs/models.md. Each runs in a process of its own; results are kept in
 * bench/models.json with the digests of the model and of the compiler's sources, so a
 * run that was stopped goes on where it was, and rows of an earlier compiler are seen.
 *
 *   --only NAME      these networks only, measured again (repeatable)
 *   --stale          those of another model or compiler as well
 *   --limit SECONDS  for one network; default 600
 *   --jobs N         networks at a time; default 2
 */
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pageOf } from "./model-page.js";
import { type ModelRow, rowsOf } from "./model-row.js";
import { compilerDigest, digestOf, measure, spreadOf } from "./model-run.js";

const records = "bench/models.json";
const root = join(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata", "models");
const { values: given } = parseArgs({ options: { limit: { type: "string", default: "600" }, jobs: { type: "string", default: "2" }, only: { type: "string", multiple: true, default: [] }, stale: { type: "boolean", default: false } } });
const compiler = compilerDigest();
const rows = new Map(existsSync(records) ? rowsOf(readFileSync(records, "utf8")) : []);

/** Small ones first: most of the table is there early. */
function networks(): readonly string[] {
  const size = (name: string): number => statSync(join(root, name, "model.onnx")).size;
  return readdirSync(root).filter((name) => existsSync(join(root, name, "model.onnx"))).toSorted((a, b) => size(a) - size(b));
}

function isWanted(name: string): boolean {
  if (given.only.length > 0) return given.only.includes(name);
  const row = rows.get(name);
  if (row === undefined || row.model !== digestOf(join(root, name))) return true;
  return given.stale && row.compiler !== compiler;
}

function write(names: readonly string[]): void {
  const sorted = Object.fromEntries([...rows].filter(([name]) => names.includes(name)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(records, `${JSON.stringify(sorted, undefined, 1)}\n`);
  writeFileSync("docs/models.md", pageOf(rows, { names, spread: (name) => spreadOf(join(root, name)), compiler }));
}

const names = networks();
const wanted = names.filter(isWanted);
let [next, done] = [0, 0];

async function worker(): Promise<void> {
  for (let name = wanted[next++]; name !== undefined; name = wanted[next++]) {
    const row: ModelRow = await measure(join(root, name), Number(given.limit), compiler);
    rows.set(name, row);
    write(names);
    console.log(`${++done}/${wanted.length}  ${name}  ${row.result}  ${row.seconds} s  ${row.peak} MiB  ${row.reason.split("\n")[0] ?? ""}`);
  }
}

await Promise.all(Array.from({ length: Number(given.jobs) }, worker));
write(names);
