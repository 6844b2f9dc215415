/** Wrong folds: order of summation, start values, repeated steps. Sums of floats do not associate. */
import { entry, original } from "../entry.js";

const dot = original(
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
];
