/** Steps that change which instances there are and where their values live. */
import type { HandStep } from "./hand-step.js";

const padConv: HandStep = {
  name: "pad and convolution, border split off",
  tensors: new Map([["W", { type: "f32", shape: [3] }]]),
  before: `
input x0 f32[8]
output y0 f32[8]
weight w0 f32[3] = "W"[d0]
temp p f32[10]
temp acc f32[8]

for a in 0..10 {
  if a - 1 >= 0, -a + 8 >= 0 {
    pc: p[a] = x0[a - 1]
  }
  if -a >= 0 {
    pl: p[a] = f32:0x00000000
  }
  if a - 9 >= 0 {
    pr: p[a] = f32:0x00000000
  }
}
for i in 0..8 {
  ci: acc[i] = f32:0x00000000
  for k in 0..3 {
    cs: acc[i] = add.f32(acc[i], mul.f32(p[i + k], w0[k]))
  }
  cf: y0[i] = acc[i]
}
`,
  dataflow: {
    producers: {
      cs: "k - 1 >= 0 ? cs(i, k - 1) ; ci(i) | i + k == 0 ? pl(i + k) ; i + k - 9 >= 0 ? pr(i + k) ; pc(i + k) |",
      cf: "cs(i, 2)",
    },
    finals: { y0: "cf(d0)" },
    once: "p y0",
  },
  after: `
input x0 f32[8]
output y0 f32[8]
weight w0 f32[3] = "W"[d0]
local s f32[1]

ai: s[0] = f32:0x00000000
az: s[0] = add.f32(s[0], mul.f32(f32:0x00000000, w0[0]))
for u in 0..2 {
  as: s[0] = add.f32(s[0], mul.f32(x0[u], w0[u + 1]))
}
af: y0[0] = s[0]
for m in 0..6 {
  mi: s[0] = f32:0x00000000
  for k in 0..3 {
    ms: s[0] = add.f32(s[0], mul.f32(x0[k + m], w0[k]))
  }
  mf: y0[m + 1] = s[0]
}
zi: s[0] = f32:0x00000000
for v in 0..2 {
  zs: s[0] = add.f32(s[0], mul.f32(x0[v + 6], w0[v]))
}
zz: s[0] = add.f32(s[0], mul.f32(f32:0x00000000, w0[2]))
zf: y0[7] = s[0]
`,
  witness: {
    phi: { az: "cs(0, 0)", as: "cs(0, u + 1)", ms: "cs(m + 1, k)", zs: "cs(7, v)", zz: "cs(7, 2)" },
    producers: {
      az: "ai() |", as: "u - 1 >= 0 ? as(u - 1) ; az() | |", af: "as(1)",
      ms: "k - 1 >= 0 ? ms(m, k - 1) ; mi(m) | |", mf: "ms(m, 2)",
      zs: "v - 1 >= 0 ? zs(v - 1) ; zi() | |", zz: "zs(1) |", zf: "zz()",
    },
    finals: { y0: "d0 == 0 ? af() ; d0 - 7 == 0 ? zf() ; mf(d0 - 1)" },
    once: "y0",
  },
  twins: [
    { name: "the border tap is taken last", rule: "W2", phi: { az: "cs(0, 2)" } },
    { name: "the interior is one element short", rule: "W4", text: ["for m in 0..6", "for m in 0..5"] },
    { name: "a window one element to the right", rule: "W2", text: ["x0[k + m]", "x0[k + m + 1]"] },
    { name: "the interior does not start again", rule: "W3", producers: { ms: "k - 1 >= 0 ? ms(m, k - 1) ; m - 1 >= 0 ? mi(m - 1) ; mi(m) | |" } },
    { name: "no case for the last element", rule: "W4", finals: { y0: "d0 == 0 ? af() ; mf(d0 - 1)" } },
    { name: "cases that do not cover", rule: "W5", finals: { y0: "d0 == 0 ? af() ; d0 - 7 == 0 ? zf() ; -d0 + 5 >= 0 ? mf(d0 - 1)" } },
    { name: "another weight", rule: "W2", text: ["w0[u + 1]", "w0[u]"] },
    { name: "bias −0", rule: "W2", text: ["zi: s[0] = f32:0x00000000", "zi: s[0] = f32:0x80000000"] },
  ],
};

const recompute: HandStep = {
  name: "recomputation: φ is not injective",
  before: `
input x0 f32[9]
output y0 f32[8]
temp t f32[9]

for a in 0..9 {
  s: t[a] = sqrt.f32(x0[a])
}
for i in 0..8 {
  r: y0[i] = add.f32(t[i], t[i + 1])
}
`,
  dataflow: { producers: { r: "s(i) | s(i + 1)" }, finals: { y0: "r(d0)" }, once: "t y0" },
  after: `
input x0 f32[9]
output y0 f32[8]
local t f32[2]

for i in 0..8 {
  for e in 0..2 {
    s: t[e] = sqrt.f32(x0[e + i])
  }
  r: y0[i] = add.f32(t[0], t[1])
}
`,
  witness: { phi: { s: "s(e + i)", r: "r(i)" }, producers: { r: "s(i, 0) | s(i, 1)" }, finals: { y0: "r(d0)" }, once: "y0" },
  twins: [
    { name: "the element of the iteration before is claimed", rule: "W2", producers: { r: "s(i, 0) | s(i - 1, 1)" } },
    { name: "both in one element", rule: "W3", text: ["t[0], t[1]", "t[1], t[1]"], producers: { r: "s(i, 1) | i - 1 >= 0 ? s(i - 1, 1) ; s(i, 1)" } },
    { name: "the element before", rule: "W2", text: ["x0[e + i]", "x0[-e + i + 1]"] },
    { name: "claimed to be written once", rule: "W3", once: "t y0" },
  ],
};

const padded: HandStep = {
  name: "padded lanes that nobody reads are dead",
  before: `
input x0 f32[8]
output y0 f32[6]
temp t f32[6]

for a in 0..6 {
  s: t[a] = mul.f32(x0[a], x0[a])
}
for i in 0..6 {
  r: y0[i] = t[i]
}
`,
  dataflow: { producers: { s: "|", r: "s(i)" }, finals: { y0: "r(d0)" }, once: "t y0" },
  after: `
input x0 f32[8]
output y0 f32[6]
temp t f32[8]

for a in 0..2 {
  for v in 0..4 vector {
    s: t[4*a + v] = mul.f32(x0[4*a + v], x0[4*a + v])
  }
}
for i in 0..6 {
  r: y0[i] = t[i]
}
`,
  witness: {
    phi: { s: "-4*a - v + 5 >= 0 ? s(4*a + v) ; dead" },
    producers: { r: "s(floordiv(i, 4), mod(i, 4))" },
    finals: { y0: "r(d0)" },
    once: "t y0",
  },
  twins: [
    { name: "an element that is read is called dead", rule: "W4", phi: { s: "-4*a - v + 4 >= 0 ? s(4*a + v) ; dead" } },
    { name: "an instance that does not exist", rule: "W1", phi: { s: "-4*a - v + 6 >= 0 ? s(4*a + v) ; dead" } },
    { name: "a dead lane outside its buffer", rule: "W6", text: ["temp t f32[8]", "temp t f32[7]"] },
    { name: "the lanes share an element", rule: "W8", text: ["t[4*a + v] =", "t[4*a] ="] },
    { name: "no φ at all", rule: "W5", phi: { s: "" } },
  ],
};

const doubleBuffer: HandStep = {
  name: "double buffering",
  before: `
input x0 f32[6,4]
output y0 f32[6,4]
temp t f32[6,4]

for i in 0..6 {
  for a in 0..4 {
    s: t[i, a] = neg.f32(x0[i, a])
  }
}
for j in 0..6 {
  for b in 0..4 {
    r: y0[j, b] = mul.f32(t[j, b], t[j, -b + 3])
  }
}
`,
  dataflow: { producers: { r: "s(j, b) | s(j, -b + 3)" }, finals: { y0: "r(d0, d1)" }, once: "t y0" },
  after: `
input x0 f32[6,4]
output y0 f32[6,4]
temp t f32[2,4]

for i in 0..7 {
  if -i + 5 >= 0 {
    for a in 0..4 {
      s: t[mod(i, 2), a] = neg.f32(x0[i, a])
    }
  }
  if i - 1 >= 0 {
    for b in 0..4 {
      r: y0[i - 1, b] = mul.f32(t[mod(i + 1, 2), b], t[mod(i + 1, 2), -b + 3])
    }
  }
}
`,
  witness: {
    phi: { s: "s(i, a)", r: "r(i - 1, b)" },
    producers: { r: "s(i - 1, b) | s(i - 1, -b + 3)" },
    finals: { y0: "r(d0 + 1, d1)" },
    once: "y0",
  },
  twins: [
    { name: "one buffer for both", rule: "W3", text: ["t[mod(i, 2), a]", "t[1, a]"] },
    { name: "the buffer just filled", rule: "W2", text: ["t[mod(i + 1, 2), b]", "t[mod(i, 2), b]"] },
    { name: "the first round reads nothing", rule: "W6", text: ["if i - 1 >= 0", "if i >= 0"] },
    { name: "the producer of the round before", rule: "W2", producers: { r: "s(i - 2, b) | s(i - 1, -b + 3)" } },
  ],
};

export const instanceSteps: readonly HandStep[] = [padConv, recompute, padded, doubleBuffer];
