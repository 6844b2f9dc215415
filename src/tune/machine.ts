/**
 * What the cost model knows of a processor: registers, lanes, instructions per cycle, latency
 * of a sum, caches. Plain records; a figure that has no public source is said to be measured.
 * They rank schedules, nothing is proved with them, and a wrong one costs speed only.
 */

/** A memory beyond the registers: what fits into `bytes` is read at `bytesPerCycle`. */
export interface CacheLevel {
  readonly name: string;
  readonly bytes: number;
  readonly bytesPerCycle: number;
}

export interface Machine {
  readonly name: string;
  /** Cycles per second, to give times; ranks do not depend on it. */
  readonly hertz: number;
  /** Registers for floats, each of `lanes` elements of 4 bytes. */
  readonly registers: number;
  readonly lanes: number;
  /** Operations of a whole register started per cycle. */
  readonly perCycle: { readonly add: number; readonly mul: number; readonly fma: number; readonly load: number; readonly store: number };
  /** Cycles per operation of one register that are not pipelined, divisions and roots. */
  readonly slow: number;
  /** Cycles from the start of a sum to its use in the next. */
  readonly latency: { readonly add: number; readonly fma: number };
  /** Instructions issued per cycle, all kinds. */
  readonly issue: number;
  /** Cycles lost where a loop ends whose number of iterations a predictor does not hold; and per iteration of any loop. */
  readonly loopEnd: number;
  /** Whether the factor of a product may come from memory at no further instruction (also broadcast to all lanes). */
  readonly memoryOperands: boolean;
  /** The fastest first; beyond the last, `memoryBytesPerCycle`. */
  readonly caches: readonly CacheLevel[];
  readonly memoryBytesPerCycle: number;
}

/**
 * Zen 5: AMD, Software Optimization Guide for the AMD Zen5 Microarchitecture (publication 58455), and Cohen and Subramony,
 * Next Generation "Zen 5" Core (Hot Chips 2024): 2 pipes that multiply and 2 that add, latency 3 and 2 (fma 4), 512 bits
 * wide; 2 loads and 1 store of 512 bits per cycle, 4 and 2 of less; 8 dispatched; 48 KiB L1, 1 MiB L2, 64 bytes per cycle
 * between them. Division: Fog, Instruction tables, Zen 4. What one core gets from L3 and memory, and what the end of a
 * loop costs: measured on an EPYC of that family. Zen 4 (publication 57647) takes 512 bits in two halves.
 */
const zen5 = {
  hertz: 3.9e9,
  latency: { add: 2, fma: 4 },
  issue: 8,
  loopEnd: 6,
  memoryOperands: true,
  caches: [
    { name: "L1", bytes: 48 * 1024, bytesPerCycle: 128 },
    { name: "L2", bytes: 1024 * 1024, bytesPerCycle: 64 },
    { name: "L3", bytes: 32 * 1024 * 1024, bytesPerCycle: 30 },
  ],
  memoryBytesPerCycle: 8,
} as const;

/**
 * Arm, Cortex-M4 Processor Technical Reference Manual (r0p1), table 7-1: VADD, VMUL 1 cycle and one more where the next
 * uses the result, VFMA 3, VDIV and VSQRT 14, VLDR and VSTR 2 of which the next overlaps one. 32 single registers; no cache.
 */
const cortexM4 = {
  hertz: 168e6,
  registers: 32, lanes: 1,
  perCycle: { add: 1, mul: 1, fma: 1 / 3, load: 0.6, store: 0.6 },
  slow: 14,
  latency: { add: 2, fma: 3 },
  issue: 1,
  loopEnd: 3,
  memoryOperands: false,
  caches: [],
  memoryBytesPerCycle: 4,
} as const;

export const machines: Readonly<Record<string, Machine>> = {
  // SSE2, as every x86-64 has it: registers of 16 bytes, no operand with three addresses, so some copies that nobody counts.
  "x86-64-v2": { ...zen5, name: "x86-64-v2", registers: 16, lanes: 4, perCycle: { add: 2, mul: 2, fma: 2, load: 4, store: 2 }, slow: 5 },
  "x86-64-v3": { ...zen5, name: "x86-64-v3", registers: 16, lanes: 8, perCycle: { add: 2, mul: 2, fma: 2, load: 4, store: 2 }, slow: 5 },
  "x86-64-v4": { ...zen5, name: "x86-64-v4", registers: 32, lanes: 16, perCycle: { add: 2, mul: 2, fma: 2, load: 2, store: 1 }, slow: 8 },
  "cortex-m4": { ...cortexM4, name: "cortex-m4" },
};
