/**
 * The pinned flags: one set per target and compiler for speed, bits, timing and
 * object checks alike. What each group is for stands beside it; a build with other
 * flags is outside the proof.
 */

export type CompilerKind = "gcc" | "clang";
export const optimisations = ["O0", "O1", "O2", "O3", "Os"] as const;
export type Optimisation = (typeof optimisations)[number];
/** Cores without an operating system: their code is analysed, and linked with the caller's. */
export type SmallCore = "cortex-m4" | "cortex-m7" | "rv32";
export type TargetName = "host" | "aarch64" | SmallCore;

export function isSmallCore(target: TargetName): target is SmallCore {
  return target !== "host" && target !== "aarch64";
}

export interface FlagOptions {
  readonly compiler: CompilerKind;
  readonly target: TargetName;
  readonly optimisation: Optimisation;
  /** The contract of the build: `fused` needs the instruction. */
  readonly fused?: boolean;
}

/** C99 and nothing else; every warning is an error. */
const language = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];

/**
 * Each operation rounded once, in order; sqrt is one instruction because nobody reads errno,
 * and a selection needs no branch because nobody traps (values stay as they are).
 */
const arithmetic = ["-ffp-contract=off", "-fno-fast-math", "-fno-math-errno", "-fno-trapping-math"];

/** No library function appears that the text does not call. */
const freestanding = ["-ffreestanding", "-fno-builtin"];

/** The lines above vector loops are heeded; no thread is started and no library of OpenMP is needed. */
const vectors = ["-fopenmp-simd"];

/** A belt: the text has no such access (rules W6 and M1). */
const belts = ["-fno-strict-aliasing"];

/**
 * A belt for cross-compiled code: on the small cores an index is as wide as a register; what it costs there, and on
 * AArch64, is not measured. On a host it keeps an
 * index from being an address of 64 bits that moves with its loop: up to 13 % more instructions. It is not needed, because
 * no signed operation of the text can overflow: W6 bounds every subexpression of every index, every counter with its exit
 * value and every flat address, the reader bounds them again as it reads them, W6 refuses the operators on integers that
 * can overflow, and the texts of the others compute in unsigned types. The tests run all of these texts, and those of records,
 * under the compiler's own check for overflow.
 */
const crossBelts = ["-fwrapv"];

const gccOnly = [
  "-fno-tree-loop-distribute-patterns", // loops stay loops, not calls of memset and memcpy
  "-fno-lto",
  "-fno-ipa-icf", // equal functions keep their own code, so loops keep their place
  // gcc 12 takes a static function for one without effect where its loop optimiser has rewritten the address of
  // a store, and drops the call: no summary of a function may outlive that (test/backends/toolchain.test.ts).
  "-fno-ipa-modref",
  "-fno-ipa-pure-const",
  "-Wno-maybe-uninitialized", // that every read has a producer is proved (W2); gcc guesses
];

const clangOnly = [
  "-fno-lto",
  "-Wno-pass-failed", // a loop that it makes no vectors of, against the line above it, is slower and not wrong
];

const targets: Readonly<Record<TargetName, readonly string[]>> = {
  "host": [],
  "aarch64": ["-march=armv8-a"],
  "cortex-m4": ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
  // Single precision only: code for every Cortex-M7 that has a floating-point unit.
  "cortex-m7": ["-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"],
  // Small data off: code reaches constants without a global pointer, which the caller would have to set up. No
  // shared prologues: they are called with another link register. The headers are picolibc's.
  "rv32": ["-march=rv32imafc", "-mabi=ilp32f", "-mcmodel=medlow", "-msmall-data-limit=0", "-mno-save-restore", "--specs=picolibc.specs"],
};

/**
 * The small cores are those whose code is analysed: blocks are neither copied to join jumps nor threaded past a
 * condition, because either gives loops a second entry, and no bound can be attached to a loop without a header. A
 * call at the end of a function stays a call, which analysers would take for a jump within it (no network had one).
 */
const analysable = ["-freorder-blocks-algorithm=simple", "-fno-thread-jumps", "-fno-optimize-sibling-calls"];

/**
 * What OTAWA needs besides, after the pinned flags: it knows no load or store of a float that moves its pointer (vldmia,
 * vstmia). Without them a loop that is not unrolled takes up to a quarter more instructions, so this is no default.
 */
export const otawaFlags: readonly string[] = ["-fno-auto-inc-dec"];

/**
 * Expressions stay in the order of the text: replaced into their uses, all steps of one accumulator stand together, and
 * the operands of the other accumulators of a register tile are loaded twice (a residual network: 19 % fewer instructions).
 */
const registerTiles = ["-fno-tree-ter"];

/** What clang is told, being one program for all processors; it takes the headers of its own where gcc has picolibc's. */
const clangFor: Readonly<Record<TargetName, readonly string[]>> = {
  "host": [],
  "aarch64": ["--target=aarch64-linux-gnu"],
  "cortex-m4": ["--target=arm-none-eabi"],
  "cortex-m7": ["--target=arm-none-eabi"],
  "rv32": ["--target=riscv32-unknown-elf"],
};

function targetFlags(compiler: CompilerKind, target: TargetName): readonly string[] {
  return compiler === "gcc" ? targets[target] : targets[target].filter((flag) => !flag.startsWith("--specs="));
}

/** Flags to compile one product file. */
export function compileFlags({ compiler, target, optimisation, fused }: FlagOptions): readonly string[] {
  return [
    ...(compiler === "clang" ? clangFor[target] : []),
    ...language,
    `-${optimisation}`,
    ...arithmetic,
    ...freestanding,
    ...vectors,
    ...belts,
    ...(target === "host" ? [] : crossBelts),
    ...(compiler === "gcc" ? gccOnly : clangOnly),
    ...(compiler === "gcc" && isSmallCore(target) ? [...analysable, ...registerTiles] : []),
    ...targetFlags(compiler, target),
    // Every AArch64 has the instruction, not every x86-64.
    ...(fused === true && target === "host" && process.arch === "x64" ? ["-mfma"] : []),
  ];
}

/**
 * Symbols an object of product code may leave undefined. The small cores have no
 * instruction for doubles and 64-bit division: the compiler's own run-time library
 * (IEEE 754 in software, under the names of the run-time ABI) does those.
 */
const armRuntime = /^__aeabi_(?:u?ldivmod|lmul|llsl|llsr|lasr|[dif]2[a-z]+|u?l2[df]|[du]i?2[df]|d[a-z0-9]+)$/;

const undefinedOf: Readonly<Record<TargetName, RegExp>> = {
  "host": /^$/,
  "aarch64": /^$/,
  "cortex-m4": armRuntime,
  "cortex-m7": armRuntime,
  "rv32": /^__(?:u?(?:div|mod)di3|(?:mul|ashl|ashr|lshr)di3|(?:add|sub|mul|div|neg|eq|ne|lt|le|gt|ge|unord)df[23]|float(?:un)?[sd]i[sd]f|fix(?:uns)?[sd]f[sd]i|extendsfdf2|truncdfsf2)$/,
};

export function allowedUndefined(target: TargetName): RegExp {
  return undefinedOf[target];
}
