/** Runs the C of a model on the host with its marks as counters. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmittedFile, ReadBack } from "../../backends/backend.js";
import { countHarness, countersHeader, countersOf } from "../../backends/c/count-harness.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import type { CountedRun } from "../../wcet/facts/counted.js";
import { type Build, compileProduct, compilerRun, writeEmission } from "./compile.js";
import { runProcess } from "./process.js";
import { bytesOfVectors, runFailure } from "./run.js";
import type { Compiler } from "./tools.js";

export interface CountRequest {
  readonly files: readonly EmittedFile[];
  readonly read: ReadBack;
  readonly compiler: Compiler;
  /** The contract of the build; `fused` asks for the fma instruction. */
  readonly fused: boolean;
}

/** What each vector's run counted. Throws a Refusal where the marks of the text are not those of its loops. */
export async function countLoops({ files, read, compiler, fused }: CountRequest, vectors: readonly (readonly Tensor[])[]): Promise<readonly CountedRun[]> {
  const folder = await mkdtemp(join(tmpdir(), "obligato-count-"));
  try {
    const counters = countersOf(read);
    const [header, main, binary] = [join(folder, "counters.h"), join(folder, "count_main.c"), join(folder, "count")];
    await writeEmission(folder, { files, harness: [] });
    await Promise.all([writeFile(header, countersHeader(counters)), writeFile(main, countHarness(read, "counters.h"))]);
    const build: Build = { folder, model: read.model, compiler, optimisation: "O2", fused, extra: ["-include", header] };
    const objects = await compileProduct(build, "host", folder);
    await compilerRun(build, ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", `-I${folder}`, main, ...objects, "-o", binary]);
    const { status, output, errors } = await runProcess(binary, [], { input: bytesOfVectors(vectors), timeLimit: 600_000 });
    if (status !== 0) throw runFailure(binary, status, errors);
    const words = 3 * counters.loops.length + 2 * (counters.guards + 1);
    return vectors.map((_, k) => countedRun(counters, output.subarray(8 * words * k, 8 * words * (k + 1))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function countedRun({ loops, guards }: ReturnType<typeof countersOf>, bytes: Buffer): CountedRun {
  const word = (k: number): number => Number(bytes.readBigUInt64LE(8 * k));
  return {
    loops: new Map(loops.map((loop, k) => [loop, { entries: word(3 * k), total: word(3 * k + 1), longest: word(3 * k + 2) }])),
    guards: Array.from({ length: guards }, (_, k) => ({ starts: word(3 * loops.length + k), ends: word(3 * loops.length + guards + 1 + k) })),
  };
}
