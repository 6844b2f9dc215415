/**
 * Wrong passes that one condition of one rule refuses and nothing else: each is there
 * because a kernel without that condition was not noticed (kinds/weakenings.ts).
 */
import { entry, original } from "../entry.js";

/** y = -x by way of t; `body` is the second nest. */
const through = (body: string): string => `
  program net
  input x "x" f32[9]
  output y "y" f32[8]
  temp t f32[9]

  for i in 0..9 serial {
    p: t[i] = neg.f32(x[i])
  }
  for j in 0..8 serial {
    ${body}
  }
  `;

const throughDataflow = "load s.0: p[j]\nfinal y: s[d0]\nonce t y";
const copied = original(through("s: y[j] = abs.f32(t[j])"), throughDataflow);
const copiedPhi = "phi p: p[i]\nphi s: s[j]";

/** One pointwise operator, and scratch that no output needs. */
const plain = original(
  `
  program net
  input x "x" f32[8]
  output y "y" f32[8]

  for i in 0..8 serial {
    s: y[i] = neg.f32(x[i])
  }
  `,
  "final y: s[d0]\nonce y",
);

const withScratch = (scratch: string, buffer = "local l f32[]"): string => `
  program net
  input x "x" f32[8]
  output y "y" f32[8]
  ${buffer}

  for i in 0..8 serial {
    ${scratch}
    s: y[i] = neg.f32(x[i])
  }
  `;

const scratchWitness = "phi d: dead\nphi s: s[i]\nfinal y: s[d0]\nonce y";

const rows = original(
  `
  program net
  input x "x" f32[4,3]
  output y "y" f32[4,3]
  temp t f32[4,3]

  for a in 0..4 serial {
    for b in 0..3 serial {
      p: t[a, b] = neg.f32(x[a, b])
    }
  }
  for i in 0..4 serial {
    for j in 0..3 serial {
      s: y[i, j] = sqrt.f32(t[i, j])
    }
  }
  `,
  "load s.0: p[i, j]\nfinal y: s[d0, d1]\nonce t y",
);

const two = (second: string): string => `
  program net
  input x "x" f32[8]
  output y "y" f32[8]
  output z "z" f32[8]

  for i in 0..8 serial {
    a: y[i] = neg.f32(x[i])
    b: z[i] = ${second}
  }
  `;
const twoDataflow = "final y: a[d0]\nfinal z: b[d0]\nonce y z";

const last = (mode: string): string => `
  program net
  input x "x" f32[8]
  output y "y" f32[1]

  for i in 0..8 ${mode} {
    s: y[0] = neg.f32(x[i])
  }
  `;

/** t holds old values that the loop reads one element ahead of writing new ones. */
const shifted = (mode: string): string => `
  program net
  input x "x" f32[9]
  output y "y" f32[8]
  output z "z" f32[9]
  temp t f32[9]

  for k in 0..9 serial {
    p: t[k] = neg.f32(x[k])
  }
  for i in 0..8 ${mode} {
    b: y[i] = abs.f32(t[i + 1])
    a: t[i] = sqrt.f32(x[i])
  }
  for l in 0..9 serial {
    c: z[l] = t[l]
  }
  `;

const shiftedDataflow = `
  load b.0: p[i + 1]
  load c.0: if -l + 7 >= 0: a[l] | p[8]
  final y: b[d0]
  final z: c[d0]
  once y z
  `;

/** A right vector loop: each lane reads what it wrote itself. */
const laned = (index: string): string => `
  program net
  input x "x" f32[8]
  output y "y" f32[8]
  temp t f32[8]

  for i in 0..8 vector {
    p: t[i] = neg.f32(x[i])
    s: y[i] = sqrt.f32(t[${index}])
  }
  `;

export const isolatedEntries = [
  entry({
    name: "neighbour-read-and-denied",
    bug: "the next element is read, and the witness names the store of the right one",
    source: "attack: producer with another index",
    before: copied,
    after: through("s: y[j] = abs.f32(t[j + 1])"),
    witness: `${copiedPhi}\n${throughDataflow}`,
  }),
  entry({
    name: "contracted-and-declared-once",
    bug: "a row contracted to one element that is said to be written once",
    source: "attack: clobber queries per buffer name",
    before: rows,
    after: `
      program net
      input x "x" f32[4,3]
      output y "y" f32[4,3]
      local l f32[]

      for i in 0..4 serial {
        for b in 0..3 serial {
          p: l[] = neg.f32(x[i, b])
        }
        for j in 0..3 serial {
          s: y[i, j] = sqrt.f32(l[])
        }
      }
    `,
    witness: `
      phi p: p[i, b]
      phi s: s[i, j]
      load s.0: p[i, j]
      final y: s[d0, d1]
      once l y
    `,
  }),
  entry({
    name: "second-output-of-the-wrong-operand",
    bug: "only the second output is wrong: its operand was replaced by the first output's operator",
    source: "attack: output swapped",
    before: original(two("abs.f32(x[i])"), twoDataflow),
    after: two("neg.f32(x[i])"),
    witness: `phi a: a[i]\nphi b: a[i]\n${twoDataflow}`,
  }),
  entry({
    name: "prefetch-past-the-end",
    bug: "the next element fetched in every iteration, the last one included",
    source: "Halide #3037",
    before: plain,
    after: withScratch("d: l[] = abs.f32(x[i + 1])"),
    witness: scratchWitness,
  }),
  entry({
    name: "lookbehind-before-the-start",
    bug: "the previous element fetched in every iteration, the first one included",
    source: "attack: dead instance out of bounds",
    before: plain,
    after: withScratch("d: l[] = abs.f32(x[i - 1])"),
    witness: scratchWitness,
  }),
  entry({
    name: "scratch-written-past-its-end",
    bug: "scratch that nobody reads is one element too short for its stores",
    source: "Halide #9322",
    before: plain,
    after: withScratch("d: l[i] = abs.f32(x[i])", "local l f32[7]"),
    witness: scratchWitness,
  }),
  entry({
    name: "last-value-by-any-lane",
    bug: "a loop whose last iteration decides declared a vector loop: any lane may write last",
    source: "attack: write–write between lanes",
    before: original(last("serial"), "final y: s[7]"),
    after: last("vector"),
    witness: "phi s: s[i]\nfinal y: s[7]",
  }),
  entry({
    name: "read-ahead-of-another-lane",
    bug: "a loop that reads one element ahead of its own stores run in parallel",
    source: "LLVM #84796",
    before: original(shifted("serial"), shiftedDataflow),
    after: shifted("parallel"),
    witness: `
      phi p: p[k]
      phi a: a[i]
      phi b: b[i]
      ${shiftedDataflow.trim()}
    `,
  }),
  entry({
    name: "lane-reads-its-neighbour",
    bug: "a lane reads the element that the next lane writes",
    source: "LLVM #54405",
    before: original(laned("i"), "load s.0: p[i]\nfinal y: s[d0]\nonce t y"),
    after: laned("mod(i + 1, 8)"),
    witness: "phi p: p[i]\nphi s: s[i]\nload s.0: p[i]\nfinal y: s[d0]\nonce t y",
  }),
];
