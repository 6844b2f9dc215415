/**
 * How often each instruction of a binary runs under QEMU, for one input: a plugin of
 * QEMU (its API version 1) counts the blocks that it translates, and what each is made of.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tensor } from "../ir/tensor/tensor.js";
import { Refusal } from "../ir/prelude.js";
import { type BoardRun, runOnBoard } from "../src/toolchain/board.js";
import { runProcess } from "../src/toolchain/process.js";
import { requireTool } from "../src/toolchain/tools.js";

/** Declares what it needs of qemu-plugin.h, which Debian does not package. */
const plugin = `#include <inttypes.h>
#include <stdio.h>
#include <string.h>
struct qemu_plugin_tb;
struct qemu_plugin_insn;
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t, void (*)(uint64_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int, void *, uint64_t);
void qemu_plugin_register_atexit_cb(uint64_t, void (*)(uint64_t, void *), void *);
__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { MOST = 1 << 20 };
static struct { uint64_t first, last, runs; } blocks[MOST];
static size_t made;
static const char *path;

/* A block that is translated again is counted again: the runs of all are added up. */
static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
    if (made == MOST) { return; }
    blocks[made].first = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
    blocks[made].last = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, qemu_plugin_tb_n_insns(tb) - 1));
    qemu_plugin_register_vcpu_tb_exec_inline(tb, 0, &blocks[made].runs, 1);
    made++;
}

static void finished(uint64_t id, void *data)
{
    FILE *file = fopen(path, "w");
    for (size_t k = 0; k < made; k++) { fprintf(file, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\\n", blocks[k].first, blocks[k].last, blocks[k].runs); }
    if (made == MOST) { fprintf(file, "full\\n"); }
    fclose(file);
}

__attribute__((visibility("default"))) int qemu_plugin_install(uint64_t id, const void *info, int count, char **values)
{
    path = (count == 1 && strncmp(values[0], "out=", 4) == 0) ? strdup(values[0] + 4) : "/dev/null";
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finished, NULL);
    return 0;
}
`;

/** Runs of the instruction at an address. */
export type RunsAt = (address: number) => number;

/** Runs one vector on the board. Throws a Refusal where a tool is missing or QEMU takes no plugins. */
export async function countInstructions(run: BoardRun, binary: string, vector: readonly Tensor[], addresses: readonly number[]): Promise<RunsAt> {
  const source = join(run.output, "plugin.c");
  const library = join(run.output, "plugin.so");
  const out = join(run.output, "blocks.txt");
  await writeFile(source, plugin);
  const built = await runProcess(requireTool("gcc", "to build the plugin of QEMU"), ["-O2", "-w", "-shared", "-fPIC", source, "-o", library]);
  if (built.status !== 0) throw new Refusal("invalid", "c-compiler", `gcc refuses the plugin: ${built.errors}`, source, "report it");
  await runOnBoard(run, binary, [vector], ["-plugin", `${library},out=${out}`]);
  return runsOf(await readFile(out, "utf8"), addresses);
}

/** A block runs whole, from its first instruction to its last. */
function runsOf(text: string, addresses: readonly number[]): RunsAt {
  const sorted = Float64Array.from(addresses).toSorted();
  const runs = new Map<number, number>();
  for (const line of text.trim().split("\n")) {
    const [first = NaN, last = NaN, times = NaN] = line.split(" ").map(Number);
    if (Number.isNaN(times)) throw new Refusal("invalid", "run-failed", `the plugin of QEMU wrote ${line}`, undefined, "report it");
    for (let k = lowerBound(sorted, first); k < sorted.length && (sorted[k] ?? 0) <= last; k++) {
      const address = sorted[k] ?? 0;
      runs.set(address, (runs.get(address) ?? 0) + times);
    }
  }
  return (address) => runs.get(address) ?? 0;
}

function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
