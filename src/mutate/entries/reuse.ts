/** Wrong reuses of buffers: a result over an operand that is still to be read. */
import { entry, original } from "../entry.js";

const residual = original(
  `
  program net
  input x "x" f32[6]
  output y "y" f32[6]
  temp r f32[6]
  temp b f32[6]

  for o in 0..6 serial {
    n0: r[o] = neg.f32(x[o])
  }
  for q in 0..6 serial {
    n1: b[q] = add.f32(r[q], r[-q + 5])
  }
  for p in 0..6 serial {
    n2: y[p] = exp.f32(b[p])
  }
  `,
  `
  load n1.0: n0[q]
  load n1.1: n0[-q + 5]
  load n2.0: n1[p]
  final y: n2[d0]
  once r b y
  `,
);

/** The operand is read again after the result is made. */
const later = original(
  `
  program net
  input x "x" f32[6]
  output y "y" f32[6]
  temp r f32[6]
  temp b f32[6]

  for o in 0..6 serial {
    n0: r[o] = neg.f32(x[o])
  }
  for q in 0..6 serial {
    n1: b[q] = exp.f32(r[q])
  }
  for p in 0..6 serial {
    n2: y[p] = sub.f32(b[p], r[p])
  }
  `,
  `
  load n1.0: n0[q]
  load n2.0: n1[p]
  load n2.1: n0[p]
  final y: n2[d0]
  once r b y
  `,
);

export const reuseEntries = [
  entry({
    name: "in-place-reversed-operand",
    bug: "a sum over its operand, which is also read in reverse: half of the elements are overwritten before they are read",
    before: residual,
    after: `
      program net
      input x "x" f32[6]
      output y "y" f32[6]
      temp r f32[6]

      for o in 0..6 serial {
        n0: r[o] = neg.f32(x[o])
      }
      for q in 0..6 serial {
        n1: r[q] = add.f32(r[q], r[-q + 5])
      }
      for p in 0..6 serial {
        n2: y[p] = exp.f32(r[p])
      }
    `,
    witness: `
      phi n0: n0[o]
      phi n1: n1[q]
      phi n2: n2[p]
      load n1.0: n0[q]
      load n1.1: n0[-q + 5]
      load n2.0: n1[p]
      final y: n2[d0]
      once y
    `,
  }),
  entry({
    name: "in-place-live-operand",
    bug: "the operand is overwritten although a later nest reads it",
    before: later,
    after: `
      program net
      input x "x" f32[6]
      output y "y" f32[6]
      temp r f32[6]

      for o in 0..6 serial {
        n0: r[o] = neg.f32(x[o])
      }
      for q in 0..6 serial {
        n1: r[q] = exp.f32(r[q])
      }
      for p in 0..6 serial {
        n2: y[p] = sub.f32(r[p], r[p])
      }
    `,
    witness: `
      phi n0: n0[o]
      phi n1: n1[q]
      phi n2: n2[p]
      load n1.0: n0[q]
      load n2.0: n1[p]
      load n2.1: n0[p]
      final y: n2[d0]
      once y
    `,
  }),
  entry({
    name: "in-place-still-once",
    bug: "the shared buffer is still claimed to be written once, so that nobody asks what comes in between",
    before: later,
    after: `
      program net
      input x "x" f32[6]
      output y "y" f32[6]
      temp r f32[6]

      for o in 0..6 serial {
        n0: r[o] = neg.f32(x[o])
      }
      for q in 0..6 serial {
        n1: r[q] = exp.f32(r[q])
      }
      for p in 0..6 serial {
        n2: y[p] = sub.f32(r[p], r[p])
      }
    `,
    witness: `
      phi n0: n0[o]
      phi n1: n1[q]
      phi n2: n2[p]
      load n1.0: n0[q]
      load n2.0: n1[p]
      load n2.1: n0[p]
      final y: n2[d0]
      once y r
    `,
  }),
];
