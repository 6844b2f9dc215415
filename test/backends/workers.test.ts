/**
 * Loops that workers share: threads with a barrier between steps give the bits of a
 * serial run whatever their number, the compiler's race detector sees no race, shares
 * cover a loop exactly once, and the reader refuses any other arrangement.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { EmittedFile } from "../../backends/backend.js";
import { emitC } from "../../backends/c/emit.js";
import { compileFlags } from "../../backends/c/flags.js";
import { readBack } from "../../backends/c/readback.js";
import { partition } from "../../backends/c/workers.js";
import { printProgram } from "../../ir/loop/print.js";
import { present } from "../../ir/prelude.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { runProcess } from "../../src/toolchain/process.js";
import { findTool } from "../../src/toolchain/tools.js";
import { refuses } from "../support/refusals.js";
import { hasTools } from "../support/tools.js";
import { workers } from "./programs.js";
import { bits, expected, inFolder, inputsOf } from "./support.js";

/** Every thread is one worker; the main thread prints what they made and what a serial run makes. */
function threadsMain(inputs: readonly number[], waits: boolean): string {
  const values = inputs.map((bit) => `0x${bit.toString(16)}u`).join(", ");
  return `#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "workers.h"
static const uint32_t bits[66] = { ${values} };
static float x[66], y[11], arena[WORKERS_ARENA_F32];
static pthread_barrier_t between;
static int32_t count;
static const int waits = ${waits ? 1 : 0};
static void *worker(void *of) {
    for (int32_t step = 0; step < WORKERS_STEPS; step++) {
        if (workers_run_part(step, *(int32_t *)of, count, x, y, arena) != WORKERS_OK) { puts("status"); }
        if (waits) { pthread_barrier_wait(&between); }
    }
    return NULL;
}
static void show(void) {
    for (int k = 0; k < 11; k++) { uint32_t b = 0x7fc00000u; if (y[k] == y[k]) { memcpy(&b, &y[k], 4); } printf("%x ", b); }
    puts("");
}
int main(int argc, char **argv) {
    pthread_t threads[16];
    int32_t numbers[16];
    memcpy(x, bits, sizeof x);
    if (workers_run(x, y, arena) != WORKERS_OK) { puts("status"); }
    show();
    for (int k = 1; k < argc; k++) {
        (void)sscanf(argv[k], "%d", &count);
        memset(y, 0xff, sizeof y);
        memset(arena, 0xff, sizeof arena);
        pthread_barrier_init(&between, NULL, (unsigned)count);
        for (int w = 0; w < count; w++) { numbers[w] = w; pthread_create(&threads[w], NULL, worker, &numbers[w]); }
        for (int w = 0; w < count; w++) { pthread_join(threads[w], NULL); }
        pthread_barrier_destroy(&between);
        show();
    }
    printf("%d %d %d %d\\n", workers_run_part(WORKERS_STEPS, 0, 1, x, y, arena), workers_run_part(-1, 0, 1, x, y, arena),
        workers_run_part(0, 2, 2, x, y, arena), workers_run_part(0, 0, 1, NULL, y, arena));
    return 0;
}
`;
}

async function gcc(args: readonly string[]): Promise<void> {
  const { status, errors } = await runProcess(findTool("gcc") ?? "gcc", args, {});
  if (status !== 0) throw new Error(errors);
}

/** The product files with the pinned flags, `main` beside them; `flags` for both. */
async function compiled(folder: string, main: string, product: readonly string[], flags: readonly string[]): Promise<string> {
  const binary = join(folder, "threads");
  const objects = product.map((name) => join(folder, name.replace(/c$/, "o")));
  const pinned = compileFlags({ compiler: "gcc", target: "host", optimisation: "O2" });
  for (const [k, name] of product.entries()) await gcc([...pinned, ...flags, "-c", join(folder, name), "-o", objects[k] ?? ""]);
  await gcc(["-std=gnu99", "-O1", ...flags, `-I${folder}`, join(folder, main), ...objects, "-o", binary]);
  return binary;
}

/** Numbers of workers up to more than the loop has iterations. */
const counts = ["1", "2", "3", "4", "7", "13"];

interface Threads {
  readonly flags: readonly string[];
  /** Whether there is a barrier between steps. */
  readonly waits: boolean;
}

const inputs = inputsOf(workers, 5);

/** What the program with threads says. */
async function threadsRun({ flags, waits }: Threads): Promise<{ readonly status: number; readonly output: Buffer; readonly errors: string }> {
  return inFolder(async (folder) => {
    await writeEmission(folder, emitC(workers.program, { model: "workers", weights: workers.weights }));
    await writeFile(join(folder, "main.c"), threadsMain(bits(present(inputs[0], "input")).map(Number), waits));
    const binary = await compiled(folder, "main.c", ["workers.c", "workers_weights.c"], ["-pthread", ...flags]);
    return runProcess(binary, counts, {});
  });
}

async function sameBits(t: ExecutionContext, flags: readonly string[]): Promise<void> {
  if (!hasTools(t, "gcc")) return;
  const y = present(expected(workers, inputs)[0], "output");
  const { status, output, errors } = await threadsRun({ flags, waits: true });
  t.is(errors, "");
  t.is(status, 0);
  const lines = output.toString("utf8").trimEnd().split("\n");
  const due = bits(y).map((b) => `${b.toString(16)} `).join("");
  t.deepEqual(lines.slice(0, -1), Array.from({ length: counts.length + 1 }, () => due));
  t.is(lines.at(-1), "5 5 5 1", "no such step, no such worker, null");
}

test("workers: threads give the bits of the interpreter and of a serial run, whatever their number", (t) => sameBits(t, []));
test("workers: the race detector of the compiler sees no race", (t) => sameBits(t, ["-g", "-fsanitize=thread"]));
test("workers: without the barrier it does", async (t) => {
  if (!hasTools(t, "gcc")) return;
  const { errors } = await threadsRun({ flags: ["-g", "-fsanitize=thread"], waits: false });
  t.regex(errors, /data race/);
});

test("workers: the shares of a loop meet end to end and cover it, to the largest count", async (t) => {
  if (!hasTools(t, "gcc")) return;
  await inFolder(async (folder) => {
    const main = `#include <stdint.h>
#include <stdio.h>
${partition.join("\n")}
static int right(int32_t n, int32_t workers) {
    int ok = (share_start(n, 0, workers) == 0) && (share_start(n, workers, workers) == n);
    for (int32_t w = 0; w < workers; w++) {
        const int32_t own = share_start(n, w + 1, workers) - share_start(n, w, workers);
        ok = ok && (own >= n / workers) && (own - 1 <= n / workers);
    }
    return ok;
}
int main(void) {
    int wrong = 0;
    for (int32_t n = 1; n <= 200; n++) { for (int32_t w = 1; w <= 64; w++) { wrong += !right(n, w); } }
    for (int32_t w = 1; w <= 4096; w++) { wrong += !right(2147483647, w) + !right(2147483646, w) + !right(1073741825, w); }
    printf("%d\\n", wrong);
    return 0;
}
`;
    await writeFile(join(folder, "shares.c"), main);
    const binary = await compiled(folder, "shares.c", [], ["-fsanitize=undefined", "-fno-sanitize-recover=all"]);
    const { status, output, errors } = await runProcess(binary, [], {});
    t.deepEqual([status, output.toString("utf8"), errors], [0, "0\n", ""]);
  });
});

const { files } = emitC(workers.program, { model: "workers", weights: workers.weights });

function changed(from: string | RegExp, to: string): readonly EmittedFile[] {
  const texts = files.map(({ name, text }) => (name === "workers.c" ? { name, text: text.replace(from, to) } : { name, text }));
  if (texts.every(({ text }, k) => text === files[k]?.text)) throw new Error(`nothing like ${String(from)}`);
  return texts;
}

test("workers: the text reads back as the program, private arrays with the index of their iteration", (t) => {
  t.is(printProgram(readBack(files).program), printProgram(workers.program));
  const source = files.find(({ name }) => name === "workers.c")?.text ?? "";
  t.true(source.includes("        float a[4];\n        float s[1];\n"));
  t.is(source.match(/^#pragma omp simd$/gm)?.length, 3);
});

const refused: Readonly<Record<string, readonly [string | RegExp, string]>> = {
  "a last share that ends early": ["r < share_start(11, worker + 1, workers)", "r < share_start(10, worker + 1, workers)"],
  "shares that overlap": ["r = share_start(11, worker, workers)", "r = share_start(11, 0, workers)"],
  "another partition": ["worker : rest)", "rest : worker)"],
  "all iterations for every worker": [/r = share_start\(11, worker, workers\); r < share_start\(11, worker \+ 1, workers\)/, "r = 0; r < 11"],
  "two steps without a barrier": [/ {12}}\n {12}if \(step == 2\) \{\n/, ""],
  "steps in another order": ["if (step == 1) {", "if (step == 2) {"],
  "a serial step that every worker does": ["if ((step == 0) && (worker == 0)) {", "if (step == 0) {"],
  "a shared step for the first worker alone": ["if (step == 1) {", "if ((step == 1) && (worker == 0)) {"],
  "an array of all iterations that is private to none": ["        float a[4];\n", ""],
  "a private array as large as all of them": ["float a[4];", "float a[44];"],
  "the serial entry as one of two workers": [", 0, 1);", ", 0, 2);"],
  "a lane loop without its line": ["#pragma omp simd\n", ""],
  "a clause": ["#pragma omp simd\n", "#pragma omp simd safelen(4)\n"],
  "the line above a serial loop": [/( +for \(int32_t k = 0)/, "#pragma omp simd\n$1"],
};

for (const [what, [from, to]] of Object.entries(refused)) {
  test(`workers: refused: ${what}`, (t) => {
    const refusal = refuses(t, "c-subset", () => readBack(changed(from, to)));
    t.regex(refusal.where ?? "", /^workers\.c:\d+:\d+$/);
  });
}

test("flags: lane loops are heeded and no library of OpenMP comes with them", (t) => {
  for (const compiler of ["gcc", "clang"] as const) {
    const flags = compileFlags({ compiler, target: "host", optimisation: "O3" });
    t.true(flags.includes("-fopenmp-simd"));
    t.false(flags.includes("-fopenmp"));
  }
});
