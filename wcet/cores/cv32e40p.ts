/**
 * CV32E40P with FPU, an open in-order RV32IMFC core. Cycles: OpenHW Group, CV32E40P User
 * Manual, "Pipeline Details", table "Cycle counts per instruction type", and the hazards
 * listed there; the unit configured with a latency of one cycle (FPU_ADDMUL_LAT and
 * FPU_OTHERS_LAT of 1). Of a range the largest number; hazards are taken to occur always.
 */
import { type Core, type CostTable, tableCost } from "./core.js";

/** An instruction right after a load, or after one of the floating-point unit, that uses its result waits a cycle. */
const hazard = 1;

const table: CostTable = {
  "alu": { base: 1 },
  "mul": { base: 1 },
  "mul-long": { base: 5 },
  "div": { base: 35 },
  "load": { base: 1 + hazard, accesses: "one" },
  "store": { base: 1, accesses: "one" },
  "load-multiple": { base: 1 + hazard, perRegister: 1, accesses: "each" },
  "store-multiple": { base: 1, perRegister: 1, accesses: "each" },
  "branch": { base: 4 + hazard }, // taken, to a target that is not aligned; a jump through a register waits for it
  "fp-alu": { base: 2 + hazard },
  "fp-mul": { base: 2 + hazard },
  "fp-mac": { base: 2 + hazard },
  "fp-div": { base: 19 },
  "fp-sqrt": { base: 19 },
  "fp-move": { base: 2 + hazard },
  "fp-load": { base: 1 + hazard, accesses: "one" },
  "fp-store": { base: 1, accesses: "one" },
  "fp-load-multiple": { base: 1 + hazard, perRegister: 1, accesses: "each" },
  "fp-store-multiple": { base: 1, perRegister: 1, accesses: "each" },
  "barrier": { base: 3 },
};

export const cv32e40p: Core = {
  name: "cv32e40p",
  title: "CV32E40P with FPU of latency 1, published table, no overlap",
  machine: "riscv",
  unit: "cycles",
  source: "OpenHW Group, CV32E40P User Manual, Pipeline Details",
  costOf: tableCost(table),
  gaps: ["interrupts and exceptions", "other masters on the bus", "accesses that are not aligned: the code makes none"],
};
