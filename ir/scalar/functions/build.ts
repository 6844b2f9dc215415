/**
 * A small vocabulary in which scalar functions read like their formula. A value is
 * a term with its type; every helper checks its operand types, so a function that
 * builds is well typed. Intermediate results used more than once are named by
 * `let`, in the order in which they are computed.
 */
import { invariant, present } from "../../prelude.js";
import type { ScalarFunction, ScalarLet, ScalarTerm } from "../term.js";
import { constantOf } from "../types.js";
import type { ElementType, ScalarValue } from "../types.js";

export interface Value {
  readonly type: ElementType;
  readonly term: ScalarTerm;
}

/** Names an intermediate result by a C identifier; one that the function has already used gets a number. */
export type Let = (name: string, value: Value) => Value;

function sameTyped(name: string, ...args: readonly [Value, ...Value[]]): Value {
  const type = args[0].type;
  invariant(args.every((arg) => arg.type === type), `${name} of ${args.map((arg) => arg.type).join(", ")}`);
  return { type, term: { kind: "op", op: `${name}.${type}`, args: args.map(({ term }) => term) } };
}

function compared(name: string, a: Value, b: Value): Value {
  return { type: "bool", term: sameTyped(name, a, b).term };
}

export function constant(type: ElementType, value: ScalarValue): Value {
  return { type, term: { kind: "const", constant: constantOf(type, value) } };
}

export const i32 = (value: number): Value => constant("i32", value);

export type FloatType = "f32" | "f64";

/** What a formula has to know of its float type, and how it writes constants. */
export interface Format {
  readonly type: FloatType;
  /** The integer type of the same width. */
  readonly integer: "i32" | "i64";
  readonly width: 32 | 64;
  /** Bits of the fraction, 23 or 52. */
  readonly fraction: number;
  /** Bias of the exponent, which is also the greatest one: 127 or 1023. */
  readonly bias: number;
  /** A float constant: a literal of f32 is rounded to nearest, which is exact for the 9 digits of a printed f32. */
  readonly c: (value: number) => Value;
  /** An integer constant of type `integer`. */
  readonly i: (value: ScalarValue) => Value;
}

export const formats: Readonly<Record<FloatType, Format>> = {
  f32: { type: "f32", integer: "i32", width: 32, fraction: 23, bias: 127, c: (value) => constant("f32", value), i: (value) => constant("i32", value) },
  f64: { type: "f64", integer: "i64", width: 64, fraction: 52, bias: 1023, c: (value) => constant("f64", value), i: (value) => constant("i64", value) },
};

/** The format of a float, or of the bits of one. */
export function formatOf({ type }: Value): Format {
  return type === "f64" || type === "i64" ? formats.f64 : formats.f32;
}

export const add = (a: Value, b: Value): Value => sameTyped("add", a, b);
export const sub = (a: Value, b: Value): Value => sameTyped("sub", a, b);
export const mul = (a: Value, b: Value): Value => sameTyped("mul", a, b);
export const div = (a: Value, b: Value): Value => sameTyped("div", a, b);
export const neg = (a: Value): Value => sameTyped("neg", a);
export const abs = (a: Value): Value => sameTyped("abs", a);

export const sqrt = (a: Value): Value => sameTyped("sqrt", a);

export const addw = (a: Value, b: Value): Value => sameTyped("addw", a, b);
export const subw = (a: Value, b: Value): Value => sameTyped("subw", a, b);
export const shl = (a: Value, by: number): Value => sameTyped("shl", a, constant(a.type, by));
export const sar = (a: Value, by: number): Value => sameTyped("sar", a, constant(a.type, by));
export const shr = (a: Value, by: number): Value => sameTyped("shr", a, constant(a.type, by));
export const shlBy = (a: Value, by: Value): Value => sameTyped("shl", a, by);
export const shrBy = (a: Value, by: Value): Value => sameTyped("shr", a, by);
export const mulw = (a: Value, b: Value): Value => sameTyped("mulw", a, b);
export const band = (a: Value, b: Value): Value => sameTyped("band", a, b);
export const bor = (a: Value, b: Value): Value => sameTyped("bor", a, b);
export const min = (a: Value, b: Value): Value => sameTyped("min", a, b);
export const bxor = (a: Value, b: Value): Value => sameTyped("bxor", a, b);

export const lt = (a: Value, b: Value): Value => compared("lt", a, b);
export const le = (a: Value, b: Value): Value => compared("le", a, b);
export const eq = (a: Value, b: Value): Value => compared("eq", a, b);
export const and = (a: Value, b: Value): Value => sameTyped("and", a, b);
export const or = (a: Value, b: Value): Value => sameTyped("or", a, b);
export const not = (a: Value): Value => sameTyped("not", a);

/** `when ? then : otherwise`; both are evaluated. */
export function select(when: Value, then: Value, otherwise: Value): Value {
  invariant(when.type === "bool" && then.type === otherwise.type, `select of ${when.type}, ${then.type}, ${otherwise.type}`);
  const args = [when.term, then.term, otherwise.term];
  return { type: then.type, term: { kind: "op", op: `select.${then.type}`, args } };
}

/** The bits of an f32 as an i32, of an f64 as an i64 (a NaN made canonical), and back. */
export function bits(a: Value): Value {
  return converted("bitcast", a, formatOf(a).integer);
}

export function fromBits(a: Value): Value {
  return converted("bitcast", a, a.type === "i64" ? "f64" : "f32");
}

/** The nearest f32 of an i32, the nearest f64 of an i64. */
export function castToFloat(a: Value): Value {
  return converted("cast", a, a.type === "i64" ? "f64" : "f32");
}

/** `size`, not negative, with the sign of `a`: of a zero too. */
export function withSignOf(a: Value, size: Value): Value {
  return fromBits(bor(bits(size), signOf(a)));
}

/** The sign bit of a float, in its place among the bits. */
export function signOf(a: Value): Value {
  const { i, width } = formatOf(a);
  return band(bits(a), i(-(2 ** (width - 1))));
}

/** `cast.FROM.TO` of a value, and its bits as another type of the same size. */
export const castTo = (to: ElementType, a: Value): Value => converted("cast", a, to);
export const bitsAs = (to: ElementType, a: Value): Value => converted("bitcast", a, to);

function converted(name: "cast" | "bitcast", a: Value, to: ElementType): Value {
  return { type: to, term: { kind: "op", op: `${name}.${a.type}.${to}`, args: [a.term] } };
}

/** c₀ + x·(c₁ + x·(c₂ + …)), each product and each sum rounded. */
export function polynomial(x: Value, coefficients: readonly number[]): Value {
  invariant(coefficients.length > 0, "polynomial without coefficients");
  const [last = constant(x.type, 0), ...rest] = coefficients.map((value) => constant(x.type, value)).reverse();
  return rest.reduce((sum, coefficient) => add(coefficient, mul(x, sum)), last);
}

/**
 * The same sum by halving (G. Estrin, Organization of computer systems, 1960): neighbours are joined, c₀ + x·c₁ and c₂ + x·c₃ and
 * so on, then neighbours of those by x², and on. As many products, but for the powers; the longest chain is logarithmic.
 */
export function halvedPolynomial(named: Let, stem: string, x: Value, coefficients: readonly Value[]): Value {
  let [terms, power, degree] = [coefficients, x, 1];
  for (;;) {
    const by = power;
    terms = Array.from({ length: Math.ceil(terms.length / 2) }, (_, k) => joined(terms[2 * k], by, terms[2 * k + 1]));
    const [only, second] = terms;
    if (second === undefined) return present(only, "a coefficient");
    degree *= 2;
    power = named(`${stem}${degree}`, mul(power, power));
  }
}

function joined(low: Value | undefined, x: Value, high: Value | undefined): Value {
  const even = present(low, "a coefficient");
  return high === undefined ? even : add(even, mul(x, high));
}

/** `name.type(x)`: `body` gets the parameter and a way to name what it uses more than once. */
export function defineUnary(name: string, type: ElementType, body: (named: Let, x: Value) => Value): ScalarFunction {
  const draft = startDraft(name, type, ["x"]);
  return finishDraft(draft, body(draft.named, ref("x", type)));
}

/** What a formula takes from its format: a table of constants for each. */
export type PerFormat<T> = Readonly<Record<FloatType, T>>;

/** `name.f32(x)` and `name.f64(x)`: one formula with the constants of each format. */
export function defineForFloats<T>(name: string, table: PerFormat<T>, body: (named: Let, x: Value, format: Format & T) => Value): readonly ScalarFunction[] {
  return [formats.f32, formats.f64].map((format) => defineUnary(name, format.type, (named, x) => body(named, x, { ...format, ...table[format.type] })));
}

/** `name.type(a, b)`. */
export function defineBinary(name: string, type: ElementType, body: (named: Let, a: Value, b: Value) => Value): ScalarFunction {
  const draft = startDraft(name, type, ["a", "b"]);
  return finishDraft(draft, body(draft.named, ref("a", type), ref("b", type)));
}

/** `cast.FROM.TO(x)`. */
export function defineCast(from: ElementType, to: ElementType, body: (named: Let, x: Value) => Value): ScalarFunction {
  const draft = startDraft(`cast.${from}`, from, ["x"]);
  return { ...finishDraft(draft, body(draft.named, ref("x", from))), type: to };
}

function ref(name: string, type: ElementType): Value {
  return { type, term: { kind: "ref", name } };
}

interface Draft {
  readonly name: string;
  readonly type: ElementType;
  readonly params: readonly string[];
  readonly lets: ScalarLet[];
  readonly named: Let;
}

function startDraft(name: string, type: ElementType, params: readonly string[]): Draft {
  const lets: ScalarLet[] = [];
  const taken = new Set(params);
  const named: Let = (wished, value) => {
    const local = unusedName(wished, taken);
    taken.add(local);
    lets.push({ name: local, type: value.type, value: value.term });
    return ref(local, value.type);
  };
  return { name, type, params, lets, named };
}

function unusedName(wished: string, taken: ReadonlySet<string>): string {
  let name = wished;
  for (let n = 2; taken.has(name); n++) name = `${wished}${n}`;
  return name;
}

function finishDraft(draft: Draft, value: Value): ScalarFunction {
  const { name, type, lets } = draft;
  const params = draft.params.map((param) => ({ name: param, type }));
  return { name, type, params, result: value.type, lets, value: value.term };
}
