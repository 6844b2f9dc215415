/** Wrong borders and first steps: what is skipped, and what is multiplied by zero or added to it. */
import { entry, original } from "../entry.js";

/** A convolution in one dimension with 8 channels, padded by one at the left: the padding tap is skipped. */
const padded = original(
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

export const paddingEntries = [
  entry({
    name: "peeled-start-dropped",
    bug: "first step peeled as a plain product: 0 + -0 is +0, the product is -0",
    before: original(
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
