/**
 * Cortex-M4 with FPU. Cycles: Arm Cortex-M4 Processor Technical Reference Manual
 * (100166_0001), table 3-1 for the processor and table 7-1 for the floating-point unit;
 * stalls: its section 3.3.3 on the pairing of loads and stores. Where the manual gives a
 * range, the largest number; where two instructions may overlap, they are taken not to.
 */
import { type Core, type CostTable, tableCost } from "./core.js";

/** Refilling the pipeline takes 1 to 3 cycles. */
const refill = 3;
/** An address that depends on the instruction before costs one cycle more. */
const addressStall = 1;

const table: CostTable = {
  "alu": { base: 1 },
  "mul": { base: 1 },
  "mul-long": { base: 1 },
  "div": { base: 12 },
  "load": { base: 2 + addressStall + 1, accesses: "one" }, // a literal may meet the fetch unit: one more
  "store": { base: 2 + addressStall, accesses: "one" },
  "load-multiple": { base: 1 + addressStall + refill, perRegister: 1, accesses: "each" }, // the refill if PC is among them
  "store-multiple": { base: 1 + addressStall, perRegister: 1, accesses: "each" },
  "branch": { base: 1 + refill },
  "fp-alu": { base: 1 + 1 }, // a result used by the next instruction costs one cycle more
  "fp-mul": { base: 1 + 1 },
  "fp-mac": { base: 3 + 1 },
  "fp-div": { base: 14 + 1 },
  "fp-sqrt": { base: 14 + 1 },
  "fp-move": { base: 2 + 1 },
  "fp-load": { base: 2 + addressStall + 1, accesses: "one" },
  "fp-store": { base: 2 + addressStall, accesses: "one" },
  "fp-load-multiple": { base: 1 + addressStall, perRegister: 1, accesses: "each" },
  "fp-store-multiple": { base: 1 + addressStall, perRegister: 1, accesses: "each" },
  "fp-status": { base: 2 + 1 },
  "barrier": { base: 1 + refill },
};

export const cortexM4: Core = {
  name: "cortex-m4",
  title: "Cortex-M4 with FPU, published table, no overlap",
  machine: "arm",
  unit: "cycles",
  source: "Arm Cortex-M4 Technical Reference Manual 100166_0001, tables 3-1 and 7-1",
  costOf: tableCost(table),
  gaps: ["interrupts and exceptions", "other masters on the bus", "flash accelerators, which only make it faster"],
};
