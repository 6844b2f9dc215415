/** Wrong reuse of storage inside one buffer: values overwritten while they are still to be read. */
import { entry, original } from "../entry.js";

/** Two values live one after the other in one buffer. */
const reused = original(
  `
  program net
  input x "x" f32[8]
  output y "y" f32[8]
  output z "z" f32[8]
  temp t f32[8]

  for i in 0..8 serial {
    p: t[i] = neg.f32(x[i])
  }
  for j in 0..8 serial {
    s: y[j] = add.f32(t[j], t[-j + 7])
  }
  for k in 0..8 serial {
    q: t[k] = sqrt.f32(x[k])
  }
  for l in 0..8 serial {
    r: z[l] = t[l]
  }
  `,
  `
  load s.0: p[j]
  load s.1: p[-j + 7]
  load r.0: q[l]
  final y: s[d0]
  final z: r[d0]
  once y z
  `,
);

const streamed = original(
  `
  program net
  input x "x" f32[4,3]
  output y "y" f32[4,3]
  temp t f32[4,3]

  for a in 0..4 serial {
    for b in 0..3 serial {
      p: t[a, b] = neg.f32(x[a, b])
    }
  }
  for i in 0..4 serial {
    for j in 0..3 serial {
      s: y[i, j] = sqrt.f32(t[i, j])
    }
  }
  `,
  `
  load s.0: p[i, j]
  final y: s[d0, d1]
  once t y
  `,
);

export const storageEntries = [
  entry({
    name: "write-after-read-in-fusion",
    bug: "reader fused with the next writer of its buffer: elements are gone when read (MLIR #212032)",
    before: reused,
    after: `
      program net
      input x "x" f32[8]
      output y "y" f32[8]
      output z "z" f32[8]
      temp t f32[8]

      for i in 0..8 serial {
        p: t[i] = neg.f32(x[i])
      }
      for j in 0..8 serial {
        s: y[j] = add.f32(t[j], t[-j + 7])
        q: t[j] = sqrt.f32(x[j])
      }
      for l in 0..8 serial {
        r: z[l] = t[l]
      }
    `,
    witness: `
      phi p: p[i]
      phi s: s[j]
      phi q: q[j]
      load s.0: p[j]
      load s.1: p[-j + 7]
      load r.0: q[l]
      final y: s[d0]
      final z: r[d0]
      once y z
    `,
  }),
  entry({
    name: "writer-hoisted-over-reader",
    bug: "a store moved before the last read of what it replaces",
    before: reused,
    after: `
      program net
      input x "x" f32[8]
      output y "y" f32[8]
      output z "z" f32[8]
      temp t f32[8]

      for i in 0..8 serial {
        p: t[i] = neg.f32(x[i])
      }
      for k in 0..8 serial {
        q: t[k] = sqrt.f32(x[k])
      }
      for j in 0..8 serial {
        s: y[j] = add.f32(t[j], t[-j + 7])
      }
      for l in 0..8 serial {
        r: z[l] = t[l]
      }
    `,
    witness: `
      phi p: p[i]
      phi s: s[j]
      phi q: q[k]
      load s.0: p[j]
      load s.1: p[-j + 7]
      load r.0: q[l]
      final y: s[d0]
      final z: r[d0]
      once y z
    `,
  }),
  entry({
    name: "missing-double-buffer",
    bug: "next row fetched into the buffer the current row is still read from",
    before: streamed,
    after: `
      program net
      input x "x" f32[4,3]
      output y "y" f32[4,3]
      local l f32[3]

      for e in 0..3 serial {
        first: l[e] = neg.f32(x[0, e])
      }
      for i in 0..4 serial {
        if -i + 2 >= 0 {
          for b in 0..3 serial {
            next: l[b] = neg.f32(x[i + 1, b])
          }
        }
        for j in 0..3 serial {
          s: y[i, j] = sqrt.f32(l[j])
        }
      }
    `,
    witness: `
      phi first: p[0, e]
      phi next: p[i + 1, b]
      phi s: s[i, j]
      load s.0: if i == 0: first[j] | next[i - 1, j]
      final y: s[d0, d1]
      once y
    `,
  }),
  entry({
    name: "contracted-too-far",
    bug: "row buffer contracted to one element although the whole row is read later",
    before: streamed,
    after: `
      program net
      input x "x" f32[4,3]
      output y "y" f32[4,3]
      local l f32[]

      for i in 0..4 serial {
        for b in 0..3 serial {
          p: l[] = neg.f32(x[i, b])
        }
        for j in 0..3 serial {
          s: y[i, j] = sqrt.f32(l[])
        }
      }
    `,
    witness: `
      phi p: p[i, b]
      phi s: s[i, j]
      load s.0: p[i, j]
      final y: s[d0, d1]
      once y
    `,
  }),
  entry({
    name: "output-overwritten",
    bug: "scratch values written to an output after its last value",
    before: reused,
    after: `
      program net
      input x "x" f32[8]
      output y "y" f32[8]
      output z "z" f32[8]
      temp t f32[8]

      for i in 0..8 serial {
        p: t[i] = neg.f32(x[i])
      }
      for j in 0..8 serial {
        s: y[j] = add.f32(t[j], t[-j + 7])
      }
      for k in 0..8 serial {
        q: y[k] = sqrt.f32(x[k])
      }
      for l in 0..8 serial {
        r: z[l] = y[l]
      }
    `,
    witness: `
      phi p: p[i]
      phi s: s[j]
      phi q: q[k]
      load s.0: p[j]
      load s.1: p[-j + 7]
      load r.0: q[l]
      final y: s[d0]
      final z: r[d0]
      once t z
    `,
  }),
];
