/** Wrong interfaces and leaves: outputs, inputs and weights that are not the model's. */
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { type WrongPass, entry, original } from "../entry.js";

const twoOutputs = (declarations: string, first: string, second: string): string => `
  program net
  input x "x" f32[6]
  ${declarations}

  for i in 0..6 serial {
    s: ${first} = neg.f32(x[i])
  }
  for j in 0..6 serial {
    r: ${second} = abs.f32(x[j])
  }
  `;

const two = original(twoOutputs('output y "y" f32[6]\n  output z "z" f32[6]', "y[i]", "z[j]"), "final y: s[d0]\nfinal z: r[d0]\nonce y z");
const twoWitness = "phi s: s[i]\nphi r: r[j]\nfinal y: s[d0]\nfinal z: r[d0]\nonce y z";

const matrix = original(
  `
  program net
  input x "x" f32[2,3]
  output y "y" f32[2,3]

  for i in 0..2 serial {
    for j in 0..3 serial {
      s: y[i, j] = neg.f32(x[i, j])
    }
  }
  `,
  "final y: s[d0, d1]\nonce y",
);

/** Different values everywhere, so that any wrong element shows. */
const weights = [
  ["W", tensorOf("f32", [4, 4], Array.from({ length: 16 }, (_, k) => k + 1))],
  ["V", tensorOf("f32", [4, 4], Array.from({ length: 16 }, (_, k) => -k - 1))],
] as const;

const scaled = (map: string, tensor = "W", index = "i, j"): string => `
  program net
  input x "x" f32[4,4]
  output y "y" f32[4,4]
  weight w f32[4,4] = "${tensor}"[${map}]

  for i in 0..4 serial {
    for j in 0..4 serial {
      s: y[i, j] = mul.f32(x[i, j], w[${index}])
    }
  }
  `;

const weighted = original(scaled("d0, d1"), "final y: s[d0, d1]\nonce y", weights);
const weightedWitness = "phi s: s[i, j]\nfinal y: s[d0, d1]\nonce y";

export const interfaceEntries: readonly WrongPass[] = [
  entry({
    name: "output-dropped",
    bug: "an output that no other node reads removed as dead code",
    before: two,
    after: `
      program net
      input x "x" f32[6]
      output y "y" f32[6]

      for i in 0..6 serial {
        s: y[i] = neg.f32(x[i])
      }
    `,
    witness: "phi s: s[i]\nfinal y: s[d0]\nonce y",
  }),
  entry({
    name: "outputs-exchanged",
    bug: "outputs declared in another order: a caller gets each in place of the other",
    before: two,
    after: twoOutputs('output z "z" f32[6]\n  output y "y" f32[6]', "y[i]", "z[j]"),
    witness: twoWitness,
  }),
  entry({
    name: "outputs-renamed",
    bug: "names of two output buffers exchanged, their labels and their order kept",
    before: two,
    after: twoOutputs('output z "y" f32[6]\n  output y "z" f32[6]', "y[i]", "z[j]"),
    witness: twoWitness,
  }),
  entry({
    name: "outputs-cross-written",
    bug: "right elements, wrong statement: each output computed by the other's operator",
    before: two,
    after: twoOutputs('output y "y" f32[6]\n  output z "z" f32[6]', "z[i]", "y[j]"),
    witness: "phi s: s[i]\nphi r: r[j]\nfinal y: r[d0]\nfinal z: s[d0]\nonce y z",
  }),
  entry({
    name: "output-transposed",
    bug: "output kept in the layout of a pass: its shape is transposed",
    before: matrix,
    after: `
      program net
      input x "x" f32[2,3]
      output y "y" f32[3,2]

      for i in 0..2 serial {
        for j in 0..3 serial {
          s: y[j, i] = neg.f32(x[i, j])
        }
      }
    `,
    witness: "phi s: s[i, j]\nfinal y: s[d1, d0]\nonce y",
  }),
  entry({
    name: "input-retyped",
    bug: "input declared with another element type",
    before: matrix,
    after: `
      program net
      input x "x" f64[2,3]
      output y "y" f32[2,3]

      for i in 0..2 serial {
        for j in 0..3 serial {
          s: y[i, j] = neg.f32(cast.f64.f32(x[i, j]))
        }
      }
    `,
    witness: "phi s: s[i, j]\nfinal y: s[d0, d1]\nonce y",
  }),
  entry({
    name: "zero-extent",
    bug: "loop of extent 0: every claim about its body holds of nothing",
    before: matrix,
    after: `
      program net
      input x "x" f32[2,3]
      output y "y" f32[2,3]

      for i in 0..0 serial {
        for j in 0..3 serial {
          s: y[i, j] = neg.f32(x[i, j])
        }
      }
    `,
    witness: "phi s: s[i, j]\nfinal y: s[d0, d1]\nonce y",
  }),
  entry({
    name: "input-written",
    bug: "an operator computed in place in an input buffer that is read again",
    before: two,
    after: `
      program net
      input x "x" f32[6]
      output y "y" f32[6]
      output z "z" f32[6]

      for i in 0..6 serial {
        s: x[i] = neg.f32(x[i])
        c: y[i] = x[i]
      }
      for j in 0..6 serial {
        r: z[j] = sqrt.f32(x[j])
      }
    `,
    witness: "phi s: s[i]\nphi r: r[j]\nfinal y: c[d0]\nfinal z: r[d0]\nonce y z",
  }),
  entry({
    name: "weight-written",
    bug: "a store to a weight: the second run finds another model",
    before: weighted,
    after: `
      program net
      input x "x" f32[4,4]
      output y "y" f32[4,4]
      weight w f32[4,4] = "W"[d0, d1]

      for i in 0..4 serial {
        for j in 0..4 serial {
          s: w[i, j] = mul.f32(x[i, j], w[j, i])
          c: y[i, j] = w[i, j]
        }
      }
    `,
    witness: "phi s: s[i, j]\nfinal y: c[d0, d1]\nonce y",
  }),
  entry({
    name: "packed-axes-swapped",
    bug: "packing map with its axes exchanged, the reader unchanged",
    before: weighted,
    after: scaled("d1, d0"),
    witness: weightedWitness,
  }),
  entry({
    name: "panel-stride-wrong",
    bug: "packed panel read with the stride of the unpacked weight",
    before: weighted,
    after: scaled("d0, d1", "W", "floordiv(4*i + j, 4), mod(i + j, 4)"),
    witness: weightedWitness,
  }),
  entry({
    name: "weight-of-another-tensor",
    bug: "weights of two layers of one shape exchanged",
    before: weighted,
    after: scaled("d0, d1", "V"),
    witness: weightedWitness,
  }),
  entry({
    name: "weight-of-no-tensor",
    bug: "a weight that refers to a tensor the model no longer has, read by dead code only",
    before: weighted,
    after: `
      program net
      input x "x" f32[4,4]
      output y "y" f32[4,4]
      weight w f32[4,4] = "W"[d0, d1]
      weight old f32[4] = "U"[d0]
      local t f32[]

      stale: t[] = neg.f32(old[0])
      for i in 0..4 serial {
        for j in 0..4 serial {
          s: y[i, j] = mul.f32(x[i, j], w[i, j])
        }
      }
    `,
    witness: `phi stale: dead\n${weightedWitness}`,
  }),
  entry({
    name: "packed-contents-stale",
    bug: "packed weights written from the layout of an earlier stage, under the right map",
    before: weighted,
    after: scaled("d1, d0", "W", "j, i"),
    witness: weightedWitness,
    contents: new Map([["w", tensorOf("f32", [4, 4], Array.from({ length: 16 }, (_, k) => k + 1))]]),
  }),
];
