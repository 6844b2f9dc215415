/**
 * Runs check.c over all chunks of a function, or over its sample. Finished chunks are lines of a journal that belongs to the function's text
 * and to the checking program, so that a run which was stopped goes on where it was.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { checkProgram } from "./program.js";
import { type Results, merge, parseResults } from "./record.js";

const chunkCount = 256;

type Chunk = ReturnType<typeof parseResults>;

/** Lines of the journal that are of this very program. */
function finished(journal: string, key: string): readonly Chunk[] {
  if (!existsSync(journal)) return [];
  const [head, ...lines] = readFileSync(journal, "utf8").split("\n");
  return head === key ? lines.filter((line) => line.endsWith("}")).map(parseResults) : [];
}

async function runChunks(program: string, name: string, chunks: readonly string[], onLine: (line: string) => void): Promise<void> {
  if (chunks.length === 0) return;
  const child = spawn("nice", ["-n", "15", program, name, ...chunks], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((done) => child.on("close", done));
  for await (const line of createInterface({ input: child.stdout })) onLine(line);
  const status = await ended;
  if (status !== 0) throw new Error(`${program} ended with ${status ?? "a signal"}`);
}

/** All 2³² inputs of a function, in `jobs` processes. */
export async function measureAll(name: string, folder: string, jobs: number): Promise<Results> {
  const program = checkProgram(`${name}.f32`, folder);
  const key = createHash("sha256").update(readFileSync(program)).digest("hex");
  const journal = join(folder, `${name}.journal`);
  const done = [...finished(journal, key)];
  writeFileSync(journal, [key, ...done.map((chunk) => JSON.stringify(chunk)), ""].join("\n"));
  const known = new Set(done.map(({ chunk }) => chunk));
  const open = Array.from({ length: chunkCount }, (_, k) => String(k)).filter((chunk) => !known.has(chunk));
  const onLine = (line: string): void => {
    appendFileSync(journal, `${line}\n`);
    done.push(parseResults(line));
    if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${done.length} of ${chunkCount} chunks `);
  };
  const shares = Array.from({ length: jobs }, (_, job) => open.filter((_, k) => k % jobs === job));
  await Promise.all(shares.map((share) => runChunks(program, name, share, onLine)));
  done.sort((a, b) => Number(a.chunk) - Number(b.chunk));
  return done.map(({ chunk: _, ...results }): Results => results).reduce(merge);
}

/** The 2²⁴ inputs of the sample. */
export async function measureSample(name: string, folder: string): Promise<Results> {
  const lines: string[] = [];
  await runChunks(checkProgram(`${name}.f32`, folder), name, ["sample"], (line) => lines.push(line));
  const { chunk: _, ...results } = parseResults(lines.join(""));
  return results;
}
