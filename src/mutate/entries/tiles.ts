/** Wrong tilings and unrollings: elements lost, met twice or outside their buffer. */
import { entry, original } from "../entry.js";

const pointwise = original(
  `
  program net
  input x "x" f32[10]
  output y "y" f32[10]

  for i in 0..10 serial {
    s: y[i] = neg.f32(x[i])
  }
  `,
  `
  final y: s[d0]
  once y
  `,
);

/** The body of every tiling below. */
const tiles = (tileCount: number, extent: number): string => `
  program net
  input x "x" f32[10]
  output y "y" f32[10]

  for t in 0..${tileCount} serial {
    for u in 0..${extent} serial {
      s: y[4*t + u] = neg.f32(x[4*t + u])
    }
  }
  `;

const sum = original(
  `
  program net
  input x "x" f32[7]
  output y "y" f32[]
  temp a f32[]

  init: a[] = f32:0x00000000
  for k in 0..7 serial {
    step: a[] = add.f32(a[], x[k])
  }
  out: y[] = a[]
  `,
  `
  load step.0: if k - 1 >= 0: step[k - 1] | init[]
  load out.0: step[6]
  final y: out[]
  once y
  `,
);

export const tileEntries = [
  entry({
    name: "tail-tile-lost",
    bug: "tile count rounded down: the ragged last tile is never run",
    before: pointwise,
    after: tiles(2, 4),
    witness: `
      phi s: s[4*t + u]
      final y: s[floordiv(d0, 4), mod(d0, 4)]
      once y
    `,
  }),
  entry({
    name: "tail-tile-overruns",
    bug: "tile count rounded up without a guard: the last tile runs past the end",
    before: pointwise,
    after: tiles(3, 4),
    witness: `
      phi s: if -4*t - u + 9 >= 0: s[4*t + u] | dead
      final y: s[floordiv(d0, 4), mod(d0, 4)]
      once y
    `,
  }),
  entry({
    name: "tile-step-beyond-extent",
    bug: "tiles start every 4 elements and are 3 long (polcert's tile and link steps disagree)",
    before: pointwise,
    after: tiles(2, 3),
    witness: `
      phi s: s[4*t + u]
      final y: s[floordiv(d0, 4), mod(d0, 4)]
      once y
    `,
  }),
  entry({
    name: "unroll-drops-epilogue",
    bug: "unrolled by 3 over 10 iterations: the remainder loop is missing",
    before: pointwise,
    after: `
      program net
      input x "x" f32[10]
      output y "y" f32[10]

      for t in 0..3 serial {
        s0: y[3*t] = neg.f32(x[3*t])
        s1: y[3*t + 1] = neg.f32(x[3*t + 1])
        s2: y[3*t + 2] = neg.f32(x[3*t + 2])
      }
    `,
    witness: `
      phi s0: s[3*t]
      phi s1: s[3*t + 1]
      phi s2: s[3*t + 2]
      final y: if mod(d0, 3) == 0: s0[floordiv(d0, 3)] | if mod(d0, 3) - 1 == 0: s1[floordiv(d0, 3)] | s2[floordiv(d0, 3)]
      once y
    `,
  }),
  entry({
    name: "unroll-factor-exceeds-trip",
    bug: "unrolled by 4 over 3 remaining iterations without a guard (mlir-aie #1556)",
    before: pointwise,
    after: `
      program net
      input x "x" f32[10]
      output y "y" f32[10]

      for t in 0..3 serial {
        for u in 0..4 unrolled {
          s: y[4*t + u] = neg.f32(x[4*t + u])
        }
      }
    `,
    witness: `
      phi s: s[4*t + u]
      final y: s[floordiv(d0, 4), mod(d0, 4)]
      once y
    `,
  }),
  entry({
    name: "double-accumulation",
    bug: "fold tiles overlap by one: an element is added twice",
    before: sum,
    after: `
      program net
      input x "x" f32[7]
      output y "y" f32[]
      temp a f32[]

      init: a[] = f32:0x00000000
      for t in 0..2 serial {
        for u in 0..4 serial {
          step: a[] = add.f32(a[], x[3*t + u])
        }
      }
      out: y[] = a[]
    `,
    witness: `
      phi step: step[3*t + u]
      load step.0: if u - 1 >= 0: step[t, u - 1] | if t - 1 >= 0: step[t - 1, 3] | init[]
      load out.0: step[1, 3]
      final y: out[]
      once y
    `,
  }),
  entry({
    name: "fold-loses-last-step",
    bug: "fold loop one iteration short, result taken from where the last step would be",
    before: sum,
    after: `
      program net
      input x "x" f32[7]
      output y "y" f32[]
      temp a f32[]

      init: a[] = f32:0x00000000
      for k in 0..6 serial {
        step: a[] = add.f32(a[], x[k])
      }
      out: y[] = a[]
    `,
    witness: `
      phi step: step[k]
      load step.0: if k - 1 >= 0: step[k - 1] | init[]
      load out.0: step[5]
      final y: out[]
      once y
    `,
  }),
];
