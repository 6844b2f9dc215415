/** Wrong eliminations of common subexpressions: equal texts that are not equal values. */
import { entry, original } from "../entry.js";

/** Twice the same product of s, which changes in between. */
const changing = original(
  `
  program net
  input x "x" f32[4]
  output y "y" f32[4]
  temp s f32[4]
  temp t f32[4]
  temp u f32[4]

  for o in 0..4 serial {
    a: s[o] = neg.f32(x[o])
    b: t[o] = mul.f32(s[o], s[o])
    c: s[o] = exp.f32(x[o])
    d: u[o] = mul.f32(s[o], s[o])
    e: y[o] = sub.f32(t[o], u[o])
  }
  `,
  `
  load b.0: a[o]
  load b.1: a[o]
  load d.0: c[o]
  load d.1: c[o]
  load e.0: b[o]
  load e.1: d[o]
  final y: e[d0]
  once y t u
  `,
);

/** Products of neighbours: equal but for the element of one operand. */
const neighbours = original(
  `
  program net
  input x "x" f32[5]
  output y "y" f32[4]
  temp t f32[4]
  temp u f32[4]

  for p in 0..4 serial {
    a: t[p] = sub.f32(x[p], x[p + 1])
  }
  for q in 0..4 serial {
    b: u[q] = sub.f32(x[q + 1], x[q])
  }
  for o in 0..4 serial {
    c: y[o] = mul.f32(t[o], u[o])
  }
  `,
  `
  load c.0: a[o]
  load c.1: b[o]
  final y: c[d0]
  once y t u
  `,
);

export const commonEntries = [
  entry({
    name: "common-source-overwritten",
    bug: "two equal expressions are computed once although their operand is overwritten in between",
    before: changing,
    after: `
      program net
      input x "x" f32[4]
      output y "y" f32[4]
      temp s f32[4]
      temp t f32[4]

      for o in 0..4 serial {
        a: s[o] = neg.f32(x[o])
        b: t[o] = mul.f32(s[o], s[o])
        c: s[o] = exp.f32(x[o])
        e: y[o] = sub.f32(t[o], t[o])
      }
    `,
    witness: `
      phi a: a[o]
      phi b: b[o]
      phi c: c[o]
      phi d: b[o]
      phi e: e[o]
      load b.0: a[o]
      load b.1: a[o]
      load e.0: b[o]
      load e.1: b[o]
      final y: e[d0]
      once y t
      backward
    `,
  }),
  entry({
    name: "common-operands-as-a-set",
    bug: "a difference is taken for its opposite: operands compared as a set",
    before: neighbours,
    after: `
      program net
      input x "x" f32[5]
      output y "y" f32[4]
      temp t f32[4]

      for p in 0..4 serial {
        a: t[p] = sub.f32(x[p], x[p + 1])
      }
      for o in 0..4 serial {
        c: y[o] = mul.f32(t[o], t[o])
      }
    `,
    witness: `
      phi a: a[p]
      phi b: a[q]
      phi c: c[o]
      load c.0: a[o]
      load c.1: a[o]
      final y: c[d0]
      once y t
      backward
    `,
  }),
  entry({
    name: "common-claimed-forward",
    bug: "the wrong one of two equal-looking values, claimed by a function from after to before that has only one to name",
    before: neighbours,
    after: `
      program net
      input x "x" f32[5]
      output y "y" f32[4]
      temp u f32[4]

      for q in 0..4 serial {
        b: u[q] = sub.f32(x[q + 1], x[q])
      }
      for o in 0..4 serial {
        c: y[o] = mul.f32(u[o], u[o])
      }
    `,
    witness: `
      phi b: b[q]
      phi c: c[o]
      load c.0: b[o]
      load c.1: b[o]
      final y: c[d0]
      once y u
    `,
  }),
];
