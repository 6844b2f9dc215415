/** Wrong vector loops: lanes lost, lanes that share, folds taken for lanes, padding that counts. */
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { type WrongPass, entry, original } from "../entry.js";

const elements = original(
  `
  program net
  input x "x" f32[10]
  output y "y" f32[10]

  for j in 0..10 serial {
    s: y[j] = neg.f32(x[j])
  }
  `,
  "final y: s[d0]\nonce y",
);

const sum = (mode: string): string => `
  program net
  input x "x" f32[3,6]
  output y "y" f32[3]
  local a f32[3]

  for r in 0..3 serial {
    i: a[r] = f32:0x00000000
    for k in 0..6 ${mode} {
      s: a[r] = add.f32(a[r], x[r, k])
    }
    f: y[r] = neg.f32(a[r])
  }
  `;
const sumDataflow = "load s.0: if k == 0: i[r] | s[r, k - 1]\nload f.0: s[r, 5]\nfinal y: f[d0]\nonce y";

const product = (extent: number): string => `
  program net
  input x "x" f32[1]
  output y "y" f32[1]
  weight w f32[${extent}] = "w"[d0]
  local a f32[]

  i: a[] = neg.f32(x[0])
  for k in 0..${extent} serial {
    s: a[] = mul.f32(a[], w[k])
  }
  f: y[0] = neg.f32(a[])
  `;
const productDataflow = (last: number): string => `load s.0: if k == 0: i[] | s[k - 1]\nload f.0: s[${last}]\nfinal y: f[]\nonce y`;
const weights = [["w", tensorOf("f32", [3], [1.5, -2, 0.75])]] as const;

export const vectorEntries: readonly WrongPass[] = [
  entry({
    name: "vector-remainder-lost",
    bug: "ten elements in vectors of eight: the two that are left over are never computed",
    before: elements,
    after: `
      program net
      input x "x" f32[10]
      output y "y" f32[10]

      for t in 0..1 serial {
        for i in 0..8 vector {
          s: y[i + 8*t] = neg.f32(x[i + 8*t])
        }
      }
      `,
    witness: "phi s: s[i + 8*t]\nfinal y: s[floordiv(d0, 8), mod(d0, 8)]\nonce y",
  }),
  entry({
    name: "vector-lanes-past-the-end",
    bug: "ten elements in vectors of eight: the lanes beyond the last element store nonetheless",
    before: elements,
    after: `
      program net
      input x "x" f32[10]
      output y "y" f32[10]

      for t in 0..2 serial {
        for i in 0..8 vector {
          s: y[i + 8*t] = neg.f32(x[i + 8*t])
        }
      }
      `,
    witness: "phi s: if -i - 8*t + 9 >= 0: s[i + 8*t] | dead\nfinal y: s[floordiv(d0, 8), mod(d0, 8)]\nonce y",
  }),
  entry({
    name: "fold-taken-for-lanes",
    bug: "the loop of a sum declared a vector loop: all lanes add to one accumulator",
    before: original(sum("serial"), sumDataflow),
    after: sum("vector"),
    witness: `phi s: s[r, k]\nphi f: f[r]\n${sumDataflow}`,
  }),
  entry({
    name: "accumulator-shared-by-lanes",
    bug: "a sum per lane, and one accumulator for all lanes",
    before: original(sum("serial"), sumDataflow),
    after: sum("serial").replace("for r in 0..3 serial", "for r in 0..3 vector").replaceAll("a[r]", "a[0]"),
    witness: `phi s: s[r, k]\nphi f: f[r]\n${sumDataflow}`,
  }),
  entry({
    name: "padded-lane-live",
    bug: "a product over weights padded to four: the lane of the padding counts",
    before: original(product(3), productDataflow(2), weights),
    after: product(4),
    witness: `phi i: i[]\nphi s: if -k + 2 >= 0: s[k] | dead\nphi f: f[]\n${productDataflow(3)}`,
  }),
];
