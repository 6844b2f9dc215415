/** M1 sweeps over lives; random plans are judged as the definition, pair by pair, judges them. */
import test from "ava";
import { claims } from "../../../proofs/kernel/claims.js";
import { checkMemory } from "../../../proofs/kernel/memory.js";
import { program } from "./support.js";

interface Temp {
  readonly name: string;
  readonly type: "f32" | "i32";
  readonly offset: number;
  readonly size: number;
  readonly first: number;
  readonly last: number;
}

/** Numbers 0 … limit − 1 from a fixed sequence. */
function sequence(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function randomPlan(seed: number): readonly Temp[] {
  const draw = sequence(seed);
  return Array.from({ length: 2 + draw(6) }, (_, k) => {
    const first = draw(8);
    return { name: `t${k}`, type: draw(4) === 0 ? "i32" : "f32", offset: draw(12), size: 1 + draw(4), first, last: first + draw(8 - first) };
  });
}

/** Each temp is stored to at its first and at its last position. */
function textOf(temps: readonly Temp[]): string {
  const zero = { f32: "f32:0x00000000", i32: "i32:0x00000000" };
  const at = (position: number): string => temps.flatMap(({ name, type, first, last }) =>
    position === first || position === last ? [`  s${position}_${name}: ${name}[0] = ${zero[type]}`] : []).join("\n");
  const nests = Array.from({ length: 8 }, (_, k) => `for v${k} in 0..1 {\n  e${k}: y0[${k}] = f32:0x00000000\n${at(k)}${at(k) === "" ? "" : "\n"}}`);
  const buffers = temps.map(({ name, type, offset, size }) => `temp ${name} ${type}[${size}] @ ${offset}`);
  return `\noutput y0 f32[8]\n${buffers.join("\n")}\n\n${nests.join("\n")}\n`;
}

function clash(a: Temp, b: Temp): boolean {
  const overlap = a.offset < b.offset + b.size && b.offset < a.offset + a.size;
  const together = a.first <= b.last && b.first <= a.last;
  return a !== b && a.type === b.type && overlap && together;
}

test("1000 random plans: refuted exactly where two temps share an element while both live; two claims per temp", (t) => {
  let wrong = 0;
  for (let seed = 0; seed < 1000; seed++) {
    const temps = randomPlan(seed);
    const into = claims("plan");
    checkMemory(into, program(textOf(temps)));
    const refuted = into.obligations.some((o) => o.kind === "ground" && !o.holds);
    const expected = temps.some((a) => temps.some((b) => clash(a, b)));
    t.is(refuted, expected, textOf(temps));
    t.is(into.obligations.length, 1 + 2 * temps.length);
    if (expected) wrong++;
  }
  t.log(`${wrong} of 1000 plans are wrong`);
  t.true(wrong > 200 && wrong < 900);
});
