/** Wrong folds: order of summation, start values, padding. Addition of floats neither commutes in a chain nor associates. */
import { entry, origin } from "../entry.js";

const dot = origin(
  `
  program net
  input x "x" f32[8]
  input v "v" f32[3,8]
  output y "y" f32[3]
  temp a f32[3]

  for o in 0..3 serial {
    init: a[o] = f32:0x00000000
    for k in 0..8 serial {
      step: a[o] = add.f32(a[o], mul.f32(x[k], v[o, k]))
    }
    out: y[o] = a[o]
  }
  `,
  `
  load step.0: if k - 1 >= 0: step[o, k - 1] | init[o]
  load out.0: step[o, 7]
  final y: out[d0]
  once y
  `,
);

/** A convolution in one dimension with 8 channels, padded by one at the left: the padding tap is skipped. */
const padded = origin(
  `
  program net
  input x "x" f32[6]
  input v "v" f32[8,2]
  output y "y" f32[8,6]
  temp a f32[8,6]

  for m in 0..8 serial {
    for o in 0..6 serial {
      init: a[m, o] = f32:0x00000000
      for k in 0..2 serial {
        if k + o - 1 >= 0 {
          step: a[m, o] = add.f32(a[m, o], mul.f32(x[k + o - 1], v[m, k]))
        }
      }
      out: y[m, o] = a[m, o]
    }
  }
  `,
  `
  load step.0: if k == 0: init[m, o] | if o - 1 >= 0: step[m, o, k - 1] | init[m, o]
  load out.0: step[m, o, 1]
  final y: out[d0, d1]
  once y
  `,
);

export const foldEntries = [
  entry({
    name: "reversed-reduction",
    bug: "fold run backwards, taken for the same because addition commutes",
    before: dot,
    after: `
      program net
      input x "x" f32[8]
      input v "v" f32[3,8]
      output y "y" f32[3]
      temp a f32[3]

      for o in 0..3 serial {
        init: a[o] = f32:0x00000000
        for k in 0..8 serial {
          step: a[o] = add.f32(a[o], mul.f32(x[-k + 7], v[o, -k + 7]))
        }
        out: y[o] = a[o]
      }
    `,
    witness: `
      phi step: step[o, -k + 7]
      load step.0: if k - 1 >= 0: step[o, k - 1] | init[o]
      load out.0: step[o, 7]
      final y: out[d0]
      once y
    `,
  }),
  entry({
    name: "init-inside-fold-tile",
    bug: "accumulator reset once per fold tile instead of once per output",
    before: dot,
    after: `
      program net
      input x "x" f32[8]
      input v "v" f32[3,8]
      output y "y" f32[3]
      temp a f32[3]

      for o in 0..3 serial {
        for t in 0..2 serial {
          init: a[o] = f32:0x00000000
          for u in 0..4 serial {
            step: a[o] = add.f32(a[o], mul.f32(x[4*t + u], v[o, 4*t + u]))
          }
        }
        out: y[o] = a[o]
      }
    `,
    witness: `
      phi step: step[o, 4*t + u]
      load step.0: if u - 1 >= 0: step[o, t, u - 1] | if t - 1 >= 0: step[o, t - 1, 3] | init[o, t]
      load out.0: step[o, 1, 3]
      final y: out[d0]
      once y
    `,
  }),
  entry({
    name: "accumulator-not-reset",
    bug: "start value hoisted out of the loop over outputs: sums run on",
    before: dot,
    after: `
      program net
      input x "x" f32[8]
      input v "v" f32[3,8]
      output y "y" f32[3]
      local a f32[]

      init: a[] = f32:0x00000000
      for o in 0..3 serial {
        for k in 0..8 serial {
          step: a[] = add.f32(a[], mul.f32(x[k], v[o, k]))
        }
        out: y[o] = a[]
      }
    `,
    witness: `
      phi step: step[o, k]
      load step.0: if k - 1 >= 0: step[o, k - 1] | init[]
      load out.0: step[o, 7]
      final y: out[d0]
      once y
    `,
  }),
  entry({
    name: "reduction-in-two-lanes",
    bug: "even and odd terms summed apart and added at the end: a reassociation",
    before: dot,
    after: `
      program net
      input x "x" f32[8]
      input v "v" f32[3,8]
      output y "y" f32[3]
      local a f32[2]

      for o in 0..3 serial {
        for r in 0..2 serial {
          init: a[r] = f32:0x00000000
        }
        for k in 0..8 serial {
          step: a[mod(k, 2)] = add.f32(a[mod(k, 2)], mul.f32(x[k], v[o, k]))
        }
        out: y[o] = add.f32(a[0], a[1])
      }
    `,
    witness: `
      phi step: step[o, k]
      phi out: step[o, 7]
      load step.0: if k - 2 >= 0: step[o, k - 2] | init[o, k]
      load out.0: step[o, 6]
      load out.1: step[o, 7]
      final y: out[d0]
      once y
    `,
  }),
  entry({
    name: "peeled-start-dropped",
    bug: "first step peeled as a plain product: 0 + -0 is +0, the product is -0",
    before: origin(
      `
      program net
      input x "x" f32[16]
      input v "v" f32[16]
      output y "y" f32[16]
      temp a f32[16]

      for o in 0..16 serial {
        init: a[o] = f32:0x00000000
        for k in 0..1 serial {
          step: a[o] = add.f32(a[o], mul.f32(x[o], v[o]))
        }
        out: y[o] = a[o]
      }
      `,
      `
      load step.0: init[o]
      load out.0: step[o, 0]
      final y: out[d0]
      once y
      `,
    ),
    after: `
      program net
      input x "x" f32[16]
      input v "v" f32[16]
      output y "y" f32[16]

      for o in 0..16 serial {
        first: y[o] = mul.f32(x[o], v[o])
      }
    `,
    witness: `
      phi first: step[o, 0] at 1
      final y: first[d0]
      once y
    `,
  }),
  entry({
    name: "peeled-tap-repeated",
    bug: "first step peeled, but the loop still starts at 0",
    before: dot,
    after: `
      program net
      input x "x" f32[8]
      input v "v" f32[3,8]
      output y "y" f32[3]
      temp a f32[3]

      for o in 0..3 serial {
        first: a[o] = add.f32(f32:0x00000000, mul.f32(x[0], v[o, 0]))
        for k in 0..8 serial {
          step: a[o] = add.f32(a[o], mul.f32(x[k], v[o, k]))
        }
        out: y[o] = a[o]
      }
    `,
    witness: `
      phi first: step[o, 0]
      phi step: step[o, k]
      load step.0: if k - 1 >= 0: step[o, k - 1] | first[o]
      load out.0: step[o, 7]
      final y: out[d0]
      once y
    `,
  }),
  entry({
    name: "padding-multiplied",
    bug: "padding tap multiplied by zero instead of skipped: 0 times infinity is NaN",
    before: padded,
    after: `
      program net
      input x "x" f32[6]
      input v "v" f32[8,2]
      output y "y" f32[8,6]
      temp a f32[8,6]
      temp p f32[7]

      zero: p[0] = f32:0x00000000
      for c in 0..6 serial {
        copy: p[c + 1] = x[c]
      }
      for m in 0..8 serial {
        for o in 0..6 serial {
          init: a[m, o] = f32:0x00000000
          for k in 0..2 serial {
            step: a[m, o] = add.f32(a[m, o], mul.f32(p[k + o], v[m, k]))
          }
          out: y[m, o] = a[m, o]
        }
      }
    `,
    witness: `
      phi step: if k + o - 1 >= 0: step[m, o, k] | dead
      load step.0: if k - 1 >= 0: step[m, o, k - 1] | init[m, o]
      load step.1: if k + o - 1 >= 0: copy[k + o - 1] | zero[]
      load out.0: step[m, o, 1]
      final y: out[d0, d1]
      once p y
    `,
  }),
  entry({
    name: "border-one-too-wide",
    bug: "border region off by one: a tap inside the image is skipped as padding",
    before: padded,
    after: `
      program net
      input x "x" f32[6]
      input v "v" f32[8,2]
      output y "y" f32[8,6]
      temp a f32[8,6]

      for m in 0..8 serial {
        for o in 0..6 serial {
          init: a[m, o] = f32:0x00000000
          for k in 0..2 serial {
            if k + o - 2 >= 0 {
              step: a[m, o] = add.f32(a[m, o], mul.f32(x[k + o - 1], v[m, k]))
            }
          }
          out: y[m, o] = a[m, o]
        }
      }
    `,
    witness: `
      phi step: step[m, o, k]
      load step.0: if k == 0: init[m, o] | if o - 2 >= 0: step[m, o, k - 1] | init[m, o]
      load out.0: if o - 1 >= 0: step[m, o, 1] | init[m, o]
      final y: out[d0, d1]
      once y
    `,
  }),
];
