/** Runs a C program over binary input: the second opinion on scalar arithmetic. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Compiles `source` with gcc, without contraction, feeds it `input`, returns its output. */
export function runC(source: string, input: Uint8Array): ArrayBuffer {
  const folder = mkdtempSync(join(tmpdir(), "obligato-scalar-"));
  try {
    const program = join(folder, "reference");
    writeFileSync(`${program}.c`, source);
    const flags = ["-std=c99", "-O1", "-ffp-contract=off", "-fno-fast-math", "-o", program, `${program}.c`, "-lm"];
    const built = spawnSync("gcc", flags, { encoding: "utf8" });
    if (built.status !== 0) throw new Error(built.stderr);
    const run = spawnSync(program, [], { input, maxBuffer: 2 ** 30 });
    if (run.status !== 0) throw new Error(`reference program ended with ${run.status ?? "a signal"}`);
    const copy = new Uint8Array(run.stdout);
    return copy.buffer;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
