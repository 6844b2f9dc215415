/** Wrong witnesses: cases that are missing, overlap, or name what is not there (rule W5 and its neighbours). */
import { type WrongPass, entry, original } from "../entry.js";

const pointwise = (index: string, extent = 10): string => `
  program net
  input x "x" f32[10]
  output y "y" f32[10]

  for i in 0..${extent} serial {
    s: y[i] = neg.f32(x[${index}])
  }
  `;

const plain = original(pointwise("i"), "final y: s[d0]\nonce y");

/** Two statements, each for a part of the output. */
const split = original(
  `
  program net
  input x "x" f32[8]
  output y "y" f32[8]

  for i in 0..4 serial {
    a: y[i] = neg.f32(x[i])
  }
  for j in 0..4 serial {
    b: y[j + 4] = neg.f32(x[-j + 3])
  }
  `,
  "final y: if -d0 + 3 >= 0: a[d0] | b[d0 - 4]\nonce y",
);

const chain = (index: string, extent = 8): string => `
  program net
  input x "x" f32[8]
  output y "y" f32[8]
  temp t f32[8]

  for i in 0..${extent} serial {
    a: t[i] = neg.f32(x[i])
  }
  for j in 0..8 serial {
    b: y[j] = sqrt.f32(t[${index}])
  }
  `;

const chained = original(chain("j"), "load b.0: a[j]\nfinal y: b[d0]\nonce t y");

export const claimEntries: readonly WrongPass[] = [
  entry({
    name: "missing-final-case",
    bug: "the last two elements are not computed, and the witness does not speak of them",
    before: plain,
    after: pointwise("i", 8),
    witness: "phi s: s[i]\nfinal y: if -d0 + 7 >= 0: s[d0]\nonce y",
  }),
  entry({
    name: "phi-cases-uncovered",
    bug: "last two instances read a wrong element, and the witness does not speak of them",
    before: plain,
    after: pointwise("mod(i, 8)"),
    witness: "phi s: if -i + 7 >= 0: s[i]\nfinal y: s[d0]\nonce y",
  }),
  entry({
    name: "producer-case-missing",
    bug: "two elements are read that nobody wrote, and the witness does not speak of them",
    before: chained,
    after: chain("j", 6),
    witness: "phi a: a[i]\nphi b: b[j]\nload b.0: if -j + 5 >= 0: a[j]\nfinal y: b[d0]\nonce t y",
  }),
  entry({
    name: "phi-branches-overlap",
    bug: "two branches of the witness overlap: the later one would be right, the first one applies",
    before: split,
    after: `
      program net
      input x "x" f32[8]
      output y "y" f32[8]

      for i in 0..8 serial {
        s: y[i] = neg.f32(x[mod(-i + 11, 4)])
      }
    `,
    witness: "phi s: if i - 2 >= 0: b[i - 4] | a[i]\nfinal y: s[d0]\nonce y",
  }),
  entry({
    name: "phi-outside-the-domain",
    bug: "tail elements said to stand for instances the program before does not have",
    before: split,
    after: `
      program net
      input x "x" f32[8]
      output y "y" f32[8]

      for i in 0..8 serial {
        a: y[i] = neg.f32(x[i])
      }
    `,
    witness: "phi a: a[i]\nfinal y: a[d0]\nonce y",
  }),
  entry({
    name: "right-tuple-wrong-statement",
    bug: "instances compared by their coordinates alone: two statements with one domain exchanged",
    before: split,
    after: `
      program net
      input x "x" f32[8]
      output y "y" f32[8]

      for i in 0..4 serial {
        a: y[i] = neg.f32(x[-i + 3])
      }
      for j in 0..4 serial {
        b: y[j + 4] = neg.f32(x[j])
      }
    `,
    witness: "phi a: b[i]\nphi b: a[j]\nfinal y: if -d0 + 3 >= 0: a[d0] | b[d0 - 4]\nonce y",
  }),
  entry({
    name: "live-value-declared-dead",
    bug: "a value declared dead, so that nothing is asked of its operands, and then used",
    before: chained,
    after: `
      program net
      input x "x" f32[8]
      output y "y" f32[8]
      temp t f32[8]

      for i in 0..8 serial {
        a: t[i] = neg.f32(x[-i + 7])
      }
      for j in 0..8 serial {
        b: y[j] = sqrt.f32(t[j])
      }
    `,
    witness: "phi a: dead\nphi b: b[j]\nload b.0: a[j]\nfinal y: b[d0]\nonce t y",
  }),
  entry({
    name: "feasible-case-declared-empty",
    bug: "a branch that is reached declared unreachable",
    before: chained,
    after: chain("mod(j, 6)"),
    witness: "phi a: a[i]\nphi b: b[j]\nload b.0: if -j + 5 >= 0: a[j] | if j - 6 >= 0 empty: a[j]\nfinal y: b[d0]\nonce t y",
  }),
  entry({
    name: "element-written-twice",
    bug: "a buffer listed as written once is written again before it is read",
    before: chained,
    after: `
      program net
      input x "x" f32[8]
      output y "y" f32[8]
      temp t f32[8]

      for i in 0..8 serial {
        a: t[i] = neg.f32(x[i])
      }
      for k in 0..8 serial {
        c: t[k] = neg.f32(x[-k + 7])
      }
      for j in 0..8 serial {
        b: y[j] = sqrt.f32(t[j])
      }
    `,
    witness: "phi a: a[i]\nphi c: a[-k + 7]\nphi b: b[j]\nload b.0: a[j]\nfinal y: b[d0]\nonce t y",
  }),
];
