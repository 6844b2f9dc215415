/**
 * Attacks by a pass that does not play by the rules: it forges the objects it hands
 * over, changes the program it was given, or relies on widths that machines have and
 * integers have not. Each program here is wrong, and no attack may leave every
 * obligation proved.
 */
import test from "ava";
import { literal, variable } from "../../ir/loop/index-expr.js";
import type { Store } from "../../ir/loop/program.js";
import { storesOf } from "../../ir/loop/visit.js";
import { InvariantViolation, present } from "../../ir/prelude.js";
import { beginChain, checkStage } from "../../proofs/kernel/kernel.js";
import type { Witness } from "../../proofs/kernel/witness.js";
import { discharge } from "../../proofs/provers/discharge.js";
import { type WrongPass, entry, original } from "../../src/mutate/entry.js";
import { modelOf, obligationsOf } from "../../src/mutate/index.js";

/** Accepted: every obligation proved. An attack may also end in an InvariantViolation. */
async function accepted(it: WrongPass): Promise<boolean> {
  try {
    const lines = await discharge(obligationsOf(it), { jobs: 1, solver: "auto" });
    return lines.every(({ verdict }) => verdict.kind === "proved");
  } catch (error) {
    if (error instanceof InvariantViolation) return false;
    throw error;
  }
}

const pointwise = (op: string, index: string): string => `
  program net
  input x "x" f32[8]
  output y "y" f32[8]

  for i in 0..8 serial {
    s: y[i] = ${op}(x[${index}])
  }
  `;
const plain = original(pointwise("neg.f32", "i"), "final y: s[d0]\nonce y");

function attack(name: string, after: string, witness: string, before = plain): WrongPass {
  return entry({ name, bug: "", before, after, witness });
}

const doubled = (index: string): string => `
  program net
  input x "x" f32[4]
  output y "y" f32[8]
  temp t f32[4]

  for k in 0..4 serial {
    p: t[k] = neg.f32(x[k])
  }
  for i in 0..8 serial {
    s: y[i] = t[${index}]
  }
  `;

test("attack: an index expression whose text is not its terms", async (t) => {
  const before = original(doubled("floordiv(i, 2)"), "load s.0: p[floordiv(i, 2)]\nfinal y: s[d0]\nonce t y");
  const honest = attack("forged-text", doubled("floordiv(-i + 7, 2)"), "phi p: p[k]\nload s.0: p[floordiv(-i + 7, 2)]\nfinal y: s[d0]\nonce t y", before);
  t.false(await accepted(honest));
  const of = { ...variable("i"), text: "-i + 7" };
  const forged = { constant: 0, terms: [{ coefficient: 1, atom: { kind: "floordiv", of, by: 2 } }], text: "floordiv(-i + 7, 2)" } as const;
  const witness: Witness = { ...honest.witness, producers: { s: [[{ when: [], then: { statement: "p", point: [forged] } }]] } };
  t.false(await accepted({ ...honest, witness }));
});

test("attack: variables that are not in scope", async (t) => {
  const reversed = pointwise("neg.f32", "-i + 7");
  for (const witness of ["phi s: s[q]", "phi s: if q + i - 7 == 0: s[q] | dead", "phi s: if d0 - i == 0: s[d0] | s[-i + 7]"]) {
    t.false(await accepted(attack("stray-variable", reversed, `${witness}\nfinal y: s[d0]\nonce y`)), witness);
  }
});

test("attack: the program before is changed in place", async (t) => {
  const { program, dataflow, tensors } = original(pointwise("neg.f32", "i"), "final y: s[d0]\nonce y");
  const options = { stage: "changed", model: modelOf(program, tensors) };
  const { established } = beginChain(options, program, dataflow);
  const stored: { -readonly [K in keyof Store]: Store[K] } = present(storesOf(program)[0], "store").store;
  try {
    stored.value = { kind: "op", op: "abs.f32", args: [{ kind: "load", buffer: "x", index: [variable("i")] }] };
  } catch (error) {
    t.true(error instanceof TypeError); // frozen
  }
  const { after, witness } = attack("changed", pointwise("abs.f32", "i"), "phi s: s[i]\nfinal y: s[d0]\nonce y");
  const lines = await discharge(checkStage(options, established, after, witness).obligations, { jobs: 1, solver: "auto" });
  t.false(lines.every(({ verdict }) => verdict.kind === "proved"));
});

test("attack: a loop counter beyond 32 bits", async (t) => {
  const repeated = (times: number): string => `
    program net
    input x "x" f32[1]
    output y "y" f32[1]

    for i in 0..${times} serial {
      s: y[0] = neg.f32(x[0])
    }
    `;
  const before = original(repeated(1), "final y: s[0]\nonce y");
  t.true(await accepted(attack("counter", repeated(100), "phi s: s[0]\nfinal y: s[99]", before)));
  t.false(await accepted(attack("counter", repeated(3_000_000_000), "phi s: s[0]\nfinal y: s[2999999999]", before)));
});

test("attack: an arena beyond 32 bits", async (t) => {
  const placed = (place: string): string => `
    program net
    input x "x" f32[1]
    output y "y" f32[1]
    temp t f32[1]${place}

    a: t[0] = neg.f32(x[0])
    s: y[0] = abs.f32(t[0])
    `;
  const before = original(placed(""), "load s.0: a[]\nfinal y: s[]\nonce t y");
  const witness = "phi a: a[]\nphi s: s[]\nload s.0: a[]\nfinal y: s[]\nonce t y";
  t.true(await accepted(attack("arena", placed(" @ 1024"), witness, before)));
  t.false(await accepted(attack("arena", placed(" @ 4294967296"), witness, before)));
});

test("attack: an instance with too few coordinates", async (t) => {
  t.false(await accepted(attack("short-point", pointwise("neg.f32", "i"), "phi s: s[]\nfinal y: s[d0]\nonce y")));
  const constant = { when: [], then: { statement: "s", point: [literal(0)], path: [0] } };
  const after = attack("leaf-path", pointwise("neg.f32", "i"), "phi s: s[i]\nfinal y: s[d0]\nonce y");
  t.false(await accepted({ ...after, witness: { ...after.witness, phi: { s: [constant] } } }));
});
