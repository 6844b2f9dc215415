/** Wrong overlapped tilings: halos too short, rows in the wrong place, circular buffers too small. */
import { entry, original } from "../entry.js";

const rows = original(
  `
  program net
  input x "x" f32[10]
  output y "y" f32[8]
  temp t f32[10]

  for p in 0..10 serial {
    a: t[p] = neg.f32(x[p])
  }
  for v in 0..8 serial {
    b: y[v] = sub.f32(t[v], t[v + 2])
  }
  `,
  `
  load b.0: a[v]
  load b.1: a[v + 2]
  final y: b[d0]
  once t y
  `,
);

/** Tiles of 4 with a window of `count` rows in a buffer of `size`. */
const tiled = (count: number, size: number, first = "4*vt + w"): string => `
  program net
  input x "x" f32[10]
  output y "y" f32[8]
  temp t f32[${size}]

  for vt in 0..2 serial {
    for w in 0..${count} serial {
      a: t[w] = neg.f32(x[${first}])
    }
    for vi in 0..4 serial {
      b: y[vi + 4*vt] = sub.f32(t[vi], t[vi + 2])
    }
  }
  `;

const kept = (size: number): string => `
  program net
  input x "x" f32[10]
  output y "y" f32[8]
  temp t f32[${size}]

  for wh in 0..2 serial {
    ah: t[mod(wh, ${size})] = neg.f32(x[wh])
  }
  for vt in 0..2 serial {
    for w in 0..4 serial {
      a: t[mod(4*vt + w + 2, ${size})] = neg.f32(x[4*vt + w + 2])
    }
    for vi in 0..4 serial {
      b: y[vi + 4*vt] = sub.f32(t[mod(vi + 4*vt, ${size})], t[mod(vi + 4*vt + 2, ${size})])
    }
  }
  `;

const keptWitness = `
  phi ah: a[wh]
  phi a: a[4*vt + w + 2]
  phi b: b[vi + 4*vt]
  load b.0: if -4*vt - vi + 1 >= 0: ah[vi + 4*vt] | a[floordiv(vi + 4*vt - 2, 4), mod(vi + 4*vt - 2, 4)]
  load b.1: a[vt, vi]
  final y: b[floordiv(d0, 4), mod(d0, 4)]
  once y
`;

export const recomputeEntries = [
  entry({
    name: "tile-halo-short-by-one",
    bug: "the window of a tile has one row too few: its last output reads what the tile before left",
    before: rows,
    after: tiled(5, 6),
    witness: `
      phi a: a[4*vt + w]
      phi b: b[vi + 4*vt]
      load b.0: a[vt, vi]
      load b.1: a[vt, vi + 2]
      final y: b[floordiv(d0, 4), mod(d0, 4)]
      once y
    `,
  }),
  entry({
    name: "halo-missing",
    bug: "each tile computes its own rows only and takes the halo from the tile after",
    before: rows,
    after: tiled(4, 6),
    witness: `
      phi a: a[4*vt + w]
      phi b: b[vi + 4*vt]
      load b.0: a[vt, vi]
      load b.1: if -vi + 1 >= 0: a[vt, vi + 2] | a[vt + 1, vi - 2]
      final y: b[floordiv(d0, 4), mod(d0, 4)]
      once y
    `,
  }),
  entry({
    name: "halo-base-of-first-tile",
    bug: "the producer's rows do not follow the tile: each tile recomputes those of the first",
    before: rows,
    after: tiled(6, 6, "w"),
    witness: `
      phi a: a[w]
      phi b: b[vi + 4*vt]
      load b.0: a[vt, vi]
      load b.1: a[vt, vi + 2]
      final y: b[floordiv(d0, 4), mod(d0, 4)]
      once y
    `,
  }),
  entry({
    name: "circular-buffer-too-small",
    bug: "a circular buffer of 5 rows for a window of 6: the last row overwrites the first before it is read",
    before: rows,
    after: kept(5),
    witness: keptWitness,
  }),
  entry({
    name: "circular-buffer-without-start",
    bug: "the rows of the halo that no tile makes are not made before the loop",
    before: rows,
    after: kept(6).replace("wh in 0..2", "wh in 0..1"),
    witness: keptWitness,
  }),
];
