/** Wrong software pipelines: the other half missing, its parity wrong, a fill lost. */
import { entry, original } from "../entry.js";

const tiles = original(
  `
  program net
  input x "x" f32[12]
  output y "y" f32[12]
  temp t f32[4]

  for v in 0..3 serial {
    for p in 0..4 serial {
      fill: t[p] = neg.f32(x[p + 4*v])
    }
    for q in 0..4 serial {
      use: y[q + 4*v] = abs.f32(t[-q + 3])
    }
  }
  `,
  `
  load use.0: fill[v, -q + 3]
  final y: use[floordiv(d0, 4), mod(d0, 4)]
  once y
  `,
);

interface Halves {
  readonly size: number;
  readonly first: string;
  readonly next: string;
  readonly now: string;
  /** Iterations with a fill for the next one. */
  readonly fills?: string;
}

const pipelined = ({ size, first, next, now, fills = "-v + 1 >= 0" }: Halves): string => `
  program net
  input x "x" f32[12]
  output y "y" f32[12]
  temp t f32[${size},4]

  for pe in 0..4 serial {
    early: t[${first}, pe] = neg.f32(x[pe])
  }
  for v in 0..3 serial {
    if ${fills} {
      for p in 0..4 serial {
        fill: t[${next}, p] = neg.f32(x[p + 4*v + 4])
      }
    }
    for q in 0..4 serial {
      use: y[q + 4*v] = abs.f32(t[${now}, -q + 3])
    }
  }
  `;

const witness = `
  phi early: fill[0, pe]
  phi fill: fill[v + 1, p]
  phi use: use[v, q]
  load use.0: if -v >= 0: early[-q + 3] | fill[v - 1, -q + 3]
  final y: use[floordiv(d0, 4), mod(d0, 4)]
  once y
`;

export const doubleBufferEntries = [
  entry({
    name: "pipelined-without-second-half",
    bug: "the fill runs an iteration ahead into the only copy there is: it overwrites what is still to be read",
    before: tiles,
    after: pipelined({ size: 1, first: "0", next: "0", now: "0" }),
    witness,
  }),
  entry({
    name: "double-buffer-parity",
    bug: "fill and use have the same parity: an iteration reads the fill of the next",
    before: tiles,
    after: pipelined({ size: 2, first: "0", next: "mod(v, 2)", now: "mod(v, 2)" }),
    witness,
  }),
  entry({
    name: "double-buffer-first-half",
    bug: "the first fill goes into the half of the second iteration",
    before: tiles,
    after: pipelined({ size: 2, first: "1", next: "mod(v + 1, 2)", now: "mod(v, 2)" }),
    witness,
  }),
  entry({
    name: "double-buffer-last-fill-lost",
    bug: "the test for a next iteration is one short: the last tile is never filled",
    before: tiles,
    after: pipelined({ size: 2, first: "0", next: "mod(v + 1, 2)", now: "mod(v, 2)", fills: "-v >= 0" }),
    witness,
  }),
  entry({
    name: "double-buffer-fill-beyond-end",
    bug: "no test for a next iteration: the last one fills from beyond the input",
    before: tiles,
    after: pipelined({ size: 2, first: "0", next: "mod(v + 1, 2)", now: "mod(v, 2)", fills: "-v + 2 >= 0" }),
    witness: witness.replace("phi fill: fill[v + 1, p]", "phi fill: if -v + 1 >= 0: fill[v + 1, p] | dead"),
  }),
];
