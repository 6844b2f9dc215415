/** Convolutions of integers with windows of 3 × 3 for the tests of winograd. */
import { elementCount } from "../../../ir/tensor/tensor.js";
import { type Fields, floats, graph, model, node, value } from "../../support/onnx-model.js";
import { attribute, flag, i32, i8, integers, u8 } from "./quantised-models.js";

export interface Convolution {
  /** Channels and extents. */
  readonly image: readonly number[];
  readonly filters: number;
  readonly kernel?: readonly number[];
  readonly pads: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly group?: number;
  /** Zero points: of X, of the weights (one, or one per filter). */
  readonly zero?: number;
  readonly zeros?: readonly number[];
  readonly type?: number;
  readonly weightType?: number;
  readonly result?: number;
  /** Scales: of X, of the weights (one, or one per filter), of the result. */
  readonly sx?: number;
  readonly scales?: readonly number[];
  /** Σ of a filter starts from this. */
  readonly bias?: (filter: number) => number;
  /** Weights all of one value. */
  readonly weight?: number;
  /** Inputs that come from outside, by name; "" before the name leaves an input out. */
  readonly outside?: readonly string[];
  readonly without?: readonly string[];
}

export const numbers = (count: number, factor: number): readonly number[] => Array.from({ length: count }, (_, k) => ((Math.imul(k + 1, factor) >>> 3) % 256) - 128);

function outputOf({ image: [, ...extents], filters, pads, kernel = [3, 3], strides, dilations }: Convolution): readonly number[] {
  return [1, filters, ...extents.map((extent, k) => Math.floor((extent + (pads[k] ?? 0) + (pads[k + extents.length] ?? 0) - (dilations?.[k] ?? 1) * ((kernel[k] ?? 1) - 1) - 1) / (strides?.[k] ?? 1)) + 1)];
}

/** y = QLinearConv(x), the file. */
export function bytesOfConvolution(given: Convolution): Uint8Array {
  const { image, filters, kernel = [3, 3], pads, strides = kernel.map(() => 1), dilations = kernel.map(() => 1), group = 1, outside = [], without = [] } = given;
  const { zero = 0, zeros = [0], type = i8, weightType = i8, result = i8, sx = 0.5, scales = [0.011], bias = (m) => 91 * m - 57, weight } = given;
  const shape = [filters, (image[0] ?? 1) / group, ...kernel];
  const values = numbers(elementCount(shape), 40503).map((w) => weight ?? (weightType === u8 ? w + 128 : w));
  const each = (list: readonly unknown[]): readonly number[] => (list.length === 1 ? [] : [list.length]);
  const all: readonly (readonly [Fields, number, readonly number[]])[] = [
    [floats("sx", [], [sx]), 1, []], [integers("zx", type, [], [zero]), type, []], [integers("w", weightType, shape, values), weightType, shape], [floats("sw", each(scales), scales), 1, each(scales)],
    [integers("zw", weightType, each(zeros), zeros), weightType, each(zeros)], [floats("sy", [], [2]), 1, []], [integers("zy", result, [], [-3 + (result === u8 ? 128 : 0)]), result, []],
    [integers("b", i32, [filters], Array.from({ length: filters }, (_, m) => bias(m))), i32, [filters]],
  ];
  const named = (name: string): string => (without.includes(name) ? "" : name);
  const inputs = ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"].map(named);
  const conv = node("QLinearConv", inputs.at(-1) === "" ? inputs.slice(0, -1) : inputs, ["y"], {
    name: "conv", attribute: [attribute("kernel_shape", kernel), attribute("pads", pads), attribute("strides", strides), attribute("dilations", dilations), flag("group", group)],
  });
  const from = all.filter(([{ name }]) => outside.includes(String(name))).map(([{ name }, of, dims]) => value(String(name), dims, of));
  const initializer = all.map(([fields]) => fields).filter(({ name }) => !outside.includes(String(name)) && !without.includes(String(name)));
  return model(graph([conv], { input: [value("x", [1, ...image], type), ...from], output: [value("y", outputOf(given), result)], initializer }));
}

/** Extents even and odd, paddings of every kind, zero points and scales one or one per filter, bytes with and without a sign. */
export const convolutions: readonly Convolution[] = [
  { image: [4, 5, 4], filters: 3, pads: [1, 1, 1, 1], zero: -7, zeros: [5, -9, 0], scales: [0.011, 0.02, 0.0031] },
  { image: [8, 6, 7], filters: 2, pads: [1, 1, 1, 1], zero: 200, type: u8, weightType: u8, zeros: [131], result: u8 },
  { image: [4, 4, 6], filters: 4, pads: [0, 0, 0, 0], zero: 127, zeros: [-128] },
  { image: [4, 5, 5], filters: 1, pads: [0, 2, 1, 3], zero: -128 },
  { image: [4, 3, 3], filters: 2, pads: [0, 0, 0, 0], zero: 3, scales: [0.3, 0.001] },
  { image: [4, 1, 2], filters: 5, pads: [1, 1, 1, 1], zero: 9, type: u8, weightType: u8, zeros: [1, 2, 3, 4, 5], scales: [1, 2, 0.5, 0.25, 0.01] },
];
