/** The functions that are measured on every float, and their results where the reals have none to compare with. */

export interface MeasuredFunction {
  readonly name: string;
  /** Results at +0, −0, +∞, −∞, and at open ends of the domain. */
  readonly special: readonly (readonly [x: number, y: number])[];
}

const fixed = [0, -0, Infinity, -Infinity] as const;

function at(name: string, results: readonly [number, number, number, number], ...more: readonly (readonly [number, number])[]): MeasuredFunction {
  return { name, special: [...fixed.map((x, k) => [x, results[k] ?? NaN] as const), ...more] };
}

/** As round to nearest gives it. */
const halfPi = Math.fround(Math.PI / 2);
const log2 = Math.fround(Math.LN2);
const wideOf: ReadonlyMap<number, number> = new Map([[halfPi, Math.PI / 2], [-halfPi, -Math.PI / 2], [log2, Math.LN2]]);

export const measuredFunctions: readonly MeasuredFunction[] = [
  at("exp", [1, 1, Infinity, 0]),
  at("exp2", [1, 1, Infinity, 0]),
  at("log", [-Infinity, -Infinity, Infinity, NaN]),
  at("log1p", [0, -0, Infinity, NaN], [-1, -Infinity]),
  at("sinh", [0, -0, Infinity, -Infinity]),
  at("cosh", [1, 1, Infinity, Infinity]),
  at("tanh", [0, -0, 1, -1]),
  at("asinh", [0, -0, Infinity, -Infinity]),
  at("acosh", [NaN, NaN, Infinity, NaN]),
  at("atanh", [0, -0, NaN, NaN], [1, Infinity], [-1, -Infinity]),
  at("sin", [0, -0, NaN, NaN]),
  at("cos", [1, 1, NaN, NaN]),
  at("tan", [0, -0, NaN, NaN]),
  at("asin", [0, -0, NaN, NaN]),
  at("acos", [halfPi, halfPi, NaN, NaN]),
  at("atan", [0, -0, halfPi, -halfPi]),
  at("sigmoid", [0.5, 0.5, 1, 0]),
  at("softplus", [log2, log2, Infinity, 0]),
  at("erf", [0, -0, 1, -1]),
  at("gelu", [0, -0, Infinity, -0]),
  at("reciprocal", [Infinity, -Infinity, 0, -0]),
  at("rsqrt", [Infinity, -Infinity, 0, NaN]),
];

/** Those of f64: the same but gelu, with their special cases; constants are the nearest doubles. */
export const doubleFunctions: readonly MeasuredFunction[] = measuredFunctions.filter(({ name }) => name !== "gelu").map(({ name, special }) => ({
  name, special: special.map(([x, y]) => [x, wideOf.get(y) ?? y] as const),
}));
