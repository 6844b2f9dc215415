/**
 * Operators on floats by their bits: no comparison, negation or test for NaN is left to
 * the floating-point unit, and none of them is a branch. As in primitives.ts the text *is*
 * the operator for printer and reader alike, tested against the evaluator like the others.
 *
 * Floats are ordered by an unsigned number: the magnitude, negative where the sign is set,
 * so that −0 and +0 are one number, plus the bits of infinity. Modulo 2ⁿ this is 0 for −∞,
 * twice the bits of infinity for +∞, and more than that for a NaN of either sign.
 */
import { type ElementType, bytesOf, isElementType, isFloat } from "../../ir/scalar/types.js";
import { type FloatType, formats, punned } from "./float-format.js";
import { cTypes } from "./names.js";

const order: Readonly<Record<string, string>> = { lt: "<", le: "<=", eq: "==" };

/** The body of an operator on floats in this form; undefined where it is that of every form. */
export function floatBitsBody(op: string): readonly string[] | undefined {
  const [name = "", from, target = ""] = op.split(".");
  const to = isElementType(target) ? target : undefined;
  if (from !== "f32" && from !== "f64") return undefined;
  const symbol = order[name];
  if (symbol !== undefined) return comparisonBody(from, symbol);
  switch (name) {
    case "neg": return [...bitsOfA(from), `x.bits = x.bits ^ ${formats[from].sign};`, "return x.value;"];
    case "sqrt": return from === "f32" ? sqrtBody : undefined;
    case "rint": return rintBody(from);
    case "trunc": return roundingBody(from, "");
    case "floor": return roundingBody(from, `((x.bits >> ${formats[from].signAt}) != 0U) ? (y.value - 0x1p+0${formats[from].suffix}) : y.value`);
    case "ceil": return roundingBody(from, `((x.bits >> ${formats[from].signAt}) == 0U) ? (y.value + 0x1p+0${formats[from].suffix}) : y.value`);
    case "bitcast": return to === undefined ? undefined : canonicalBody(from, to);
    case "cast": return to === undefined || isFloat(to) ? undefined : [...bitsOfA(from), `return ${castExpression(from, to)};`];
    default: return undefined;
  }
}

function bitsOfA(type: FloatType): readonly string[] {
  return [punned(type, "x"), "x.value = a;"];
}

function comparisonBody(type: FloatType, symbol: string): readonly string[] {
  const { bits, bitsSuffix, signAt, magnitude, infinity } = formats[type];
  const placed = (name: string, place: string, sign: string): readonly string[] => [
    `const ${bits} ${sign} = 0${bitsSuffix} - (${name}.bits >> ${signAt});`,
    `const ${bits} ${place} = (((${name}.bits & ${magnitude}) ^ ${sign}) - ${sign}) + ${infinity};`,
  ];
  return [
    punned(type, "x, y"),
    "x.value = a;",
    "y.value = b;",
    ...placed("x", "p", "s"),
    ...placed("y", "q", "t"),
    `return (p ${symbol} q) && (q <= (2${bitsSuffix} * ${infinity}));`,
  ];
}

/** The bits of 2ⁿ. */
function power(type: FloatType, exponent: number): string {
  const { fraction, bias, bitsSuffix } = formats[type];
  return `0x${(BigInt(bias + exponent) << BigInt(fraction)).toString(16)}${bitsSuffix}`;
}

/** The sign is put on before values are compared, so that equal bits mean an integral operand. */
function roundingBody(type: FloatType, adjust: string): readonly string[] {
  const { integer, magnitude, sign, fraction } = formats[type];
  const adjusted = adjust === "" ? [] : [`y.value = (x.bits != y.bits) ? (${adjust}) : y.value;`];
  return [
    punned(type, "x, y"),
    "x.value = a;",
    `y.value = ((x.bits & ${magnitude}) >= ${power(type, fraction)}) ? a : (${cTypes[type]})(${integer})a;`,
    `y.bits = y.bits | (x.bits & ${sign});`,
    ...adjusted,
    "return y.value;",
  ];
}

/** As in primitives.ts: 2^23 (2^52) is added and subtracted. */
function rintBody(type: FloatType): readonly string[] {
  const { integral, sign, magnitude, fraction } = formats[type];
  return [
    punned(type, "x, y"),
    "x.value = a;",
    `y.bits = x.bits & ${magnitude};`,
    `y.value = (y.bits < ${power(type, fraction)}) ? ((y.value + ${integral}) - ${integral}) : y.value;`,
    `y.bits = y.bits | (x.bits & ${sign});`,
    "return y.value;",
  ];
}

/**
 * With u = a·4ᵏ in [1, 4): three steps of Newton's iteration from a guess on the bits are at most one unit from √u, and
 * r is the nearest of 24 bits where r² − r < u·2⁴⁶ ≤ r² + r. There are no ties: √u has at most 24 bits or is irrational.
 */
const sqrtBody: readonly string[] = [
  punned("f32", "x, y, u"),
  "x.value = a;",
  "const bool subnormal = x.bits < 0x00800000U;",
  "y.value = subnormal ? (a * 0x1p+24f) : a;",
  "const uint32_t exponent = (y.bits >> 23) & 0xffU;",
  "const uint32_t fraction = (y.bits & 0x007fffffU) | 0x00800000U;",
  "const uint64_t square = (uint64_t)fraction << (24U - (exponent & 1U));",
  "u.bits = ((128U - (exponent & 1U)) << 23) | (fraction & 0x007fffffU);",
  "y.bits = (u.bits >> 1) + 0x1fbd1df5U;",
  "y.value = 0.5f * (y.value + (u.value / y.value));",
  "y.value = 0.5f * (y.value + (u.value / y.value));",
  "y.value = 0.5f * (y.value + (u.value / y.value));",
  "const uint32_t guess = (uint32_t)(y.value * 0x1p+23f);",
  "const uint64_t r = (uint64_t)guess * guess;",
  "const uint32_t root = (guess + (((r + guess) < square) ? 1U : 0U)) - (((r - guess) >= square) ? 1U : 0U);",
  "y.bits = ((((exponent + 127U) >> 1) - (subnormal ? 12U : 0U)) << 23) + (root - 0x00800000U);",
  "u.bits = (x.bits > 0x80000000U) ? 0x7fc00000U : x.bits;",
  "return ((x.bits - 1U) < 0x7f7fffffU) ? y.value : u.value;",
];

function canonicalBody(from: FloatType, to: ElementType): readonly string[] {
  const { bits, magnitude, infinity, canonicalNaN } = formats[from];
  return [
    `union { ${cTypes[from]} from; ${cTypes[to]} to; ${bits} bits; } x;`,
    "x.from = a;",
    `return ((x.bits & ${magnitude}) <= ${infinity}) ? x.to : (${cTypes[to]})${canonicalNaN};`,
  ];
}

/** Toward zero; what does not fit becomes the nearest value that does, NaN becomes 0. */
function castExpression(from: FloatType, to: ElementType): string {
  const { bitsSuffix, magnitude, infinity, signAt } = formats[from];
  const [c, size] = [cTypes[to], bytesOf[to] * 8];
  if (to === "bool") return `(x.bits & ${magnitude}) != 0${bitsSuffix}`;
  if (to.startsWith("u")) return `(x.bits < ${power(from, size)}) ? (${c})a : ((x.bits <= ${infinity}) ? UINT${size}_MAX : (${c})0)`;
  const least = `((x.bits >> ${signAt}) != 0U) ? INT${size}_MIN : INT${size}_MAX`;
  return `((x.bits & ${magnitude}) < ${power(from, size - 1)}) ? (${c})a : (((x.bits & ${magnitude}) <= ${infinity}) ? (${least}) : (${c})0)`;
}
