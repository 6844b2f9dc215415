/** Wrong versions of the casts of f16 and bf16: another operator or another constant at every place. A few thousand operands tell each from the right one. */
import test from "ava";
import { compileScalarFunction } from "../../ir/scalar/compile.js";
import { halfCasts } from "../../ir/scalar/functions/half.js";
import { numberOfHalf } from "../../ir/scalar/half.js";
import type { ScalarFunction, ScalarTerm } from "../../ir/scalar/term.js";
import { type ElementType, bitsOf, constantOf, halfInfinity, isHalf, valueOf } from "../../ir/scalar/types.js";

const neighbours: readonly (readonly [string, string])[] = [["shl", "shr"], ["band", "bor"], ["addw", "subw"], ["add", "sub"], ["mul", "div"], ["lt", "eq"], ["min", "max"], ["abs", "neg"]];

interface Changed {
  readonly term: ScalarTerm;
  /** What became what. */
  readonly what: string;
}

/** Every term with one place changed. */
function changed(term: ScalarTerm): Changed[] {
  if (term.kind === "ref") return [];
  if (term.kind === "const") {
    const { type } = term.constant;
    const value = Number(valueOf(term.constant));
    const others = type === "u32" ? [value + 1, value - 1] : [value * 2, value / 2];
    return others.filter((other) => type !== "u32" || other >= 0).map((other) => ({ term: { kind: "const", constant: constantOf(type, other) }, what: `${shown(value)} is ${shown(other)}` }));
  }
  const [name = "", ...types] = term.op.split(".");
  const pair = neighbours.find((both) => both.includes(name));
  const wrongName = pair === undefined ? "" : pair[0] === name ? pair[1] : pair[0];
  const other: Changed[] = pair === undefined ? [] : [{ term: { ...term, op: [wrongName, ...types].join(".") }, what: `${name} is ${wrongName}` }];
  const within = term.args.flatMap((arg, k) => changed(arg).map(({ term: wrong, what }) => ({ term: { ...term, args: term.args.map((own, at) => (at === k ? wrong : own)) }, what })));
  const swapped: Changed[] = name === "select" ? [{ term: { ...term, args: [0, 2, 1].flatMap((k) => term.args.slice(k, k + 1)) }, what: "select takes the other" }] : [];
  return [...other, ...swapped, ...within];
}

const shown = (value: number): string => (Number.isInteger(value) && value > 9 ? `0x${value.toString(16)}` : String(value));

function mutantsOf(f: ScalarFunction): readonly (readonly [string, ScalarFunction])[] {
  const inLets = f.lets.flatMap((own, k) => changed(own.value).map(({ term, what }) => [
    `${own.name}: ${what}`, { ...f, lets: f.lets.map((one, at) => (at === k ? { ...own, value: term } : one)) },
  ] as const));
  return [...inLets, ...changed(f.value).map(({ term, what }) => [`result: ${what}`, { ...f, value: term }] as const)];
}

/** What differs where the casts have a case: exponents, ties, the borders of subnormal, infinite and NaN. */
function operands(from: ElementType, to: ElementType): readonly number[] {
  if (isHalf(from)) return Array.from({ length: 2 ** 16 }, (_, k) => k).filter((k) => k % 61 === 0 || (k & 0x7f) < 2 || (k & 0x7fff) > halfInfinity[from] - 4);
  if (!isHalf(to)) return [];
  const sizes = Array.from({ length: halfInfinity[to] }, (_, k) => k).filter((k) => k < 40 || k % 97 === 0 || k > halfInfinity[to] - 3 || (k & 0x7f) < 2 || (k & 0x7f) === 0x7f);
  const positive = sizes.flatMap((k) => {
    const [low, high] = [numberOfHalf(to, k), k + 1 === halfInfinity[to] ? 2 * numberOfHalf(to, k) - numberOfHalf(to, k - 1) : numberOfHalf(to, k + 1)];
    const middle = (low + high) / 2;
    const near = [low, middle, middle * (1 - 2 ** -23), middle * (1 + 2 ** -23), middle * (1 - 2 ** -30), middle * (1 + 2 ** -30), middle * (1 + 2 ** -52), low + (high - low) * 0.3];
    return from === "f32" ? near.map(Math.fround) : near;
  });
  const special = [65536, 131072, 1e30, 2 ** 128 * (1 - 2 ** -24), 2 ** 128 * (1 - 2 ** -53), 1e300, 1e-60, 2 ** -149, Infinity, NaN];
  return [...positive, ...special].flatMap((x) => [x, -x]);
}

const toF16 = [
  "rebiased: 0x47800000 is 0x47800001", "rebiased: 0x47800000 is 0x477fffff", // both round to 2¹⁶
  "finite: 0x38800000 is 0x38800001", "finite: 0x38800000 is 0x387fffff", // around 2⁻¹⁴ both ways of rounding agree
  "result: 0x7f800000 is 0x7f800001", // no NaN but the canonical one gets here
  "result: 0x7e00 is 0x7e01", "result: 0x7e00 is 0x7dff", // NaNs, which are one value
];
const anySticky = ["odd: 1 is 2"]; // any bit below those that are kept says as much

/** Changes that no operand can tell, by the cast. */
const equivalent: Readonly<Record<string, readonly string[]>> = {
  "cast.f16.f32": ["result: 0xf800000 is 0xf7fffff"], // sizes are multiples of 2¹³
  "cast.f32.f16": toF16,
  "cast.f64.f16": [...anySticky, ...toF16],
  "cast.f64.bf16": anySticky,
};

for (const f of halfCasts) {
  const [, from = ""] = f.name.split(".");
  test(`${f.name}.${f.type}: every wrong version gives a wrong result`, (t) => {
    const probes = operands(from as ElementType, f.type);
    const right = compileScalarFunction(f);
    const due = probes.map((x) => bitsOf(f.type, right(x)));
    const survivors = mutantsOf(f).filter(([, mutant]) => {
      const wrong = compileScalarFunction(mutant);
      return probes.every((x, k) => bitsOf(f.type, wrong(x)) === due[k]);
    });
    t.deepEqual(survivors.map(([name]) => name), equivalent[`${f.name}.${f.type}`] ?? []);
    t.log(`${mutantsOf(f).length} wrong versions, ${probes.length} operands`);
  });
}
