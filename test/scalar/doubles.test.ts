/**
 * The functions of f64: their records (docs/elementary-f64.json) belong to them as they are, the interpreter has the bits
 * of the C on every 1,024th input of the sample, and the program that measures notices a wrong result. Special cases,
 * hard angles and pow stand here.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { doubleFunctions } from "../../bench/exhaustive/functions.js";
import type { Spoil } from "../../bench/exhaustive/program.js";
import { textDigest } from "../../bench/exhaustive/record.js";
import { measureStratified, readStratified, smallPart } from "../../bench/exhaustive/stratified.js";
import { stratifiedTable, tableOfPage } from "../../bench/exhaustive/table.js";
import { present } from "../../ir/prelude.js";
import { evaluator, f32Unary } from "../../ir/scalar/evaluate.js";
import { bitsOf } from "../../ir/scalar/types.js";
import { hasTools } from "../support/tools.js";
import { f64FromBits, randomBits } from "./random.js";

const records = readStratified();
const folder = mkdtempSync(join(tmpdir(), "obligato-doubles-"));
test.after.always(() => rmSync(folder, { recursive: true }));

test("f64: every function has a record, and the page shows them", (t) => {
  t.deepEqual(records.map(({ name }) => name), doubleFunctions.map(({ name }) => name));
  t.is(tableOfPage("f64"), stratifiedTable(records));
});

/** The inputs of stratified.c with part = smallPart. */
function* sampled(): Generator<number> {
  const mask = 2n ** 64n - 1n;
  let state = 88172645463325252n;
  const random = (): bigint => {
    state ^= state >> 12n;
    state ^= (state << 25n) & mask;
    state ^= state >> 27n;
    return (state * 2685821657736338717n) & mask;
  };
  for (let exponent = 0; exponent < 2047; exponent++) {
    const power = exponent - 1023;
    const draws = Math.floor((1024 + (power >= -8 && power <= 10 ? 32768 : 0)) / smallPart);
    for (let draw = 0; draw < 2 * draws; draw++) {
      const bits = (BigInt(draw & 1) << 63n) | (BigInt(exponent) << 52n) | (draw < 2 ? 0n : random() >> 12n);
      yield f64FromBits(Number(bits >> 32n), Number(bits & 0xffffffffn));
    }
  }
}

function interpretedDigest(f: (x: number) => number): string {
  let digest = 14695981039346656037n;
  for (const x of sampled()) {
    const y = f(x);
    digest = ((digest ^ (Number.isNaN(y) ? 1n : bitsOf("f64", y))) * 1099511628211n) & (2n ** 64n - 1n);
  }
  return digest.toString(16).padStart(16, "0");
}

for (const { name, special } of doubleFunctions) {
  const f = present(f32Unary(`${name}.f64`), name);
  const record = present(records.find((one) => one.name === name), `record of ${name}`);

  test(`${name}.f64: the record is of this text, says within one ulp, and has the interpreter's results`, (t) => {
    t.is(record.text, textDigest(`${name}.f64`), `${name} has changed: npm run exhaustive -- --type f64 ${name}`);
    t.true(record.worst <= 1 && record.worst >= record.worstNormal && record.wrong === 0, `${record.worst} ulp`);
    t.true(record.inputs > 2 ** 22);
    t.is(interpretedDigest(f), record.sample);
  });

  test(`${name}.f64: special cases`, (t) => {
    for (const [x, y] of [...special, [NaN, NaN] as const]) t.is(bitsOf("f64", f(x)), bitsOf("f64", y), `${name}(${x}) = ${f(x)}`);
  });
}

test("f64: where results overflow, vanish and become subnormal", (t) => {
  const least = 5e-324;
  const cases: readonly (readonly [string, number, number])[] = [
    ["exp", 709.782712893384, 1.7976931348622732e308], ["exp", 709.7827128933841, Infinity], ["exp", -745.1332191019411, least], ["exp", -745.1332191019412, 0],
    ["exp2", -1074, least], ["exp2", -1075, 0], ["exp2", 1023, 2 ** 1023], ["exp2", 1024, Infinity], ["log", least, -744.4400719213812],
    ["sinh", least, least], ["tanh", -least, -least], ["erf", 6, 1], ["erf", -6, -1], ["tanh", 20, 1], ["sigmoid", -745, least], ["sigmoid", 40, 1],
    ["rsqrt", least, 4.4989137945431964e161], ["softplus", 800, 800], ["sin", least, least], ["atan", 1e300, Math.PI / 2],
  ];
  for (const [name, x, y] of cases) t.is(evaluator(`${name}.f64`)(x), y, `${name}(${x})`);
});

test("f64: the angle nearest to a multiple of π/2, and huge ones", (t) => {
  const nearest = 6381956970095103 * 2 ** 797; // J.-M. Muller, Elementary Functions, ch. 11
  t.is(evaluator("cos.f64")(nearest), -4.687165924254628e-19);
  t.is(evaluator("sin.f64")(nearest), 1);
  t.is(evaluator("tan.f64")(nearest), -2133485385753704000);
  t.is(evaluator("sin.f64")(1e22), -0.8522008497671888);
  for (const name of ["sin", "cos", "tan"]) t.is(evaluator(`${name}.f64`)(Infinity), NaN);
});

test("pow.f64: the special values of C99, integers and the ends of the range", (t) => {
  const odd = 2 ** 53 - 1;
  const cases: readonly (readonly [number, number, number])[] = [
    [NaN, 0, 1], [1, NaN, 1], [-1, Infinity, 1], [2, NaN, NaN], [0, NaN, NaN], [-2, 0.5, NaN], [-0, 3, -0], [-0, 2, 0], [0, -1, Infinity], [-0, -3, -Infinity],
    [Infinity, -2, 0], [-Infinity, 3, -Infinity], [-Infinity, -3, -0], [0.5, Infinity, 0], [-2, 3, -8], [3, 20, 3486784401], [-1, odd, -1], [-1, odd + 1, 1],
    [4, 0.5, 2], [2, -1074, 5e-324], [-2, -1073, -1e-323], [2, 1024, Infinity], [10, 22, 1e22], [1 + 2 ** -52, 2 ** 52, 2.71828182845904493],
  ];
  for (const [a, b, expected] of cases) {
    const actual = evaluator("pow.f64")(a, b);
    t.is(bitsOf("f64", actual), bitsOf("f64", expected), `pow(${a}, ${b}) = ${String(actual)}`);
  }
  t.is(evaluator("pow.f64")(1 + 2 ** -52, -(2 ** 63)), 0);
});

test("pow.f64: powers of a product of two small integers are exact where they fit", (t) => {
  const random = randomBits(3);
  for (let k = 0; k < 2000; k++) {
    const [a, b] = [2 + (random() % 30), random() % 10];
    const exact = BigInt(a) ** BigInt(b);
    if (exact < 2n ** 53n) t.is(evaluator("pow.f64")(a, b), Number(exact));
  }
});

/** The result at x = 1 gets another value. */
const instead = (value: string): Spoil => (unit) => unit.replace(/return y;\n\}\n$/, `return (x == 1.0) ? ${value} : y;\n}\n`);

test("f64: the measurement finds one wrong result", (t) => {
  if (!hasTools(t, "gcc")) return;
  if (!existsSync("/usr/include/arb.h")) {
    t.log("skipped: libflint-arb-dev");
    return t.pass();
  }
  const measured = (name: string, spoil?: Spoil) => measureStratified("exp.f64", name, folder, { part: smallPart, ...(spoil === undefined ? {} : { spoil }) });
  const right = measured("exp");
  t.is(right.digest, present(records.find(({ name }) => name === "exp"), "exp").sample);
  const neighbour = measured("exp", instead("0x1.5bf0a8b14576ap+1"));
  t.deepEqual([neighbour.misrounded, neighbour.at], [right.misrounded + 1, "3ff0000000000000"]);
  t.true(neighbour.worst > 0.5 && neighbour.worst < 2 && neighbour.digest !== right.digest);
  t.is(measured("exp", instead("NAN")).worst, Number.MAX_VALUE);
  t.is(measured("exp", instead("INFINITY")).misrounded, right.misrounded + 1);
  t.true(measured("log").wrong > 1000, "another function");
});
