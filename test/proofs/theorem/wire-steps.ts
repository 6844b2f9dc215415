/** Steps that change wires: what is copied, inlined, peeled or written in place. */
import type { HandStep } from "./hand-step.js";

const transpose: HandStep = {
  name: "transpose removed",
  before: `
input x0 f32[3,4]
output y0 f32[4,3]
temp t f32[4,3]

for a in 0..4 {
  for b in 0..3 {
    p: t[a, b] = x0[b, a]
  }
}
for i in 0..4 {
  for j in 0..3 {
    q: y0[i, j] = mul.f32(t[i, j], t[i, j])
  }
}
`,
  dataflow: { producers: { q: "p(i, j) | p(i, j)" }, finals: { y0: "q(d0, d1)" }, once: "t y0" },
  after: `
input x0 f32[3,4]
output y0 f32[4,3]

for j in 0..3 {
  for i in 0..4 {
    q: y0[i, j] = mul.f32(x0[j, i], x0[j, i])
  }
}
`,
  witness: { phi: { q: "q(i, j)" }, finals: { y0: "q(d1, d0)" }, once: "y0" },
  twins: [
    { name: "the other corner is read", rule: "W2", text: ["x0[j, i])", "x0[j, -i + 3])"] },
    { name: "another operator", rule: "W1", text: ["mul.f32", "add.f32"] },
    { name: "φ names another instance", rule: "W2", phi: { q: "q(-i + 3, j)" } },
    { name: "an extent too long", rule: "W6", text: ["for i in 0..4", "for i in 0..5"] },
  ],
};

const relu: HandStep = {
  name: "relu inlined into an add",
  before: `
input x0 f32[8]
input x1 f32[8]
output y0 f32[8]
temp t f32[8]

for a in 0..8 {
  s: t[a] = sub.f32(x0[a], x1[a])
}
for i in 0..8 {
  r: y0[i] = select.f32(lt.f32(t[i], f32:0x00000000), f32:0x00000000, t[i])
}
`,
  dataflow: { producers: { s: "|", r: "s(i) | s(i)" }, finals: { y0: "r(d0)" }, once: "t y0" },
  after: `
input x0 f32[8]
input x1 f32[8]
output y0 f32[8]

for i in 0..8 {
  r: y0[i] = select.f32(lt.f32(sub.f32(x0[i], x1[i]), f32:0x00000000), f32:0x00000000, sub.f32(x0[i], x1[i]))
}
`,
  witness: { phi: { r: "r(i)" }, finals: { y0: "r(d0)" }, once: "y0" },
  twins: [
    { name: "operands of the subtraction swapped", rule: "W2", text: ["sub.f32(x0[i], x1[i]))\n", "sub.f32(x1[i], x0[i]))\n"] },
    { name: "−0 for +0", rule: "W1", text: ["f32:0x00000000, sub", "f32:0x80000000, sub"] },
    { name: "le for lt", rule: "W1", text: ["lt.f32", "le.f32"] },
    { name: "one operand of another element", rule: "W2", text: ["x0[i], x1[i]), f32", "x0[i], x1[-i + 7]), f32"] },
  ],
};

const peel: HandStep = {
  name: "initialisation peeled into the first step",
  before: `
input x0 f32[4,5]
output y0 f32[4]

for i in 0..4 {
  a: y0[i] = f32:0x00000000
  for k in 0..5 {
    b: y0[i] = add.f32(y0[i], x0[i, k])
  }
}
`,
  dataflow: { producers: { b: "k - 1 >= 0 ? b(i, k - 1) ; a(i) |" }, finals: { y0: "b(d0, 4)" } },
  after: `
input x0 f32[4,5]
output y0 f32[4]

for i in 0..4 {
  f: y0[i] = add.f32(f32:0x00000000, x0[i, 0])
  for k in 0..4 {
    b: y0[i] = add.f32(y0[i], x0[i, k + 1])
  }
}
`,
  witness: {
    phi: { f: "b(i, 0)", b: "b(i, k + 1)" },
    producers: { b: "k - 1 >= 0 ? b(i, k - 1) ; f(i) |" },
    finals: { y0: "b(d0, 3)" },
  },
  twins: [
    { name: "a step too few", rule: "W4", text: ["for k in 0..4", "for k in 0..3"], finals: { y0: "b(d0, 2)" } },
    { name: "the wrong start", rule: "W1", text: ["f32:0x00000000", "f32:0x3f800000"] },
    { name: "the last step is not last", rule: "W4", finals: { y0: "b(d0, 2)" } },
    { name: "the first step twice", rule: "W2", text: ["x0[i, k + 1]", "x0[i, k]"] },
    { name: "claimed to be written once", rule: "W3", once: "y0" },
  ],
};

const concat: HandStep = {
  name: "concatenation written in place",
  before: `
input x0 f32[3]
input x1 f32[5]
output y0 f32[8]
temp t f32[3]
temp u f32[5]

for a in 0..3 {
  s: t[a] = neg.f32(x0[a])
}
for b in 0..5 {
  r: u[b] = abs.f32(x1[b])
}
for i in 0..8 {
  if -i + 2 >= 0 {
    c0: y0[i] = t[i]
  }
  if i - 3 >= 0 {
    c1: y0[i] = u[i - 3]
  }
}
`,
  dataflow: { producers: { c0: "s(i)", c1: "r(i - 3)" }, finals: { y0: "d0 - 3 >= 0 ? c1(d0) ; c0(d0)" }, once: "t u y0" },
  after: `
input x0 f32[3]
input x1 f32[5]
output y0 f32[8]

for a in 0..3 {
  s: y0[a] = neg.f32(x0[a])
}
for b in 0..5 {
  r: y0[b + 3] = abs.f32(x1[b])
}
`,
  witness: { phi: { s: "s(a)", r: "r(b)" }, finals: { y0: "d0 - 3 >= 0 ? r(d0 - 3) ; s(d0)" }, once: "y0" },
  twins: [
    { name: "the parts overlap", rule: "W3", text: ["y0[b + 3]", "y0[b + 2]"] },
    { name: "an element beyond the output", rule: "W6", text: ["y0[b + 3]", "y0[b + 4]"] },
    { name: "the parts swapped in φ", rule: "W4", phi: { s: "s(-a + 2)" } },
    { name: "a part left out of the witness", rule: "W4", finals: { y0: "s(d0)" } },
  ],
};

export const wireSteps: readonly HandStep[] = [transpose, relu, peel, concat];
