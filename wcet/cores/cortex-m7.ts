/**
 * Cortex-M7 with FPU, caches off or code and data in tightly coupled memory. Arm publishes
 * no cycle table for this core (the Technical Reference Manual, DDI 0489, has none), so this
 * is no worst case that anybody vouches for: numbers are those of the two public pipeline
 * models made with Arm's knowledge, the larger of both, read without their optimism:
 * nothing is issued in pairs, and every instruction waits for the result before it.
 *
 *   [L] LLVM, ARMScheduleM7.td: latencies, operands that are needed a stage earlier or
 *       later, cost of a mispredicted branch as its comment states it
 *   [G] gcc, cortex-m7.md: latencies
 */
import { type Core, type CostTable, tableCost } from "./core.js";

/** A forward branch that was predicted wrongly costs 6 ([L], comment of MispredictPenalty); every branch is taken to be one. */
const mispredicted = 6;
/** An address is needed one stage before other operands ([L], M7Read_ISS). */
const addressStall = 1;

const table: CostTable = {
  "alu": { base: 2 }, // [G] 2; [L] 1, 2 for comparisons with a shift
  "mul": { base: 2 }, // [L], [G]
  "mul-long": { base: 2 }, // [L], [G]
  "div": { base: 20 }, // [L] 7, [G] 4, both for scheduling; no source for the worst: a bit and a half a cycle is assumed
  "load": { base: 2 + addressStall, accesses: "one" }, // [L] 2 for bytes and half words, [G] 2
  "store": { base: 2 + addressStall, accesses: "one" }, // [L]
  "load-multiple": { base: 2 + addressStall + mispredicted, perRegister: 1, accesses: "each" }, // [G] two words a cycle, here one; PC may be among them
  "store-multiple": { base: 2 + addressStall, perRegister: 1, accesses: "each" },
  "branch": { base: 2 + mispredicted }, // [L] 2
  "fp-alu": { base: 3 }, // [L], [G]
  "fp-mul": { base: 3 }, // [L], [G]
  "fp-mac": { base: 6 }, // [L], [G]
  "fp-div": { base: 16 }, // [L], [G]
  "fp-sqrt": { base: 16 }, // [L], [G]
  "fp-move": { base: 3 }, // [L]
  "fp-load": { base: 2 + addressStall, accesses: "one" }, // [G] 2; [L] 1
  "fp-store": { base: 2 + addressStall, accesses: "one" }, // [L]
  "fp-load-multiple": { base: 2 + addressStall, perRegister: 1, accesses: "each" },
  "fp-store-multiple": { base: 2 + addressStall, perRegister: 1, accesses: "each" },
  "fp-status": { base: 3 }, // as a move: no decoder of Thumb makes this class
  "barrier": { base: 3 + mispredicted }, // [L] 3, and the pipeline is filled again
};

export const cortexM7: Core = {
  name: "cortex-m7",
  title: "Cortex-M7 class with FPU, without caches: compilers' pipeline models, no pairs, no overlap; no published worst case",
  machine: "arm",
  unit: "cycles",
  source: "LLVM ARMScheduleM7.td and gcc cortex-m7.md, the larger number of both; Arm publishes no cycle table",
  costOf: tableCost(table),
  gaps: [
    "the core itself: Arm publishes no worst case, so the numbers are those of compilers' models, and that of an integer division is assumed",
    "caches, which must be off", "arbitration between the core's memory ports", "interrupts and exceptions", "other masters on the bus",
  ],
};
