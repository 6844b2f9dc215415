/**
 * LSTM, GRU and RNN against the formulas of the ONNX specification written directly, in
 * f64 and step by step, for every attribute; and exactly where the numbers are integers.
 */
import test, { type ExecutionContext } from "ava";
import { present } from "../../ir/prelude.js";
import type { ScalarValue } from "../../ir/scalar/types.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { randomFrom, randomTensor } from "../loop/support.js";
import { refuses } from "../support/refusals.js";
import { normaliseNode } from "../../src/onnx/normalise/index.js";
import { type NodeCase, f32, float, int, normalFormOf, rawNodeOf, runNode, tensor, text, valuesOf } from "./support.js";

type Vector = readonly number[];
type Step = (x: Vector, states: readonly Vector[]) => readonly Vector[];

const [T, B, I, H] = [4, 2, 3, 2];
const random = randomFrom(11);
const made = (...shape: readonly number[]): Tensor => {
  const type = { type: "f32", shape } as const;
  return f32(shape, Array.from<ScalarValue, number>(randomTensor(type, random).data, (value) => Math.fround(Math.sin(Number(value)))));
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const indices = (count: number): readonly number[] => Array.from({ length: count }, (_, k) => k);

/** Rows [first, first + H) of the matrix of direction d, times v. */
function product(w: Tensor, d: number, first: number, v: Vector): Vector {
  const [, rows = 0, columns = 0] = w.shape;
  return indices(H).map((j) => v.reduce((sum, x, k) => sum + x * Number(w.data[(d * rows + first + j) * columns + k]), 0));
}

function slice(b: Tensor | null, d: number, first: number): Vector {
  return indices(H).map((j) => (b === null ? 0 : Number(b.data[d * (b.shape[1] ?? 0) + first + j])));
}

const zip = (f: (...x: readonly number[]) => number, ...vectors: readonly Vector[]): Vector => indices(H).map((j) => f(...vectors.map((v) => v[j] ?? 0)));
const plus = (...vectors: readonly Vector[]): Vector => zip((...x) => x.reduce((a, b) => a + b, 0), ...vectors);
const clipped = (limit: number, v: Vector): Vector => v.map((x) => Math.min(limit, Math.max(-limit, x)));

interface Weights {
  readonly w: Tensor;
  readonly r: Tensor;
  readonly b: Tensor | null;
  readonly p?: Tensor | null;
  readonly clip?: number;
}

function lstmStep({ w, r, b, p = null, clip = Infinity }: Weights, d: number, coupled = false): Step {
  return (x, [h = [], c = []]) => {
    const gate = (k: number): Vector => plus(product(w, d, k * H, x), product(r, d, k * H, h), slice(b, d, k * H), slice(b, d, (4 + k) * H));
    const peek = (k: number, cell: Vector): Vector => zip((weight = 0, value = 0) => weight * value, slice(p, d, k * H), cell);
    const i = clipped(clip, plus(gate(0), peek(0, c))).map(sigmoid);
    const f = coupled ? i.map((value) => 1 - value) : clipped(clip, plus(gate(2), peek(2, c))).map(sigmoid);
    const next = zip((a = 0, u = 0, v = 0, z = 0) => a * u + v * z, f, c, i, clipped(clip, gate(3)).map(Math.tanh));
    const o = clipped(clip, plus(gate(1), peek(1, next))).map(sigmoid);
    return [zip((u = 0, v = 0) => u * v, o, clipped(clip, next).map(Math.tanh)), next];
  };
}

function gruStep({ w, r, b, clip = Infinity }: Weights, d: number, linearBeforeReset: boolean): Step {
  return (x, [h = []]) => {
    const gate = (k: number): Vector => clipped(clip, plus(product(w, d, k * H, x), product(r, d, k * H, h), slice(b, d, k * H), slice(b, d, (3 + k) * H))).map(sigmoid);
    const [z, reset] = [gate(0), gate(1)];
    const times = (u: Vector, v: Vector): Vector => zip((a = 0, c = 0) => a * c, u, v);
    const state = linearBeforeReset
      ? times(reset, plus(product(r, d, 2 * H, h), slice(b, d, 5 * H)))
      : plus(product(r, d, 2 * H, times(reset, h)), slice(b, d, 5 * H));
    const candidate = clipped(clip, plus(product(w, d, 2 * H, x), state, slice(b, d, 2 * H))).map(Math.tanh);
    return [zip((a = 0, u = 0, v = 0) => (1 - a) * u + a * v, z, candidate, h)];
  };
}

function rnnStep({ w, r, b }: Weights, d: number): Step {
  return (x, [h = []]) => [plus(product(w, d, 0, x), product(r, d, 0, h), slice(b, d, 0), slice(b, d, H)).map(Math.tanh)];
}

interface Run {
  readonly x: Tensor;
  readonly initial: readonly (Tensor | null)[];
  readonly states: number;
  readonly direction: string;
  readonly layout: number;
  readonly step: (d: number) => Step;
}

/** Y and the last states, flat, in the layout asked for. */
function direct({ x, initial, states, direction, layout, step }: Run): readonly (readonly number[])[] {
  const D = direction === "bidirectional" ? 2 : 1;
  const place = (first: number, second: number): number => (layout === 0 ? first : second);
  const y = new Array<number>(T * D * B * H).fill(0);
  const last = indices(states).map(() => new Array<number>(D * B * H).fill(0));
  for (const d of indices(D)) for (const b of indices(B)) {
    const stateAt = place(d * B + b, b * D + d) * H;
    let now: readonly Vector[] = indices(states).map((k) => indices(H).map((j) => Number(initial[k]?.data[stateAt + j] ?? 0)));
    for (const t of indices(T)) {
      const at = d === 1 || direction === "reverse" ? T - 1 - t : t;
      now = step(d)(indices(I).map((k) => Number(x.data[place(at * B + b, b * T + at) * I + k])), now);
      now[0]?.forEach((value, j) => (y[place((at * D + d) * B + b, (b * T + at) * D + d) * H + j] = value));
    }
    now.forEach((state, k) => state.forEach((value, j) => (present(last[k], "state")[stateAt + j] = value)));
  }
  return [y, ...last];
}

function agrees(t: ExecutionContext, node: NodeCase, expected: readonly (readonly number[])[], what: string): void {
  runNode(node).forEach((output, k) => {
    const largest = Math.max(...Array.from<ScalarValue, number>(output.data, (value, at) => Math.abs(Number(value) - (expected[k]?.[at] ?? NaN))));
    t.true(largest < 2e-6, `${what}, output ${k}: ${largest}`);
  });
}

const directions = ["forward", "reverse", "bidirectional"] as const;
const xOf = (layout: number): Tensor => (layout === 0 ? made(T, B, I) : made(B, T, I));

for (const direction of directions) {
  const D = direction === "bidirectional" ? 2 : 1;
  for (const layout of [0, 1]) {
    const state = layout === 0 ? [D, B, H] : [B, D, H];
    const given = { direction: text(direction), layout: int(layout), hidden_size: int(H) };

    test(`LSTM ${direction}, layout ${layout}: states, peepholes, clipping, coupled gates`, (t) => {
      const [x, w, r, b, h, c, p] = [xOf(layout), made(D, 4 * H, I), made(D, 4 * H, H), made(D, 8 * H), made(...state), made(...state), made(D, 3 * H)];
      const common = { x, states: 2, direction, layout };
      const run = (inputs: NodeCase["inputs"], attributes: NodeCase["attributes"], of: Omit<Run, keyof typeof common>, what: string): void =>
        agrees(t, { op: "LSTM", inputs, attributes: { ...given, ...attributes }, outputs: 3 }, direct({ ...common, ...of }), what);
      run([x, w, r], {}, { initial: [], step: (d) => lstmStep({ w, r, b: null }, d) }, "bare");
      run([x, w, r, b, null, h, c, p], {}, { initial: [h, c], step: (d) => lstmStep({ w, r, b, p }, d) }, "full");
      run([x, w, r, b, null, null, c], { clip: float(0.25) }, { initial: [null, c], step: (d) => lstmStep({ w, r, b, clip: 0.25 }, d) }, "clipped");
      run([x, w, r, b, null, h], { input_forget: int(1) }, { initial: [h], step: (d) => lstmStep({ w, r, b }, d, true) }, "coupled");
    });

    test(`GRU ${direction}, layout ${layout}: reset before and after the product`, (t) => {
      const [x, w, r, b, h] = [xOf(layout), made(D, 3 * H, I), made(D, 3 * H, H), made(D, 6 * H), made(...state)];
      for (const linear of [0, 1]) {
        const node: NodeCase = { op: "GRU", inputs: [x, w, r, b, null, h], attributes: { ...given, linear_before_reset: int(linear) }, outputs: 2 };
        agrees(t, node, direct({ x, initial: [h], states: 1, direction, layout, step: (d) => gruStep({ w, r, b }, d, linear === 1) }), `linear ${linear}`);
      }
    });

    test(`RNN ${direction}, layout ${layout}`, (t) => {
      const [x, w, r, b, h] = [xOf(layout), made(D, H, I), made(D, H, H), made(D, 2 * H), made(...state)];
      const node: NodeCase = { op: "RNN", inputs: [x, w, r, b, null, h], attributes: given, outputs: 2 };
      agrees(t, node, direct({ x, initial: [h], states: 1, direction, layout, step: (d) => rnnStep({ w, r, b }, d) }), "full");
    });
  }
}

test("RNN with Relu over integers is exact: H = max(0, 2x + 3H + 1)", (t) => {
  const inputs = [f32([3, 1, 1], [1, -4, 5]), f32([1, 1, 1], [2]), f32([1, 1, 1], [3]), f32([1, 2], [1, 0])];
  const activations = { kind: "strings", value: ["relu"] } as const;
  t.deepEqual(valuesOf({ op: "RNN", inputs, attributes: { activations } }), [3, 2, 17]);
  t.deepEqual(valuesOf({ op: "RNN", inputs, attributes: { activations, direction: text("reverse") } }), [81, 26, 11]);
});

test("activations take the parameters that they have, in order", (t) => {
  const inputs = [f32([1, 1, 1], [2]), f32([2, 1, 1], [1, 1]), f32([2, 1, 1], [0, 0])];
  const of = (names: readonly string[], alpha: readonly number[], beta: readonly number[] = []) => valuesOf({
    op: "RNN", inputs,
    attributes: {
      direction: text("bidirectional"), activations: { kind: "strings", value: names },
      activation_alpha: { kind: "floats", value: alpha }, activation_beta: { kind: "floats", value: beta },
    },
  });
  t.deepEqual(of(["Relu", "Affine"], [3], [1]), [2, 7], "Relu takes none");
  t.deepEqual(of(["Affine", "ThresholdedRelu"], [3, 5], [1]), [7, 0]);
  t.deepEqual(of(["ThresholdedRelu", "Softsign"], []), [2, Math.fround(2 / 3)], "defaults");
});

test("recurrent operators refuse what they do not cover", (t) => {
  const inputs = [made(T, B, I), made(1, 4 * H, I), made(1, 4 * H, H), null];
  const lengths = (...values: readonly number[]): NodeCase => ({ op: "LSTM", inputs: [...inputs, tensor("i32", [B], values)], constants: [4] });
  t.notThrows(() => runNode(lengths(T, T)));
  t.is(normalFormOf(lengths(T, T)).inputs.length, 3);
  t.is(normalFormOf({ ...lengths(T, T), constants: [] }).inputs.length, 5);
  t.regex(refuses(t, "attribute-value", () => normaliseNode(rawNodeOf(lengths(T, T + 1)))).message, /a sequence of 5 positions/);
  refuses(t, "type-mismatch", () => runNode({ op: "LSTM", inputs: [...inputs, f32([B], [1, 2])] }));
  refuses(t, "shape-mismatch", () => runNode({ op: "LSTM", inputs: [...inputs, tensor("i32", [1], [1])] }));
  const activations = { kind: "strings", value: ["Sigmoid", "Tanh", "Gelu"] } as const;
  t.regex(refuses(t, "attribute-value", () => normaliseNode(rawNodeOf({ op: "LSTM", inputs, attributes: { activations } }))).message, /activation = Gelu/);
  t.regex(refuses(t, "attribute-value", () => normaliseNode(rawNodeOf({ op: "LSTM", inputs, attributes: { activations: { kind: "strings", value: ["Tanh"] } } }))).message, /1 activations/);
  refuses(t, "shape-mismatch", () => runNode({ op: "LSTM", inputs: [made(T, B, I), made(1, 3 * H, I), made(1, 4 * H, H)] }));
});
