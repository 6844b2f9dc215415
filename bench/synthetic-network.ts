/**
 * Networks of any depth, for measuring how proving grows with it: blocks of ten layers
 * over one shape, so that a network of twice the depth has twice the work and nothing
 * else that differs. Weights are small numbers; what they compute is of no interest.
 */
import { type Fields, floats, graph, model, node, value } from "../test/support/onnx-model.js";

const channels = 4;
const shape = [1, channels, 8, 8] as const;

type Layer = (name: string, input: string, block: string) => { readonly node: Fields; readonly initializer: readonly Fields[] };

/** Same padding, bias, `kernel` × `kernel`. */
function conv(kernel: number): Layer {
  const pad = (kernel - 1) / 2;
  return (name, input) => ({
    node: node("Conv", [input, `${name}.w`, `${name}.b`], [name], { attribute: [ints("kernel_shape", [kernel, kernel]), ints("pads", [pad, pad, pad, pad])] }),
    initializer: [floats(`${name}.w`, [channels, channels, kernel, kernel], numbers(channels * channels * kernel * kernel)), floats(`${name}.b`, [channels], numbers(channels))],
  });
}

const relu: Layer = (name, input) => ({ node: node("Relu", [input], [name]), initializer: [] });

/** Adds what entered the block. */
const residual: Layer = (name, input, block) => ({ node: node("Add", [input, block], [name]), initializer: [] });

const pool: Layer = (name, input) => ({
  node: node("MaxPool", [input], [name], { attribute: [ints("kernel_shape", [3, 3]), ints("pads", [1, 1, 1, 1]), ints("strides", [1, 1])] }),
  initializer: [],
});

const block: readonly Layer[] = [conv(3), relu, conv(1), residual, relu, pool, conv(3), relu, conv(1), relu];

function ints(name: string, values: readonly number[]): Fields {
  return { name, type: 7, ints: values };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, k) => ((7 * k) % 11) / 16 - 0.3125);
}

/** The bytes of a network of so many layers: convolutions, residual sums, pooling and activations. */
export function syntheticNetwork(layers: number): Uint8Array {
  const made: ReturnType<Layer>[] = [];
  let [input, entered] = ["x", "x"];
  for (let k = 0; k < layers; k++) {
    if (k % block.length === 0) entered = input;
    const name = k === layers - 1 ? "y" : `l${k}`;
    const layer = block[k % block.length] ?? relu;
    made.push(layer(name, input, entered));
    input = name;
  }
  const initializer = made.flatMap((layer) => layer.initializer);
  const parts = { input: [value("x", shape)], output: [value("y", shape)], initializer };
  return model(graph(made.map((layer) => layer.node), parts));
}
