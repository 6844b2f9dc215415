/**
 * What stands around a model on the emulated board: where memory is, start-up, and
 * semihosting calls (Arm's semihosting specification, 32-bit) for files and exit.
 */
import { arenasOf } from "../../backends/c/layout.js";
import { arenaMacro, arenaName, cTypes, runName, statusMacro } from "../../backends/c/names.js";
import { interfaceOf } from "../../backends/c/parameters.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import { elementCount } from "../../ir/tensor/tensor.js";

/** Files in the folder QEMU runs in. */
export const inputFile = "input.bin";
export const outputFile = "output.bin";
/** Ticks of the timer for a call that returns at once, then for each vector. */
export const ticksFile = "ticks.bin";

/** Memory of the board: 4 MiB that boot at 0, 4 MiB and 16 MiB of RAM. */
export const linkerScript = `ENTRY(reset)
MEMORY
{
  code (rx) : ORIGIN = 0x00000000, LENGTH = 4M
  ram (rw) : ORIGIN = 0x20000000, LENGTH = 4M
  psram (rw) : ORIGIN = 0x21000000, LENGTH = 16M
}
SECTIONS
{
  .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) . = ALIGN(8); } > code
  .ARM.exidx : { *(.ARM.exidx*) } > code
  .data : { *(.data*) } > ram AT > code
  .bss (NOLOAD) : { *(.bss*) *(COMMON) } > psram
  ASSERT(SIZEOF(.data) == 0, "initialised data needs a copy at start-up")
  initial_stack = ORIGIN(ram) + LENGTH(ram);
}
`;

/** A call puts its number in r0, the address of its arguments in r1, and traps. */
const semihosting = `enum { OPEN = 1, WRITE = 5, READ = 6, EXIT = 0x20, READ_BINARY = 1, WRITE_BINARY = 5, APPLICATION_EXIT = 0x20026 };

static uint32_t semihosting(uint32_t operation, const void *block)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

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

/* The board's timer counts down at 25 MHz of the emulator's time (CMSDK APB timer). */
#define TIMER ((volatile uint32_t *)0x40000000U)

static void start_timer(void)
{
    TIMER[2] = 0xFFFFFFFFU;
    TIMER[1] = 0xFFFFFFFFU;
    TIMER[0] = 1U;
}

static void leave(uint32_t status)
{
    const uint32_t block[2] = {APPLICATION_EXIT, status};
    for (;;) { (void)semihosting(EXIT, block); }
}

`;

/** The reset handler turns the floating-point unit on: without it the first float would fault. */
const startUp = `static void fault(void)
{
    leave(2);
}

void reset(void)
{
    *(volatile uint32_t *)0xE000ED88U |= 0xFU << 20; /* CPACR: full access to coprocessors 10 and 11 */
    __asm__ volatile("dsb\\n\\tisb");
    run_all();
}

__attribute__((section(".vectors"), used))
static void *const vectors[7] = {&initial_stack, reset, fault, fault, fault, fault, fault};
`;

/** The main file of the board: reads vectors, runs the model, writes outputs, leaves with a status. */
export function boardHarness(model: string, program: Program): string {
  const interfaces = interfaceOf(program);
  const inputs = interfaces.filter(({ kind }) => kind === "input");
  const outputs = interfaces.filter(({ kind }) => kind === "output");
  const receive = inputs.length === 0 ? "    char next;\n    ok = receive(file, &next, 1);" : transfers("receive", inputs);
  return [
    `/* Runs ${model} on vectors from ${inputFile}. For tests under QEMU only. */\n#include "${model}.h"\n`,
    "extern uint32_t initial_stack;\nvoid reset(void);\n",
    storage(model, program),
    semihosting,
    `static int read_vector(uint32_t file)\n{\n    int ok = 1;\n${receive}\n    return ok;\n}\n`,
    `static int write_vector(uint32_t file)\n{\n    int ok = 1;\n${transfers("send", outputs)}\n    return ok;\n}\n`,
    runAll(model, program),
    startUp,
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

function runAll(model: string, program: Program): string {
  const names = [...interfaceOf(program).map(({ name }) => name), ...[...arenasOf(program).keys()].map(arenaName)];
  return `/* One instruction: what remains of a timed call without the work. */
__attribute__((naked, noinline)) static int32_t ${runName(model)}_nothing(${names.map((name) => `const void *${name}`).join(", ") || "void"})
{
    __asm__ volatile("bx lr");
}

static int timed(uint32_t file, int32_t (*run)(${names.map(() => "const void *").join(", ") || "void"}), int32_t *status)
{
    const uint32_t before = TIMER[1];
    *status = run(${names.join(", ")});
    const uint32_t ticks = before - TIMER[1];
    return send(file, &ticks, sizeof ticks);
}

static void run_all(void)
{
    const uint32_t input = open_file("${inputFile}", READ_BINARY);
    const uint32_t output = open_file("${outputFile}", WRITE_BINARY);
    const uint32_t times = open_file("${ticksFile}", WRITE_BINARY);
    int32_t status;
    start_timer();
    int ok = (input != 0xFFFFFFFFU) && (output != 0xFFFFFFFFU) && (times != 0xFFFFFFFFU) && timed(times, ${runName(model)}_nothing, &status);
    while (ok && read_vector(input)) {
        ok = timed(times, (void *)${runName(model)}, &status) && (status == ${statusMacro(model, "OK")}) && write_vector(output);
    }
    leave(ok ? 0 : 1);
}
`;
}
