/**
 * Natural numbers as literals, least significant bit first, of whatever width they
 * need: nothing wraps. Addition is a ripple of full adders, multiplication by a
 * literal a sum of shifts.
 */
import { type Circuit, type Literal, all, fresh, majority, no, some, xor, yes } from "./circuit.js";

export type Bits = readonly Literal[];

/** The bits of a natural number below 2^53. */
export function constantBits(value: number): Bits {
  const bits: Literal[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) bits.push(rest % 2 === 1 ? yes : no);
  return bits;
}

/** An unknown number from 0 to `high`, not yet required to be at most `high`. */
export function unknownBits(c: Circuit, high: number): Bits {
  return constantBits(high).map(() => fresh(c));
}

export function add(c: Circuit, a: Bits, b: Bits): Bits {
  const sum: Literal[] = [];
  let carry: Literal = no;
  for (let k = 0; k < Math.max(a.length, b.length); k++) {
    const [x, y] = [a[k] ?? no, b[k] ?? no];
    sum.push(xor(c, xor(c, x, y), carry));
    carry = majority(c, x, y, carry);
  }
  return carry === no ? sum : [...sum, carry];
}

export function multiply(c: Circuit, a: Bits, factor: number): Bits {
  let sum: Bits = [];
  constantBits(factor).forEach((bit, k) => {
    if (bit === yes) sum = add(c, sum, [...Array.from({ length: k }, () => no), ...a]);
  });
  return sum;
}

export function same(c: Circuit, a: Bits, b: Bits): Literal {
  const width = Math.max(a.length, b.length);
  return all(c, Array.from({ length: width }, (_, k) => -xor(c, a[k] ?? no, b[k] ?? no)));
}

/** a >= b: from the lowest bit up, the higher bit decides unless equal. */
export function atLeast(c: Circuit, a: Bits, b: Bits): Literal {
  let holds: Literal = yes;
  for (let k = 0; k < Math.max(a.length, b.length); k++) {
    const [x, y] = [a[k] ?? no, b[k] ?? no];
    holds = some(c, [all(c, [x, -y]), all(c, [holds, some(c, [x, -y])])]);
  }
  return holds;
}
