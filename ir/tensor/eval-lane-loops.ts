/**
 * Scalar operators over lanes: one loop per operator application. The operators in
 * which nearly all time of networks goes are written out, as a call per lane passes
 * doubles through memory; each computes what the table of ir/scalar/arith.ts has.
 */
import type { Binary, Ternary, Unary } from "../scalar/arith.js";

/** Values of an operand: lane k has `data[place.at + step · (k − from)]`; step 0 is one value for all. */
export interface Lanes {
  readonly data: Float64Array;
  readonly step: number;
  /** Where the lane `active.from` has its value; set by `run`. */
  readonly place: { at: number };
  /** Computes the active lanes. */
  readonly run: () => void;
}

/** The lanes to compute: from … to − 1. */
export interface Active {
  from: number;
  to: number;
}

export type UnaryLoop = (out: Float64Array, a: Lanes, active: Active) => void;
export type BinaryLoop = (out: Float64Array, a: Lanes, b: Lanes, active: Active) => void;
export type TernaryLoop = (out: Float64Array, a: Lanes, b: Lanes, c: Lanes, active: Active) => void;

/** One value per lane, in place of an operator. */
export const copy: UnaryLoop = (out, { data, step, place: { at } }, { from, to }) => {
  for (let k = from, i = at; k < to; k++, i += step) out[k] = data[i] ?? NaN;
};

/** `f` on every active lane. */
export function unaryLoop(f: Unary): UnaryLoop {
  return (out, { data, step, place: { at } }, { from, to }) => {
    for (let k = from, i = at; k < to; k++, i += step) out[k] = f(data[i] ?? NaN);
  };
}

/** `f`, which is what `op` computes, on every active lane. */
export function binaryLoop(op: string, f: Binary): BinaryLoop {
  switch (op) {
    case "add.f32": return addF32;
    case "sub.f32": return subF32;
    case "mul.f32": return mulF32;
    case "add.i32": return addI32(f);
    case "sub.i32": return subI32(f);
    case "mul.i32": return mulI32(f);
    default: return (out, a, b, { from, to }) => {
      for (let k = from, i = a.place.at, j = b.place.at; k < to; k++, i += a.step, j += b.step) out[k] = f(a.data[i] ?? NaN, b.data[j] ?? NaN);
    };
  }
}

/** As binaryLoop, for three operands. */
export function ternaryLoop(op: string, f: Ternary): TernaryLoop {
  if (op.startsWith("select.")) return choose;
  return (out, a, b, c, { from, to }) => {
    for (let k = from, i = a.place.at, j = b.place.at, l = c.place.at; k < to; k++, i += a.step, j += b.step, l += c.step) out[k] = f(a.data[i] ?? NaN, b.data[j] ?? NaN, c.data[l] ?? NaN);
  };
}

/** sum + a·b of f32, each rounded. */
export const mulAddF32: TernaryLoop = (out, { data: sums, step: sumStep, place: { at: sumAt } }, { data: xs, step: xStep, place: { at: xAt } }, { data: ws, step: wStep, place: { at: wAt } }, { from, to }) => {
  for (let k = from, s = sumAt, x = xAt, w = wAt; k < to; k++, s += sumStep, x += xStep, w += wStep) {
    out[k] = Math.fround((sums[s] ?? NaN) + Math.fround((xs[x] ?? NaN) * (ws[w] ?? NaN)));
  }
};

const addF32: BinaryLoop = (out, { data: as, step: aStep, place: { at: aAt } }, { data: bs, step: bStep, place: { at: bAt } }, { from, to }) => {
  for (let k = from, i = aAt, j = bAt; k < to; k++, i += aStep, j += bStep) out[k] = Math.fround((as[i] ?? NaN) + (bs[j] ?? NaN));
};

const subF32: BinaryLoop = (out, { data: as, step: aStep, place: { at: aAt } }, { data: bs, step: bStep, place: { at: bAt } }, { from, to }) => {
  for (let k = from, i = aAt, j = bAt; k < to; k++, i += aStep, j += bStep) out[k] = Math.fround((as[i] ?? NaN) - (bs[j] ?? NaN));
};

const mulF32: BinaryLoop = (out, { data: as, step: aStep, place: { at: aAt } }, { data: bs, step: bStep, place: { at: bAt } }, { from, to }) => {
  for (let k = from, i = aAt, j = bAt; k < to; k++, i += aStep, j += bStep) out[k] = Math.fround((as[i] ?? NaN) * (bs[j] ?? NaN));
};

const [least, most] = [-(2 ** 31), 2 ** 31 - 1];

/** Checked, as the operator is: a result that does not fit is the operator's own error. */
function addI32(checked: Binary): BinaryLoop {
  return (out, { data: as, step: aStep, place: { at: aAt } }, { data: bs, step: bStep, place: { at: bAt } }, { from, to }) => {
    for (let k = from, i = aAt, j = bAt; k < to; k++, i += aStep, j += bStep) {
      const exact = (as[i] ?? NaN) + (bs[j] ?? NaN);
      out[k] = exact >= least && exact <= most ? exact + 0 : checked(as[i] ?? NaN, bs[j] ?? NaN);
    }
  };
}

function subI32(checked: Binary): BinaryLoop {
  return (out, { data: as, step: aStep, place: { at: aAt } }, { data: bs, step: bStep, place: { at: bAt } }, { from, to }) => {
    for (let k = from, i = aAt, j = bAt; k < to; k++, i += aStep, j += bStep) {
      const exact = (as[i] ?? NaN) - (bs[j] ?? NaN);
      out[k] = exact >= least && exact <= most ? exact + 0 : checked(as[i] ?? NaN, bs[j] ?? NaN);
    }
  };
}

function mulI32(checked: Binary): BinaryLoop {
  return (out, { data: as, step: aStep, place: { at: aAt } }, { data: bs, step: bStep, place: { at: bAt } }, { from, to }) => {
    for (let k = from, i = aAt, j = bAt; k < to; k++, i += aStep, j += bStep) {
      const exact = (as[i] ?? NaN) * (bs[j] ?? NaN);
      out[k] = exact >= least && exact <= most ? exact + 0 : checked(as[i] ?? NaN, bs[j] ?? NaN); // + 0: integers have no −0
    }
  };
}

const choose: TernaryLoop = (out, when, then, otherwise, { from, to }) => {
  for (let k = from, i = when.place.at, j = then.place.at, l = otherwise.place.at; k < to; k++, i += when.step, j += then.step, l += otherwise.step) {
    out[k] = when.data[i] !== 0 ? then.data[j] ?? NaN : otherwise.data[l] ?? NaN;
  }
};
