/** Quantised groups for the tests of integer-quantised, a few numbers each. */
import type { Graph } from "../../../ir/graph/graph.js";
import { importModel } from "../../../src/onnx/import.js";
import { type Dim, type Fields, floats, graph, model, node, value } from "../../support/onnx-model.js";

export const [u8, i8, i32] = [2, 3, 6];

export function integers(name: string, data_type: number, dims: readonly number[], values: readonly number[]): Fields {
  return { name, dims, data_type, int32_data: values };
}

export function attribute(name: string, ints: readonly number[]): Fields {
  return { name, type: 7, ints };
}

export function flag(name: string, i: number): Fields {
  return { name, type: 2, i };
}

/** The middle of a group, from `x_f` to `y_f`, and its constants. */
export interface Core {
  readonly nodes: readonly Fields[];
  readonly initializer?: readonly Fields[];
  readonly x: { readonly shape: readonly Dim[]; readonly scale: number; readonly zero: number; readonly type?: number };
  readonly y: { readonly shape: readonly Dim[] | undefined; readonly scale: number; readonly zero: number; readonly type?: number };
  /** More outputs, such as a float within the group. */
  readonly output?: readonly Fields[];
  /** Nodes that read `y`. */
  readonly behind?: readonly Fields[];
}

/** Q(core(DQ(x))). */
export function bytesOfGroup({ nodes, initializer = [], x, y, output = [], behind = [] }: Core): Uint8Array {
  const all = [node("DequantizeLinear", ["x", "sx", "zx"], ["x_f"]), ...nodes, node("QuantizeLinear", ["y_f", "sy", "zy"], ["y"]), ...behind];
  const parameters = [floats("sx", [], [x.scale]), integers("zx", x.type ?? i8, [], [x.zero]), floats("sy", [], [y.scale]), integers("zy", y.type ?? i8, [], [y.zero])];
  return model(graph(all, { input: [value("x", x.shape, x.type ?? i8)], output: [value("y", y.shape, y.type ?? i8), ...output], initializer: [...parameters, ...initializer] }));
}

export function groupGraph(core: Core): Graph {
  return importModel(bytesOfGroup(core)).graph;
}

/** A constant as integers of `type` with their scales, dequantised as `name`. */
export function dequantised(name: string, [type, dims, values]: readonly [number, readonly number[], readonly number[]], scales: readonly number[], axis = 0, zeros?: readonly number[]): { readonly nodes: readonly Fields[]; readonly initializer: readonly Fields[] } {
  const shape = scales.length === 1 ? [] : [scales.length];
  const zero = zeros === undefined ? [] : [integers(`${name}_z`, type, shape, zeros)];
  return {
    nodes: [node("DequantizeLinear", [`${name}_q`, `${name}_s`, ...(zeros === undefined ? [] : [`${name}_z`])], [name], { attribute: [flag("axis", axis)] })],
    initializer: [integers(`${name}_q`, type, dims, values), floats(`${name}_s`, shape, scales), ...zero],
  };
}

/** y = Relu(x ∗ w + b) over two taps, two channels: x of shape [batch, 1, 2], y one longer where it is padded. */
export function tinyConv(batch: number, given: { readonly sx?: number; readonly sw?: readonly number[]; readonly sy?: number; readonly zx?: number; readonly zy?: number; readonly bias?: readonly number[]; readonly last?: string; readonly clip?: readonly Fields[]; readonly padded?: boolean } = {}): Core {
  const { sx = 0.1, sw = [0.02, 0.013], sy = 0.05, zx = -3, zy = -128, bias = [40, -7], last = "Relu", clip = [], padded = false } = given;
  const weights = dequantised("w", [i8, [2, 1, 2], [17, -90, 101, 33]], sw);
  const b = dequantised("b", [i32, [2], bias], sw.map((s) => Math.fround(sx * s)));
  return {
    nodes: [...weights.nodes, ...b.nodes, node("Conv", ["x_f", "w", "b"], ["c"], { attribute: [attribute("kernel_shape", [2]), attribute("pads", padded ? [1, 0] : [0, 0])] }), node(last, ["c", ...clip.map(({ name }) => String(name))], ["y_f"])],
    initializer: [...weights.initializer, ...b.initializer, ...clip],
    x: { shape: [batch, 1, 2], scale: sx, zero: zx }, y: { shape: [batch, 2, padded ? 2 : 1], scale: sy, zero: zy },
  };
}
