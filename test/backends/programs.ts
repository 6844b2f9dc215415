/** Small programs that together use every construct the C printer knows. */
import { pairs } from "./pair-program.js";
import { laneRecords, laneWeights, quadSums, quads, records } from "./record-programs.js";
import { type Case, caseOf } from "./support.js";
import { tiles } from "./tile-program.js";

/** Two layers: packed weights with a zero-padded lane, temporaries that share an arena. */
const perceptron = caseOf(
  `program perceptron
input x "observation" f32[1,5]
output y "score" f32[1,3]
weight w1 f32[2,5,4] = "W1"[d1, 4*d0 + d2]
weight b1 f32[7] = "B1"[d0]
weight w2 f32[3,7] = "W2"[d1, d0]
temp h f32[8] @ 0
temp r f32[8] @ 8
temp z f32[3] @ 0
local acc f32[4]

for o in 0..2 serial from "/fc1/Gemm" by "tile" {
  for a in 0..4 unrolled from "/fc1/Gemm" by "tile" {
    s0: acc[a] = f32:0x00000000 from "/fc1/Gemm" by "lower"
  }
  for k in 0..5 serial from "/fc1/Gemm" by "lower" {
    for b in 0..4 vector from "/fc1/Gemm" by "tile" {
      s1: acc[b] = add.f32(acc[b], mul.f32(x[0, k], w1[o, k, b])) from "/fc1/Gemm" by "lower"
    }
  }
  for c in 0..4 unrolled from "/fc1/Gemm" by "tile" {
    if -c - 4*o + 6 >= 0 {
      s2: h[c + 4*o] = add.f32(acc[c], b1[c + 4*o]) from "/fc1/Gemm" by "lower"
    }
  }
}
for i in 0..7 parallel from "/relu/Relu" by "lower" {
  s3: r[i] = relu.f32(h[i]) from "/relu/Relu" by "lower"
}
for j in 0..3 serial from "/fc2/Gemm" by "lower" {
  s4: z[j] = f32:0x80000000 from "/fc2/Gemm" by "lower"
  for m in 0..7 serial from "/fc2/Gemm" by "lower" {
    s5: z[j] = add.f32(z[j], mul.f32(r[m], w2[j, m])) from "/fc2/Gemm" by "lower"
  }
}
for t in 0..3 serial from "/scale" by "lower" {
  s6: y[0, t] = mul.f32(sub.f32(z[t], f32:0xbf8ccccd), f32:0x3fc00000) from "/scale" by "lower"
}
`,
  [["W1", "f32", [5, 7]], ["B1", "f32", [7]], ["W2", "f32", [7, 3]]],
);

/** Three parts that are alike: one function, with an array of its own and a guard, between caller, arena and caller. */
const twins = caseOf(
  `program twins
input x "x" f32[2,4]
output y "y" f32[2,4]
weight wa f32[4] = "A"[d0]
weight wb f32[4] = "B"[d0]
weight wc f32[4] = "C"[d0]
temp p f32[2,4] @ 0
temp q f32[2,4] @ 8
local la f32[4]
local lb f32[4]
local lc f32[4]

${[["a", "x", "p", "first"], ["b", "p", "q", "second"], ["c", "q", "y", "third"]].map(([k = "", from = "", to = "", node = ""]) => `for ${k}0 in 0..2 serial from "${node}" by "lower" {
  for ${k}1 in 0..4 serial from "${node}" by "lower" {
    s${k}0: l${k}[${k}1] = sub.f32(${from}[${k}0, ${k}1], w${k}[${k}1]) from "${node}" by "lower"
  }
  for ${k}2 in 0..4 serial from "${node}" by "lower" {
    if ${k}2 - 1 >= 0 {
      s${k}1: l${k}[${k}2] = sub.f32(l${k}[${k}2], l${k}[${k}2 - 1]) from "${node}" by "lower"
    }
  }
  for ${k}3 in 0..4 unrolled from "${node}/relu" by "fuse" {
    s${k}2: ${to}[${k}0, ${k}3] = relu.f32(l${k}[${k}3]) from "${node}/relu" by "fuse"
  }
}
`).join("")}`,
  [["A", "f32", [4]], ["B", "f32", [4]], ["C", "f32", [4]]],
);

/** Padding by guards, a pooling window over -infinity, floordiv and mod in indices. */
const convolution = caseOf(
  `program convolution
input x "image" f32[1,2,6,6]
output y "features" f32[1,3,3,3]
weight w f32[3,18] = "K"[d0, floordiv(d1, 9), floordiv(mod(d1, 9), 3), mod(d1, 3)]
weight b f32[3] = "B"[d0]
temp t f32[3,6,6] @ 2

for c in 0..3 serial from "conv" by "lower" {
  for p in 0..6 serial from "conv" by "lower" {
    for q in 0..6 serial from "conv" by "lower" {
      s0: t[c, p, q] = b[c] from "conv" by "lower"
      for i in 0..2 serial from "conv" by "lower" {
        for u in 0..3 serial from "conv" by "lower" {
          for v in 0..3 serial from "conv" by "lower" {
            if p + u - 1 >= 0, -p - u + 6 >= 0, q + v - 1 >= 0, -q - v + 6 >= 0 {
              s1: t[c, p, q] = add.f32(t[c, p, q], mul.f32(x[0, i, p + u - 1, q + v - 1], w[c, 9*i + 3*u + v])) from "conv" by "lower"
            }
          }
        }
      }
    }
  }
}
for d in 0..3 serial from "pool" by "lower" {
  for f in 0..9 serial from "pool" by "fuse" {
    s2: y[0, d, floordiv(f, 3), mod(f, 3)] = f32:0xff800000 from "pool" by "lower"
    for g in 0..4 serial from "pool" by "lower" {
      s3: y[0, d, floordiv(f, 3), mod(f, 3)] = max.f32(y[0, d, floordiv(f, 3), mod(f, 3)], t[d, 2*floordiv(f, 3) + floordiv(g, 2), 2*mod(f, 3) + mod(g, 2)]) from "pool" by "lower"
    }
  }
}
if 0 == 0 {
  for e in 0..3 serial from "pool" by "lower" {
    if e - 2 == 0 {
      s4: y[0, e, 2, 2] = f32:0x00000001 from "pool" by "lower"
    }
  }
}
`,
  [["K", "f32", [3, 2, 3, 3]], ["B", "f32", [3]]],
);

/** Quantised arithmetic: narrow integers, 32- and 64-bit products, shifts, casts that saturate. */
const quantised = caseOf(
  `program quantised
input x "q" i8[4]
input u "v" u8[4]
output y "r" i8[4]
output m "wide" u64[4]
output n "mask" bool[4]
weight w i8[4,4] = "W"[d0, d1]
weight b i32[4] = "B"[d0]
weight p i64[4] = "P"[d0]
weight q u16[4] = "Q"[d0]
weight g bool[4] = "G"[d0]
temp a i32[4] @ 0
temp e bool[4] @ 0

for i in 0..4 serial from "QLinearMatMul" by "lower" {
  s0: a[i] = b[i] from "QLinearMatMul" by "lower"
  for k in 0..4 serial from "QLinearMatMul" by "lower" {
    s1: a[i] = add.i32(a[i], mul.i32(sub.i32(cast.i8.i32(x[k]), i32:0xfffffffd), cast.i8.i32(w[k, i]))) from "QLinearMatMul" by "lower"
  }
  s2: y[i] = cast.i32.i8(max.i32(min.i32(sar.i32(a[i], i32:0x00000003), i32:0x0000007f), i32:0xffffff80)) from "QLinearMatMul" by "lower"
}
for j in 0..4 serial from "wide" by "lower" {
  s3: m[j] = cast.i64.u64(mulw.i64(addw.i64(p[j], i64:0x8000000000000000), add.i64(index(-3*j + 7), cast.u16.i64(q[j])))) from "wide" by "lower"
  s4: e[j] = and.bool(lt.u8(u[j], u8:0x32), or.bool(g[j], not.bool(eq.i32(a[j], i32:0x80000000)))) from "wide" by "lower"
  s5: n[j] = xor.bool(e[j], eq.bool(g[j], bool:0x01)) from "wide" by "lower"
}
for h in 0..4 serial from "narrow" by "lower" {
  if h - 1 >= 0 {
    s6: y[h] = select.i8(n[h], bxor.i8(y[h], i8:0x80), band.i8(x[h], cast.u16.i8(bor.u16(q[h], u16:0x8001)))) from "narrow" by "lower"
  }
}
`,
  [["W", "i8", [4, 4]], ["B", "i32", [4]], ["P", "i64", [4]], ["Q", "u16", [4]], ["G", "bool", [4]]],
);

/** Scalars, doubles, a local shared by two functions, special constants, a node name that tries to leave its comment. */
const corners = caseOf(
  `program corners
input s "a */ b" f32[]
input d "\\"d\\"" f64[2]
output y "y" f32[3]
output z "z" f64[]
local l f32[2]
temp t f64[2] @ 1

s0: l[0] = mul.f32(s[], f32:0x80000001) from "/* one */ ??/" by "lower"
s1: l[1] = select.f32(lt.f32(f32:0x7f800000, s[]), f32:0x7fc00000, f32:0x80000000) from "/* one */ ??/" by "lower"
for i in 0..2 serial from "zwei: é" by "lower" {
  s2: t[-i + 1] = add.f64(div.f64(d[i], f64:0x4008000000000000), select.f64(le.f64(d[i], f64:0xfff0000000000000), f64:0x7ff8000000000000, f64:0x8000000000000001)) from "zwei: é" by "lower"
  s3: y[i] = sub.f32(l[i], cast.f64.f32(t[-i + 1])) from "zwei: é" by "lower"
}
s4: y[2] = cast.f64.f32(sqrt.f64(abs.f64(d[1]))) from "tail" by "lower"
s5: z[] = floor.f64(mul.f64(t[0], f64:0x4059000000000000)) from "tail" by "lower"
`,
);

/** Lanes over channels: the weights are parameters that no store reaches. */
const lanes = caseOf(
  `program lanes
input x "x" f32[3,8]
output y "y" f32[2,8]
weight w f32[2,8] = "W"[d0, d1]
local a f32[8]

for r in 0..2 serial from "rows" by "lower" {
  for i in 0..8 vector from "rows" by "vectorise-loops" {
    s0: a[i] = f32:0x00000000 from "rows" by "lower"
  }
  for k in 0..2 unrolled from "rows" by "unroll-loops" {
    for j in 0..8 vector from "rows" by "vectorise-loops" {
      s1: a[j] = add.f32(a[j], mul.f32(x[k + r, j], w[k, j])) from "rows" by "lower"
    }
  }
  for l in 0..8 vector from "rows" by "vectorise-loops" {
    s2: y[r, l] = relu.f32(a[l]) from "rows" by "lower"
  }
}
`,
  [["W", "f32", [2, 8]]],
);

/** Loops that workers share: one with arrays of its own, serial work before, between and after, fewer iterations than workers. */
export const workers = caseOf(
  `program workers
input x "x" f32[11,6]
output y "y" f32[11]
weight w f32[6,4] = "W"[d0, d1]
temp t f32[6] @ 0
temp h f32[11,4] @ 6
temp m f32[3] @ 50
local a f32[11,4]
local s f32[11]

for c in 0..6 serial from "first" by "lower" {
  s0: t[c] = mul.f32(x[0, c], x[10, c]) from "first" by "lower"
}
for r in 0..11 parallel from "rows" by "parallelise-loops" {
  for i in 0..4 vector from "rows" by "vectorise-loops" {
    s1: a[r, i] = f32:0x00000000 from "rows" by "lower"
  }
  for k in 0..6 serial from "rows" by "lower" {
    s2: s[r] = add.f32(x[r, k], t[k]) from "rows" by "lower"
    for j in 0..4 vector from "rows" by "vectorise-loops" {
      s3: a[r, j] = add.f32(a[r, j], mul.f32(s[r], w[k, j])) from "rows" by "lower"
    }
  }
  for l in 0..4 vector from "rows" by "vectorise-loops" {
    s4: h[r, l] = relu.f32(a[r, l]) from "rows" by "lower"
  }
}
for g in 0..3 parallel from "groups" by "parallelise-loops" {
  s5: m[g] = sub.f32(h[g, 0], h[g + 8, 3]) from "groups" by "lower"
}
for o in 0..11 serial from "last" by "lower" {
  s6: y[o] = add.f32(h[o, 1], mul.f32(h[o, 2], m[mod(o, 3)])) from "last" by "lower"
}
`,
  [["W", "f32", [6, 4]]],
);

export const programs: readonly Case[] = [perceptron, twins, convolution, quantised, corners, lanes, workers, records, quads, quadSums, tiles, laneRecords, laneWeights, pairs];

/**
 * Those for cores whose time is bounded: they lack the instructions that `corners` needs, and the
 * record of `laneRecords` is for processors with vectors, elsewhere a loop without a mark.
 */
export const boundablePrograms = programs.filter(({ name }) => name !== "corners" && name !== "laneRecords");
