/** Operators of com.microsoft: each equals, bit for bit, the composition of ai.onnx operators that ONNX Runtime states. */
import test from "ava";
import { type NodeCase, counting, f32, float, int, normalFormOf, runNode, valuesOf } from "./support.js";

const domain = "com.microsoft";
const x = f32([2, 3], [-3.5, -0.25, 0, 0.75, 2, 9]);
const bias = f32([3], [0.5, -1, 0.125]);

/** The outputs of `first`, then `op` on the first of them and `more`. */
function then(first: NodeCase, next: Omit<NodeCase, "inputs">, more: NodeCase["inputs"] = []): readonly unknown[] {
  const [made] = runNode(first);
  return valuesOf({ ...next, inputs: [made ?? null, ...more] });
}

test("Gelu and BiasGelu are the exact form, FastGelu the tanh form", (t) => {
  const approximate = { kind: "string", value: "tanh" } as const;
  const sum: NodeCase = { op: "Add", inputs: [x, bias] };
  t.deepEqual(valuesOf({ op: "Gelu", domain, inputs: [x] }), valuesOf({ op: "Gelu", inputs: [x] }));
  t.deepEqual(valuesOf({ op: "BiasGelu", domain, inputs: [x, bias] }), then(sum, { op: "Gelu" }));
  t.deepEqual(valuesOf({ op: "FastGelu", domain, inputs: [x, bias] }), then(sum, { op: "Gelu", attributes: { approximate } }));
  t.deepEqual(valuesOf({ op: "FastGelu", domain, inputs: [x] }), valuesOf({ op: "Gelu", inputs: [x], attributes: { approximate } }));
  t.notDeepEqual(valuesOf({ op: "FastGelu", domain, inputs: [x] }), valuesOf({ op: "Gelu", inputs: [x] }), "the two forms differ");
});

test("QuickGelu is Swish with α = 1.702", (t) => {
  t.deepEqual(valuesOf({ op: "QuickGelu", domain, inputs: [x] }), valuesOf({ op: "Swish", opset: 24, inputs: [x], attributes: { alpha: float(1.702) } }));
});

test("SkipLayerNormalization normalises (X + Skip) + Bias over the last axis", (t) => {
  const [skip, gamma, beta] = [counting([2, 3]), f32([3], [1, 2, 3]), f32([3], [0.5, 0, -0.5])];
  const summed = runNode({ op: "Add", inputs: [runNode({ op: "Add", inputs: [x, skip] })[0] ?? null, bias] });
  const attributes = { epsilon: float(1e-5) };
  const [y, , , sum] = runNode({ op: "SkipLayerNormalization", domain, inputs: [x, skip, gamma, beta, bias], attributes, outputs: 4, omitted: [1, 2] });
  t.deepEqual(sum?.data, summed[0]?.data);
  t.deepEqual(y?.data, runNode({ op: "LayerNormalization", inputs: [summed[0] ?? null, gamma, beta], attributes })[0]?.data);
  t.deepEqual(normalFormOf({ op: "SkipLayerNormalization", domain, inputs: [x, skip, gamma] }).attributes, { axis: 1, epsilon: Math.fround(1e-12) });
});

test("FusedMatMul transposes the last two axes and scales", (t) => {
  const [a, b] = [counting([2, 3]), counting([2, 4])];
  const product = valuesOf({ op: "FusedMatMul", domain, inputs: [a, b], attributes: { transA: int(1), alpha: float(0.5) } });
  t.deepEqual(product, valuesOf({ op: "Gemm", inputs: [a, b], attributes: { transA: int(1), alpha: float(0.5) } }));
  t.deepEqual(valuesOf({ op: "FusedMatMul", domain, inputs: [a, counting([4, 3])], attributes: { transB: int(1) } }),
    valuesOf({ op: "Gemm", inputs: [a, counting([4, 3])], attributes: { transB: int(1) } }));
});
