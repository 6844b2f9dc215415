/** Loops: wrong passes rebuilt from reports of wrong code in other compilers, about loops and their order; each names its thread. */
import { entry, original } from "../entry.js";

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

export const reportedLoopEntries = [
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
];
