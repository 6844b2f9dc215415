/** A program with weights that are read in pairs (backends/c/pair.ts). */
import { caseOf } from "./support.js";

/** Weights read in pairs: of two channels of a tile, two taps at an even place, and one read as no pair. */
export const pairs = caseOf(
  `program pairs
input x "x" f32[4]
output y "y" f32[3,4]
output z "z" f32[3]
weight w f32[3,4,2,2] = "W"[4*d0 + 2*d2 + d3, d1]
weight v f32[3,6] = "V"[d0, d1]
local acc f32[2,2]

for o in 0..3 serial from "dense" by "tile" {
  for p in 0..2 unrolled from "dense" by "tile" {
    for q in 0..2 unrolled from "dense" by "tile" {
      s0: acc[p, q] = f32:0x00000000 from "dense" by "lower"
    }
  }
  for k in 0..4 serial from "dense" by "lower" {
    for c in 0..2 unrolled from "dense" by "tile" {
      for e in 0..2 unrolled from "dense" by "tile" {
        s1: acc[c, e] = add.f32(acc[c, e], mul.f32(x[k], w[o, k, c, e])) from "dense" by "lower"
      }
    }
  }
  for r in 0..2 unrolled from "dense" by "tile" {
    for t in 0..2 unrolled from "dense" by "tile" {
      s2: y[o, 2*r + t] = acc[r, t] from "dense" by "lower"
    }
  }
}
for f in 0..3 serial from "taps" by "tile" {
  s3: z[f] = x[0] from "taps" by "lower"
  for g in 0..2 serial from "taps" by "tile" {
    for h in 0..2 unrolled from "taps" by "tile" {
      s4: z[f] = add.f32(z[f], add.f32(v[f, 2*g + h + 2], v[f, 2*g + h + 1])) from "taps" by "lower"
    }
  }
}
`,
  [["W", "f32", [12, 4]], ["V", "f32", [3, 6]]],
);
