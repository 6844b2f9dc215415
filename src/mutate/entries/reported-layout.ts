/** Layout: wrong passes rebuilt from reports of wrong code in other compilers, about axes and parts; each names its thread. */
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

export const reportedLayoutEntries = [
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
];
