/**
 * Loop marks: what `LOOP_BOUND` in the C leaves in the ELF. Each mark is a volatile asm
 * statement without instructions in the body of a loop; the assembler notes its address,
 * the loop's identity and bound in a section that is not part of the image. The compiler
 * may copy a mark with the code around it (unrolling, peeling, inlining) but must keep
 * how often marks of one loop are passed in all: that number is the loop's exact total.
 */
import { Refusal } from "../../ir/prelude.js";
import { type Elf, sectionNamed } from "./elf.js";

export interface Mark {
  /** The instruction at this address is the first after the mark. */
  readonly address: number;
  readonly loop: string;
  /** Iterations per entry, as the C says. */
  readonly bound: number;
}

/** The same at both ends of a guarded body: `GUARD_START` and `GUARD_END` in the C. */
export interface GuardMark {
  readonly address: number;
  /** Number of the guard, from 0 in the order of the C. */
  readonly guard: number;
  readonly end: boolean;
  /** Runs of the body in all, as the C says. */
  readonly total: number;
}

export const markSection = ".obligato.loops";
export const guardSection = ".obligato.guards";

/**
 * "R" retains the notes (SHF_GNU_RETAIN, binutils from 2.36) when the linker drops sections that nothing refers to.
 * The header to include before the C of a model (`-include`) so that its loops and guards are marked.
 */
export const marksHeader = `/* Marks each loop of the model in the section ${markSection} and each guard in ${guardSection}, which are not loaded. */
#define LOOP_BOUND(id, bound) \\
    __asm__ __inline__ volatile("1: .pushsection ${markSection}, \\"R\\", %%progbits\\n\\t" \\
                     ".4byte 1b, " #bound "\\n\\t.asciz \\"" #id "\\"\\n\\t.balign 4\\n\\t.popsection" ::)
#define GUARD_MARK(side, id, total) \\
    __asm__ __inline__ volatile("1: .pushsection ${guardSection}, \\"R\\", %%progbits\\n\\t" \\
                     ".4byte 1b, 2 * " #id " + " side "\\n\\t.8byte " #total "\\n\\t.popsection" ::)
#define GUARD_START(id, total) GUARD_MARK("0", id, total)
#define GUARD_END(id, total) GUARD_MARK("1", id, total)
`;

/** Throws a Refusal where there are none, or the section is damaged. */
export function marksOf(elf: Elf, where: string): readonly Mark[] {
  const bytes = sectionNamed(elf, markSection)?.bytes;
  if (bytes === undefined || bytes.length === 0) throw refusal("the file has no loop marks", where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const marks: Mark[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at + 8);
    const loop = end < 0 ? "" : new TextDecoder().decode(bytes.subarray(at + 8, end));
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,30}$/.test(loop)) throw refusal("the section of loop marks is damaged", where);
    marks.push({ address: view.getUint32(at, true), bound: view.getUint32(at + 4, true), loop });
    at = (end + 4) & ~3;
  }
  return marks;
}

/** None where no guard is left. Throws a Refusal where the section is damaged. */
export function guardMarksOf(elf: Elf, where: string): readonly GuardMark[] {
  const bytes = sectionNamed(elf, guardSection)?.bytes ?? new Uint8Array();
  if (bytes.length % 16 !== 0) throw refusal("the section of guard marks is damaged", where);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 16 }, (_, k) => {
    const side = view.getUint32(16 * k + 4, true);
    return { address: view.getUint32(16 * k, true), guard: side >>> 1, end: side % 2 === 1, total: Number(view.getBigUint64(16 * k + 8, true)) };
  });
}

function refusal(what: string, where: string): Refusal {
  return new Refusal("usage", "loop-marks", what, where, "link the objects that obligato's build line makes, unstripped");
}
