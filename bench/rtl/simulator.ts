/**
 * A simulator of CV32E40P made from its RTL with Verilator. The sources are one commit of
 * the core's repository, which `OBLIGATO_CV32E40P` names (a clone, bare or not); the commit
 * pins the text of the core, of the floating-point unit and of its parts. What was built is
 * kept beside other temporary files under the commit's name.
 */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import { runProcess } from "../../src/toolchain/process.js";
import { requireTool } from "../../src/toolchain/tools.js";

/** Release v1.8.3 of the core. */
export const release = { name: "cv32e40p_v1.8.3", commit: "360d272898d81806be3377193870dbf83a3ea79f" } as const;
const harness = "bench/rtl/simulator.cpp";
const top = "cv32e40p_top";
/** The configuration whose numbers wcet/cores/cv32e40p.ts has. */
const parameters = ["-GFPU=1", "-GFPU_ADDMUL_LAT=1", "-GFPU_OTHERS_LAT=1", "-GZFINX=0", "-GCOREV_PULP=0", "-GCOREV_CLUSTER=0"];
/** An element of an array of pipeline registers is wired, the others are clocked: distinct, so the error does not apply. */
const lenient = ["-Wno-fatal", "-Wno-lint", "-Wno-style", "-Wno-BLKANDNBLK"];

/** Path of the simulator; builds it in half a minute where it is not there. */
export async function simulator(): Promise<string> {
  const digest = createHash("sha256").update(readFileSync(harness)).update(parameters.join()).digest("hex");
  const kept = join(tmpdir(), `obligato-cv32e40p-${release.commit.slice(0, 12)}-${digest.slice(0, 12)}`);
  const binary = join(kept, "build", `V${top}`);
  if (existsSync(binary)) return binary;
  const folder = mkdtempSync(`${kept}-`);
  await unpack(folder);
  copyFileSync(harness, join(folder, "simulator.cpp"));
  writeFileSync(join(folder, "files.f"), sourceFiles(folder));
  const shape = ["--cc", "--exe", "--build", "-O3", "-j", "2", "--noassert", "--x-assign", "fast", "--x-initial", "fast", "-CFLAGS", "-O2", "-MAKEFLAGS", "OPT_FAST=-O2"];
  await must(requireTool("verilator", "to simulate the core"), [...shape, "--top-module", top, ...parameters, ...lenient, "--Mdir", "build", "-f", "files.f", "simulator.cpp"], folder);
  renameSync(folder, kept);
  return binary;
}

async function unpack(folder: string): Promise<void> {
  const repository = process.env["OBLIGATO_CV32E40P"];
  if (repository === undefined) throw new Refusal("usage", "usage", "OBLIGATO_CV32E40P names no repository", undefined, `clone openhwgroup/cv32e40p (commit ${release.commit}) and name the clone`);
  const archive = join(folder, "sources.tar");
  await must(requireTool("git", "to read the core's repository"), ["-C", repository, "archive", "-o", archive, release.commit, "rtl", "bhv", "cv32e40p_fpu_manifest.flist"], folder);
  await must(requireTool("tar", "to unpack the core's sources"), ["-x", "-f", archive], folder);
  mkdirSync(join(folder, "build"), { recursive: true });
}

/** Of the core's own list, what is hardware. */
function sourceFiles(folder: string): string {
  const lines = readFileSync(join(folder, "cv32e40p_fpu_manifest.flist"), "utf8").split("\n").map((line) => line.trim());
  const wanted = lines.filter((line) => line !== "" && !line.startsWith("//") && !/tracer|tb_wrapper|\/sva$/.test(line));
  return `${wanted.map((line) => line.replace("${DESIGN_RTL_DIR}", "rtl")).join("\n")}\n`;
}

async function must(tool: string, args: readonly string[], folder: string): Promise<void> {
  const { status, errors } = await runProcess(tool, args, { folder, timeLimit: 600_000 });
  if (status !== 0) throw new Refusal("invalid", "run-failed", `${tool}: ${errors.slice(-2000)}`, folder, "see what the tool says");
}

/** Wait states of the memories of code and of data. */
export interface Waits {
  readonly code: number;
  readonly data: number;
}

export const noWaits: Waits = { code: 0, data: 0 };

/** Gives commands to one process of the simulator; its answers, one per run. */
export async function simulate(commands: readonly string[], folder: string): Promise<readonly number[]> {
  const { status, output, errors } = await runProcess(await simulator(), [], { folder, input: Buffer.from(`${commands.join("\n")}\n`), timeLimit: 3_600_000 });
  const answers = output.toString("utf8").split("\n").filter((line) => line !== "");
  if (status !== 0 || answers.includes("timeout")) throw new Refusal("invalid", "run-failed", `the simulation did not end: ${errors}`, folder, "check the program's start and its memory");
  return answers.map(Number);
}
