/**
 * A pass that does not keep to its interface: it changes objects the kernel has seen,
 * forges index expressions whose text is not their structure, names what does not
 * exist. Nothing of it may be proved, and nothing may stop the kernel with an error.
 */
import test from "ava";
import { type IndexExpr, shift, variable } from "../../../ir/loop/index-expr.js";
import type { Program } from "../../../ir/loop/program.js";
import { invariant } from "../../../ir/prelude.js";
import { beginChain, checkStage } from "../../../proofs/kernel/kernel.js";
import type { Witness } from "../../../proofs/kernel/witness.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import { dataflow, judge, modelOf, notProved, point, program, refutedRules, witness } from "./support.js";

const options = { jobs: 1, solver: "auto" } as const;

const text = `
input x0 f32[8]
output y0 f32[4]
temp t f32[5]

for a in 0..5 {
  s: t[a] = neg.f32(x0[a])
}
for i in 0..8 {
  r: y0[floordiv(i, 2)] = abs.f32(t[floordiv(i, 2)])
}
`;
const shifted = text.replace("t[floordiv(i, 2)])", "t[floordiv(i + 1, 2)])");
const flow = { producers: { r: "s(floordiv(i, 2))" }, finals: { y0: "r(2*d0 + 1)" }, once: "t" };
const phi = { s: "s(a)", r: "r(i)" };

/** What is open when `attack` strikes between the check of `text` and that of `after`. */
async function openAfter(attack: (before: Program, flow: ReturnType<typeof dataflow>) => void, after: Program, claimed: Witness): Promise<string[]> {
  const [before, given] = [program(text), dataflow(flow)];
  const model = modelOf(before);
  const start = beginChain({ stage: "start", model }, before, given);
  attack(before, given);
  const step = checkStage({ stage: "step", model }, start.established, after, claimed);
  return notProved(await discharge([...start.obligations, ...step.obligations], options));
}

/** Runs what a pass in plain JavaScript could do; a frozen object is as good as a refutation. */
function attempt(change: () => unknown): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

test.serial("the text before, changed in place", async (t) => {
  const attack = ({ body }: Program): void => {
    const [, loop] = body;
    const store = loop?.kind === "loop" ? loop.body[0] : undefined;
    invariant(store?.kind === "store", "the loop of r");
    attempt(() => Object.assign(store.value, { op: "sqrt.f32" }));
  };
  const wrong = program(text.replace("abs.f32", "sqrt.f32"));
  t.notDeepEqual(await openAfter(attack, wrong, witness({ ...flow, phi })), []);
});

test.serial("the dataflow before, changed in place", async (t) => {
  const attack = (_: Program, { producers }: ReturnType<typeof dataflow>): void => {
    const instance = producers["r"]?.[0]?.[0]?.then;
    invariant(instance !== undefined, "the producer of r");
    attempt(() => Object.assign(instance.point, point("floordiv(i + 1, 2)")));
  };
  const claimed = witness({ ...flow, phi, producers: { r: "s(floordiv(i + 1, 2))" } });
  t.notDeepEqual(await openAfter(attack, program(shifted), claimed), []);
});

const square = `
input x0 f32[4,4]
output y0 f32[4,4]
temp t f32[4,4]

for a in 0..4 {
  for b in 0..4 {
    s: t[a, b] = neg.f32(x0[a, b])
  }
}
for i in 0..4 {
  for j in 0..4 {
    r: y0[i, j] = abs.f32(t[i, j])
  }
}
`;
const squareFlow = { producers: { r: "s(i, j)" }, finals: { y0: "r(d0, d1)" }, once: "t y0" };

test.serial("variables of a dataflow, renamed after it was checked", async (t) => {
  const given = dataflow(squareFlow);
  const start = beginChain({ stage: "start", model: modelOf(program(square)) }, program(square), given);
  // The kernel would take the transposed read for the one it has established.
  const [i, j] = (given.producers["r"]?.[0]?.[0]?.then.point ?? []).map((e) => e.terms[0]?.atom);
  invariant(i !== undefined && j !== undefined, "the producer of r");
  attempt(() => Object.assign(i, { name: "j" }));
  attempt(() => Object.assign(j, { name: "i" }));
  const wrong = program(square.replace("abs.f32(t[i, j])", "abs.f32(t[j, i])"));
  const claimed = witness({ ...squareFlow, producers: { r: "s(j, i)" }, phi: { s: "s(a, b)", r: "r(i, j)" } });
  const step = checkStage({ stage: "step", model: modelOf(wrong) }, start.established, wrong, claimed);
  t.notDeepEqual(notProved(await discharge([...start.obligations, ...step.obligations], options)), []);
});

test.serial("the program that the kernel shows, changed in place", async (t) => {
  const start = beginChain({ stage: "start", model: modelOf(program(square)) }, program(square), dataflow(squareFlow));
  const [, loop] = start.established.program.body;
  const inner = loop?.kind === "loop" ? loop.body[0] : undefined;
  const store = inner?.kind === "loop" ? inner.body[0] : undefined;
  invariant(store?.kind === "store", "the loops of r");
  attempt(() => Object.assign(store.value, { op: "sqrt.f32" }));
  const wrong = program(square.replace("abs.f32", "sqrt.f32"));
  const step = checkStage({ stage: "step", model: modelOf(wrong) }, start.established, wrong, witness({ ...squareFlow, phi: { s: "s(a, b)", r: "r(i, j)" } }));
  t.notDeepEqual(notProved(await discharge([...start.obligations, ...step.obligations], options)), []);
});

test.serial("a witness that is no data is refuted, without an error", async (t) => {
  const method = { map: () => [], forEach: () => undefined, length: 1 };
  for (const phi of [{ r: method }, new Proxy({}, {}), { get r(): never { throw new Error("not today"); } }]) {
    const lying = { ...witness({ ...squareFlow, phi: { s: "s(a, b)" } }), phi: phi as never };
    const { stage } = await judge({ before: program(square), dataflow: dataflow(squareFlow), after: program(square), witness: lying });
    t.true(refutedRules(stage).includes("W5"), notProved(stage).join("\n"));
  }
});

const difference = `
input x0 f32[4]
input x1 f32[4]
output y0 f32[4]

for i in 0..4 {
  r: y0[i] = sub.f32(neg.f32(x0[i]), neg.f32(x1[i]))
}
`;
const parts = `
input x0 f32[4]
input x1 f32[4]
output y0 f32[4]
temp t f32[4]
temp u f32[4]

for a in 0..4 {
  p: t[a] = neg.f32(x0[a])
  q: u[a] = neg.f32(x1[a])
}
for i in 0..4 {
  r: y0[i] = sub.f32(t[i], u[i])
}
`;

/** An argument position that is `real` where a value is walked, and `said` where paths are compared. */
function position(real: number, said: number): never {
  const place = { [Symbol.toPrimitive]: () => (new Error().stack?.includes("join") === true ? said : real) };
  return place as never;
}

for (const [name, path, swapped] of [["as they are", [0, 1], false], ["exchanged where they are compared", [position(0, 1), position(1, 0)], true]] as const) {
  test.serial(`argument positions of φ, ${name}`, async (t) => {
    const after = program(swapped ? parts.replace("sub.f32(t[i], u[i])", "sub.f32(u[i], t[i])") : parts);
    const own = { finals: { y0: "r(d0)" }, once: "t u y0", producers: { r: swapped ? "q(i)|p(i)" : "p(i)|q(i)" } };
    const claimed = witness({ ...own, phi: { r: "r(i)" } });
    const [p, q] = path.map((at) => [{ when: [], then: { statement: "r", point: point("a"), path: [at] } }]);
    const lying = { ...claimed, phi: { ...claimed.phi, p: p ?? [], q: q ?? [] } };
    const { start, stage } = await judge({ before: program(difference), dataflow: dataflow({ finals: { y0: "r(d0)" }, once: "y0" }), after, witness: lying });
    const open = [...notProved(start), ...notProved(stage)];
    if (swapped) t.notDeepEqual(open, []);
    else t.deepEqual(open, []);
  });
}

/** ⌊inner / 2⌋ as `said`, its inner expression calling itself `alias`. */
function forged(said: string, inner: IndexExpr, alias: string): IndexExpr {
  return { constant: 0, text: said, terms: [{ coefficient: 1, atom: { kind: "floordiv", of: { ...inner, text: alias }, by: 2 } }] };
}

test.serial("a witness whose index expressions lie about themselves", async (t) => {
  const claimed = witness({ ...flow, phi });
  const lie = forged("floordiv(i + 1, 2)", variable("i"), "i + 1");
  const lying = { ...claimed, producers: { r: [[{ when: [], then: { statement: "s", point: [lie] } }]] } };
  t.notDeepEqual(await openAfter(() => undefined, program(shifted), lying), []);
});

test.serial("a program whose index expressions lie about themselves", async (t) => {
  const after = program(shifted);
  const [first, second] = after.body;
  const store = second?.kind === "loop" ? second.body[0] : undefined;
  invariant(first !== undefined && second?.kind === "loop" && store?.kind === "store", "the loop of r");
  const lie = forged("floordiv(i + 1, 2)", shift(variable("i"), 1), "i"); // what is printed is right, what sums compare is not
  const value = { kind: "op", op: "abs.f32", args: [{ kind: "load", buffer: "t", index: [lie] }] } as const;
  const lying = { ...after, body: [first, { ...second, body: [{ ...store, value }] }] };
  t.notDeepEqual(await openAfter(() => undefined, lying, witness({ ...flow, phi })), []);
});

for (const [name, change] of [
  ["a point too short", { producers: { r: "s()" } }],
  ["a variable that is not there, in a producer", { producers: { r: "s(zz)" } }],
  ["a variable that is not there, in a condition", { producers: { r: "zz >= 0 ? s(floordiv(i, 2)) ; s(floordiv(i, 2))" } }],
  ["a variable that is not there, in φ", { phi: { ...phi, r: "r(zz)" } }],
  ["a variable that is not there, in a final", { finals: { y0: "r(zz)" } }],
] as const) {
  test.serial(`${name}: refuted, without an error`, async (t) => {
    const { stage } = await judge({ before: program(text), dataflow: dataflow(flow), after: program(text), witness: witness({ ...flow, phi, ...change }) });
    t.true(refutedRules(stage).length > 0, notProved(stage).join("\n"));
  });
}

test.serial("a counter that does not fit 32 bits", async (t) => {
  const long = program("\ninput x0 f32[1]\noutput y0 f32[1]\n\nfor i in 0..4294967296 {\n  s: y0[0] = neg.f32(x0[0])\n}\n");
  const { obligations } = beginChain({ stage: "start", model: modelOf(long) }, long, dataflow({ finals: { y0: "s(4294967295)" } }));
  t.true(refutedRules(await discharge(obligations, options)).includes("W6"));
});

test("a buffer named like a detail of M1 makes no identifier twice", (t) => {
  const named = program("\ninput x0 f32[4]\noutput y0 f32[4]\ntemp a f32[4] @ 0\ntemp offset f32[4] @ 4\n\nfor i in 0..4 {\n  s: a[i] = x0[i]\n  t: offset[i] = a[i]\n  u: y0[i] = offset[i]\n}\n");
  const { obligations } = beginChain({ stage: "start", model: modelOf(named) }, named, dataflow({ producers: { t: "s(i)", u: "t(i)" }, finals: { y0: "u(d0)" }, once: "a offset y0" }));
  t.is(new Set(obligations.map(({ id }) => id)).size, obligations.length);
});

const copies = `
input x0 f32[4]
output y0 f32[6]
temp t f32[6]
temp u f32[6]

for a in 0..6 {
  if -a + 3 >= 0 {
    p: t[a] = x0[a]
  }
  if a - 4 >= 0 {
    z: t[a] = f32:0x00000000
  }
}
for b in 0..6 {
  c: u[b] = t[b]
}
`;
const whole = `${copies}for i in 0..6 {\n  r: y0[i] = neg.f32(u[i])\n}\n`;
const split = `${copies}for i in 0..4 {\n  r: y0[i] = neg.f32(u[i])\n}\nfor j in 0..2 {\n  q: y0[j + 4] = neg.f32(u[j + 4])\n}\n`;

test.serial("cases of a copy that a split reader never meets do not stop a right step", async (t) => {
  const producers = { c: "-b + 3 >= 0 ? p(b) ; z(b)", r: "c(i)" };
  const claimed = witness({ phi: { r: "r(i)", q: "r(j + 4)" }, producers: { ...producers, q: "c(j + 4)" }, finals: { y0: "-d0 + 3 >= 0 ? r(d0) ; q(d0 - 4)" }, once: "t u y0" });
  const { start, stage } = await judge({ before: program(whole), dataflow: dataflow({ producers, finals: { y0: "r(d0)" }, once: "t u y0" }), after: program(split), witness: claimed });
  t.deepEqual(notProved(start), []);
  t.deepEqual(notProved(stage), []);
});
