/** Damaged files: whatever happens to the bytes of a model, it is refused or imported, never a crash. */
import test from "ava";
import { importModel } from "../../src/onnx/import.js";
import { floats, graph, int64s, model, node, smallModel, value } from "../support/onnx-model.js";
import { refusalOf } from "../support/refusals.js";

/** Numbers in 0 … 2³² − 1, the same on every run (xorshift32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
}

/** Convolution, pooling, reshaping and a matrix product: attributes, defaults and a shape that is data. */
function convolutional(): Uint8Array {
  const ints = (name: string, values: readonly number[]): object => ({ name, type: 7, ints: values });
  const nodes = [
    node("Conv", ["x", "k", "b"], ["c"], { attribute: [ints("pads", [1, 1, 1, 1]), ints("strides", [2, 2]), ints("kernel_shape", [3, 3])] }),
    node("MaxPool", ["c"], ["p"], { attribute: [ints("kernel_shape", [2, 2]), ints("strides", [1, 1])] }),
    node("Reshape", ["p", "shape"], ["r"]),
    node("Gemm", ["r", "m"], ["g"], { attribute: [{ name: "alpha", type: 1, f: 0.5 }, { name: "transB", type: 2, i: 1 }] }),
    node("Softmax", ["g"], ["y"], { attribute: [{ name: "axis", type: 2, i: -1 }] }),
  ];
  return model(graph(nodes, {
    input: [value("x", [1, 1, 8, 8])], output: [value("y", [1, 2])],
    initializer: [
      floats("k", [2, 1, 3, 3], new Array<number>(18).fill(0.25)), floats("b", [2], [1, 2]), int64s("shape", [1, -1]),
      floats("m", [2, 18], new Array<number>(36).fill(1)),
    ],
  }));
}

const models = [["a small model", smallModel()], ["a convolutional model", convolutional()]] as const;

for (const [title, whole] of models) {
  test(`${title} is imported when whole`, (t) => {
    t.is(refusalOf(() => importModel(whole)), undefined);
  });

  test(`${title}: 200 truncations are refused or imported`, (t) => {
    const random = randomNumbers(1);
    for (let k = 0; k < 200; k++) {
      const length = random() % whole.length;
      t.notThrows(() => refusalOf(() => importModel(whole.subarray(0, length))), `the first ${length} bytes`);
    }
  });

  test(`${title}: 200 flipped bytes are refused or imported`, (t) => {
    const random = randomNumbers(2);
    for (let k = 0; k < 200; k++) {
      const at = random() % whole.length;
      const mask = 1 + (random() % 255);
      const damaged = whole.map((byte, position) => (position === at ? byte ^ mask : byte));
      t.notThrows(() => refusalOf(() => importModel(damaged)), `byte ${at} xor ${mask}`);
    }
  });

  test(`${title}: every single flipped bit is refused or imported`, (t) => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = whole.map((byte, position) => (position === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      t.notThrows(() => refusalOf(() => importModel(damaged)), `bit ${bit}`);
    }
  });
}

test("random bytes are refused", (t) => {
  const random = randomNumbers(3);
  for (let k = 0; k < 200; k++) {
    const bytes = Uint8Array.from({ length: 1 + (random() % 300) }, () => random() & 0xff);
    t.truthy(refusalOf(() => importModel(bytes)));
  }
});
