/** Storage: wrong passes rebuilt from reports of wrong code in other compilers, about what a buffer holds when; each names its thread. */
import { entry, original } from "../entry.js";

const updated = original(
  `
  program net
  input x "x" f32[4]
  output y "y" f32[4]

  for i in 0..4 serial {
    a: y[i] = neg.f32(x[i])
  }
  for j in 0..3 serial {
    b: y[j + 1] = add.f32(y[j], y[0])
  }
  `,
  `
  load b.0: if j - 1 >= 0: b[j - 1] | a[0]
  load b.1: a[0]
  final y: if d0 - 1 >= 0: b[d0 - 1] | a[d0]
  `,
);

const forwarded = original(
  `
  program net
  input x "x" f32[6]
  output y "y" f32[6]
  temp t f32[6]

  for i in 0..6 serial {
    a: t[i] = neg.f32(x[i])
    if i - 3 >= 0 {
      b: t[i] = sqrt.f32(x[i])
    }
    s: y[i] = abs.f32(t[i])
  }
  `,
  `
  load s.0: if i - 3 >= 0: b[i] | a[i]
  final y: s[d0]
  once y
  `,
);

const padded = original(
  `
  program net
  input x "x" f32[4]
  output y "y" f32[6]
  temp t f32[6]

  for i in 0..6 serial {
    fill: t[i] = f32:0x00000000
  }
  for j in 0..4 serial {
    copy: t[j + 1] = x[j]
  }
  for k in 0..6 serial {
    s: y[k] = neg.f32(t[k])
  }
  `,
  `
  load s.0: if k - 1 >= 0, -k + 4 >= 0: copy[k - 1] | fill[k]
  final y: s[d0]
  once y
  `,
);

const rolled = original(
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
  "load s.0: p[j]\nload s.1: p[j + 2]\nfinal y: s[d0]\nonce t y",
);

const kept = original(
  `
  program net
  input x "x" f32[4]
  output y "y" f32[4]
  output z "z" f32[4]

  for i in 0..4 serial {
    a: y[i] = neg.f32(x[i])
  }
  for j in 0..4 serial {
    b: z[j] = sqrt.f32(y[j])
  }
  `,
  "load b.0: a[j]\nfinal y: a[d0]\nfinal z: b[d0]\nonce y z",
);

export const reportedStorageEntries = [
  entry({
    name: "load-hoisted-over-update",
    bug: "a load taken for invariant and read once before a loop that updates it",
    source: "Halide #117",
    before: updated,
    after: `
      program net
      input x "x" f32[4]
      output y "y" f32[4]
      local h f32[]

      for i in 0..4 serial {
        a: y[i] = neg.f32(x[i])
      }
      hoist: h[] = y[0]
      for j in 0..3 serial {
        b: y[j + 1] = add.f32(h[], y[0])
      }
    `,
    witness: `
      phi a: a[i]
      phi b: b[j]
      load hoist.0: a[0]
      load b.0: hoist[]
      load b.1: a[0]
      final y: if d0 - 1 >= 0: b[d0 - 1] | a[d0]
      once h
    `,
  }),
  entry({
    name: "forwarded-past-guarded-store",
    bug: "a store forwarded to a load across a guarded store to the same element",
    source: "LLVM #53034",
    before: forwarded,
    after: `
      program net
      input x "x" f32[6]
      output y "y" f32[6]
      local a f32[]

      for i in 0..6 serial {
        p: a[] = neg.f32(x[i])
        s: y[i] = abs.f32(a[])
      }
    `,
    witness: `
      phi p: a[i]
      phi s: s[i]
      load s.0: p[i]
      final y: s[d0]
      once y
    `,
  }),
  entry({
    name: "fill-after-copy",
    bug: "fusion moved the fill of a padded tensor behind the copy into it: data overwritten by padding",
    source: "LLVM #218696",
    before: padded,
    after: `
      program net
      input x "x" f32[4]
      output y "y" f32[6]
      temp t f32[6]

      for j in 0..4 serial {
        copy: t[j + 1] = x[j]
      }
      for i in 0..6 serial {
        fill: t[i] = f32:0x00000000
        s: y[i] = neg.f32(t[i])
      }
    `,
    witness: `
      phi s: s[i]
      load s.0: if i - 1 >= 0, -i + 4 >= 0: copy[i - 1] | fill[i]
      final y: s[d0]
      once y
    `,
  }),
  entry({
    name: "rolling-buffer-inside-split",
    bug: "sliding window kept in three elements, but the split tile restarts it and skips the warm-up",
    source: "Halide #7872",
    before: rolled,
    after: `
      program net
      input x "x" f32[10]
      output y "y" f32[8]
      temp l f32[3]

      warm0: l[0] = neg.f32(x[0])
      warm1: l[1] = neg.f32(x[1])
      for t in 0..4 serial {
        for u in 0..2 serial {
          p: l[mod(u + 2, 3)] = neg.f32(x[2*t + u + 2])
          s: y[2*t + u] = add.f32(l[mod(u, 3)], l[mod(u + 2, 3)])
        }
      }
    `,
    witness: `
      phi warm0: p[0]
      phi warm1: p[1]
      phi p: p[2*t + u + 2]
      phi s: s[2*t + u]
      load s.0: if t == 0, u == 0: warm0[] | if t == 0: warm1[] | p[t - 1, u]
      load s.1: p[t, u]
      final y: s[floordiv(d0, 2), mod(d0, 2)]
      once y
    `,
  }),
  entry({
    name: "output-read-on-after-reuse",
    bug: "an output that is read by a later node too taken for an intermediate, and written over",
    source: "onnxruntime #3033",
    before: kept,
    after: `
      program net
      input x "x" f32[4]
      output y "y" f32[4]
      output z "z" f32[4]

      for i in 0..4 serial {
        a: y[i] = neg.f32(x[i])
        b: y[i] = sqrt.f32(y[i])
        c: z[i] = y[i]
      }
    `,
    witness: `
      phi a: a[i]
      phi b: b[i]
      load b.0: a[i]
      load c.0: b[i]
      final y: a[d0]
      final z: c[d0]
      once z
    `,
  }),
];
