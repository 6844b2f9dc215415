/** Wrong inlinings of what depends on weights alone: another element, an operator lost, a tensor that somebody writes again. */
import { halfOfNumber } from "../../../ir/scalar/half.js";
import type { Tensor } from "../../../ir/tensor/tensor.js";
import { type Original, entry, original } from "../entry.js";

const tensors: readonly (readonly [string, Tensor])[] = [["w", { type: "f16", shape: [3, 2], data: Uint16Array.of(...[1, -2, 0.5, 3, 0.25, -1].map((x) => halfOfNumber("f16", x))) }]];

const net = (body: string): string => `
  program net
  input x "x" f32[3]
  output y "y" f32[2,3]
  weight w0 f16[3,2] = "w"[d0, d1]
  temp t f32[3,2]
  ${body}
  `;

const widened = `
  for p in 0..3 serial {
    for q in 0..2 serial {
      a: t[p, q] = cast.f16.f32(w0[p, q])
    }
  }`;

const used = (value: string): string => `
  for i in 0..2 serial {
    for k in 0..3 serial {
      b: y[i, k] = ${value}
    }
  }`;

const weights = original(net(`${widened}${used("mul.f32(x[k], t[k, i])")}`), `
  load b.1: a[k, i]
  final y: b[d0, d1]
  once t y
`, tensors);

const rewritten: Original = original(net(`${widened}
  for r in 0..3 serial {
    c: t[r, 0] = neg.f32(x[r])
  }${used("mul.f32(x[k], t[k, i])")}`), `
  load b.1: if -i >= 0: c[k] | a[k, i]
  final y: b[d0, d1]
  once y
`, tensors);

const after = (value: string): string => net(used(value)).replace(/ *temp t.*\n/, "");

const witness = `
  phi b: b[i, k]
  final y: b[d0, d1]
  once y
`;

export const inlineWeightsEntries = [
  entry({
    name: "inlined-without-transposition",
    bug: "a weight that is read transposed is widened at the load in the order it is stored in",
    before: weights,
    after: after("mul.f32(x[k], cast.f16.f32(w0[i, i]))"),
    witness,
  }),
  entry({
    name: "inlined-into-the-other-operand",
    bug: "the widened weight takes the place of the first operand of a difference, not of the second",
    before: original(net(`${widened}${used("sub.f32(x[k], t[k, i])")}`), "load b.1: a[k, i]\nfinal y: b[d0, d1]\nonce t y", tensors),
    after: after("sub.f32(cast.f16.f32(w0[k, i]), x[k])"),
    witness,
  }),
  entry({
    name: "inlined-where-written-again",
    bug: "a tensor made of weights is computed at its uses, though a part of it has been written over since",
    before: rewritten,
    after: after("mul.f32(x[k], cast.f16.f32(w0[k, i]))"),
    witness,
  }),
];
