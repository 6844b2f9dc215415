/** Wrong orders: values read before they are there. */
import { entry, original } from "../entry.js";

const stencil = original(
  `
  program net
  input x "x" f32[10]
  output y "y" f32[8]
  temp t f32[10]

  for i in 0..10 serial {
    p: t[i] = neg.f32(x[i])
  }
  for j in 0..8 serial {
    s: y[j] = add.f32(t[j], t[j + 2])
  }
  `,
  `
  load s.0: p[j]
  load s.1: p[j + 2]
  final y: s[d0]
  once t y
  `,
);

export const orderEntries = [
  entry({
    name: "fused-before-produced",
    bug: "consumer fused with its producer although it reads two elements ahead",
    before: stencil,
    after: `
      program net
      input x "x" f32[10]
      output y "y" f32[8]
      temp t f32[10]

      for i in 0..10 serial {
        p: t[i] = neg.f32(x[i])
        if -i + 7 >= 0 {
          s: y[i] = add.f32(t[i], t[i + 2])
        }
      }
    `,
    witness: `
      phi p: p[i]
      phi s: s[i]
      load s.0: p[i]
      load s.1: p[i + 2]
      final y: s[d0]
      once t y
    `,
  }),
  entry({
    name: "halo-short-by-one",
    bug: "fused tile computes 5 of the 6 elements its stencil reads",
    before: stencil,
    after: `
      program net
      input x "x" f32[10]
      output y "y" f32[8]
      local l f32[6]

      for t in 0..2 serial {
        for v in 0..5 serial {
          p: l[v] = neg.f32(x[4*t + v])
        }
        for u in 0..4 serial {
          s: y[4*t + u] = add.f32(l[u], l[u + 2])
        }
      }
    `,
    witness: `
      phi p: p[4*t + v]
      phi s: s[4*t + u]
      load s.0: p[t, u]
      load s.1: p[t, u + 2]
      final y: s[floordiv(d0, 4), mod(d0, 4)]
      once y
    `,
  }),
  entry({
    name: "interchange-of-skewed-dependence",
    bug: "loops interchanged across a dependence of distance (1, -1) (MLIR #196554)",
    before: original(
      `
      program net
      input x "x" f32[4,4]
      output y "y" f32[5,5]

      for c in 0..5 serial {
        b0: y[0, c] = f32:0x3f800000
      }
      for r in 0..4 serial {
        b1: y[r + 1, 4] = f32:0x40000000
      }
      for i in 0..4 serial {
        for j in 0..4 serial {
          s: y[i + 1, j] = add.f32(y[i, j + 1], x[i, j])
        }
      }
      `,
      `
      load s.0: if i == 0: b0[j + 1] | if j - 3 == 0: b1[i - 1] | s[i - 1, j + 1]
      final y: if d0 == 0: b0[d1] | if d1 - 4 == 0: b1[d0 - 1] | s[d0 - 1, d1]
      once y
      `,
    ),
    after: `
      program net
      input x "x" f32[4,4]
      output y "y" f32[5,5]

      for c in 0..5 serial {
        b0: y[0, c] = f32:0x3f800000
      }
      for r in 0..4 serial {
        b1: y[r + 1, 4] = f32:0x40000000
      }
      for j in 0..4 serial {
        for i in 0..4 serial {
          s: y[i + 1, j] = add.f32(y[i, j + 1], x[i, j])
        }
      }
    `,
    witness: `
      phi s: s[i, j]
      load s.0: if i == 0: b0[j + 1] | if j - 3 == 0: b1[i - 1] | s[j + 1, i - 1]
      final y: if d0 == 0: b0[d1] | if d1 - 4 == 0: b1[d0 - 1] | s[d1, d0 - 1]
      once y
    `,
  }),
];
