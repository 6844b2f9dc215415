/** Wrong operators, operands and constants: equal in exact arithmetic, or nearly, and not in bits. */
import { entry, original } from "../entry.js";

const [minusZero, plusZero] = ["f32:0x80000000", "f32:0x00000000"];

/** y = value over x and z, element by element; `out` is the type of y. */
const pointwise = (value: string, out = "f32"): string => `
  program net
  input x "x" f32[64]
  input z "z" f32[64]
  output y "y" ${out}[64]

  for i in 0..64 serial {
    s: y[i] = ${value}
  }
  `;

const relu = `select.f32(lt.f32(${plusZero}, x[i]), x[i], ${plusZero})`;

const own = `
  phi s: s[i]
  final y: s[d0]
  once y
  `;

/** A pass that rewrote one value and believes nothing else changed. */
function rewritten(name: string, bug: string, before: string, after: string, out = "f32") {
  return entry({ name, bug, before: original(pointwise(before, out), "final y: s[d0]\nonce y"), after: pointwise(after, out), witness: own });
}

const chain = (first: string, second: string, type = "f32"): string => `
  program net
  input x "x" f32[64]
  input z "z" f32[64]
  output y "y" f32[64]
  temp t ${type}[64]

  for i in 0..64 serial {
    a: t[i] = ${first}
  }
  for j in 0..64 serial {
    b: y[j] = ${second}
  }
  `;

const chainDataflow = "load b.0: a[j]\nfinal y: b[d0]\nonce t y";

export const operatorEntries = [
  rewritten("subtraction-swapped", "operands of a subtraction exchanged", "sub.f32(x[i], z[i])", "sub.f32(z[i], x[i])"),
  rewritten("multiply-add-contracted", "a * b + c contracted to a fused multiply-add: rounded once, not twice", "add.f32(mul.f32(x[i], z[i]), x[i])", "fma.f32(x[i], z[i], x[i])"),
  rewritten("minus-zero-constant", "constant -0 printed as 0: z + 0 is not z at -0", `add.f32(z[i], ${minusZero})`, `add.f32(z[i], ${plusZero})`),
  rewritten("constant-by-decimal", "0.1 printed with too few digits: another float", "mul.f32(x[i], f32:0x3dcccccd)", "mul.f32(x[i], f32:0x3dcccccc)"),
  rewritten("relu-arms-swapped", "arms of the selection in Relu exchanged", relu, `select.f32(lt.f32(${plusZero}, x[i]), ${plusZero}, x[i])`),
  rewritten("relu-comparison-turned", "x > 0 rewritten as not x <= 0: another answer for NaN", relu, `select.f32(le.f32(x[i], ${plusZero}), ${plusZero}, x[i])`),
  rewritten("saturation-lost", "clamp removed from a quantisation: the cast to int8 wraps",
    "cast.f32.i8(mul.f32(x[i], f32:0x43800000))", "cast.i32.i8(cast.f32.i32(mul.f32(x[i], f32:0x43800000)))", "i8"),
  rewritten("rounding-dropped", "truncation in place of rounding to nearest even (ORT #18576)", "rint.f32(mul.f32(x[i], f32:0x41200000))", "trunc.f32(mul.f32(x[i], f32:0x41200000))"),
  rewritten("division-by-reciprocal", "x / z rewritten as x * (1 / z): rounded twice", "div.f32(x[i], z[i])", "mul.f32(x[i], div.f32(f32:0x3f800000, z[i]))"),
  rewritten("sum-reassociated", "(x + z) + z rewritten as x + (z + z)", "add.f32(add.f32(x[i], z[i]), z[i])", "add.f32(x[i], add.f32(z[i], z[i]))"),
  rewritten("add-commuted", "z - x rewritten as -(x - z): the zero has another sign", "sub.f32(z[i], x[i])", "neg.f32(sub.f32(x[i], z[i]))"),
  entry({
    name: "clamp-removed",
    bug: "upper bound of a Clip taken for unreachable: the value is passed on",
    before: original(pointwise("select.f32(lt.f32(f32:0x3f000000, x[i]), f32:0x3f000000, x[i])"), "final y: s[d0]\nonce y"),
    after: pointwise("x[i]"),
    witness: "final y: s[d0]\nonce y",
  }),
  entry({
    name: "relu-before-bias",
    bug: "activation moved in front of the bias it follows",
    before: original(chain("add.f32(x[i], z[i])", "relu.f32(t[j])"), chainDataflow),
    after: `
      program net
      input x "x" f32[64]
      input z "z" f32[64]
      output y "y" f32[64]
      temp t f32[64]

      for j in 0..64 serial {
        b: t[j] = relu.f32(x[j])
      }
      for i in 0..64 serial {
        a: y[i] = add.f32(t[i], z[i])
      }
    `,
    witness: `
      phi a: a[i]
      phi b: b[j]
      load a.0: b[i]
      final y: a[d0]
      once t y
    `,
  }),
  entry({
    name: "narrowing-temporary",
    bug: "double temporary stored as float: one rounding too many",
    before: original(chain("mul.f64(cast.f32.f64(x[i]), cast.f32.f64(z[i]))", "cast.f64.f32(mul.f64(t[j], f64:0x4008000000000001))", "f64"), chainDataflow),
    after: chain("cast.f64.f32(mul.f64(cast.f32.f64(x[i]), cast.f32.f64(z[i])))", "cast.f64.f32(mul.f64(cast.f32.f64(t[j]), f64:0x4008000000000001))"),
    witness: `
      phi a: a[i]
      phi b: b[j]
      ${chainDataflow}
    `,
  }),
  entry({
    name: "value-unstored-type",
    bug: "temporary declared with the type of another tensor: the value is reinterpreted",
    before: original(chain("neg.f32(x[i])", "abs.f32(t[j])"), chainDataflow),
    after: chain("bitcast.f32.i32(neg.f32(x[i]))", "abs.f32(cast.i32.f32(t[j]))", "i32"),
    witness: `
      phi a: a[i]
      phi b: b[j]
      ${chainDataflow}
    `,
  }),
  entry({
    name: "unequal-expressions-shared",
    bug: "common subexpressions found with an unordered key: x - z for z - x",
    before: original(
      `
      program net
      input x "x" f32[64]
      input z "z" f32[64]
      output y "y" f32[64]
      temp t f32[64]
      temp u f32[64]

      for i in 0..64 serial {
        a: t[i] = sub.f32(x[i], z[i])
        b: u[i] = sub.f32(z[i], x[i])
        s: y[i] = mul.f32(t[i], u[i])
      }
      `,
      `
      load s.0: a[i]
      load s.1: b[i]
      final y: s[d0]
      once t u y
      `,
    ),
    after: chain("sub.f32(x[i], z[i])", "mul.f32(t[j], t[j])"),
    witness: `
      phi a: a[i]
      phi b: s[j]
      load b.0: a[j]
      load b.1: a[j]
      final y: b[d0]
      once t y
    `,
  }),
  entry({
    name: "recomputed-from-stale-operand",
    bug: "value recomputed at its use from the previous iteration's operand",
    before: original(chain("neg.f32(x[i])", "add.f32(t[j], z[j])"), chainDataflow),
    after: `
      program net
      input x "x" f32[64]
      input z "z" f32[64]
      output y "y" f32[64]
      local t f32[]

      for j in 0..64 serial {
        a: t[] = neg.f32(x[mod(j + 63, 64)])
        b: y[j] = add.f32(t[], z[j])
      }
    `,
    witness: `
      phi a: a[j]
      phi b: b[j]
      load b.0: a[j]
      final y: b[d0]
      once y
    `,
  }),
];
