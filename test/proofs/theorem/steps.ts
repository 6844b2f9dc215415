/**
 * Steps written by hand, one per kind of change that the theorem is meant to allow:
 * program before and after, and the witness that relates them. Each has wrong twins
 * that differ in one token of the program or one case of the witness.
 */
import { type ShortDataflow, type ShortWitness, type Step, dataflow, program, witness } from "../kernel/support.js";
import type { Rule } from "../../../proofs/kernel/obligation.js";
import type { TensorType } from "../../../ir/tensor/tensor.js";

/** A twin: the text or the witness changed in one place, and a rule that refutes it. */
export interface Twin {
  readonly name: string;
  readonly rule: Rule;
  /** In the text after: what is replaced, and by what. */
  readonly text?: readonly [string, string];
  /** Parts of the witness that are replaced. */
  readonly phi?: Readonly<Record<string, string>>;
  readonly producers?: Readonly<Record<string, string>>;
  readonly finals?: Readonly<Record<string, string>>;
  readonly once?: string;
}

export interface HandStep {
  readonly name: string;
  readonly before: string;
  readonly dataflow: ShortDataflow;
  readonly after: string;
  readonly witness: ShortWitness;
  readonly tensors?: ReadonlyMap<string, TensorType>;
  readonly twins: readonly Twin[];
}

export function stepOf(hand: HandStep, twin?: Twin): Step {
  const text = twin?.text === undefined ? hand.after : replaced(hand.after, twin.text);
  const short = {
    phi: { ...hand.witness.phi, ...twin?.phi },
    producers: { ...hand.witness.producers, ...twin?.producers },
    finals: { ...hand.witness.finals, ...twin?.finals },
    once: twin?.once ?? hand.witness.once ?? "",
  };
  const step = { before: program(hand.before), dataflow: dataflow(hand.dataflow), after: program(text), witness: witness(short) };
  return hand.tensors === undefined ? step : { ...step, tensors: hand.tensors };
}

function replaced(text: string, [from, to]: readonly [string, string]): string {
  if (!text.includes(from)) throw new RangeError(`the text has no ${from}`);
  return text.replace(from, to);
}

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

export const handSteps: readonly HandStep[] = [transpose, relu, padConv, peel, concat, recompute, padded, doubleBuffer];
