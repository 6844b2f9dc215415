/**
 * C definitions of the basic operators that C lacks or defines otherwise: the text
 * *is* the operator for printer and reader alike, so it belongs to the trusted base
 * and is tested against the evaluator for every operator and type.
 *
 * Integer arithmetic goes through unsigned types: no overflow, shift or division
 * that C leaves undefined. Back to a signed type the conversion keeps the low bits,
 * which C99 leaves to the implementation (6.3.1.3) and gcc and clang define so.
 * Bits of floats are reached through a union (6.5.2.3 note 82), the one way that is
 * both defined and never becomes a call: memcpy would, under -fno-builtin. It is a
 * recorded deviation from MISRA C rule 19.2.
 */
import { InvariantViolation, invariant, present } from "../../ir/prelude.js";
import { signatureOf } from "../../ir/scalar/ops.js";
import { type ElementType, bytesOf, canonicalNaN, elementTypes, halfInfinity, isElementType, isFloat, isHalf } from "../../ir/scalar/types.js";
import type { FloatCompare } from "../backend.js";
import { floatBitsBody } from "./float-bits.js";
import { formats, punned } from "./float-format.js";
import { cTypes } from "./names.js";
import { functionName } from "./operators.js";

const parameterNames = ["a", "b", "c"] as const;

/** The definition of a basic operator that is written as a call, one string per line. */
export function primitiveLines(op: string, compare: FloatCompare = "float"): readonly string[] {
  const { args, result } = signatureOf(op);
  const params = args.map((type, k) => `${cTypes[type]} ${present(parameterNames[k], "parameter name")}`);
  const head = `static inline ${cTypes[result]} ${functionName(op)}(${params.join(", ")})`;
  const body = (compare === "integer" ? floatBitsBody(op) : undefined) ?? bodyOf(op);
  return [head, "{", ...body.map((line) => `    ${line}`), "}"];
}

function bodyOf(op: string): readonly string[] {
  const [name = "", first = "", second = ""] = op.split(".");
  invariant(isElementType(first), `operator ${op} has no type`);
  if (name === "cast" || name === "bitcast") {
    invariant(isElementType(second), `conversion ${op} has no target`);
    return name === "cast" ? [`return ${castExpression(first, second)};`] : bitcastBody(first, second);
  }
  if (isFloat(first)) return floatBody(name, first);
  return [`return ${integerExpression(name, first)};`];
}

/** The unsigned type in which C computes without promotion to a signed one. */
function wideUnsigned(type: ElementType): string {
  return bytesOf[type] === 8 ? "uint64_t" : "uint32_t";
}

function unsignedOf(type: ElementType): string {
  return `uint${bytesOf[type] * 8}_t`;
}

const wrapping: Readonly<Record<string, string>> = {
  add: "+", addw: "+", sub: "-", subw: "-", mul: "*", mulw: "*", band: "&", bor: "|", bxor: "^",
};

function integerExpression(name: string, type: ElementType): string {
  const c = cTypes[type];
  const w = wideUnsigned(type);
  const signed = type.startsWith("i");
  const symbol = wrapping[name];
  if (symbol !== undefined) return `(${c})((${w})a ${symbol} (${w})b)`;
  const amount = `((${w})b & ${bytesOf[type] * 8 - 1}U)`;
  switch (name) {
    case "neg": return `(${c})(0U - (${w})a)`;
    case "abs": return signed ? `(a < 0) ? (${c})(0U - (${w})a) : a` : "a";
    case "div": return `(${c})(a / b)`;
    case "rem": return signed ? `(${c})((b == -1) ? 0 : (a % b))` : `(${c})(a % b)`;
    case "divw": return `(b == 0) ? (${c})0 : ${signed ? `((b == -1) ? (${c})(0U - (${w})a) : (${c})(a / b))` : `(${c})(a / b)`}`;
    case "remw": return `(b == 0) ? a : ${signed ? `((b == -1) ? (${c})0 : (${c})(a % b))` : `(${c})(a % b)`}`;
    case "max": return "(a > b) ? a : b";
    case "min": return "(a < b) ? a : b";
    case "shl": return `(${c})((${w})a << ${amount})`;
    case "shr": return `(${c})((${w})(${unsignedOf(type)})a >> ${amount})`;
    case "sar": return arithmeticShift(type, amount);
    default: throw new InvariantViolation(`no C text for ${name}.${type}`);
  }
}

/**
 * On the two's complement pattern, also of an unsigned type; `>>` on a negative number is left to the implementation.
 * The complement before and after is a difference with all ones, not a selection: a core without conditional moves
 * would branch, and the longest path would count a side that no input takes.
 */
function arithmeticShift(type: ElementType, amount: string): string {
  const w = wideUnsigned(type);
  const signed = `(int${bytesOf[type] * 8}_t)a`;
  const ones = `(0U - (${w})(${signed} < 0))`;
  return `(${cTypes[type]})((((${w})${signed} ^ ${ones}) >> ${amount}) ^ ${ones})`;
}

function floatBody(name: string, type: "f32" | "f64"): readonly string[] {
  const { suffix } = formats[type];
  switch (name) {
    case "neg": return ["return -a;"];
    case "abs": return absBody(type);
    case "sqrt": return [`return __builtin_sqrt${suffix}(a);`];
    case "fma": return [`return __builtin_fma${suffix}(a, b, c);`];
    case "rint": return rintBody(type);
    case "trunc": return roundingBody(type, "t");
    case "floor": return roundingBody(type, `(t > a) ? (t - 0x1p+0${suffix}) : t`);
    case "ceil": return roundingBody(type, `(t < a) ? (t + 0x1p+0${suffix}) : t`);
    default: throw new InvariantViolation(`no C text for ${name}.${type}`);
  }
}

function absBody(type: "f32" | "f64"): readonly string[] {
  return [punned(type, "x"), "x.value = a;", `x.bits = x.bits & ${formats[type].magnitude};`, "return x.value;"];
}

/** `adjust` is made of a and t, the value of a without its fraction; the sign of a zero is that of a. */
function roundingBody(type: "f32" | "f64", adjust: string): readonly string[] {
  const { integer, integral, sign } = formats[type];
  return [
    punned(type, "x, y"),
    `const bool integral = !((a > -${integral}) && (a < ${integral}));`,
    `const ${cTypes[type]} t = integral ? a : (${cTypes[type]})(${integer})a;`,
    "x.value = a;",
    `y.value = ${adjust};`,
    `y.bits = y.bits | (x.bits & ${sign});`,
    "return y.value;",
  ];
}

/** Adding and subtracting 2^23 (2^52) rounds to an integral value in the rounding mode in force. */
function rintBody(type: "f32" | "f64"): readonly string[] {
  const { integral, sign, magnitude } = formats[type];
  return [
    punned(type, "x, y"),
    "x.value = a;",
    `y.bits = x.bits & ${magnitude};`,
    `y.value = (y.value < ${integral}) ? ((y.value + ${integral}) - ${integral}) : y.value;`,
    `y.bits = y.bits | (x.bits & ${sign});`,
    "return y.value;",
  ];
}

function castExpression(from: ElementType, to: ElementType): string {
  if (to === "bool") return isFloat(from) ? `a != 0.0${formats[from].suffix}` : "a != 0";
  if (isFloat(from) && !isFloat(to)) return saturating(formats[from].suffix, to);
  return `(${cTypes[to]})a`;
}

/** Toward zero; what does not fit becomes the nearest value that does, NaN becomes 0. */
function saturating(suffix: string, to: ElementType): string {
  const bits = bytesOf[to] * 8;
  const signed = to.startsWith("i");
  const c = cTypes[to];
  const above = `0x1p+${signed ? bits - 1 : bits}${suffix}`;
  const most = `${signed ? "INT" : "UINT"}${bits}_MAX`;
  if (!signed) return `(a >= ${above}) ? ${most} : ((a > 0.0${suffix}) ? (${c})a : (${c})0)`;
  return `(a >= ${above}) ? ${most} : ((a > -${above}) ? (${c})a : ((a == a) ? INT${bits}_MIN : (${c})0))`;
}

function hex(bits: number | bigint): string {
  return `0x${bits.toString(16)}U`;
}

function bitcastBody(from: ElementType, to: ElementType): readonly string[] {
  if (isHalf(from)) return [`return (${cTypes[to]})(((a & 0x7fffU) <= ${hex(halfInfinity[from])}) ? a : ${hex(canonicalNaN[from])});`];
  if (!isFloat(from) && !isFloat(to)) return [`return (${cTypes[to]})a;`];
  const members = `union { ${cTypes[from]} from; ${cTypes[to]} to; } x;`;
  const read = isFloat(from) ? `(a == a) ? x.to : (${cTypes[to]})${formats[from].canonicalNaN}` : "x.to";
  return [members, "x.from = a;", `return ${read};`];
}

/** Bits of an element as an unsigned integer of its own size, for the self test; NaN made canonical. */
export function bitsFunctionLines(type: ElementType): readonly string[] {
  invariant(elementTypes.includes(type), `no element type ${type}`);
  const unsigned = unsignedOf(type);
  const head = [`static inline ${unsigned} bits_${type}(${cTypes[type]} a)`, "{"];
  const body = isFloat(type) || isHalf(type) ? bitcastBody(type, type === "f64" ? "u64" : type === "f32" ? "u32" : "u16") : [`return (${unsigned})a;`];
  return [...head, ...body.map((line) => `    ${line}`), "}"];
}
