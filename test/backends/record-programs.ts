/** Small programs with records: calls that stand for several operators or steps. */
import { tensorOf } from "../../ir/tensor/tensor.js";
import { caseOf } from "./support.js";

/** Pairs of steps over weights of 8 bits and over 16 bits alone, and values rounded to bytes. */
export const records = caseOf(
  `program records
input x "x" i16[2,8]
input a "a" f32[64]
input z "z" i8[64]
input u "u" u8[64]
output y "y" i32[2,3]
output q "q" i32[2]
output r "r" i8[64]
output s "s" u8[64]
output b "b" i32[64]
weight w i8[3,4,2] = "W"[d0, 2*d1 + d2]
local acc i32[2]
local own i32[2]

for o in 0..3 serial from "conv" by "tile" {
  for p in 0..2 unrolled from "conv" by "tile" {
    s0: acc[p] = i32:0x7ffffff0 from "conv" by "lower"
  }
  for k in 0..4 unrolled from "conv" by "tile" {
    for c in 0..2 unrolled from "conv" by "tile" {
      for e in 0..2 unrolled from "conv" by "tile" {
        s1: acc[c] = addw.i32(acc[c], mulw.i32(cast.i16.i32(x[c, e + 2*k]), cast.i16.i32(cast.i8.i16(w[o, k, e])))) from "conv" by "lower"
      }
    }
  }
  for d in 0..2 unrolled from "conv" by "tile" {
    s2: y[d, o] = acc[d] from "conv" by "lower"
  }
}
for f in 0..2 serial from "norm" by "tile" {
  s3: own[f] = i32:0x00000000 from "norm" by "lower"
  for g in 0..3 serial from "norm" by "tile" {
    for h in 0..2 unrolled from "norm" by "tile" {
      s4: own[f] = addw.i32(own[f], mulw.i32(cast.i16.i32(x[f, 2*g + h + 1]), cast.i16.i32(x[f, g + h]))) from "norm" by "lower"
    }
  }
  s5: q[f] = own[f] from "norm" by "lower"
}
for i in 0..64 serial from "round" by "lower" {
  s6: r[i] = cast.f32.i8(add.f32(rint.f32(a[i]), cast.i8.f32(z[i]))) from "round" by "lower"
}
for j in 0..64 serial from "round" by "lower" {
  s7: s[j] = cast.f32.u8(add.f32(rint.f32(mul.f32(a[j], f32:0x42800000)), cast.u8.f32(u[j]))) from "round" by "lower"
}
for l in 0..64 serial from "back" by "lower" {
  s8: b[l] = subw.i32(cast.i8.i32(cast.f32.i8(add.f32(rint.f32(a[l]), cast.i8.f32(z[l])))), cast.i8.i32(z[0])) from "back" by "lower"
}
`,
  [["W", "i8", [3, 8]]],
);

/** Sums of integers times a scale and sums of such floats, which are near 0 and rounded so, beside a float and a sum times a scale that is too large. */
const nearProgram = caseOf(
  `program near
input x "x" i16[64]
input a "a" f32[64]
output r "r" i8[64]
output s "s" u8[64]
output d "d" i16[64]
output t "t" i8[64]
output g "g" i8[64]
output f "f" i8[64]
output e "e" f32[64]
output v "v" f32[64]
output b "b" f32[64]
weight m f32[64] = "M"[d0]
weight l f32[64] = "L"[d0]
weight c f32[] = "C"[]
weight z i8[] = "Z"[]
weight u u8[] = "U"[]
weight k i8[] = "K"[]
temp h f32[64] @ 0
local acc i32[]
local sum f32[]

for i in 0..64 serial from "round" by "lower" {
  s0: acc[] = mulw.i32(cast.i16.i32(x[i]), cast.i16.i32(x[i])) from "round" by "lower"
  s1: h[i] = mul.f32(cast.i32.f32(acc[]), m[i]) from "round" by "lower"
  s2: r[i] = cast.f32.i8(add.f32(rint.f32(mul.f32(cast.i32.f32(acc[]), m[i])), cast.i8.f32(z[]))) from "round" by "lower"
  s3: d[i] = cast.i32.i16(subw.i32(cast.i8.i32(cast.f32.i8(add.f32(rint.f32(relu.f32(h[i])), cast.i8.f32(z[])))), cast.i8.i32(z[]))) from "round" by "lower"
  s4: s[i] = cast.f32.u8(add.f32(rint.f32(div.f32(h[i], c[])), cast.u8.f32(u[]))) from "round" by "lower"
  s5: t[i] = cast.f32.i8(add.f32(rint.f32(mul.f32(cast.i16.f32(x[i]), m[i])), cast.i8.f32(r[i]))) from "round" by "lower"
  s6: g[i] = cast.f32.i8(add.f32(rint.f32(mul.f32(cast.i32.f32(acc[]), l[i])), cast.i8.f32(z[]))) from "round" by "lower"
  s7: f[i] = cast.f32.i8(add.f32(rint.f32(a[i]), cast.i8.f32(z[]))) from "round" by "lower"
  s8: e[i] = cast.i32.f32(subw.i32(cast.i8.i32(cast.f32.i8(add.f32(rint.f32(h[i]), cast.i8.f32(z[])))), cast.i8.i32(k[]))) from "round" by "lower"
  s9: sum[] = m[i] from "round" by "lower"
  for j in 0..3 serial from "round" by "lower" {
    s10: sum[] = add.f32(sum[], mul.f32(h[i], m[j])) from "round" by "lower"
  }
  s11: v[i] = cast.i32.f32(subw.i32(cast.u8.i32(cast.f32.u8(add.f32(rint.f32(sum[]), cast.u8.f32(u[])))), cast.u8.i32(u[]))) from "round" by "lower"
  s12: b[i] = cast.i32.f32(subw.i32(cast.i8.i32(cast.f32.i8(add.f32(rint.f32(a[i]), cast.i8.f32(z[])))), cast.i8.i32(k[]))) from "round" by "lower"
}
`,
);

export const near = {
  ...nearProgram,
  weights: new Map([
    ["M", tensorOf("f32", [64], Array.from({ length: 64 }, (_, k) => (k % 7 - 3) / 256))],
    ["L", tensorOf("f32", [64], Array.from({ length: 64 }, (_, k) => 2 ** (k % 12)))],
    ["C", tensorOf("f32", [], [-0.375])],
    ["Z", tensorOf("i8", [], [-128])],
    ["U", tensorOf("u8", [], [3])],
    ["K", tensorOf("i8", [], [-7])],
  ]),
};

/** Three and four steps in one call; what four are read from is a temporary that starts where the index is a multiple of four. A weight of such steps is read by another, too. */
export const quads = caseOf(
  `program quads
input x "x" i16[2,8]
output y "y" i32[2,3]
output q "q" i32[2]
output z "z" i32[3]
weight v i8[2,3] = "V"[d0, d1]
weight w i8[3,2,4] = "W"[d0, 4*d1 + d2]
temp t i16[2,8] @ 4
local acc i32[2]
local own i32[2]

for b in 0..2 serial from "move" by "lower" {
  for a in 0..8 serial from "move" by "lower" {
    s0: t[b, a] = x[b, a] from "move" by "lower"
  }
}
for o in 0..3 serial from "conv" by "tile" {
  for p in 0..2 unrolled from "conv" by "tile" {
    s1: acc[p] = i32:0x7ffffff0 from "conv" by "lower"
  }
  for k in 0..2 unrolled from "conv" by "tile" {
    for c in 0..2 unrolled from "conv" by "tile" {
      for e in 0..4 unrolled from "conv" by "tile" {
        s2: acc[c] = addw.i32(acc[c], mulw.i32(cast.i16.i32(t[c, e + 4*k]), cast.i16.i32(cast.i8.i16(w[o, k, e])))) from "conv" by "lower"
      }
    }
  }
  for d in 0..2 unrolled from "conv" by "tile" {
    s3: y[d, o] = acc[d] from "conv" by "lower"
  }
}
for f in 0..2 serial from "norm" by "tile" {
  s4: own[f] = i32:0x00000000 from "norm" by "lower"
  for g in 0..3 serial from "norm" by "tile" {
    for h in 0..3 unrolled from "norm" by "tile" {
      s5: own[f] = addw.i32(own[f], mulw.i32(cast.i16.i32(x[f, g + h]), cast.i16.i32(cast.i8.i16(v[f, h])))) from "norm" by "lower"
    }
  }
  s6: q[f] = own[f] from "norm" by "lower"
}
for m in 0..3 serial from "plain" by "lower" {
  s7: z[m] = cast.i8.i32(v[1, m]) from "plain" by "lower"
}
`,
  [["V", "i8", [2, 3]], ["W", "i8", [3, 8]]],
);

/** Pairs of steps in lanes: over packed weights of 8 bits, and over 16 bits with more lanes than one instruction has. */
export const laneRecords = caseOf(
  `program laneRecords
input x "x" i16[2,6]
input v "v" i16[2,16,2]
output y "y" i32[2,8]
output q "q" i32[16]
weight w i8[3,8,2] = "W"[d0, 2*d1 + d2]
local acc i32[2,8]
local own i32[16]

for p in 0..2 unrolled from "conv" by "tile" {
  for a in 0..8 vector from "conv" by "tile" {
    s0: acc[p, a] = i32:0x7ffffff0 from "conv" by "lower"
  }
}
for k in 0..3 serial from "conv" by "tile" {
  for r in 0..2 unrolled from "conv" by "tile" {
    for c in 0..8 vector from "conv" by "tile" {
      for e in 0..2 unrolled from "conv" by "tile" {
        s1: acc[r, c] = addw.i32(acc[r, c], mulw.i32(cast.i16.i32(x[r, e + 2*k]), cast.i16.i32(cast.i8.i16(w[k, c, e])))) from "conv" by "lower"
      }
    }
  }
}
for d in 0..2 serial from "conv" by "tile" {
  for b in 0..8 vector from "conv" by "tile" {
    s2: y[d, b] = acc[d, b] from "conv" by "lower"
  }
}
for f in 0..16 vector from "own" by "tile" {
  s3: own[f] = i32:0x00000000 from "own" by "lower"
}
for g in 0..2 serial from "own" by "tile" {
  for h in 0..16 vector from "own" by "tile" {
    for i in 0..2 unrolled from "own" by "tile" {
      s4: own[h] = addw.i32(own[h], mulw.i32(cast.i16.i32(x[g, i + 1]), cast.i16.i32(v[g, h, i]))) from "own" by "lower"
    }
  }
}
for j in 0..16 vector from "own" by "tile" {
  s5: q[j] = own[j] from "own" by "lower"
}
`,
  [["W", "i8", [3, 16]]],
);

/** Weights of 8 bits that lanes multiply, as a depthwise convolution does. */
export const laneWeights = caseOf(
  `program laneWeights
input x "x" i16[3,16]
output y "y" i32[16]
weight w i8[3,16] = "W"[d0, d1]

for a in 0..16 vector from "conv" by "tile" {
  s0: y[a] = i32:0x7ffffff0 from "conv" by "lower"
}
for k in 0..3 serial from "conv" by "tile" {
  for c in 0..16 vector from "conv" by "tile" {
    s1: y[c] = addw.i32(y[c], mulw.i32(cast.i16.i32(x[k, c]), cast.i16.i32(cast.i8.i16(w[k, c])))) from "conv" by "lower"
  }
}
s2: y[0] = addw.i32(y[0], cast.i16.i32(cast.i8.i16(w[0, 0]))) from "conv" by "lower"
`,
  [["W", "i8", [3, 16]]],
);

/**
 * Sums and differences of four neighbours of 16 bits: of temporaries, one of which lies where the result does, of one with itself, and
 * with weights, which start at an address that 8 divides then; beside a loop whose result is the caller's, which starts anywhere.
 */
export const quadSums = caseOf(
  `program quadSums
input x "x" i16[3,8]
output y "y" i16[3,8]
output q "q" i16[2,2,4]
weight w i16[2,8] = "W"[d0, d1]
temp t i16[3,8] @ 4
temp u i16[2,8] @ 28
temp v i16[2,2,4] @ 28

for b in 0..3 serial from "move" by "lower" {
  for a in 0..8 serial from "move" by "lower" {
    s0: t[b, a] = x[b, a] from "move" by "lower"
  }
}
for r in 0..2 serial from "rows" by "tile" {
  for c in 0..2 serial from "rows" by "tile" {
    for k in 0..4 unrolled from "rows" by "unroll" {
      s1: u[r, 4*c + k] = cast.i32.i16(subw.i32(cast.i16.i32(t[r, 4*c + k]), cast.i16.i32(t[r + 1, 4*c + k]))) from "rows" by "lower"
    }
  }
}
for d in 0..2 serial from "weights" by "tile" {
  for e in 0..2 serial from "weights" by "tile" {
    for l in 0..4 unrolled from "weights" by "unroll" {
      s2: t[2, 4*d + l] = cast.i32.i16(addw.i32(cast.i16.i32(t[2, 4*d + l]), cast.i16.i32(w[e, 4*d + l]))) from "weights" by "lower"
    }
  }
}
for f in 0..2 serial from "place" by "tile" {
  for g in 0..2 serial from "place" by "tile" {
    for h in 0..4 unrolled from "place" by "unroll" {
      s3: v[f, g, h] = cast.i32.i16(addw.i32(cast.i16.i32(u[f, 4*g + h]), cast.i16.i32(t[f, 4*g + h]))) from "place" by "lower"
    }
  }
}
for m in 0..2 serial from "twice" by "tile" {
  for i in 0..4 unrolled from "twice" by "unroll" {
    s4: t[1, i + 4*m] = cast.i32.i16(addw.i32(cast.i16.i32(t[1, i + 4*m]), cast.i16.i32(t[1, i + 4*m]))) from "twice" by "lower"
  }
}
for n in 0..3 serial from "out" by "tile" {
  for o in 0..2 serial from "out" by "tile" {
    for p in 0..4 unrolled from "out" by "unroll" {
      s5: y[n, 4*o + p] = cast.i32.i16(addw.i32(cast.i16.i32(t[n, 4*o + p]), cast.i16.i32(t[0, 4*o + p]))) from "out" by "lower"
    }
  }
}
for z in 0..2 serial from "copy" by "lower" {
  for aa in 0..2 serial from "copy" by "lower" {
    for ab in 0..4 serial from "copy" by "lower" {
      s6: q[z, aa, ab] = v[z, aa, ab] from "copy" by "lower"
    }
  }
}
`,
  [["W", "i16", [2, 8]]],
);
