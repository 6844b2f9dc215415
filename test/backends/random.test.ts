/** Random programs: what is printed reads back, and compiled it computes what the interpreter computes. */
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import { checkedReadBack } from "../../backends/c/round-trip.js";
import { type Atom, type IndexExpr, floordiv, literal, mod, plus, shift, times, variable } from "../../ir/loop/index-expr.js";
import { rangeOf } from "../../ir/loop/interval.js";
import { printProgram } from "../../ir/loop/print.js";
import type { Expr, Node, Program } from "../../ir/loop/program.js";
import { loopsOf, mapExpr } from "../../ir/loop/visit.js";
import { compileModel, writeEmission } from "../../src/toolchain/compile.js";
import { runVectors } from "../../src/toolchain/run.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { randomProgram } from "../loop/random-program.js";
import { hasTools } from "../support/tools.js";
import { type Case, bits, expected, inFolder, inputsOf, outputsOf, trappingFlags } from "./support.js";

/**
 * C's `/` and `%` are floordiv and mod only where the dividend is not negative, an
 * obligation of the kernel (W6). Here every dividend is raised by a multiple of its
 * divisor until that holds, which changes no value.
 */
function withNonNegativeDividends(program: Program): Program {
  const extents = new Map(loopsOf(program).map(({ variable: name, extent }) => [name, extent]));
  const raise = (e: IndexExpr): IndexExpr =>
    e.terms.reduce((sum, { coefficient, atom }) => plus(sum, times(raiseAtom(atom), coefficient)), literal(e.constant));
  const raiseAtom = (atom: Atom): IndexExpr => {
    if (atom.kind === "var") return variable(atom.name);
    const of = raise(atom.of);
    const steps = Math.max(0, Math.ceil(-rangeOf(of, (name) => extents.get(name) ?? 0).low / atom.by));
    const raised = shift(of, steps * atom.by);
    return atom.kind === "mod" ? mod(raised, atom.by) : shift(floordiv(raised, atom.by), -steps);
  };
  const value = (expr: Expr): Expr => mapExpr(expr, (e) => (e.kind === "load" ? { ...e, index: e.index.map(raise) } : e));
  const node = (n: Node): Node => {
    if (n.kind === "store") return { ...n, index: n.index.map(raise), value: value(n.value) };
    const body = n.body.map(node);
    return n.kind === "loop" ? { ...n, body } : { ...n, body, conditions: n.conditions.map(({ kind, index }) => ({ kind, index: raise(index) })) };
  };
  return { ...program, body: program.body.map(node) };
}

function caseFor(seed: number): Case {
  return { name: "random", program: withNonNegativeDividends(randomProgram(seed)), weights: new Map() };
}

test("random programs: the text reads back as the program", (t) => {
  for (let seed = 1; seed <= 150; seed++) {
    const { program, weights } = caseFor(seed);
    const read = checkedReadBack(emitC(program, { model: "random_model", weights }).files);
    t.is(printProgram(read.program), printProgram(program), `seed ${seed}`);
  }
});

test("random programs: the compiled text computes what the interpreter computes", async (t) => {
  if (!hasTools(t, "gcc", "nm")) return;
  for (let seed = 1; seed <= 8; seed++) {
    const subject = caseFor(seed);
    const vectors = [1, 2, 3].map((s) => inputsOf(subject, s));
    await inFolder(async (folder) => {
      await writeEmission(folder, emitC(subject.program, { model: "random_model", weights: subject.weights }));
      for (const compiler of await findCompilers()) {
        const extra = seed % 2 === 0 ? trappingFlags : []; // no index of the text overflows on its way
        const { binary } = await compileModel({ folder, model: "random_model", compiler, optimisation: "O2", fused: true, extra });
        const found = await runVectors(binary, vectors, outputsOf(subject));
        t.deepEqual(found.map((outputs) => outputs.map(bits)), vectors.map((inputs) => expected(subject, inputs).map(bits)), `seed ${seed}, ${compiler.kind}`);
      }
    });
  }
});
