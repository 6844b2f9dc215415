/** Operators over lanes: basic ones by their loops, multiply-add by its contract, named functions by their terms. */
import { present, unreachable } from "../prelude.js";
import { f32Binary, f32Ternary, f32Unary } from "../scalar/evaluate.js";
import { hasWideInside } from "../scalar/compile.js";
import { scalarFunction } from "../scalar/ops.js";
import type { ScalarTerm } from "../scalar/term.js";
import { valueOf } from "../scalar/types.js";
import { type LaneContext, computed } from "./eval-lane-context.js";
import { type Lanes, binaryLoop, mulAddF32, ternaryLoop, unaryLoop } from "./eval-lane-loops.js";

/** `op` over operands that it runs itself; its values are left in `into`, if given, where it is no named function. */
export function operation(op: string, args: readonly Lanes[], context: LaneContext, into?: Float64Array): Lanes {
  const [a, b, c] = args;
  const { active } = context;
  if (a !== undefined && b !== undefined && c !== undefined) {
    if (op.startsWith("muladd.")) return mulAdd(op.slice("muladd.".length), [a, b, c], context, into);
    const ternary = f32Ternary(op);
    if (runsByTerm(op) || ternary === undefined) return named(op, args, context);
    const loop = ternaryLoop(op, ternary);
    return computed(context, (out) => { a.run(); b.run(); c.run(); loop(out, a, b, c, active); }, into);
  }
  if (runsByTerm(op)) return named(op, args, context);
  if (a !== undefined && b !== undefined) {
    const loop = binaryLoop(op, present(f32Binary(op), op));
    return computed(context, (out) => { a.run(); b.run(); loop(out, a, b, active); }, into);
  }
  const loop = unaryLoop(present(f32Unary(op), op));
  const operand = present(a, `operand of ${op}`);
  return computed(context, (out) => { operand.run(); loop(out, operand, active); }, into);
}

/** A named function whose intermediate results are numbers; one with 64-bit integers inside is called element by element. */
function runsByTerm(op: string): boolean {
  const f = scalarFunction(op);
  return f !== undefined && !hasWideInside(f);
}

/** sum + a·b: product and sum rounded one after the other, or once. */
function mulAdd(type: string, [sum, a, b]: readonly [Lanes, Lanes, Lanes], context: LaneContext, into?: Float64Array): Lanes {
  const { active, contract } = context;
  if (contract === "fused" && (type === "f32" || type === "f64")) return operation(`fma.${type}`, [a, b, sum], context, into);
  if (type !== "f32") return operation(`add.${type}`, [sum, operation(`mul.${type}`, [a, b], context)], context, into);
  return computed(context, (out) => { sum.run(); a.run(); b.run(); mulAddF32(out, sum, a, b, active); }, into);
}

/** A named function by its term: values with a name once, the rest as it stands. */
function named(op: string, args: readonly Lanes[], context: LaneContext): Lanes {
  const { params, lets, value } = present(scalarFunction(op), op);
  const order = [...args];
  const names = new Map(params.map(({ name }, k) => [name, computedBefore(present(args[k], name))]));
  for (const { name, value: term } of lets) {
    const lanes = ofTerm(term, names, context);
    order.push(lanes);
    names.set(name, computedBefore(lanes));
  }
  const result = ofTerm(value, names, context);
  return { ...result, run: () => { for (const lanes of order) lanes.run(); result.run(); } };
}

function computedBefore(lanes: Lanes): Lanes {
  return { ...lanes, run: () => undefined };
}

function ofTerm(term: ScalarTerm, names: ReadonlyMap<string, Lanes>, context: LaneContext): Lanes {
  switch (term.kind) {
    case "ref": return present(names.get(term.name), `scalar value ${term.name}`);
    case "const": return { data: Float64Array.of(Number(valueOf(term.constant))), step: 0, place: { at: 0 }, run: () => undefined };
    case "op": return operation(term.op, term.args.map((arg) => ofTerm(arg, names, context)), context);
    default: return unreachable(term);
  }
}
