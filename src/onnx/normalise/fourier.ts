/**
 * DFT and STFT by the sums that define them, with constant factors: cos and sin of parts of a turn,
 * correctly rounded (turns.ts). A DFT is one product with a matrix, a sum over the samples in order,
 * real before imaginary part; an inverse one is divided by its length. An STFT is a convolution
 * with the factors times the window. MelWeightMatrix is a constant.
 */
import { invalid, unsupported } from "../../../ir/prelude.js";
import { tensorOf } from "../../../ir/tensor/tensor.js";
import { supportedElementType } from "../element-types.js";
import { type Composition, composed, section } from "./compose.js";
import { type Normaliser, allowOnly, axisOf, constantInput, flagOf, inputName, inputType, integersOf, intOf, refuseValue } from "./node.js";
import type { RawNode } from "./raw-node.js";
import { cosOfTurns, sinOfTurns } from "./turns.js";

/** Entries of a matrix of factors: 64 MiB. */
const entryLimit = 2 ** 24;

const given = (node: RawNode, slot: number): boolean => (node.inputs[slot] ?? null) !== null;

/** The one integer of a constant input. */
function integerInput(node: RawNode, slot: number, what: string): number | undefined {
  const tensor = constantInput(node, slot);
  return tensor === undefined ? undefined : integersOf(node, tensor, what)[0];
}

interface Transform {
  /** Terms of the defining sum, and so what the angle is a part of. */
  readonly length: number;
  /** Samples that are given; further ones count as 0. */
  readonly samples: number;
  /** Parts of a sample: 1 for real, 2 for complex. */
  readonly parts: number;
  readonly results: number;
  readonly inverse: boolean;
  /** One side of a spectrum in, real numbers out. */
  readonly toReal: boolean;
}

/** Column-wise [samples, parts, results, parts of a result]: what part p of sample n gives to each part of result k. */
function factors(node: RawNode, { length, samples, parts, results, inverse, toReal }: Transform): readonly number[] {
  const outputs = toReal ? 1 : 2;
  if (samples * parts * results * outputs > entryLimit) {
    unsupported("too-large", `${node.op} of length ${length} has ${samples * parts * results * outputs} factors`, node.name, `transform shorter signals: ${entryLimit} factors at most`);
  }
  const cos = Array.from({ length }, (_, m) => cosOfTurns(m, length));
  const sin = Array.from({ length }, (_, m) => (inverse ? 1 : -1) * sinOfTurns(m, length));
  const made: number[] = [];
  for (let n = 0; n < samples; n++) {
    const weight = toReal && n > 0 && 2 * n !== length ? 2 : 1; // stands for its conjugate as well
    for (let part = 0; part < parts; part++) {
      for (let k = 0; k < results; k++) {
        const at = (n * k) % length;
        const [c, s] = [weight * (cos[at] ?? 0), weight * (sin[at] ?? 0)];
        made.push(part === 0 ? c : -s);
        if (!toReal) made.push(part === 0 ? s : c);
      }
    }
  }
  return made.map((value) => value + 0); // no −0
}

/** Positive for every axis but the last, which holds the parts. */
function dftAxis(node: RawNode, rank: number): number {
  const stated = node.opset >= 20 ? integerInput(node, 2, "axis") ?? -2 : intOf(node, "axis") ?? 1;
  const axis = axisOf(node, stated, rank);
  return axis < rank - 1 ? axis : invalid("axis", "DFT over the axis of real and imaginary parts", node.name, "choose an axis of the signal");
}

/** A matrix product over `axis` and the parts, which are brought together to the end for it. */
export const dft: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "inverse", "onesided", ...(node.opset < 20 ? ["axis"] : []));
  const { type, shape } = inputType(node, 0);
  if (type !== "f32") refuseValue(node, "element type", type, "use float");
  const parts = shape.at(-1) ?? 0;
  if (shape.length < 2 || parts < 1 || parts > 2) invalid("shape-mismatch", `DFT of [${shape.join(",")}]: its last axis must hold 1 or 2 parts`, node.name, "give real and imaginary parts in the last axis");
  const axis = dftAxis(node, shape.length);
  const [inverse, onesided] = [flagOf(node, "inverse", 0) === 1, flagOf(node, "onesided", 0) === 1];
  const toReal = inverse && onesided;
  if (onesided && parts !== (inverse ? 2 : 1)) refuseValue(node, "onesided", 1, inverse ? "give a complex spectrum" : "give a real signal");
  const extent = shape[axis] ?? 1;
  const length = integerInput(node, 1, "dft_length") ?? (toReal ? 2 * (extent - 1) : extent);
  if (length < 1) refuseValue(node, "dft_length", length, "give a length of at least 1");
  const samples = Math.min(extent, toReal ? Math.floor(length / 2) + 1 : length);
  const results = onesided && !inverse ? Math.floor(length / 2) + 1 : length;
  const sum = transformed(node, made, { length, samples, parts, results, inverse, toReal }, axis);
  made.output(0, inverse ? "Div" : "Identity", inverse ? [sum, made.constant(tensorOf("f32", [], [length]))] : [sum]);
});

function transformed(node: RawNode, made: Composition, transform: Transform, axis: number): string {
  const { shape } = inputType(node, 0);
  const { samples, parts, results, toReal } = transform;
  const others = shape.map((_, d) => d).slice(0, -1).filter((d) => d !== axis);
  const outer = others.map((d) => shape[d] ?? 1);
  const x = samples === shape[axis] ? inputName(node, 0) : section(made, [inputName(node, 0), shape], axis, [0, samples]);
  const rows = made.node("Reshape", [made.node("Transpose", [x], { perm: [...others, axis, shape.length - 1] })], { shape: [...outer, samples * parts] });
  const row = outer.length === 0 ? made.node("Reshape", [rows], { shape: [1, samples * parts] }) : rows;
  const last = toReal ? 1 : 2;
  const matrix = made.constant(tensorOf("f32", [samples * parts, results * last], factors(node, transform)));
  const product = made.node("Reshape", [made.node("MatMul", [row, matrix])], { shape: [...outer, results, last] });
  const back = shape.map((_, d) => (d === axis ? outer.length : d === shape.length - 1 ? outer.length + 1 : others.indexOf(d)));
  return made.node("Transpose", [product], { perm: back });
}

/** Y[b, f, k] = Σ_n x[b, f·step + n]·(w[n]·t[n, k]): a convolution of one spatial axis, its output channels the parts of each k. */
export const stft: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "onesided");
  const { type, shape: [batch = 1, extent = 1, parts = 1] } = inputType(node, 0);
  if (type !== "f32") refuseValue(node, "element type", type, "use float");
  const step = integerInput(node, 1, "frame_step") ?? 0;
  const windowed = given(node, 2) ? inputType(node, 2).shape[0] ?? 0 : undefined;
  const length = integerInput(node, 3, "frame_length") ?? windowed ?? extent;
  if (step < 1 || length < 1 || length > extent || (windowed ?? length) !== length) {
    invalid("shape-mismatch", `STFT of ${extent} samples by steps of ${step} in frames of ${length} with a window of ${windowed ?? length}`, node.name, "correct frame_step, frame_length and window");
  }
  const onesided = flagOf(node, "onesided", 1) === 1;
  if (onesided && parts !== 1) refuseValue(node, "onesided", 1, "set onesided to 0 for a complex signal");
  const results = onesided ? Math.floor(length / 2) + 1 : length;
  const table = factors(node, { length, samples: length, parts, results, inverse: false, toReal: false });
  const kernels = Array.from({ length: 2 * results * parts * length }, (_, at) => {
    const [channel, part, n] = [Math.floor(at / (parts * length)), Math.floor(at / length) % parts, at % length];
    return table[(n * parts + part) * 2 * results + channel] ?? 0;
  });
  const plain = made.constant(tensorOf("f32", [2 * results, parts, length], kernels));
  const weights = windowed === undefined ? plain : made.node("Mul", [plain, inputName(node, 2)]);
  const signal = made.node("Transpose", [inputName(node, 0)], { perm: [0, 2, 1] });
  const frames = Math.floor((extent - length) / step) + 1;
  const channels = made.node("Conv", [signal, weights], { kernel_shape: [length], strides: [step], dilations: [1], pads: [0, 0], group: 1 });
  made.output(0, "Reshape", [made.node("Transpose", [channels], { perm: [0, 2, 1] })], { shape: [batch, frames, results, 2] });
});

/** The matrix of ONNX's reference implementation; its edges are whole bins, so they are refused where rounding could decide one. */
export const melWeightMatrix: Normaliser = (node) => composed(node, (made) => {
  allowOnly(node, "output_datatype");
  const [bins, length, rate] = ["num_mel_bins", "dft_length", "sample_rate"].map((what, slot) => integerInput(node, slot, what) ?? 0);
  const [low, high] = [3, 4].map((slot) => Number(constantInput(node, slot)?.data[0] ?? NaN));
  if (bins === undefined || length === undefined || rate === undefined || low === undefined || high === undefined || bins < 1 || length < 1 || rate < 1 || !(low >= 0 && low < high)) {
    return invalid("attribute-value", "MelWeightMatrix has sizes or edges that make no matrix", node.name, "give positive sizes and edges in ascending order");
  }
  const rows = Math.floor(length / 2) + 1;
  const edges = melEdges(node, [bins, length, rate], [low, high]);
  if (edges.some((edge) => edge >= rows)) invalid("attribute-value", `MelWeightMatrix has an edge beyond its ${rows} bins`, node.name, "lower upper_edge_hertz");
  const type = supportedElementType(intOf(node, "output_datatype") ?? 1, `${rows},${bins}`, node.name);
  const values = Array.from({ length: rows * bins }, (_, at) => Math.fround(triangle(Math.floor(at / bins), edges.slice(at % bins, (at % bins) + 3))));
  made.output(0, "Cast", [made.constant(tensorOf("f32", [rows, bins], values))], { to: type });
});

/** ⌊(dft_length + 1)·f / rate⌋ for bins + 2 frequencies f that are equally far apart in mels. */
function melEdges(node: RawNode, [bins, length, rate]: readonly [number, number, number], [low, high]: readonly [number, number]): readonly number[] {
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const step = (mel(high) - mel(low)) / (bins + 2);
  return Array.from({ length: bins + 2 }, (_, k) => {
    const hertz = k === 0 ? low : 700 * (10 ** ((mel(low) + k * step) / 2595) - 1);
    const place = ((length + 1) * hertz) / rate;
    if (k > 0 && Math.abs(place - Math.round(place)) < 1e-6) refuseValue(node, "edge", `${place}, which rounding decides`, "move an edge by a little");
    return Math.floor(place);
  });
}

/** 0 at the outer edges, 1 at the middle one. */
function triangle(row: number, [left = 0, middle = 0, right = 0]: readonly number[]): number {
  if (row === middle) return 1;
  if (row >= left && row < middle) return (row - left) / (middle - left);
  return row > middle && row < right ? (right - row) / (right - middle) : 0;
}
