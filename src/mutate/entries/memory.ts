/** Wrong memory plans. Every claim about values holds; only the places are wrong (rule M1). */
import { type WrongPass, entry, original } from "../entry.js";

/** t lives over positions 0 to 2, u over 1 to 2, v over 2 to 3; `@` places them. */
const network = (t: string, u: string, v: string, type = "f32", op = "add.f32"): string => `
  program net
  input x "x" ${type}[8]
  output y "y" ${type}[8]
  temp t ${type}[8]${t}
  temp u ${type}[8]${u}
  temp v ${type}[8]${v}

  for i in 0..8 serial {
    a: t[i] = ${op}(x[i], x[i])
  }
  for j in 0..8 serial {
    b: u[j] = ${op}(t[j], x[j])
  }
  for k in 0..8 serial {
    c: v[k] = ${op}(u[k], t[-k + 7])
  }
  for l in 0..8 serial {
    s: y[l] = ${op}(v[l], x[l])
  }
  `;

const dataflow = `
  load b.0: a[j]
  load c.0: b[k]
  load c.1: a[-k + 7]
  load s.0: c[l]
  final y: s[d0]
  once t u v y
  `;

const witness = `
  phi a: a[i]
  phi b: b[j]
  phi c: c[k]
  phi s: s[l]
  ${dataflow.trim()}
  `;

const floats = original(network("", "", ""), dataflow);
const bytes = original(network("", "", "", "i8", "addw.i8"), dataflow);

function plan(name: string, bug: string, places: readonly [string, string, string]): WrongPass {
  return entry({ name, bug, before: floats, after: network(...places), witness });
}

/** State carried from one iteration to the next, and scratch that is used in between. */
const carried = (state: string, scratch: string): string => `
  program net
  input x "x" f32[4]
  output y "y" f32[4]
  temp h f32[1]${state}
  temp g f32[1]${scratch}

  for o in 0..1 serial {
    init: h[0] = x[0]
    for i in 0..4 serial {
      a: g[0] = neg.f32(x[i])
      b: y[i] = add.f32(h[0], g[0])
      c: h[0] = sqrt.f32(y[i])
    }
  }
  `;

const carriedDataflow = `
  load b.0: if i - 1 >= 0: c[o, i - 1] | init[o]
  load b.1: a[o, i]
  load c.0: b[o, i]
  final y: b[0, d0]
  once y
  `;

export const memoryEntries: readonly WrongPass[] = [
  plan("two-temps-one-offset", "two temporaries that are live together at one offset (MLIR #216535)", [" @ 0", " @ 0", " @ 8"]),
  plan("overlap-by-two-elements", "regions overlap by their last two elements: size rounded down", [" @ 0", " @ 6", " @ 14"]),
  plan("lifetime-short-by-one", "lifetime ends at the last write, not at the last read", [" @ 0", " @ 8", " @ 0"]),
  plan("in-place-in-wrong-order", "result put over an operand that is read in the opposite order", [" @ 8", " @ 0", " @ 8"]),
  entry({
    name: "int8-regions-overlap",
    bug: "offsets of an int8 arena counted in words: regions overlap",
    before: bytes,
    after: network(" @ 0", " @ 2", " @ 16", "i8", "addw.i8"),
    witness,
  }),
  entry({
    name: "lifetime-across-back-edge",
    bug: "state that survives an iteration taken for dead after its last read in the text",
    before: original(carried("", ""), carriedDataflow),
    after: carried(" @ 0", " @ 0"),
    witness: `
      phi a: a[o, i]
      phi b: b[o, i]
      phi c: c[o, i]
      ${carriedDataflow.trim()}
    `,
  }),
];
