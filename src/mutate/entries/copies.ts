/** Wrong wires: copies removed or shortened so that a value comes from another element. */
import { entry, original } from "../entry.js";

const square = original(
  `
  program net
  input x "x" f32[4,4]
  output y "y" f32[4,4]
  temp t f32[4,4]

  for a in 0..4 serial {
    for b in 0..4 serial {
      c: t[a, b] = x[b, a]
    }
  }
  for i in 0..4 serial {
    for j in 0..4 serial {
      s: y[i, j] = neg.f32(t[i, j])
    }
  }
  `,
  `
  load s.0: c[i, j]
  final y: s[d0, d1]
  once t y
  `,
);

const joined = original(
  `
  program net
  input x "x" f32[4]
  input z "z" f32[4]
  output y "y" f32[8]
  temp t f32[8]

  for i in 0..4 serial {
    a: t[i] = x[i]
  }
  for j in 0..4 serial {
    b: t[j + 4] = z[j]
  }
  for k in 0..8 serial {
    s: y[k] = neg.f32(t[k])
  }
  `,
  `
  load s.0: if -k + 3 >= 0: a[k] | b[k - 4]
  final y: s[d0]
  once t y
  `,
);

export const copyEntries = [
  entry({
    name: "concat-at-wrong-offset",
    bug: "second part of a Concat read one element too early",
    before: joined,
    after: `
      program net
      input x "x" f32[4]
      input z "z" f32[4]
      output y "y" f32[8]

      for k in 0..4 serial {
        s0: y[k] = neg.f32(x[k])
      }
      for l in 0..4 serial {
        s1: y[l + 4] = neg.f32(z[mod(l + 3, 4)])
      }
    `,
    witness: `
      phi s0: s[k]
      phi s1: s[l + 4]
      final y: if -d0 + 3 >= 0: s0[d0] | s1[d0 - 4]
      once y
    `,
  }),
  entry({
    name: "copy-chain-to-wrong-element",
    bug: "chain of copies shortened to an element of the wrong part",
    before: joined,
    after: `
      program net
      input x "x" f32[4]
      input z "z" f32[4]
      output y "y" f32[8]
      temp t f32[8]

      for i in 0..4 serial {
        a: t[i] = x[i]
      }
      for j in 0..4 serial {
        b: t[j + 4] = x[j]
      }
      for k in 0..8 serial {
        s: y[k] = neg.f32(t[k])
      }
    `,
    witness: `
      phi s: s[k]
      load s.0: if -k + 3 >= 0: a[k] | b[k - 4]
      final y: s[d0]
      once t y
    `,
  }),
  entry({
    name: "concat-parts-overlap",
    bug: "parts of a Concat written with overlap, the last element never",
    before: joined,
    after: `
      program net
      input x "x" f32[4]
      input z "z" f32[4]
      output y "y" f32[8]
      temp t f32[8]

      for i in 0..4 serial {
        a: t[i] = x[i]
      }
      for j in 0..4 serial {
        b: t[j + 3] = z[j]
      }
      for k in 0..8 serial {
        s: y[k] = neg.f32(t[k])
      }
    `,
    witness: `
      phi s: s[k]
      load s.0: if -k + 3 >= 0: a[k] | b[k - 4]
      final y: s[d0]
      once t y
    `,
  }),
  entry({
    name: "transpose-sunk-without-swap",
    bug: "Transpose removed, its consumer still reads in the old order",
    before: square,
    after: `
      program net
      input x "x" f32[4,4]
      output y "y" f32[4,4]

      for i in 0..4 serial {
        for j in 0..4 serial {
          s: y[i, j] = neg.f32(x[i, j])
        }
      }
    `,
    witness: `
      phi s: s[i, j]
      final y: s[d0, d1]
      once y
    `,
  }),
];
