/** Wrong distributions and splittings of loops: dependences cut, iterations lost, scalars shared. */
import { entry, original } from "../entry.js";

/** A running sum and its negation: the second statement feeds the first one iteration later. */
const carried = original(
  `
  program net
  input x "x" f32[6]
  output y "y" f32[6]
  temp m f32[6]
  temp z f32[7]

  first: z[0] = f32:0x3f800000
  for o in 0..6 serial {
    a: m[o] = add.f32(x[o], z[o])
    b: z[o + 1] = neg.f32(m[o])
    c: y[o] = abs.f32(m[o])
  }
  `,
  `
  load a.1: if o - 1 >= 0: b[o - 1] | first[]
  load b.0: a[o]
  load c.0: a[o]
  final y: c[d0]
  once y m z
  `,
);

/** A scalar that every iteration writes anew. */
const scalar = original(
  `
  program net
  input x "x" f32[6]
  output y "y" f32[6]
  temp t f32[]

  for o in 0..6 serial {
    a: t[] = neg.f32(x[o])
    b: y[o] = abs.f32(t[])
  }
  `,
  `
  load b.0: a[o]
  final y: b[d0]
  once y
  `,
);

/** A sum over a window with padding at both ends. */
const window = original(
  `
  program net
  input x "x" f32[6]
  output y "y" f32[6]

  for o in 0..6 serial {
    s: y[o] = exp.f32(x[o])
  }
  `,
  `
  final y: s[d0]
  once y
  `,
);

export const fissionEntries = [
  entry({
    name: "fission-across-dependence",
    bug: "distributed although the second statement feeds the first of the next iteration",
    before: carried,
    after: `
      program net
      input x "x" f32[6]
      output y "y" f32[6]
      temp m f32[6]
      temp z f32[7]

      first: z[0] = f32:0x3f800000
      for oa in 0..6 serial {
        a: m[oa] = add.f32(x[oa], z[oa])
      }
      for ob in 0..6 serial {
        b: z[ob + 1] = neg.f32(m[ob])
      }
      for oc in 0..6 serial {
        c: y[oc] = abs.f32(m[oc])
      }
    `,
    witness: `
      phi a: a[oa]
      phi b: b[ob]
      phi c: c[oc]
      load a.1: if oa - 1 >= 0: b[oa - 1] | first[]
      load b.0: a[ob]
      load c.0: a[oc]
      final y: c[d0]
      once y m z
    `,
  }),
  entry({
    name: "fission-scalar-not-expanded",
    bug: "a scalar crosses the cut without a dimension: the second loop reads the last value only",
    before: scalar,
    after: `
      program net
      input x "x" f32[6]
      output y "y" f32[6]
      temp t f32[]

      for oa in 0..6 serial {
        a: t[] = neg.f32(x[oa])
      }
      for ob in 0..6 serial {
        b: y[ob] = abs.f32(t[])
      }
    `,
    witness: `
      phi a: a[oa]
      phi b: b[ob]
      load b.0: a[ob]
      final y: b[d0]
      once y
    `,
  }),
  entry({
    name: "fission-expanded-by-remainder",
    bug: "the scalar gets two elements instead of one per iteration",
    before: scalar,
    after: `
      program net
      input x "x" f32[6]
      output y "y" f32[6]
      temp t f32[2]

      for oa in 0..6 serial {
        a: t[mod(oa, 2)] = neg.f32(x[oa])
      }
      for ob in 0..6 serial {
        b: y[ob] = abs.f32(t[mod(ob, 2)])
      }
    `,
    witness: `
      phi a: a[oa]
      phi b: b[ob]
      load b.0: a[ob]
      final y: b[d0]
      once y
    `,
  }),
  entry({
    name: "peel-loses-iteration",
    bug: "first iteration peeled, the loop of the others counts one too few",
    before: window,
    after: `
      program net
      input x "x" f32[6]
      output y "y" f32[6]

      s0: y[0] = exp.f32(x[0])
      for o in 0..4 serial {
        s: y[o + 1] = exp.f32(x[o + 1])
      }
    `,
    witness: `
      phi s0: s[0]
      phi s: s[o + 1]
      final y: if -d0 >= 0: s0[] | s[d0 - 1]
      once y
    `,
  }),
  entry({
    name: "split-point-off-by-one",
    bug: "the second run starts one iteration after the first has ended",
    before: window,
    after: `
      program net
      input x "x" f32[6]
      output y "y" f32[6]

      for o in 0..3 serial {
        s: y[o] = exp.f32(x[o])
      }
      for os1 in 0..3 serial {
        t: y[os1 + 3] = exp.f32(x[os1 + 2])
      }
    `,
    witness: `
      phi s: s[o]
      phi t: s[os1 + 3]
      final y: if -d0 + 2 >= 0: s[d0] | t[d0 - 3]
      once y
    `,
  }),
];
