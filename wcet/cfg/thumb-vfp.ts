/**
 * Floating-point instructions of Thumb-2 by mnemonic (Armv7-M Architecture Reference
 * Manual, DDI 0403E, sections A6.4 to A6.7): for gates that must tell what another
 * decoder can read. Timing needs only their classes (thumb.ts).
 */

/** Undefined where the two half words are no instruction of coprocessors 10 and 11; `v?` for one that has no name here. */
export function vfpMnemonic(first: number, second: number): string | undefined {
  if ((first & 0xec00) !== 0xec00 || (second & 0x0e00) !== 0x0a00) return undefined;
  if ((first & 0x1000) !== 0) return versionFiveMnemonic(first, second);
  if ((first & 0xfe00) === 0xec00) return memoryMnemonic(first);
  return (second & 0x10) === 0 ? arithmeticMnemonic(first, second) : transferMnemonic(first, second);
}

/** Additions of version 5 that have an encoding space of their own (Armv8-M Architecture Reference Manual, DDI 0553, C2.3.18). */
function versionFiveMnemonic(first: number, second: number): string {
  const odd = (second & 0x40) !== 0;
  if ((first & 0xff00) !== 0xfe00 || (second & 0x10) !== 0) return "v?";
  if ((first & 0x80) === 0) return odd ? "v?" : "vsel";
  if ((first & 0x30) === 0) return odd ? "vminnm" : "vmaxnm";
  if ((first & 0x38) !== 0x38 || !odd) return "v?";
  const rounding = ["a", "n", "p", "m"][first & 3] ?? "";
  return `${(first & 4) === 0 ? "vrint" : "vcvt"}${rounding}`;
}

function memoryMnemonic(first: number): string {
  if ((first & 0xffe0) === 0xec40) return "vmov"; // two core registers
  const load = (first & 0x10) !== 0;
  if ((first & 0x120) === 0x100) return load ? "vldr" : "vstr";
  const [before, writesBack, stack] = [(first & 0x100) !== 0, (first & 0x20) !== 0, (first & 0xf) === 13];
  if (stack && writesBack && before !== load) return load ? "vpop" : "vpush";
  return `${load ? "vldm" : "vstm"}${before ? "db" : "ia"}`;
}

/** Between the registers of the core and those of the extension. */
function transferMnemonic(first: number, second: number): string {
  if ((first & 0xffe0) === 0xee00 && (second & 0x0f7f) === 0x0a10) return "vmov";
  if ((first & 0xffff) === 0xeef1 && (second & 0x0fff) === 0x0a10) return "vmrs";
  return (first & 0xffff) === 0xeee1 ? "vmsr" : "v?";
}

function arithmeticMnemonic(first: number, second: number): string {
  const odd = (second & 0x40) !== 0;
  switch ((first >>> 4) & 11) {
    case 0: return odd ? "vmls" : "vmla";
    case 1: return odd ? "vnmla" : "vnmls";
    case 2: return odd ? "vnmul" : "vmul";
    case 3: return odd ? "vsub" : "vadd";
    case 8: return odd ? "v?" : "vdiv";
    case 9: return odd ? "vfnma" : "vfnms";
    case 10: return odd ? "vfms" : "vfma";
    default: return odd ? unaryMnemonic(first & 15, (second & 0x80) !== 0) : "vmov"; // an immediate
  }
}

function unaryMnemonic(operation: number, upper: boolean): string {
  switch (operation) {
    case 0: return upper ? "vabs" : "vmov";
    case 1: return upper ? "vsqrt" : "vneg";
    case 2: case 3: return upper ? "vcvtt" : "vcvtb";
    case 4: case 5: return upper ? "vcmpe" : "vcmp";
    case 6: return upper ? "vrintz" : "vrintr"; // version 5
    case 7: return upper ? "vcvt" : "vrintx";
    case 9: return "v?";
    case 12: case 13: return upper ? "vcvt" : "vcvtr";
    default: return "vcvt";
  }
}
