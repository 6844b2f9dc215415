/** The rows of the timing table, one short sequence each, and where the number is written. */
import type { Sequence } from "./sequences.js";

export interface Case extends Sequence {
  /** Section of the manual, or file of the RTL. */
  readonly source: string;
}

const [manual, hazards] = ["manual, table", "manual, hazards"];
/** The body starts two bytes behind a word. */
const acrossWords = ["c.nop", "j 1f", "c.nop", "c.nop", "1: lui t1, 0x12345"];

/** What is lost is counted with the instructions. `a0` points to memory, `fs0 / fs1` is inexact. */
export const cases: readonly Case[] = [
  { name: "integer operation", body: ["add t1, t2, t3"], source: manual },
  { name: "`mul`", body: ["mul t1, t2, t3"], source: manual },
  { name: "`mulh`, `mulhsu`, `mulhu`", body: ["mulh t1, t2, t3"], source: manual },
  { name: "division by zero, the slowest", body: ["div t1, t2, zero"], source: manual },
  { name: "load", body: ["lw t1, 8(a0)"], source: manual },
  { name: "load, then its result used", body: ["lw t1, 8(a0)", "add t2, t1, t3"], source: hazards },
  { name: "load, then its register overwritten", body: ["lw t1, 8(a0)", "add t1, t2, t3"], source: "cv32e40p_controller.sv" },
  { name: "store", body: ["sw t1, 8(a0)"], source: manual },
  { name: "jump", body: ["j 1f", "1:"], source: manual },
  { name: "`c.nop`, jump to four bytes across two words, these", body: acrossWords, source: manual },
  { name: "branch not taken, then three `c.nop`", body: ["bne zero, zero, end", "c.nop", "c.nop", "c.nop"], source: manual },
  { name: "branch taken", body: ["beq zero, zero, 1f", "1:"], source: manual },
  { name: "`ra` stored, loaded and returned to, beyond a return behind a move", body: ["sw s4, 0(a0)", "lw ra, 0(a0)", "ret"], source: "cv32e40p_controller.sv" },
  { name: "floating-point operation", body: ["fadd.s ft1, ft2, ft3"], source: manual },
  { name: "floating-point operation, then its result used", body: ["fadd.s ft1, ft2, ft3", "fsw ft1, 8(a0)"], source: hazards },
  { name: "the same, of a field that names no operand", body: ["fadd.s ft0, ft2, ft3", "fcvt.s.w ft1, t1"], source: "cv32e40p_id_stage.sv" },
  { name: "floating-point operation, then `frflags`", body: ["fadd.s ft1, ft2, ft3", "frflags t1"], source: "cv32e40p_id_stage.sv" },
  { name: "`fdiv.s`, then its result used", body: ["fdiv.s ft1, fs0, fs1", "fsw ft1, 8(a0)"], source: manual },
  { name: "`fsqrt.s`, then its result used", body: ["fsqrt.s ft1, fs0", "fsw ft1, 8(a0)"], source: manual },
  { name: "floating-point operation, then `fdiv.s` and its use", body: ["fadd.s ft3, ft2, ft3", "fdiv.s ft1, fs0, fs1", "fsw ft1, 8(a0)"], source: "cv32e40p_apu_disp.sv" },
  { name: "call, `addi`, return", body: ["jal leaf"], source: manual },
  { name: "`fence`", body: ["fence"], source: "manual says 2" },
];
