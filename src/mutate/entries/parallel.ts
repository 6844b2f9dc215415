/** Wrong parallel loops: scratch that workers share, shares that miss or overlap, a barrier that is gone. */
import { type WrongPass, entry, original } from "../entry.js";

const elements = original(
  `
  program net
  input x "x" f32[12]
  output y "y" f32[12]

  for j in 0..12 serial {
    s: y[j] = neg.f32(x[j])
  }
  `,
  "final y: s[d0]\nonce y",
);

const tile = (mode: string): string => `
  program net
  input x "x" f32[4,5,2]
  output y "y" f32[4,2]
  temp a f32[2]

  for r in 0..4 ${mode} {
    for u in 0..2 vector {
      i: a[u] = f32:0x00000000
    }
    for k in 0..5 serial {
      for v in 0..2 vector {
        s: a[v] = add.f32(a[v], x[r, k, v])
      }
    }
    for w in 0..2 vector {
      f: y[r, w] = neg.f32(a[w])
    }
  }
  `;
const tileDataflow = "load s.0: if k == 0: i[r, v] | s[r, k - 1, v]\nload f.0: s[r, 4, w]\nfinal y: f[d0, d1]\nonce y";

const stencil = original(
  `
  program net
  input x "x" f32[8]
  output y "y" f32[8]
  temp t f32[9]

  start: t[0] = sqrt.f32(x[0])
  for q in 0..8 serial {
    p: t[q + 1] = neg.f32(x[q])
  }
  for r in 0..8 serial {
    s: y[r] = sub.f32(t[r], t[r + 1])
  }
  `,
  "load s.0: if r - 1 >= 0: p[r - 1] | start[]\nload s.1: p[r]\nfinal y: s[d0]\nonce t y",
);

export const parallelEntries: readonly WrongPass[] = [
  entry({
    name: "tile-shared-by-workers",
    bug: "rows for workers with one register tile in memory for all of them",
    before: original(tile("serial"), tileDataflow),
    after: tile("parallel"),
    witness: `phi s: s[r, k, v]\nphi f: f[r, w]\n${tileDataflow}`,
  }),
  entry({
    name: "last-share-lost",
    bug: "twelve elements for five workers in shares of two: the rest is nobody's",
    before: elements,
    after: `
      program net
      input x "x" f32[12]
      output y "y" f32[12]

      for w in 0..5 parallel {
        for i in 0..2 serial {
          s: y[i + 2*w] = neg.f32(x[i + 2*w])
        }
      }
      `,
    witness: "phi s: s[i + 2*w]\nfinal y: s[floordiv(d0, 2), mod(d0, 2)]\nonce y",
  }),
  entry({
    name: "shares-overlap",
    bug: "each worker clears the element after its share: in order the next one repairs it",
    before: elements,
    after: `
      program net
      input x "x" f32[12]
      output y "y" f32[12]

      for w in 0..4 parallel {
        for i in 0..3 serial {
          s: y[i + 3*w] = neg.f32(x[i + 3*w])
        }
        if -w + 2 >= 0 {
          z: y[3*w + 3] = f32:0x00000000
        }
      }
      `,
    witness: "phi s: s[i + 3*w]\nfinal y: s[floordiv(d0, 3), mod(d0, 3)]",
  }),
  entry({
    name: "barrier-fused-away",
    bug: "two steps fused into one parallel loop: a worker reads what its neighbour may not have written",
    before: stencil,
    after: `
      program net
      input x "x" f32[8]
      output y "y" f32[8]
      temp t f32[9]

      start: t[0] = sqrt.f32(x[0])
      for r in 0..8 parallel {
        p: t[r + 1] = neg.f32(x[r])
        s: y[r] = sub.f32(t[r], t[r + 1])
      }
      `,
    witness: "phi start: start[]\nphi p: p[r]\nphi s: s[r]\nload s.0: if r - 1 >= 0: p[r - 1] | start[]\nload s.1: p[r]\nfinal y: s[d0]\nonce t y",
  }),
];
