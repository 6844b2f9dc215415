/**
 * The registers of an RV32IMFC instruction (The RISC-V Instruction Set Manual, volume I,
 * 20191213, chapters 16 and 24), for hazards between neighbours. Integer registers are 0
 * to 31, floating-point ones 32 to 63; x0 is none.
 *
 * A field that names no operand may count as read: CV32E40P compares the second field of
 * conversions, which holds their kind, with what the floating-point unit is about to write.
 * A hazard too many only costs a cycle in the bound.
 */

export interface RegisterUse {
  readonly reads: readonly number[];
  readonly writes: readonly number[];
}

const none: RegisterUse = { reads: [], writes: [] };

/** `x0` is dropped: it holds no result. */
function use(reads: readonly number[], ...writes: readonly number[]): RegisterUse {
  return { reads: reads.filter((register) => register !== 0), writes: writes.filter((register) => register !== 0) };
}

function float(register: number): number {
  return 32 + register;
}

export function registersOfWord(w: number): RegisterUse {
  const [rd, rs1, rs2, rs3] = [(w >>> 7) & 31, (w >>> 15) & 31, (w >>> 20) & 31, w >>> 27];
  switch (w & 127) {
    case 0x37: case 0x17: case 0x6f: return use([], rd);
    case 0x13: case 0x03: case 0x67: return use([rs1], rd);
    case 0x33: return use([rs1, rs2], rd);
    case 0x23: case 0x63: return use([rs1, rs2]);
    case 0x07: return use([rs1], float(rd));
    case 0x27: return use([rs1, float(rs2)]);
    case 0x43: case 0x47: case 0x4b: case 0x4f: return use([rs1, rs2, rs3].map(float), float(rd));
    case 0x53: return registersOfFloat(w, rd, rs1, rs2);
    case 0x73: return use([rs1], rd);
    default: return none;
  }
}

/** By funct5: fcvt.s.w and fmv.w.x take an integer; comparisons, fcvt.w.s, fmv.x.w and fclass give one. */
function registersOfFloat(w: number, rd: number, rs1: number, rs2: number): RegisterUse {
  const funct = w >>> 27;
  const moves = funct === 30 || (funct === 28 && ((w >>> 12) & 7) === 0);
  const takesInteger = funct === 26 || funct === 30;
  const givesInteger = funct === 20 || funct === 24 || funct === 28;
  return use([takesInteger ? rs1 : float(rs1), ...(moves ? [] : [float(rs2)])], givesInteger ? rd : float(rd));
}

const [ra, sp] = [1, 2];

/** By quadrant and funct3, as the decoder does. */
export function registersOfHalfWord(h: number): RegisterUse {
  const [full, second] = [(h >>> 7) & 31, (h >>> 2) & 31];
  const [first8, second8] = [8 + ((h >>> 7) & 7), 8 + ((h >>> 2) & 7)];
  switch (((h & 3) << 3) | (h >>> 13)) {
    case 0: return use([sp], second8); // c.addi4spn
    case 2: return use([first8], second8);
    case 3: return use([first8], float(second8));
    case 6: return use([first8, second8]);
    case 7: return use([first8, float(second8)]);
    case 8: case 16: return use([full], full);
    case 9: return use([], ra);
    case 10: return use([], full);
    case 11: return full === sp ? use([sp], sp) : use([], full);
    case 12: return use([first8, ...(((h >>> 10) & 3) === 3 ? [second8] : [])], first8);
    case 14: case 15: return use([first8]);
    case 18: return use([sp], full);
    case 19: return use([sp], float(full));
    case 20: return registersOfMove(h, full, second);
    case 22: return use([sp, second]);
    case 23: return use([sp, float(second)]);
    default: return none;
  }
}

/** c.jr, c.mv, c.jalr, c.add. */
function registersOfMove(h: number, full: number, second: number): RegisterUse {
  const adds = (h & 0x1000) !== 0;
  if (second === 0) return adds ? use([full], ra) : use([full]);
  return adds ? use([full, second], full) : use([second], full);
}
