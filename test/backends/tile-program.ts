/** Tiles of quads (backends/c/tile.ts): with two columns over a window of three by three, with one over part of it, and over one row, with four rows of weights, too. */
import { caseOf } from "./support.js";

export const tiles = caseOf(
  `program tiles
input x "x" i16[4,6,8]
output y "y" i32[2,2,4]
output b "b" i32[2]
output g "g" i32[2,2]
output o "o" i32[4]
weight w i8[3,3,2,2,4] = "W"[d3, 24*d0 + 8*d1 + 4*d2 + d4]
weight v i8[12,2,4] = "V"[d1, 4*d0 + d2]
weight f i8[12,4,4] = "F"[d1, 4*d0 + d2]
temp t i16[4,6,8] @ 4
temp u i16[2,64] @ 196
local acc i32[2,2]
local own i32[1,2]
local one i32[2,2]
local four i32[4]

for h in 0..4 serial from "move" by "lower" {
  for i in 0..6 serial from "move" by "lower" {
    for j in 0..8 serial from "move" by "lower" {
      s0: t[h, i, j] = x[h, i, j] from "move" by "lower"
    }
  }
}
for k in 0..2 serial from "copy" by "lower" {
  for l in 0..64 serial from "copy" by "lower" {
    s1: u[k, l] = x[floordiv(l, 48) + k, mod(floordiv(l, 8), 6), mod(l, 8)] from "copy" by "lower"
  }
}
for m in 0..2 serial from "conv" by "tile" {
  for n in 0..2 serial from "conv" by "tile" {
    for pa in 0..2 unrolled from "conv" by "tile" {
      for ca in 0..2 unrolled from "conv" by "tile" {
        s2: acc[pa, ca] = i32:0x7ffffff0 from "conv" by "lower"
      }
    }
    for k0 in 0..3 serial from "conv" by "tile" {
      for k1 in 0..3 serial from "conv" by "tile" {
        for q in 0..2 unrolled from "conv" by "tile" {
          for p in 0..2 unrolled from "conv" by "tile" {
            for c in 0..2 unrolled from "conv" by "tile" {
              for s in 0..4 unrolled from "conv" by "tile" {
                s3: acc[p, c] = addw.i32(acc[p, c], mulw.i32(cast.i16.i32(t[k0 + m, c + k1 + 2*n, 4*q + s]), cast.i16.i32(cast.i8.i16(w[k0, k1, q, p, s])))) from "conv" by "lower"
              }
            }
          }
        }
      }
    }
    for pb in 0..2 unrolled from "conv" by "tile" {
      for cb in 0..2 unrolled from "conv" by "tile" {
        s4: y[pb, m, cb + 2*n] = acc[pb, cb] from "conv" by "lower"
      }
    }
  }
}
for pc in 0..2 unrolled from "border" by "tile" {
  s5: own[0, pc] = i32:0x00000001 from "border" by "lower"
}
for r0 in 0..3 serial from "border" by "tile" {
  for r1 in 0..2 serial from "border" by "tile" {
    for e in 0..2 unrolled from "border" by "tile" {
      for pd in 0..2 unrolled from "border" by "tile" {
        for sd in 0..4 unrolled from "border" by "tile" {
          s6: own[0, pd] = addw.i32(own[0, pd], mulw.i32(cast.i16.i32(t[r0, r1 + 4, 4*e + sd]), cast.i16.i32(cast.i8.i16(w[r0, r1, e, pd, sd])))) from "border" by "lower"
        }
      }
    }
  }
}
for pe in 0..2 unrolled from "border" by "tile" {
  s7: b[pe] = own[0, pe] from "border" by "lower"
}
for pf in 0..2 unrolled from "row" by "tile" {
  for cf in 0..2 unrolled from "row" by "tile" {
    s8: one[pf, cf] = i32:0x00000000 from "row" by "lower"
  }
}
for z in 0..12 serial from "row" by "tile" {
  for pg in 0..2 unrolled from "row" by "tile" {
    for cg in 0..2 unrolled from "row" by "tile" {
      for sg in 0..4 unrolled from "row" by "tile" {
        s9: one[pg, cg] = addw.i32(one[pg, cg], mulw.i32(cast.i16.i32(u[cg, sg + 4*z]), cast.i16.i32(cast.i8.i16(v[z, pg, sg])))) from "row" by "lower"
      }
    }
  }
}
for ph in 0..2 unrolled from "row" by "tile" {
  for ch in 0..2 unrolled from "row" by "tile" {
    s10: g[ph, ch] = one[ph, ch] from "row" by "lower"
  }
}
for pi in 0..4 unrolled from "dense" by "tile" {
  s11: four[pi] = i32:0x80000001 from "dense" by "lower"
}
for kt in 0..3 serial from "dense" by "tile" {
  for ki in 0..4 unrolled from "dense" by "tile" {
    for pj in 0..4 unrolled from "dense" by "tile" {
      for sj in 0..4 unrolled from "dense" by "tile" {
        s12: four[pj] = addw.i32(four[pj], mulw.i32(cast.i16.i32(u[1, 4*ki + 16*kt + sj]), cast.i16.i32(cast.i8.i16(f[ki + 4*kt, pj, sj])))) from "dense" by "lower"
      }
    }
  }
}
for pk in 0..4 unrolled from "dense" by "tile" {
  s13: o[pk] = four[pk] from "dense" by "lower"
}
`,
  [["W", "i8", [2, 72]], ["V", "i8", [2, 48]], ["F", "i8", [4, 48]]],
);
