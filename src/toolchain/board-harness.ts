/**
 * The main file around a model on an emulated board: semihosting calls (Arm's semihosting
 * specification, 32-bit, which RISC-V shares) for files and exit, a count for each run.
 */
import { arenasOf } from "../../backends/c/layout.js";
import { arenaMacro, arenaName, cTypes, runName, statusMacro } from "../../backends/c/names.js";
import { interfaceOf } from "../../backends/c/parameters.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { Board } from "./boards.js";

/** Files in the folder QEMU runs in. */
export const inputFile = "input.bin";
export const outputFile = "output.bin";
/** What the board counted for a call that returns at once, then for each vector. */
export const countsFile = "counts.bin";

const files = `enum { OPEN = 1, WRITE = 5, READ = 6, EXIT = 0x20, READ_BINARY = 1, WRITE_BINARY = 5, APPLICATION_EXIT = 0x20026 };

static uint32_t open_file(const char *name, uint32_t mode)
{
    uint32_t length = 0;
    while (name[length] != 0) { length++; }
    const uint32_t block[3] = {(uint32_t)name, mode, length};
    return semihosting(OPEN, block);
}

/* Both operations return the number of bytes that were not transferred. */
static int receive(uint32_t file, void *to, uint32_t size)
{
    const uint32_t block[3] = {file, (uint32_t)to, size};
    return semihosting(READ, block) == 0;
}

static int send(uint32_t file, const void *from, uint32_t size)
{
    const uint32_t block[3] = {file, (uint32_t)from, size};
    return semihosting(WRITE, block) == 0;
}

static void leave(uint32_t status)
{
    const uint32_t block[2] = {APPLICATION_EXIT, status};
    for (;;) { (void)semihosting(EXIT, block); }
}

`;

/** The main file of the board: reads vectors, runs the model, writes outputs, leaves with a status. */
export function boardHarness(board: Board, model: string, program: Program): string {
  const interfaces = interfaceOf(program);
  const inputs = interfaces.filter(({ kind }) => kind === "input");
  const outputs = interfaces.filter(({ kind }) => kind === "output");
  const receive = inputs.length === 0 ? "    char next;\n    ok = receive(file, &next, 1);" : transfers("receive", inputs);
  return [
    `/* Runs ${model} on vectors from ${inputFile}. For tests under QEMU only. */\n#include "${model}.h"\n`,
    "extern uint32_t initial_stack;\nvoid reset(void);\n",
    storage(model, program),
    board.trap,
    files,
    board.counter,
    `static int read_vector(uint32_t file)\n{\n    int ok = 1;\n${receive}\n    return ok;\n}\n`,
    `static int write_vector(uint32_t file)\n{\n    int ok = 1;\n${transfers("send", outputs)}\n    return ok;\n}\n`,
    runAll(board, model, program),
    "static void fault(void)\n{\n    leave(2);\n}\n",
    board.startUp,
  ].join("\n");
}

function transfers(call: string, buffers: readonly Buffer[]): string {
  return buffers.map(({ name }) => `    ok = ok && ${call}(file, ${name}, sizeof ${name});`).join("\n");
}

function storage(model: string, program: Program): string {
  const arrays = interfaceOf(program).map(({ type, name, shape }) => `static ${cTypes[type]} ${name}[${elementCount(shape)}];\n`);
  const arenas = [...arenasOf(program).keys()].map((type) => `static ${cTypes[type]} ${arenaName(type)}[${arenaMacro(model, type)}];\n`);
  return [...arrays, ...arenas].join("");
}

function runAll({ returns }: Board, model: string, program: Program): string {
  const names = [...interfaceOf(program).map(({ name }) => name), ...[...arenasOf(program).keys()].map(arenaName)];
  return `/* One instruction: what remains of a counted call without the work. */
__attribute__((naked, noinline)) static int32_t ${runName(model)}_nothing(${names.map((name) => `const void *${name}`).join(", ") || "void"})
{
    __asm__ volatile("${returns}");
}

static int counted_run(uint32_t file, int32_t (*run)(${names.map(() => "const void *").join(", ") || "void"}), int32_t *status)
{
    const uint32_t before = count();
    *status = run(${names.join(", ")});
    const uint32_t counted = count() - before;
    return send(file, &counted, sizeof counted);
}

static void run_all(void)
{
    const uint32_t input = open_file("${inputFile}", READ_BINARY);
    const uint32_t output = open_file("${outputFile}", WRITE_BINARY);
    const uint32_t counts = open_file("${countsFile}", WRITE_BINARY);
    int32_t status;
    start_counter();
    int ok = (input != 0xFFFFFFFFU) && (output != 0xFFFFFFFFU) && (counts != 0xFFFFFFFFU) && counted_run(counts, ${runName(model)}_nothing, &status);
    while (ok && read_vector(input)) {
        ok = counted_run(counts, (void *)${runName(model)}, &status) && (status == ${statusMacro(model, "OK")}) && write_vector(output);
    }
    leave(ok ? 0 : 1);
}
`;
}
