/**
 * `npm run code-size`: what code for a small core costs and gives, fast, balanced and small, beside
 * onnx2c's, into the table of docs/code-size.md. Every build of ours is proved. It needs the cross
 * compiler, QEMU and the test data.
 *
 *     node dist/bench/code-size.js [NETWORK…]     (with names nothing is written but to the terminal)
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Aim, aims } from "../src/optimise/choices.js";
import { type CortexRow, cortexRow } from "./performance/cortex-m4.js";
import { nameOf } from "./performance/network.js";
import { writeBetween } from "./table.js";

const programName = "npm run code-size";
const head = ["network", ...aims.flatMap((aim) => [`${aim}: code`, "instructions"]), "onnx2c: code", "instructions", ...aims.map((aim) => `${aim} ÷ onnx2c: code, instructions`)] as const;

type Rows = ReadonlyMap<Aim, CortexRow>;

function cells(name: string, rows: Rows): readonly string[] {
  const grouped = (n: number | undefined): string => n?.toLocaleString("en-US") ?? "–";
  const own = aims.flatMap((aim) => [grouped(rows.get(aim)?.ours.code), grouped(rows.get(aim)?.ours.instructions)]);
  const peer = rows.get("balanced")?.peer;
  return [name, ...own, grouped(peer?.code), grouped(peer?.instructions), ...aims.map((aim) => ratios([rows], aim))];
}

/** Geometric means over the networks that the peer compiles. */
function ratios(all: readonly Rows[], aim: Aim): string {
  const mean = (figure: "code" | "instructions"): number | undefined => {
    const logs = all.flatMap((rows) => {
      const { ours, peer } = rows.get(aim) ?? { ours: undefined, peer: undefined };
      return ours === undefined || peer === undefined ? [] : [Math.log(ours[figure] / peer[figure])];
    });
    return logs.length === 0 ? undefined : Math.exp(logs.reduce((sum, x) => sum + x, 0) / logs.length);
  };
  const [code, instructions] = [mean("code"), mean("instructions")];
  return code === undefined || instructions === undefined ? "–" : `${code.toFixed(2)}, ${instructions.toFixed(3)}`;
}

const data = resolve(process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata");
const floats = readdirSync(join(data, "perf")).filter((name) => name.endsWith(".onnx")).map((name) => join(data, "perf", name));
const quantised = ["mlperf_ad_int8_qdq", "mlperf_ic_int8_qdq", "mlperf_kws_int8_qdq"].map((name) => join(data, "models", name, "model.onnx"));
const only = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "obligato-code-size-"));
try {
  const found: (readonly [string, Rows])[] = [];
  for (const model of [...floats, ...quantised].filter((it) => only.length === 0 || only.includes(nameOf(it)))) {
    const rows = new Map<Aim, CortexRow>();
    for (const aim of aims) rows.set(aim, await cortexRow(model, work, { aim }));
    found.push([nameOf(model), rows]);
    console.log(cells(nameOf(model), rows).join(" | "));
  }
  const all = found.map(([, rows]) => rows);
  const table = [head, ...found.map(([name, rows]) => cells(name, rows)), ["geometric mean", ...head.slice(1, -aims.length).map(() => ""), ...aims.map((aim) => ratios(all, aim))]];
  if (only.length === 0) writeBetween("docs/code-size.md", programName, table);
} finally {
  rmSync(work, { recursive: true, force: true });
}
