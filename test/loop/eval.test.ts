/** The interpreter: values to the bit, both engines alike, faults named. */
import test from "ava";
import { load, loop, op, store } from "../../ir/loop/build.js";
import { type Environment, ExecutionFault, evalProgram } from "../../ir/loop/eval.js";
import { literal, shift, variable } from "../../ir/loop/index-expr.js";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import { InvariantViolation } from "../../ir/prelude.js";
import { type ElementType, bitsOf } from "../../ir/scalar/types.js";
import { type Tensor, tensorOf } from "../../ir/tensor/tensor.js";
import { randomProgram } from "./random-program.js";
import { randomFrom, randomInputs, randomTensor, readCase } from "./support.js";

/** Bit patterns, all NaNs as one. */
function bits({ type, data }: Tensor): bigint[] {
  return Array.from(data as Iterable<number | bigint>, (value) => bitsOf(type, value));
}

function outputBits(outputs: ReadonlyMap<string, Tensor>): Record<string, readonly bigint[]> {
  return Object.fromEntries([...outputs].map(([name, tensor]) => [name, bits(tensor)]));
}

const modes = [{}, { strict: true }, { arena: true }, { strict: true, arena: true }];

function everyMode(program: Program, environment: Environment): Record<string, readonly bigint[]>[] {
  return modes.map((options) => outputBits(evalProgram(program, environment, options)));
}

const f32 = (shape: readonly number[], values: Iterable<number>): Tensor => tensorOf("f32", shape, values);
const random = randomFrom(7);
const randomF32 = (...shape: readonly number[]): Tensor => randomTensor({ type: "f32", shape }, random);

test("a padded convolution is the sum over the taps inside, in order", (t) => {
  const program = parseProgram(readCase("conv-padded.loop"));
  const [x, w, b] = [randomF32(1, 2, 5, 5), randomF32(3, 2, 3, 3), randomF32(3)];
  const expected: number[] = [];
  for (let m = 0; m < 3; m++) for (let i = 0; i < 5; i++) for (let j = 0; j < 5; j++) {
    let sum = Number(b.data[m]);
    for (let c = 0; c < 2; c++) for (let p = 0; p < 3; p++) for (let q = 0; q < 3; q++) {
      const [r, s] = [i + p - 1, j + q - 1];
      if (r < 0 || r > 4 || s < 0 || s > 4) continue;
      sum = Math.fround(sum + Math.fround(Number(x.data[25 * c + 5 * r + s]) * Number(w.data[18 * m + 9 * c + 3 * p + q])));
    }
    expected.push(sum);
  }
  const environment = { inputs: new Map([["x", x]]), weights: new Map([["W", w], ["B", b]]) };
  for (const outputs of everyMode(program, environment)) t.deepEqual(outputs["y"], bits(f32([75], expected)));
});

test("a tile's tail is left out, packed weights beyond the tensor are +0", (t) => {
  const program = parseProgram(readCase("tile-tail.loop"));
  const [x, w] = [randomF32(30), randomF32(30)];
  const product = Array.from({ length: 30 }, (_, k) => Math.fround(Number(x.data[k]) * Number(w.data[k]))); // fma onto −0 is the rounded product
  const environment = { inputs: new Map([["x", x]]), weights: new Map([["W", w]]) };
  for (const outputs of everyMode(program, environment)) t.deepEqual(outputs["y"], bits(f32([30], product)));
});

test("integers, 64-bit index values, floordiv and mod", (t) => {
  const program = parseProgram(readCase("arena-index.loop"));
  const x = tensorOf("i32", [2, 6], Array.from({ length: 12 }, (_, k) => k * k - 20));
  const transposed = Array.from({ length: 12 }, (_, k) => Number(x.data[6 * (k % 2) + Math.floor(k / 2)]));
  for (const outputs of everyMode(program, { inputs: new Map([["x", x]]), weights: new Map() })) {
    t.deepEqual(outputs["y"], bits(tensorOf("i32", [12], transposed)));
    t.deepEqual(outputs["n"], [12n]);
  }
});

test("the fast engine computes what the plain one computes, on 400 random programs", (t) => {
  for (let seed = 0; seed < 400; seed++) {
    const program = randomProgram(seed);
    const [fast, ...others] = everyMode(program, randomInputs(program, new Map(), seed));
    for (const other of others) t.deepEqual(other, fast, printProgram(program));
  }
});

const origin = { node: "n", pass: "p" };

/** for i in 0..extent: y[i] = x[i + offset], both of 8 elements. */
function shifted(extent: number, offset: number, type: ElementType = "f32"): Program {
  const i = variable("i");
  return {
    name: "shifted",
    buffers: [
      { name: "x", type, shape: [8], kind: "input" },
      { name: "y", type, shape: [8], kind: "output" },
    ],
    body: [loop({ variable: "i", extent }, origin, [store("s", { buffer: "y", index: [i] }, load("x", shift(i, offset)), origin)])],
  };
}

for (const strict of [false, true]) {
  for (const [extent, offset, buffer, index] of [[8, 1, "x", 8], [8, -1, "x", -1], [9, -1, "x", -1], [9, -2, "x", -2]] as const) {
    test(`an index outside its dimension is a fault: ${extent} from ${offset}, strict ${strict}`, (t) => {
      const program = shifted(extent, offset);
      const environment = randomInputs(program, new Map(), 1);
      const fault = t.throws(() => evalProgram(program, environment, { strict }), { instanceOf: ExecutionFault });
      t.deepEqual([fault.fault, fault.statement, fault.buffer, fault.index], ["bounds", "s", buffer, [index]]);
    });
  }

  test(`a dimension is exceeded though the address stays inside the buffer, strict ${strict}`, (t) => {
    const program: Program = {
      name: "alias",
      buffers: [{ name: "x", type: "f32", shape: [2, 4], kind: "input" }, { name: "y", type: "f32", shape: [], kind: "output" }],
      body: [store("s", { buffer: "y", index: [] }, load("x", literal(0), literal(4)), origin)],
    };
    const fault = t.throws(() => evalProgram(program, randomInputs(program, new Map(), 1), { strict }), { instanceOf: ExecutionFault });
    t.is(fault.message, "statement s: x[0, 4] is outside f32[2,4]");
  });
}

test("an element read before it was written is a fault when strict, poison otherwise", (t) => {
  const i = variable("i");
  const program: Program = {
    name: "unwritten",
    buffers: [{ name: "t", type: "f32", shape: [4], kind: "temp" }, { name: "y", type: "f32", shape: [4], kind: "output" }],
    body: [
      store("w", { buffer: "t", index: [literal(0)] }, { kind: "const", constant: { type: "f32", bits: 0n } }, origin),
      loop({ variable: "i", extent: 4 }, origin, [store("s", { buffer: "y", index: [i] }, load("t", i), origin)]),
    ],
  };
  const none = { inputs: new Map<string, Tensor>(), weights: new Map<string, Tensor>() };
  const fault = t.throws(() => evalProgram(program, none, { strict: true }), { instanceOf: ExecutionFault });
  t.deepEqual([fault.fault, fault.statement, fault.buffer, fault.index], ["unwritten", "s", "t", [1]]);
  t.deepEqual(outputBits(evalProgram(program, none))["y"], [0n, 0x7fc00000n, 0x7fc00000n, 0x7fc00000n]);
});

test("a wrong memory plan shows in the arena, not in logical buffers", (t) => {
  const right = parseProgram(readCase("arena-index.loop"));
  const wrong = { ...right, buffers: right.buffers.map((b) => (b.name === "u" ? { ...b, place: { offset: 8 } } : b)) };
  const environment = randomInputs(right, new Map(), 3);
  const expected = outputBits(evalProgram(right, environment, { arena: true }));
  t.deepEqual(outputBits(evalProgram(wrong, environment)), expected);
  t.notDeepEqual(outputBits(evalProgram(wrong, environment, { arena: true })), expected);
  t.notDeepEqual(outputBits(evalProgram(wrong, environment, { arena: true, strict: true })), expected);
});

test("an fma rounds once, a product and a sum twice", (t) => {
  const a = 1 + 2 ** -12;
  const program = (value: Parameters<typeof store>[2]): Program => ({
    name: "round",
    buffers: [{ name: "x", type: "f32", shape: [1], kind: "input" }, { name: "c", type: "f32", shape: [1], kind: "input" }, { name: "y", type: "f32", shape: [1], kind: "output" }],
    body: [
      store("first", { buffer: "y", index: [literal(0)] }, load("c", literal(0)), origin),
      loop({ variable: "i", extent: 1 }, origin, [store("s", { buffer: "y", index: [variable("i")] }, value, origin)]),
    ],
  });
  const [x, y] = [load("x", variable("i")), load("y", variable("i"))];
  const environment = { inputs: new Map([["x", f32([1], [a])], ["c", f32([1], [-1])]]), weights: new Map<string, Tensor>() };
  for (const result of everyMode(program(op("fma.f32", x, x, y)), environment)) t.deepEqual(result["y"], bits(f32([1], [2 ** -11 + 2 ** -24])));
  for (const result of everyMode(program(op("add.f32", op("mul.f32", x, x), y)), environment)) t.deepEqual(result["y"], bits(f32([1], [2 ** -11])));
});

const kernels: readonly (readonly [title: string, target: string, value: string])[] = [
  ["accumulation along a row", "y[i]", "add.f32(y[i], mul.f32(x[2*i], w[i + 1]))"],
  ["accumulation, product first", "y[i]", "add.f32(mul.f32(x[2*i], w[i + 1]), y[i])"],
  ["accumulation into one element", "y[3]", "add.f32(y[3], mul.f32(x[2*i + 1], w[i]))"],
  ["accumulation into one of its factors", "y[3]", "add.f32(y[3], mul.f32(y[i], w[i]))"],
  ["an fma along a row", "y[i]", "fma.f32(x[2*i], w[i + 1], y[i])"],
  ["a sum into another element", "y[i]", "add.f32(y[5], mul.f32(x[2*i], w[i + 1]))"],
  ["a copy", "y[i]", "x[2*i + 1]"],
  ["an overlapping copy", "y[i]", "y[i - 1]"],
  ["a copy through mod", "y[i]", "x[mod(5*i, 7)]"],
  ["an operator without a kernel", "y[i]", "sub.f32(x[2*i], w[i])"],
];
for (const [title, target, value] of kernels) {
  test(`the innermost loop over a part of its range: ${title}`, (t) => {
    const by = 'from "n" by "p"';
    const text = `program k\ninput x "x" f32[16]\ninput w "w" f32[9]\noutput y "y" f32[8]\n\nfor f in 0..8 serial ${by} {\n  init: y[f] = w[f] ${by}\n}\nfor r in 0..2 serial ${by} {\n  for i in 0..8 serial ${by} {\n    if i + r - 2 >= 0, -i + 6 >= 0 {\n      s: ${target} = ${value} ${by}\n    }\n  }\n}\n`;
    const program = parseProgram(text);
    const [fast, ...others] = everyMode(program, randomInputs(program, new Map(), 11));
    for (const other of others) t.deepEqual(other, fast);
  });
}

test("integer overflow is not computed", (t) => {
  const program: Program = {
    name: "overflow",
    buffers: [{ name: "x", type: "i32", shape: [], kind: "input" }, { name: "y", type: "i32", shape: [], kind: "output" }],
    body: [store("s", { buffer: "y", index: [] }, op("add.i32", load("x"), load("x")), origin)],
  };
  const environment = { inputs: new Map([["x", tensorOf("i32", [], [2 ** 30])]]), weights: new Map<string, Tensor>() };
  for (const options of modes) t.throws(() => evalProgram(program, environment, options), { instanceOf: InvariantViolation });
});

/** y = Σ (x[i] − 3) · w[i] over int8, in int32. */
const quantised = parseProgram(`program q
input x "x" i8[6]
input w "w" i8[6]
output y "y" i32[]

start: y[] = i32:0x7fffc000 from "n" by "p"
for i in 0..6 serial from "n" by "p" {
  s: y[] = add.i32(y[], mul.i32(sub.i32(cast.i8.i32(x[i]), i32:0x00000003), cast.i8.i32(w[i]))) from "n" by "p"
}
`);
const i8 = (...values: readonly number[]): Tensor => tensorOf("i8", [6], values);

test("int8 products are summed in int32, up to its last value and not beyond", (t) => {
  const run = (x: Tensor, w: Tensor, options = {}): unknown => evalProgram(quantised, { inputs: new Map([["x", x], ["w", w]]), weights: new Map() }, options).get("y")?.data[0];
  for (const options of modes) {
    t.is(run(i8(3, 4, 5, -6, 7, 127), i8(9, -1, -128, 2, 0, -3), options), 0x7fffc000 - 1 - 256 - 18 - 372);
    t.is(run(i8(-128, 2, 3, 3, 3, 3), i8(-125, -8, 0, 0, 0, 0), options), 0x7fffc000 + 131 * 125 + 8);
    t.is(run(i8(-128, 3, 3, 3, 3, 4), i8(-125, 0, 0, 0, 0, 8), options), 0x7fffc000 + 131 * 125 + 8);
    t.throws(() => run(i8(-128, -128, 3, 3, 3, 3), i8(-125, -1, 0, 0, 0, 0), options), { instanceOf: InvariantViolation, message: /add\.i32\(.*no result/ });
  }
});

test("inputs and weights of the wrong type or shape are refused", (t) => {
  const program = shifted(8, 0);
  const run = (inputs: Map<string, Tensor>): unknown => evalProgram(program, { inputs, weights: new Map() });
  t.throws(() => run(new Map()), { message: /missing input x/ });
  t.throws(() => run(new Map([["x", f32([4, 2], new Array<number>(8).fill(0))]])), { message: /input x is f32\[8\], given f32\[4,2\]/ });
  t.throws(() => run(new Map([["x", tensorOf("i32", [8], new Array<number>(8).fill(0))]])), { message: /given i32\[8\]/ });
});

test("hooks see every store with its point and value, in order", (t) => {
  const seen: unknown[] = [];
  const program = shifted(3, 2);
  const inputs = new Map([["x", f32([8], [0, 1, 2, 3, 4, 5, 6, 7])]]);
  evalProgram(program, { inputs, weights: new Map() }, { hooks: { onStore: (s, point, value) => seen.push([s.name, point, value]) } });
  t.deepEqual(seen, [["s", [0], 2], ["s", [1], 3], ["s", [2], 4]]);
});
