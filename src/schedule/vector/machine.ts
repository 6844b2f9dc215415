/** Processors with vectors, as far as the choice of a tile depends on them. */
import type { MulAddContract } from "../../../ir/tensor/meaning.js";

export interface VectorMachine {
  readonly name: string;
  /** Elements of 32 bits in a register. */
  readonly width: number;
  /**
   * Vectors of accumulators that a tile keeps, at most, by what a sum runs over: operands and products need registers too. Of a
   * window whose taps are in a loop, more, because no element is kept for the next tap; 0 where that gains nothing. Measured, not derived.
   */
  readonly accumulators: { readonly products: number; readonly windows: number; readonly rolled: number };
  /** Vectors of a tile without rows, at most: enough to hide a latency, few enough for weights to come in one stream. */
  readonly alone: number;
  /** Loads that a vector of weights of a window counts as, and an element that is read for many taps; vectors of a tile. Measured, as above. */
  readonly window: { readonly weights: number; readonly elements: number; readonly vectors: number; readonly spilled: number };
  /** Rows from which on compilers keep a weight for all of them. Measured. */
  readonly sharedFrom: number;
  /** Multiplications, additions and loads of a vector, each per cycle. */
  readonly perCycle: number;
  /** Cycles until a sum can be added to again. */
  readonly latency: number;
  /** Registers for vectors, and instructions that wait for their operands at once. */
  readonly registers: number;
  readonly ahead: number;
  /** Rows of a tile, at most: each has an address of its own, and taps are written out around them. */
  readonly rows: { readonly products: number; readonly windows: number };
  /** Whether it multiplies the pairs of 16 bits of all lanes and adds each (vpmaddwd). */
  readonly pairs: boolean;
  /** What is different where product and sum are one instruction: it takes longer and needs no register for the product. Measured. */
  readonly fused: Partial<Pick<VectorMachine, "accumulators" | "rows" | "window" | "latency" | "sharedFrom">>;
  /** For gcc; clang knows them too. */
  readonly flags: readonly string[];
}

/** Lines above loops are heeded; a selection needs no branch, because nobody traps and nobody reads errno. */
function flagsFor(march: string): readonly string[] {
  return ["-O3", `-march=${march}`, "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math"];
}

/**
 * x86-64-v2 (SSE4.2): 16 registers of 16 bytes and no operand with three addresses, so that a product takes a copy; v3 (AVX2):
 * 16 of 32; v4 (AVX-512): 32 of 64, of which gcc uses half of its own accord. AArch64: 32 of 16, products by one element of a
 * register; one product, one sum and one load per cycle and 5 cycles are a Cortex-A57's (LLVM's model of it: both pipes for 16
 * bytes). There and for v2 the sizes of tiles are those with the fewest instructions, by QEMU and by callgrind.
 */
export const vectorMachines: readonly VectorMachine[] = [
  {
    name: "x86-64-v2", width: 4, accumulators: { products: 8, windows: 8, rolled: 0 }, alone: 8, window: { weights: 1, elements: 2, vectors: 4, spilled: 0 }, sharedFrom: 1, perCycle: 2, latency: 3, registers: 16, ahead: 200,
    rows: { products: 16, windows: 8 }, pairs: false, fused: {},
    flags: flagsFor("x86-64-v2"),
  },
  {
    name: "x86-64-v3", width: 8, accumulators: { products: 12, windows: 8, rolled: 0 }, alone: 8, window: { weights: 2, elements: 0.5, vectors: 2, spilled: 2 }, sharedFrom: 1, perCycle: 2, latency: 3, registers: 16, ahead: 256,
    rows: { products: 16, windows: 8 }, pairs: true, fused: { latency: 4, sharedFrom: 3, accumulators: { products: 12, windows: 8, rolled: 12 }, window: { weights: 1, elements: 1, vectors: 4, spilled: 0 } },
    flags: flagsFor("x86-64-v3"),
  },
  {
    name: "x86-64-v4", width: 16, accumulators: { products: 24, windows: 16, rolled: 0 }, alone: 4, window: { weights: 1, elements: 1, vectors: 2, spilled: 2 }, sharedFrom: 1, perCycle: 2, latency: 3, registers: 32, ahead: 320,
    rows: { products: 16, windows: 8 }, pairs: true, fused: { latency: 4, accumulators: { products: 24, windows: 20, rolled: 0 }, rows: { products: 16, windows: 14 } },
    flags: [...flagsFor("x86-64-v4"), "-mprefer-vector-width=512"],
  },
  {
    name: "aarch64", width: 4, accumulators: { products: 20, windows: 8, rolled: 0 }, alone: 8, window: { weights: 1, elements: 1, vectors: 4, spilled: 0 }, sharedFrom: 1, perCycle: 1, latency: 5, registers: 32, ahead: 128,
    rows: { products: 16, windows: 8 }, pairs: false, fused: {},
    flags: flagsFor("armv8-a"),
  },
];

/** The processor as it multiplies and adds under a contract. */
export function machineUnder(contract: MulAddContract, machine: VectorMachine): VectorMachine {
  return contract === "fused" ? { ...machine, ...machine.fused } : machine;
}
