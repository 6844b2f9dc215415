/** Wrong passes rebuilt from reports of wrong code in other compilers; each names its thread. */
import { entry, original } from "../entry.js";

const biased = original(
  `
  program net
  input x "x" f32[2,3]
  input b "b" f32[3]
  output y "y" f32[2,3]

  for n in 0..2 serial {
    for m in 0..3 serial {
      s: y[n, m] = add.f32(x[n, m], b[m])
    }
  }
  `,
  "final y: s[d0, d1]\nonce y",
);

const square = original(
  `
  program net
  input x "x" f32[3,3]
  output y "y" f32[3,3]
  temp t f32[3,3]

  for a in 0..3 serial {
    for b in 0..3 serial {
      p: t[a, b] = x[a, b]
    }
  }
  for i in 0..3 serial {
    for j in 0..3 serial {
      s: y[i, j] = neg.f32(t[i, j])
    }
  }
  `,
  "load s.0: p[i, j]\nfinal y: s[d0, d1]\nonce t y",
);

const turned = original(
  `
  program net
  input x "x" f32[3,3,3]
  output y "y" f32[3,3,3]
  temp t f32[3,3,3]

  for a in 0..3 serial {
    for b in 0..3 serial {
      for c in 0..3 serial {
        p: t[a, b, c] = x[b, a, c]
      }
    }
  }
  for i in 0..3 serial {
    for j in 0..3 serial {
      for k in 0..3 serial {
        s: y[i, j, k] = neg.f32(t[i, k, j])
      }
    }
  }
  `,
  "load s.0: p[i, k, j]\nfinal y: s[d0, d1, d2]\nonce t y",
);

const joined = original(
  `
  program net
  input x "x" f32[2]
  input z "z" f32[2]
  input w "w" f32[2]
  output y "y" f32[6]
  temp t f32[4]

  for i in 0..2 serial {
    a: t[i] = x[i]
    b: t[i + 2] = z[i]
  }
  for j in 0..4 serial {
    c: y[j] = neg.f32(t[j])
  }
  for k in 0..2 serial {
    d: y[k + 4] = neg.f32(w[k])
  }
  `,
  `
  load c.0: if -j + 1 >= 0: a[j] | b[j - 2]
  final y: if -d0 + 3 >= 0: c[d0] | d[d0 - 4]
  once t y
  `,
);

const lanes = original(
  `
  program net
  input x "x" f32[16]
  output y "y" f32[8]

  for i in 0..8 serial {
    s: y[i] = add.f32(x[i], x[i + 8])
  }
  `,
  "final y: s[d0]\nonce y",
);

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

const skewed = original(
  `
  program net
  input x "x" f32[5,5]
  output y "y" f32[5,5]

  for a in 0..5 serial {
    for b in 0..5 serial {
      init: y[a, b] = neg.f32(x[a, b])
    }
  }
  for i in 0..4 serial {
    for j in 0..4 serial {
      s: y[i + 1, j] = abs.f32(y[i, j + 1])
    }
  }
  `,
  `
  load s.0: if i - 1 >= 0, -j + 2 >= 0: s[i - 1, j + 1] | init[i, j + 1]
  final y: if d0 - 1 >= 0, -d1 + 3 >= 0: s[d0 - 1, d1] | init[d0, d1]
  `,
);

const triangle = original(
  `
  program net
  input x "x" f32[4,4]
  output y "y" f32[4,4]

  for a in 0..4 serial {
    for b in 0..4 serial {
      zero: y[a, b] = f32:0x00000000
    }
  }
  for i in 0..4 serial {
    for j in 0..4 serial {
      if i - j >= 0 {
        s: y[i, j] = neg.f32(x[i, j])
      }
    }
  }
  `,
  `
  final y: if d0 - d1 >= 0: s[d0, d1] | zero[d0, d1]
  `,
);

const negativeZeros = (start: string): string => `
  program net
  input x "x" f32[64,1]
  output y "y" f32[64]
  local a f32[]

  for i in 0..64 serial {
    init: a[] = f32:${start}
    for k in 0..1 serial {
      step: a[] = add.f32(a[], x[i, k])
    }
    s: y[i] = a[]
  }
  `;

const negativeZerosDataflow = "load step.0: init[i]\nload s.0: step[i, 0]\nfinal y: s[d0]\nonce y";

const summed = original(
  `
  program net
  input x "x" f32[4]
  output y "y" f32[1]
  local a f32[]

  init: a[] = f32:0x80000000
  for k in 0..4 serial {
    step: a[] = add.f32(a[], x[k])
  }
  s: y[0] = neg.f32(a[])
  `,
  `
  load step.0: if k == 0: init[] | step[k - 1]
  load s.0: step[3]
  final y: s[]
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

export const reportedEntries = [
  entry({
    name: "bias-indexed-by-batch",
    bug: "bias of a convolution indexed by the batch in place of the output channel",
    source: "onnx2c #7",
    before: biased,
    after: `
      program net
      input x "x" f32[2,3]
      input b "b" f32[3]
      output y "y" f32[2,3]

      for n in 0..2 serial {
        for m in 0..3 serial {
          s: y[n, m] = add.f32(x[n, m], b[n])
        }
      }
    `,
    witness: "phi s: s[n, m]\nfinal y: s[d0, d1]\nonce y",
  }),
  entry({
    name: "identity-transpose-folded",
    bug: "a Transpose that changes nothing folded into its consumer as if it swapped the axes",
    source: "onnxruntime #32228",
    before: square,
    after: `
      program net
      input x "x" f32[3,3]
      output y "y" f32[3,3]

      for i in 0..3 serial {
        for j in 0..3 serial {
          s: y[i, j] = neg.f32(x[j, i])
        }
      }
    `,
    witness: "phi s: s[i, j]\nfinal y: s[d0, d1]\nonce y",
  }),
  entry({
    name: "transposes-composed-backwards",
    bug: "two Transposes fused with their permutations composed in the wrong order",
    source: "onnx #2446",
    before: turned,
    after: `
      program net
      input x "x" f32[3,3,3]
      output y "y" f32[3,3,3]

      for i in 0..3 serial {
        for j in 0..3 serial {
          for k in 0..3 serial {
            s: y[i, j, k] = neg.f32(x[j, k, i])
          }
        }
      }
    `,
    witness: "phi s: s[i, j, k]\nfinal y: s[d0, d1, d2]\nonce y",
  }),
  entry({
    name: "concat-inputs-appended",
    bug: "two Concats fused with the inner inputs appended behind the outer ones",
    source: "onnx #2436",
    before: joined,
    after: `
      program net
      input x "x" f32[2]
      input z "z" f32[2]
      input w "w" f32[2]
      output y "y" f32[6]

      for k in 0..2 serial {
        a: y[k] = neg.f32(w[k])
        b: y[k + 2] = neg.f32(x[k])
        c: y[k + 4] = neg.f32(z[k])
      }
    `,
    witness: `
      phi a: d[k]
      phi b: c[k]
      phi c: c[k + 2]
      final y: if -d0 + 1 >= 0: a[d0] | if -d0 + 3 >= 0: b[d0 - 2] | c[d0 - 4]
      once y
    `,
  }),
  entry({
    name: "offset-divided-by-lanes",
    bug: "offset of a merged buffer divided by the number of lanes: the second operand is read 1 element on, not 8",
    source: "TVM #8308",
    before: lanes,
    after: `
      program net
      input x "x" f32[16]
      output y "y" f32[8]

      for i in 0..8 vector {
        s: y[i] = add.f32(x[i], x[i + 1])
      }
    `,
    witness: "phi s: s[i]\nfinal y: s[d0]\nonce y",
  }),
  entry({
    name: "reduction-axis-vectorised",
    bug: "the axis of a sum declared a vector loop: all lanes add to one element",
    source: "TVM #670",
    before: summed,
    after: `
      program net
      input x "x" f32[4]
      output y "y" f32[1]
      local a f32[]

      init: a[] = f32:0x80000000
      for k in 0..4 vector {
        step: a[] = add.f32(a[], x[k])
      }
      s: y[0] = neg.f32(a[])
    `,
    witness: `
      phi step: step[k]
      phi s: s[]
      load step.0: if k == 0: init[] | step[k - 1]
      load s.0: step[3]
      final y: s[]
      once y
    `,
  }),
  entry({
    name: "sum-from-plus-zero",
    bug: "a sum started from +0 where its neutral element is -0: the sum of negative zeros changes its sign",
    source: "LLVM D105902",
    before: original(negativeZeros("0x80000000"), negativeZerosDataflow),
    after: negativeZeros("0x00000000"),
    witness: `phi step: step[i, k]\n${negativeZerosDataflow}`,
  }),
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
    name: "unroll-and-jam-across-dependence",
    bug: "outer loop unrolled by 2 and jammed across a dependence of distance (1, -1)",
    source: "LLVM #198266",
    before: skewed,
    after: `
      program net
      input x "x" f32[5,5]
      output y "y" f32[5,5]

      for a in 0..5 serial {
        for b in 0..5 serial {
          init: y[a, b] = neg.f32(x[a, b])
        }
      }
      for i in 0..2 serial {
        for j in 0..4 serial {
          s: y[2*i + 1, j] = abs.f32(y[2*i, j + 1])
          r: y[2*i + 2, j] = abs.f32(y[2*i + 1, j + 1])
        }
      }
    `,
    witness: `
      phi init: init[a, b]
      phi s: s[2*i, j]
      phi r: s[2*i + 1, j]
      load s.0: if i - 1 >= 0, -j + 2 >= 0: r[i - 1, j + 1] | init[2*i, j + 1]
      load r.0: if -j + 2 >= 0: s[i, j + 1] | init[2*i + 1, j + 1]
      final y: if d0 - 1 >= 0, -d1 + 3 >= 0, mod(d0, 2) - 1 >= 0: s[floordiv(d0, 2), d1] | if d0 - 1 >= 0, -d1 + 3 >= 0: r[floordiv(d0, 2) - 1, d1] | init[d0, d1]
    `,
  }),
  entry({
    name: "triangle-reordered-without-its-bound",
    bug: "loops of a triangular nest interchanged and the bound of the inner one left behind",
    source: "Exo #314",
    before: triangle,
    after: `
      program net
      input x "x" f32[4,4]
      output y "y" f32[4,4]

      for a in 0..4 serial {
        for b in 0..4 serial {
          zero: y[a, b] = f32:0x00000000
        }
      }
      for j in 0..4 serial {
        for i in 0..4 serial {
          s: y[i, j] = neg.f32(x[i, j])
        }
      }
    `,
    witness: `
      phi s: s[i, j]
      final y: if d0 - d1 >= 0: s[d1, d0] | zero[d0, d1]
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
