/**
 * Boards that QEMU emulates: where their memory is, how they start, trap to the host and
 * count. QEMU answers for the bits and for the number of instructions, not for the time.
 */
import type { SmallCore } from "../../backends/c/flags.js";

export interface Board {
  readonly target: SmallCore;
  /** Prefix of the cross compiler and its binutils. */
  readonly prefix: string;
  readonly qemu: string;
  readonly machine: readonly string[];
  readonly linkerScript: string;
  /** C: a semihosting call, its number and the address of its arguments in registers. */
  readonly trap: string;
  /** C: `start_counter` and `count`, which grows by `countsPerInstruction` under `-icount shift=countShift`. */
  readonly counter: string;
  readonly countShift: number;
  readonly countsPerInstruction: number;
  /** C: what runs at reset and calls `run_all`. */
  readonly startUp: string;
  /** The instruction that returns from a function. */
  readonly returns: string;
}

const headless = ["-nographic", "-monitor", "none", "-serial", "none", "-semihosting-config", "enable=on,target=native"];

/** MPS2 with AN386: 4 MiB that boot at 0, 4 MiB and 16 MiB of RAM; a CMSDK APB timer that counts down at 25 MHz. */
export const cortexM4Board: Board = {
  target: "cortex-m4",
  prefix: "arm-none-eabi-",
  qemu: "qemu-system-arm",
  machine: ["-M", "mps2-an386", ...headless],
  linkerScript: `ENTRY(reset)
MEMORY
{
  code (rx) : ORIGIN = 0x00000000, LENGTH = 4M
  ram (rw) : ORIGIN = 0x20000000, LENGTH = 4M
  psram (rw) : ORIGIN = 0x21000000, LENGTH = 16M
}
SECTIONS
{
  .vectors : { KEEP(*(.vectors)) } > code
  .text : { *(.text*) *(.rodata*) . = ALIGN(8); } > code
  .ARM.exidx : { *(.ARM.exidx*) } > code
  .data : { *(.data*) } > ram AT > code
  .bss (NOLOAD) : { *(.bss*) *(COMMON) } > psram
  ASSERT(SIZEOF(.data) == 0, "initialised data needs a copy at start-up")
  initial_stack = ORIGIN(ram) + LENGTH(ram);
}
`,
  trap: `static uint32_t semihosting(uint32_t operation, const void *block)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}
`,
  counter: `#define TIMER ((volatile uint32_t *)0x40000000U)

static void start_counter(void)
{
    TIMER[2] = 0xFFFFFFFFU;
    TIMER[1] = 0xFFFFFFFFU;
    TIMER[0] = 1U;
}

static inline uint32_t count(void)
{
    return 0U - TIMER[1];
}
`,
  // 512 ns at 25 MHz: 12.8 ticks an instruction, so that a difference of two readings, each cut to a tick, tells the
  // number exactly; the counter holds 335 million instructions.
  countShift: 9,
  countsPerInstruction: 2 ** 9 * 0.025,
  // The floating-point unit is off at reset: without it the first float would fault.
  startUp: `void reset(void)
{
    *(volatile uint32_t *)0xE000ED88U |= 0xFU << 20; /* CPACR: full access to coprocessors 10 and 11 */
    __asm__ volatile("dsb\\n\\tisb");
    run_all();
}

__attribute__((section(".vectors"), used))
static void *const vectors[7] = {&initial_stack, reset, fault, fault, fault, fault, fault};
`,
  returns: "bx lr",
};

/** MPS2 with AN500: the same board with a Cortex-M7, its 16 MiB of RAM elsewhere. */
export const cortexM7Board: Board = {
  ...cortexM4Board,
  target: "cortex-m7",
  machine: ["-M", "mps2-an500", ...headless],
  linkerScript: cortexM4Board.linkerScript.replace("0x21000000", "0x60000000"),
};

/** QEMU's `virt` machine with one hart: 128 MiB at 0x80000000. `minstret` counts instructions. */
export const riscv32Board: Board = {
  target: "rv32",
  prefix: "riscv64-unknown-elf-",
  qemu: "qemu-system-riscv32",
  machine: ["-M", "virt", "-bios", "none", ...headless],
  linkerScript: `ENTRY(start)
MEMORY
{
  ram (rwx) : ORIGIN = 0x80000000, LENGTH = 128M
}
SECTIONS
{
  .text : { KEEP(*(.start)) *(.text*) *(.rodata*) *(.srodata*) . = ALIGN(16); } > ram
  .data : { *(.data*) *(.sdata*) } > ram
  .bss (NOLOAD) : { *(.bss*) *(.sbss*) *(COMMON) } > ram
  initial_stack = ORIGIN(ram) + LENGTH(ram);
}
`,
  trap: `static uint32_t semihosting(uint32_t operation, const void *block)
{
    register uint32_t a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = block;
    /* These three, uncompressed and on one page, are the call (RISC-V semihosting specification). */
    __asm__ volatile(".balign 16\\n\\t.option push\\n\\t.option norvc\\n\\tslli zero, zero, 0x1f\\n\\tebreak\\n\\tsrai zero, zero, 7\\n\\t.option pop"
                     : "+r"(a0) : "r"(a1) : "memory");
    return a0;
}
`,
  counter: `static void start_counter(void)
{
}

static inline uint32_t count(void)
{
    uint32_t instructions;
    __asm__ volatile(".option push\\n\\t.option arch, +zicsr\\n\\tcsrr %0, minstret\\n\\t.option pop" : "=r"(instructions));
    return instructions;
}
`,
  countShift: 0,
  countsPerInstruction: 1,
  startUp: `__attribute__((used)) void reset(void)
{
    __asm__ volatile(".option push\\n\\t.option arch, +zicsr\\n\\tcsrs mstatus, %0\\n\\tcsrw mtvec, %1\\n\\t.option pop" : : "r"(1U << 13), "r"(fault)); /* FS: the unit is on */
    run_all();
}

__attribute__((naked, section(".start"), used)) void start(void)
{
    __asm__ volatile("la sp, initial_stack\\n\\tj reset");
}
`,
  returns: "ret",
};

/** By the word of the command line. */
export const boards: readonly Board[] = [cortexM4Board, cortexM7Board, riscv32Board];
