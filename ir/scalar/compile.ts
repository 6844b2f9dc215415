/**
 * Scalar functions as straight-line register code. Values stay in one Float64Array
 * (exact for every type but 64-bit integers): closures that pass doubles to each
 * other would allocate one per operation. For the same reason the three commonest
 * operators are written out here; all others go through the tables of arith.ts.
 */
import { InvariantViolation, invariant, present, unreachable } from "../prelude.js";
import { basicEvaluator, num, numberOperators } from "./arith.js";
import { isWide } from "./convert.js";
import type { ScalarFunction, ScalarTerm } from "./term.js";
import { type ScalarValue, valueOf } from "./types.js";

export type NumberFunction = (...args: number[]) => number;

type Step = () => void;

interface Code {
  readonly values: number[]; // initial values; constants keep theirs
  readonly places: Map<string, number>;
  readonly instructions: Instruction[];
}

interface Instruction {
  readonly op: string;
  readonly to: number;
  readonly args: readonly number[];
}

/** A scalar function as a JavaScript function of numbers; 64-bit integers may occur inside of it, not as parameters. */
export function compileScalarFunction(f: ScalarFunction): NumberFunction {
  for (const { name, type } of f.params) invariant(!isWide(type), `${f.name}.${f.type}: ${name} is a 64-bit integer, which is no parameter`);
  if (hasWideInside(f)) return wideFunction(f);
  const code: Code = { values: f.params.map(() => NaN), places: new Map(), instructions: [] };
  f.params.forEach(({ name }, place) => code.places.set(name, place));
  for (const { name, value } of f.lets) code.places.set(name, flatten(value, code));
  const result = flatten(f.value, code);
  const values = Float64Array.from(code.values);
  return runner(f.params.length, values, code.instructions.map((instruction) => stepOf(instruction, values)), result);
}

function runner(arity: number, values: Float64Array, steps: readonly Step[], result: number): NumberFunction {
  return (...args) => {
    for (let k = 0; k < arity; k++) values[k] = args[k] ?? NaN;
    for (const step of steps) step();
    return at(values, result);
  };
}

/** Whether 64-bit integers occur inside: its intermediate results are then no numbers. */
export function hasWideInside({ lets, value }: ScalarFunction): boolean {
  return [...lets.map((it) => it.value), value].some(usesWide);
}

function usesWide(term: ScalarTerm): boolean {
  return term.kind === "op" && (/\.[iu]64/.test(term.op) || term.args.some(usesWide));
}

/** A slot of a function with 64-bit integers: how its value comes from those before it. */
type WideStep = (values: ScalarValue[]) => ScalarValue;

/** With bigints among the values, so without the typed array: some ten times slower. */
function wideFunction(f: ScalarFunction): NumberFunction {
  const places = new Map(f.params.map(({ name }, place) => [name, place]));
  const steps = f.lets.map(({ name, value }, k): WideStep => {
    const step = wideStep(value, places);
    places.set(name, f.params.length + k);
    return step;
  });
  const result = wideStep(f.value, places);
  return (...args) => {
    const values: ScalarValue[] = f.params.map((_, k) => args[k] ?? NaN);
    for (const step of steps) values.push(step(values));
    return num(result(values));
  };
}

function wideStep(term: ScalarTerm, places: ReadonlyMap<string, number>): WideStep {
  switch (term.kind) {
    case "ref": {
      const place = present(places.get(term.name), `scalar value ${term.name}`);
      return (values) => values[place] ?? NaN;
    }
    case "const": {
      const value = valueOf(term.constant);
      return () => value;
    }
    case "op": {
      const f = basicEvaluator(term.op);
      const [a, b, c] = term.args.map((arg) => wideStep(arg, places));
      invariant(a !== undefined, `scalar term uses ${term.op} without operands`);
      if (b === undefined) return (values) => f(a(values));
      return c === undefined ? (values) => f(a(values), b(values)) : (values) => f(a(values), b(values), c(values));
    }
  }
}

/** Appends the instructions of a term; returns the place of its value. */
function flatten(term: ScalarTerm, code: Code): number {
  switch (term.kind) {
    case "ref":
      return present(code.places.get(term.name), `scalar value ${term.name}`);
    case "const":
      return code.values.push(num(valueOf(term.constant))) - 1;
    case "op": {
      const args = term.args.map((arg) => flatten(arg, code));
      const to = code.values.push(NaN) - 1;
      code.instructions.push({ op: term.op, to, args });
      return to;
    }
    default:
      return unreachable(term);
  }
}

/** The value at a place, which is in range by construction. */
function at(v: Float64Array, place: number): number {
  return v[place] ?? NaN;
}

/** An instruction as a step over `v`. */
function stepOf(instruction: Instruction, v: Float64Array): Step {
  const { op, to, args } = instruction;
  const [a, b, c] = args;
  if (a !== undefined && b === undefined) return unaryStep(op, v, to, a);
  if (a !== undefined && b !== undefined && c === undefined) return binaryStep(op, v, to, [a, b]);
  if (a !== undefined && b !== undefined && c !== undefined) return ternaryStep(op, v, to, [a, b, c]);
  throw new InvariantViolation(`scalar term uses ${op} without operands`);
}

function unaryStep(op: string, v: Float64Array, to: number, a: number): Step {
  const f = present(numberOperators.unary.get(op), `unary scalar operator ${op}`);
  return () => { v[to] = f(at(v, a)); };
}

function binaryStep(op: string, v: Float64Array, to: number, [a, b]: readonly [number, number]): Step {
  switch (op) {
    case "add.f32": return () => { v[to] = Math.fround(at(v, a) + at(v, b)); };
    case "sub.f32": return () => { v[to] = Math.fround(at(v, a) - at(v, b)); };
    case "mul.f32": return () => { v[to] = Math.fround(at(v, a) * at(v, b)); };
    default: {
      const f = present(numberOperators.binary.get(op), `binary scalar operator ${op}`);
      return () => { v[to] = f(at(v, a), at(v, b)); };
    }
  }
}

function ternaryStep(op: string, v: Float64Array, to: number, [a, b, c]: readonly [number, number, number]): Step {
  if (op.startsWith("select.")) return () => { v[to] = at(v, a) !== 0 ? at(v, b) : at(v, c); };
  const f = present(numberOperators.ternary.get(op), `ternary scalar operator ${op}`);
  return () => { v[to] = f(at(v, a), at(v, b), at(v, c)); };
}
