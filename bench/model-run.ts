/** One network in a process of its own: `obligato test`, what it said, how long it took and how much memory. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fieldsOf, listOf } from "../src/audit/json.js";
import { decodeModel } from "../src/onnx/decode.js";
import type { OnnxGraph } from "../src/onnx/model.js";
import { type ModelRow, expectedOf, judged } from "./model-row.js";

/** The last line of the errors: processor time in µs and peak memory in KiB. */
const usage = 'data:text/javascript,process.on("exit",()=>{const u=process.resourceUsage();process.stderr.write("\\nusage "+(u.userCPUTime+u.systemCPUTime)+" "+u.maxRSS+"\\n")})';

/** A dynamic batch is fixed as the refusal proposes it: the stored inputs have one. `limit` is in seconds. */
export async function measure(folder: string, limit: number, compiler: string): Promise<ModelRow> {
  const first = await attempt(folder, [], limit, compiler);
  const proposed = /fix it with ((?:--fix-dim \S+=1,? ?)+)/.exec(first.reason)?.[1]?.replaceAll(",", " ").trim().split(/ +/);
  return proposed === undefined ? first : attempt(folder, proposed, limit, compiler);
}

async function attempt(folder: string, options: readonly string[], limit: number, compiler: string): Promise<ModelRow> {
  const start = performance.now();
  const { killed, output, errors } = await testOf(folder, options, limit);
  const seconds = Math.round((performance.now() - start) / 1000);
  const [, time, memory] = /\nusage (\d+) (\d+)\n$/.exec(errors) ?? [];
  const base = { options: options.join(" "), seconds, cpu: Math.round(Number(time ?? 0) / 1e6), peak: Math.round(Number(memory ?? 0) / 1024), model: digestOf(folder), compiler };
  if (killed) return { result: "too long", build: "", rule: "", maxAbsDiff: null, sets: 0, reason: `not done after ${limit} s`, ...base };
  const said = listOf(output)[0] ?? { status: "fail", reason: errors.trim().split("\n")[0] };
  const meta = join(folder, "meta.json");
  return { ...judged(said, expectedOf(existsSync(meta) ? readFileSync(meta, "utf8") : {}, graphOf(folder))), ...base };
}

function testOf(folder: string, options: readonly string[], limit: number): Promise<{ readonly killed: boolean; readonly output: string; readonly errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", usage, "bin/obligato.mjs", "test", "--json", "--quiet", ...options, folder], { stdio: ["ignore", "pipe", "pipe"], timeout: limit * 1000, killSignal: "SIGKILL" });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => { output += chunk.toString("utf8"); });
    child.stderr.on("data", (chunk: Buffer) => { errors += chunk.toString("utf8"); });
    child.on("error", reject);
    child.on("close", (_, signal) => resolve({ killed: signal !== null, output, errors }));
  });
}

/** As decoded; undefined where that fails, which the test has said already. */
function graphOf(folder: string): OnnxGraph | undefined {
  try {
    return decodeModel(modelOf(folder), folder).graph;
  } catch {
    return undefined;
  }
}

/** The file that `obligato test` takes. */
function modelOf(folder: string): Buffer {
  const path = ["model_static.onnx", "model.onnx"].map((name) => join(folder, name)).find((one) => existsSync(one));
  return path === undefined ? Buffer.alloc(0) : readFileSync(path);
}

export function digestOf(folder: string): string {
  return createHash("sha256").update(modelOf(folder)).digest("hex");
}

/** Of the sources that a test runs, in order of their paths. */
export function compilerDigest(): string {
  const hash = createHash("sha256");
  for (const folder of ["ir", "proofs", "backends", "src"]) {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts")).toSorted();
    for (const file of files) hash.update(`${folder}/${file}\n`).update(readFileSync(join(folder, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

/** The spread that meta.json gives, for the table. */
export function spreadOf(folder: string): string {
  const path = join(folder, "meta.json");
  const spread = existsSync(path) ? fieldsOf(readFileSync(path, "utf8")).get("spread") : undefined;
  return typeof spread === "number" ? showNumber(spread) : "";
}

export function showNumber(value: number): string {
  return value === 0 ? "0" : value.toPrecision(2).replace(/\.?0+(?=e|$)/, "");
}
