/** Running other programs: what is missing, hangs or fails becomes a Refusal that says so. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { allowedUndefined, compileFlags } from "../../backends/c/flags.js";
import { Refusal } from "../../ir/prelude.js";
import { compileModel, undefinedSymbols } from "../../src/toolchain/compile.js";
import { runProcess } from "../../src/toolchain/process.js";
import { runCompiled } from "../../src/toolchain/run.js";
import { findCompilers, findTool, requireTool } from "../../src/toolchain/tools.js";
import { hasTools } from "../support/tools.js";
import { inFolder } from "./support.js";

test("toolchain: a missing tool is a refusal of its own class", (t) => {
  t.is(findTool("no-such-tool"), undefined);
  const error = t.throws(() => requireTool("no-such-tool", "to test"), { instanceOf: Refusal });
  t.is(error?.refusal, "tool-missing");
  t.regex(error?.line ?? "", /install no-such-tool to test/);
});

test("toolchain: a program that does not end is stopped, one that is interrupted says so", async (t) => {
  const late = await t.throwsAsync(runProcess(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { timeLimit: 300 }), { instanceOf: Refusal });
  t.is(late?.code, "time-out");
  const stop = new AbortController();
  const running = runProcess(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { signal: stop.signal });
  stop.abort();
  const error = await t.throwsAsync(running, { instanceOf: Refusal });
  t.is(error?.code, "interrupted");
});

test("toolchain: input, output, errors and status pass unchanged", async (t) => {
  const script = "process.stdin.pipe(process.stdout); process.stderr.write('e'); process.exitCode = 3";
  const bytes = Uint8Array.from({ length: 100_000 }, (_, k) => k & 0xff);
  const { status, output, errors } = await runProcess(process.execPath, ["-e", script], { input: bytes });
  t.is(status, 3);
  t.is(errors, "e");
  t.deepEqual(new Uint8Array(output), bytes);
});

test("toolchain: a binary that fails or writes too little is a refusal", async (t) => {
  if (!hasTools(t, "false", "true")) return;
  const outputs = [{ type: "f32", shape: [1] }] as const;
  await t.throwsAsync(runCompiled(findTool("false") ?? "", [], outputs), { instanceOf: Refusal, message: /status 1/ });
  await t.throwsAsync(runCompiled(findTool("true") ?? "", [], outputs), { instanceOf: Refusal, message: /0 bytes of output where 4 are due/ });
});

test("toolchain: the compiler's complaint is in the refusal, and calls into libraries are seen", async (t) => {
  if (!hasTools(t, "gcc", "nm")) return;
  await inFolder(async (folder) => {
    const [compiler] = await findCompilers();
    if (compiler === undefined) return t.fail("gcc is on PATH");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "bad.c"), "int bad_run(void) { int unused; return 0.5; }\n");
    await t.throwsAsync(compileModel({ folder, model: "bad", compiler, optimisation: "O0" }), { instanceOf: Refusal, message: /-Werror=float-conversion/ });
    await writeFile(join(folder, "calls.c"), "float expf(float); float f(float x) { return expf(x); }\n");
    const object = join(folder, "calls.o");
    await runProcess(compiler.path, ["-c", join(folder, "calls.c"), "-o", object]);
    t.deepEqual(await undefinedSymbols("nm", [object]), ["expf"]);
  });
});

/** Stores through one pointer into an array, reads through another: gcc 12 from -O1 on takes `f` for pure and drops the call in `run`. */
const droppedCall = `
static void f(float *arena, int from, int to)
{
    const float *const h = &arena[6];
    float *const m = &arena[50];
    for (int g = from; g < to; g++) { m[g] = h[g * 4] - h[(g * 4) + 35]; }
}
void run_any(float *a, int from, int to);
void run_any(float *a, int from, int to) { f(a, from, to); }
void run(float *a);
void run(float *a) { f(a, 0, 3); }
`;

const droppedMain = `
#include <stdio.h>
void run(float *a);
int main(void) { float a[53]; for (int i = 0; i < 53; i++) { a[i] = (float)i; } run(a); printf("%g\\n", a[51]); return 0; }
`;

test("toolchain: under the pinned flags no call that stores is dropped", async (t) => {
  if (!hasTools(t, "gcc")) return;
  await inFolder(async (folder) => {
    const [main, source, object, binary] = ["main.c", "run.c", "run.o", "run"].map((name) => join(folder, name));
    await writeFile(main ?? "", droppedMain);
    await writeFile(source ?? "", droppedCall);
    for (const optimisation of ["O0", "O1", "O2", "O3", "Os"] as const) {
      await runProcess("gcc", [...compileFlags({ compiler: "gcc", target: "host", optimisation }), "-c", source ?? "", "-o", object ?? ""]);
      await runProcess("gcc", [main ?? "", object ?? "", "-o", binary ?? ""]);
      t.is((await runProcess(binary ?? "", [])).output.toString("utf8"), "-35\n", optimisation);
    }
  });
});

test("toolchain: no flag set lets the compiler change arithmetic", (t) => {
  for (const compiler of ["gcc", "clang"] as const) {
    for (const target of ["host", "cortex-m4"] as const) {
      const flags = compileFlags({ compiler, target, optimisation: "O2" });
      for (const flag of ["-std=c99", "-ffp-contract=off", "-fno-fast-math", "-ffreestanding", "-fno-builtin", "-fno-strict-aliasing", "-Werror"]) t.true(flags.includes(flag));
      t.false(flags.includes("-mfma"));
    }
  }
  t.false(allowedUndefined("cortex-m4").test("sqrtf"));
  t.false(allowedUndefined("cortex-m4").test("memset"));
  for (const name of ["__aeabi_dadd", "__aeabi_ldivmod", "__aeabi_uldivmod", "__aeabi_d2f", "__aeabi_l2f", "__aeabi_f2ulz"]) t.true(allowedUndefined("cortex-m4").test(name), name);
});

/** No compiler can run the iterations of this loop side by side: each calls a function that it does not see. */
const noVectors = `float outside(float);
void f(float *x);
void f(float *x)
{
    #pragma omp simd
    for (int i = 0; i < 64; i++) x[i] = outside(x[i]);
}
`;

test("toolchain: a loop that a compiler makes no vectors of, though it is asked to, is compiled all the same", async (t) => {
  if (!hasTools(t, "gcc", "clang")) return;
  await inFolder(async (folder) => {
    await mkdir(folder, { recursive: true });
    const source = join(folder, "loop.c");
    await writeFile(source, noVectors);
    for (const compiler of await findCompilers()) {
      const flags = compileFlags({ compiler: compiler.kind, target: "host", optimisation: "O3" });
      const { status, errors } = await runProcess(compiler.path, [...flags, "-c", source, "-o", join(folder, "loop.o")]);
      t.is(status, 0, errors);
    }
  });
});
