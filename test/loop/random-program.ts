/**
 * Random well-formed programs for comparing engines and counters: nests of loops and
 * guards with quasi-affine indices, every element written before the nests run.
 */
import { guard, load, loop, nest, op, store } from "../../ir/loop/build.js";
import { type Condition, type IndexExpr, floordiv, literal, minus, mod, plus, shift, times, variable, zero } from "../../ir/loop/index-expr.js";
import { rangeOf } from "../../ir/loop/interval.js";
import type { Buffer, Expr, Load, Node, Program } from "../../ir/loop/program.js";
import { randomFrom } from "./support.js";

const origin = { node: "random", pass: "test" };
const shape = [7, 9];
const buffers: readonly Buffer[] = [
  { name: "x", type: "f32", shape, kind: "input", label: "x" },
  { name: "y", type: "f32", shape, kind: "output", label: "y" },
  { name: "t", type: "f32", shape, kind: "temp", place: { offset: 3 } },
];

interface Maker {
  readonly draw: (below: number) => number;
  readonly extents: Map<string, number>;
  names: number;
}

export function randomProgram(seed: number): Program {
  const random = randomFrom(seed);
  const maker: Maker = { draw: (below) => Math.floor(random() * below), extents: new Map(), names: 0 };
  const body = [...fill("y", maker), ...fill("t", maker)];
  for (let k = 0; k < 3; k++) body.push(makeLoop([], 1 + maker.draw(4), maker));
  return { name: "random", buffers, body };
}

/** Writes x to every element of a buffer. */
function fill(buffer: string, maker: Maker): Node[] {
  const [a, b] = [fresh("f", maker), fresh("f", maker)];
  const index = [variable(a), variable(b)];
  const copy = store(fresh("s", maker), { buffer, index }, load("x", ...index), origin);
  return [...nest([{ variable: a, extent: 7 }, { variable: b, extent: 9 }], origin, [copy])];
}

function fresh(prefix: string, maker: Maker): string {
  return `${prefix}${maker.names++}`;
}

function makeLoop(scope: readonly string[], depth: number, maker: Maker): Node {
  const name = fresh("v", maker);
  const extent = 1 + maker.draw(5);
  maker.extents.set(name, extent);
  const inner = [...scope, name];
  const body = depth === 1 ? [makeStore(inner, maker)] : [makeLoop(inner, depth - 1, maker)];
  if (maker.draw(3) === 0) body.push(makeStore(inner, maker));
  return loop({ variable: name, extent }, origin, maker.draw(2) === 0 ? body : [guard(conditions(inner, maker), body)]);
}

function conditions(scope: readonly string[], maker: Maker): Condition[] {
  return Array.from({ length: 1 + maker.draw(3) }, () => ({
    kind: maker.draw(5) === 0 ? ("eq" as const) : ("ge" as const),
    index: shift(expression(scope, maker), maker.draw(5) - 2),
  }));
}

/** A sum of up to three terms over the scope, some through floordiv and mod. */
function expression(scope: readonly string[], maker: Maker): IndexExpr {
  let sum: IndexExpr = zero;
  for (let k = maker.draw(3); k >= 0; k--) {
    const atom = variable(scope[maker.draw(scope.length)] ?? "");
    sum = plus(sum, times(atom, maker.draw(5) - 2));
  }
  if (maker.draw(4) === 0) return floordiv(sum, 1 + maker.draw(3));
  return maker.draw(4) === 0 ? mod(sum, 1 + maker.draw(4)) : sum;
}

/** An expression with values in 0 … extent − 1, by shifting, or by `mod` where it is too wide. */
function within(extent: number, scope: readonly string[], maker: Maker): IndexExpr {
  const e = expression(scope, maker);
  const { low, high } = rangeOf(e, (name) => maker.extents.get(name) ?? 0);
  return high - low < extent ? minus(e, literal(low)) : mod(e, extent);
}

function access(buffer: string, scope: readonly string[], maker: Maker): Load {
  return load(buffer, within(7, scope, maker), within(9, scope, maker));
}

function makeStore(scope: readonly string[], maker: Maker): Node {
  const target = access(maker.draw(2) === 0 ? "y" : "t", scope, maker);
  return store(fresh("s", maker), target, value(target, scope, maker), origin);
}

function value(target: Load, scope: readonly string[], maker: Maker): Expr {
  const operand = (): Load => access(["x", "y", "t"][maker.draw(3)] ?? "x", scope, maker);
  switch (maker.draw(6)) {
    case 0: return operand();
    case 4: return op("add.f32", operand(), op("mul.f32", operand(), operand()));
    case 1: return op("fma.f32", operand(), operand(), target);
    case 2: return op("add.f32", op("mul.f32", operand(), operand()), target);
    case 3: return op("select.f32", op("lt.f32", operand(), operand()), op("neg.f32", operand()), op("sub.f32", operand(), operand()));
    default: return op("add.f32", target, op("mul.f32", operand(), operand()));
  }
}
