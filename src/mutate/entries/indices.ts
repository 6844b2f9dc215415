/** Wrong indices: outside their dimension, right only where floors are, or named alike. */
import { entry, original } from "../entry.js";

const flattened = original(
  `
  program net
  input x "x" f32[2,4]
  output y "y" f32[8]
  temp t f32[2,4]

  for a in 0..2 serial {
    for b in 0..4 serial {
      p: t[a, b] = neg.f32(x[a, b])
    }
  }
  for i in 0..8 serial {
    s: y[i] = t[floordiv(i, 4), mod(i, 4)]
  }
  `,
  `
  load s.0: p[floordiv(i, 4), mod(i, 4)]
  final y: s[d0]
  once t y
  `,
);

export const indexEntries = [
  entry({
    name: "swapped-strides",
    bug: "row-major address formed with the extent of the wrong axis",
    before: flattened,
    after: `
      program net
      input x "x" f32[2,4]
      output y "y" f32[8]

      for a in 0..2 serial {
        for b in 0..4 serial {
          p: y[2*a + b] = neg.f32(x[a, b])
        }
      }
    `,
    witness: `
      phi p: p[a, b]
      final y: p[floordiv(d0, 4), mod(d0, 4)]
    `,
  }),
  entry({
    name: "wrong-dimension-alias",
    bug: "T[0][4] for T[1][0]: inside the buffer, outside its dimension",
    before: flattened,
    after: `
      program net
      input x "x" f32[2,4]
      output y "y" f32[8]
      temp t f32[2,4]

      for a in 0..8 serial {
        p: t[0, a] = neg.f32(x[floordiv(a, 4), mod(a, 4)])
      }
      for i in 0..8 serial {
        s: y[i] = t[0, i]
      }
    `,
    witness: `
      phi p: p[floordiv(a, 4), mod(a, 4)]
      load s.0: p[i]
      final y: s[d0]
      once t y
    `,
  }),
  entry({
    name: "negative-dividend",
    bug: "(i - 3) / 2 below zero: C truncates, floordiv rounds down",
    before: original(
      `
      program net
      input x "x" f32[5]
      output y "y" f32[8]

      for i in 0..8 serial {
        s: y[i] = neg.f32(x[floordiv(i + 1, 2)])
      }
      `,
      `
      final y: s[d0]
      once y
      `,
    ),
    after: `
      program net
      input x "x" f32[5]
      output y "y" f32[8]

      for i in 0..8 serial {
        s: y[i] = neg.f32(x[floordiv(i - 3, 2) + 2])
      }
    `,
    witness: `
      phi s: s[i]
      final y: s[d0]
      once y
    `,
    runs: `
      program net
      input x "x" f32[5]
      output y "y" f32[8]

      for i in 0..8 serial {
        if i - 3 >= 0 {
          s: y[i] = neg.f32(x[floordiv(i - 3, 2) + 2])
        }
        if -i + 2 >= 0 {
          below: y[i] = neg.f32(x[-floordiv(-i + 3, 2) + 2])
        }
      }
    `,
  }),
  entry({
    name: "loop-variable-by-name",
    bug: "loop variable used as a value kept its name when its loop was tiled",
    before: original(
      `
      program net
      input x "x" f32[8]
      output y "y" f32[8]

      for i in 0..8 serial {
        s: y[i] = add.f32(x[i], cast.i64.f32(index(i)))
      }
      `,
      `
      final y: s[d0]
      once y
      `,
    ),
    after: `
      program net
      input x "x" f32[8]
      output y "y" f32[8]

      for t in 0..2 serial {
        for i in 0..4 serial {
          s: y[i + 4*t] = add.f32(x[i + 4*t], cast.i64.f32(index(i)))
        }
      }
    `,
    witness: `
      phi s: s[i + 4*t]
      final y: s[floordiv(d0, 4), mod(d0, 4)]
      once y
    `,
  }),
];
