/** Wrong indices: transposed, shifted, outside their dimension, or right only where floors are. */
import { entry, origin } from "../entry.js";

const square = origin(
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

const flattened = origin(
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

const joined = origin(
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

export const indexEntries = [
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
    before: origin(
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
    name: "loop-variable-by-name",
    bug: "loop variable used as a value kept its name when its loop was tiled",
    before: origin(
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
