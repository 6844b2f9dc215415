/**
 * CV32E40P with FPU, an open in-order RV32IMFC core of four stages: release v1.8.3, the unit
 * with one pipeline register (FPU_ADDMUL_LAT and FPU_OTHERS_LAT of 1), PULP extensions off.
 * Cycles: OpenHW Group, CV32E40P User Manual v1.8.3, "Pipeline Details", table "Cycle counts
 * per instruction type" and the hazards listed there. Where the manual is silent or smaller
 * than the RTL, the RTL holds, by file. `bench/rtl` compares both with simulated cycles.
 *
 * An instruction holds the execute stage for the cycles of its class; a later one can only be
 * later if an earlier one is, so the sum over a path of the largest numbers bounds the path.
 */
import type { Instruction, InstructionClass } from "../cfg/instruction.js";
import type { Core, CostTable, LostBetween, MemoryTiming } from "./core.js";

const table: CostTable = {
  "alu": { base: 1 },
  "mul": { base: 1 },
  "mul-long": { base: 5 },
  "div": { base: 35 }, // 3 to 35, by the leading zeros of the divisor
  "load": { base: 1, accesses: "one" },
  "store": { base: 1, accesses: "one" },
  "load-multiple": { base: 1 }, // the instruction set has none
  "store-multiple": { base: 1 },
  "branch": { base: 2 }, // jumps, calls and returns leave from the decode stage
  "fp-alu": { base: 1 },
  "fp-mul": { base: 1 },
  "fp-mac": { base: 1 },
  "fp-div": { base: 19 }, // as if nothing ran beside it
  "fp-sqrt": { base: 19 },
  "fp-move": { base: 1 },
  "fp-load": { base: 1, accesses: "one" },
  "fp-store": { base: 1, accesses: "one" },
  "fp-load-multiple": { base: 1 },
  "fp-store-multiple": { base: 1 },
  "fp-status": { base: 1 },
  "barrier": { base: 4 }, // fences and control registers; what follows is fetched anew
};

/** A conditional branch takes a cycle, and two more if it is taken, from the execute stage. */
const [branch, taken] = [1, 2];
/** The target is an instruction of four bytes across two words: both must be fetched. */
const acrossWords = 1;

const loads: ReadonlySet<InstructionClass> = new Set(["load", "fp-load"]);
const pipelined: ReadonlySet<InstructionClass> = new Set(["fp-alu", "fp-mul", "fp-mac", "fp-move"]);
const serial: ReadonlySet<InstructionClass> = new Set(["fp-div", "fp-sqrt"]);

const lostBetween: LostBetween = (before, after, { flashWaitStates, ramWaitStates }) => {
  const last = before.at(-1);
  const falls = last !== undefined && last.class !== "barrier" && (last.flow.kind === "next" || (last.flow.kind === "branch" && !isTaken(last, after)));
  const redirect = last?.flow.kind === "branch" && !falls ? taken : 0;
  if (after === undefined) return redirect;
  const again = flashWaitStates + ramWaitStates > 0 ? repeatedDivision(before, after) : 0;
  if (falls) return hazard(before, last, after) + again + flashWaitStates * newWords(after);
  return redirect + fetchDelay(after) + again + flashWaitStates * (1 + wordsOf(after)); // what is being fetched is awaited first
};

/** Words of the code memory that hold it, and those of them that no instruction right before it reached. */
function wordsOf({ address, size }: Instruction): number {
  return Math.floor((address + size - 1) / 4) - Math.floor(address / 4) + 1;
}

function newWords(it: Instruction): number {
  return wordsOf(it) - (it.address % 4 === 0 ? 0 : 1);
}

/**
 * While an access to data waits, a division behind it is started, and once more when it may leave its stage
 * (cv32e40p_ex_stage.sv: ex_ready_o needs wb_ready_i, apu_req_o does not). Branches pass a waiting access.
 */
function repeatedDivision(before: readonly Instruction[], after: Instruction): number {
  if (!serial.has(after.class)) return 0;
  const last = before.findLast(({ flow }) => flow.kind !== "branch");
  const jumped = last === undefined ? before.length === 0 : last.flow.kind !== "next";
  return jumped || (last !== undefined && table[last.class].accesses === undefined) ? 0 : table["fp-div"].base;
}

/** Control may also leave the function, or come to the next instruction, by a taken branch. */
function isTaken({ flow }: Instruction, after: Instruction | undefined): boolean {
  return after === undefined || ("target" in flow && flow.target === after.address);
}

function fetchDelay({ address, size }: Instruction): number {
  return size === 4 && address % 4 !== 0 ? acrossWords : 0;
}

function hazard(before: readonly Instruction[], last: Instruction, after: Instruction): number {
  if (after.flow.kind === "return") return returnHazard(before, last, after);
  if (after.class === "fp-status") return Math.max(statusHazard(before, last), loads.has(last.class) && touches(last, after) ? 1 : 0);
  const dependent = touches(last, after);
  if (loads.has(last.class)) return dependent ? 1 : 0;
  if (pipelined.has(last.class)) return dependent || serial.has(after.class) ? 1 : 0; // a division waits for all before it (cv32e40p_apu_disp.sv, stall_type)
  return 0;
}

/** Reading a result that comes late, or writing the same register by another way, which would come first. */
function touches(last: Instruction, { class: kind, reads = [], writes = [] }: Instruction): boolean {
  const sameWay = loads.has(last.class) ? loads.has(kind) : pipelined.has(kind) || serial.has(kind);
  return (last.writes ?? []).some((register) => reads.includes(register) || (!sameWay && writes.includes(register)));
}

/** A jump through a register waits in the decode stage until its address is in the register file (cv32e40p_controller.sv, jr_stall). */
function returnHazard(before: readonly Instruction[], last: Instruction, after: Instruction): number {
  const reads = after.reads ?? [];
  const writes = (it: Instruction | undefined): boolean => (it?.writes ?? []).some((register) => reads.includes(register));
  if (writes(last)) return loads.has(last.class) || pipelined.has(last.class) ? 2 : 1;
  const earlier = before.at(-2);
  return earlier === undefined || (loads.has(earlier.class) && writes(earlier)) ? 1 : 0;
}

/** The status of the floating-point unit is read and written when it is idle (cv32e40p_id_stage.sv, csr_apu_stall). */
function statusHazard(before: readonly Instruction[], last: Instruction): number {
  if (pipelined.has(last.class)) return 2;
  if (serial.has(last.class)) return 1;
  const earlier = before.at(-2);
  return earlier === undefined || pipelined.has(earlier.class) ? 1 : 0;
}

/** Fetches are counted where it is known which words are new. */
const cost = (instruction: Instruction, memory: MemoryTiming): number => {
  const conditional = instruction.flow.kind === "branch" ? 2 - branch : 0;
  return table[instruction.class].base - conditional + (table[instruction.class].accesses === undefined ? 0 : Math.max(memory.flashWaitStates, memory.ramWaitStates));
};

export const cv32e40p: Core = {
  name: "cv32e40p",
  title: "CV32E40P v1.8.3 with FPU of latency 1, published table and hazards",
  machine: "riscv",
  unit: "cycles",
  source: "OpenHW Group, CV32E40P User Manual v1.8.3, Pipeline Details; RTL of the same release",
  costOf: cost,
  lostBetween,
  gaps: ["interrupts and exceptions", "other masters on the bus", "a memory that code and data share", "accesses that are not aligned: the code makes none"],
};
