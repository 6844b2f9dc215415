/**
 * winograd with a wrong operator: every part of the meaning of QLinearWinograd is changed, one at a time, whatever its
 * stages are; each change is refuted by a claim, those about tiles by a solver, which names the tile.
 */
import test from "ava";
import type { Graph } from "../../../ir/graph/graph.js";
import { type Condition, type IndexExpr, shift, substitute } from "../../../ir/loop/index-expr.js";
import { present } from "../../../ir/prelude.js";
import { valueOf } from "../../../ir/scalar/types.js";
import { type Meaning, type Stage, type TensorExpr, constant, op } from "../../../ir/tensor/meaning.js";
import { claims } from "../../../proofs/kernel/claims.js";
import type { Verdict } from "../../../proofs/kernel/verdict.js";
import { compareMeanings, sideOf } from "../../../proofs/lemmas/winograd/justify.js";
import type { Side } from "../../../proofs/lemmas/winograd/result.js";
import { rewriteGraph } from "../../../proofs/lemmas/rewriting.js";
import { textOf } from "../../../proofs/lemmas/text.js";
import { discharge } from "../../../proofs/provers/discharge.js";
import { importModel } from "../../../src/onnx/import.js";
import { bytesOfConvolution, convolutions } from "./tile-models.js";

const before = importModel(bytesOfConvolution(present(convolutions[0], "a case"))).graph;
const after = rewriteGraph(before, [{ lemma: "winograd" }]).graph;
const only = (graph: Graph): Side => sideOf(graph, present(graph.nodes[0], "a node"));
const [old, made] = [only(before), only(after)];

/** Claims that do not hold, and what a solver has against them. */
async function refuted(meaning: Meaning): Promise<readonly (readonly [id: string, verdict: Verdict])[]> {
  const into = claims("lemmas");
  compareMeanings({ into, step: 0, node: "y" }, old, { ...made, meaning });
  const ground = into.obligations.filter((each) => each.kind === "ground" && !each.holds);
  const ledger = await discharge(ground.length > 0 ? ground : into.obligations, { jobs: 1, solver: "z3" });
  return ledger.flatMap(({ id, verdict }) => (verdict.kind === "proved" ? [] : [[id.replace(/^lemmas\/B1\/0\./, "").replace(/\.\d\d$/, ""), verdict] as const]));
}

interface Wrong {
  readonly name: string;
  readonly e: TensorExpr;
}

/** Every expression that differs from `e` in one place, by what `change` makes of that. */
function* variants(e: TensorExpr, change: (e: TensorExpr) => readonly Wrong[]): Iterable<Wrong> {
  yield* change(e);
  const within = function* (inner: TensorExpr, put: (x: TensorExpr) => TensorExpr): Iterable<Wrong> {
    for (const { name, e: x } of variants(inner, change)) yield { name, e: put(x) };
  };
  if (e.kind === "op") for (const [k, arg] of e.args.entries()) yield* within(arg, (x) => ({ ...e, args: e.args.with(k, x) }));
  if (e.kind === "select") {
    yield* within(e.then, (then) => ({ ...e, then }));
    yield* within(e.otherwise, (otherwise) => ({ ...e, otherwise }));
  }
  if (e.kind === "fold") {
    yield* within(e.start, (start) => ({ ...e, start }));
    yield* within(e.step, (step) => ({ ...e, step }));
  }
}

/** Mistakes that somebody could make at an expression. */
function mistakes(e: TensorExpr): readonly Wrong[] {
  switch (e.kind) {
    case "at": return e.index.map((_, axis) => ({ name: "index", e: { ...e, index: e.index.map((index, k) => (k === axis ? shift(index, 1) : index)) } }));
    case "const": return [{ name: "constant", e: constant(e.constant.type, Number(valueOf(e.constant)) + 1) }];
    case "select": return [
      ...[1, -1].map((by) => ({ name: `tested ${by}`, e: { ...e, when: e.when.map((c) => ({ ...c, index: shift(c.index, by) })) } })),
      { name: "exchanged", e: { ...e, then: e.otherwise, otherwise: e.then } },
    ];
    case "fold": return [{ name: "channel left out", e: { ...e, over: e.over.map((axis) => ({ ...axis, extent: axis.extent - 1 })) } }];
    case "op": return ofOperator(e.op, e.args, e);
    default: return [];
  }
}

function ofOperator(name: string, args: readonly TensorExpr[], e: TensorExpr): readonly Wrong[] {
  if (name === "addw.i32") return [{ name: "added for subtracted", e: op("subw.i32", ...args) }];
  if (name === "subw.i32") return [{ name: "subtracted for added", e: op("addw.i32", ...args) }, { name: "operands", e: op("subw.i32", ...args.toReversed()) }];
  if (name === "cast.i32.i16") return [{ name: "129 times", e: op(name, op("mulw.i32", ...args, constant("i32", 129))) }];
  if (name === "mulw.i32") return [{ name: "summed", e: op("addw.i32", ...args) }];
  if (name === "rint.f32" || name === "add.f32") return [{ name: "left out", e: args[0] ?? e }];
  return ["cast.i32.f32", "mul.f32", "div.f32"].includes(name) ? [{ name: "twice", e: op("add.f32", e, e) }] : [];
}

const wrongMeanings = made.meaning.stages.flatMap((stage, k): readonly { readonly name: string; readonly meaning: Meaning }[] =>
  [...variants(stage.value, mistakes)].map(({ name, e }) => ({ name: `${stage.name}: ${name}`, meaning: { ...made.meaning, stages: made.meaning.stages.with(k, { ...stage, value: e }) } })));

test("every mistake in the meaning is refuted, by claims of every kind", async (t) => {
  t.timeout(120_000);
  t.deepEqual(await refuted(made.meaning), []);
  const noticed = new Set<string>();
  const kept: string[] = [];
  for (const { name, meaning } of wrongMeanings) {
    const found = await refuted(meaning);
    if (found.length === 0 || found.some(([, { kind }]) => kind !== "refuted")) kept.push(name);
    for (const [id] of found) noticed.add(id);
  }
  t.log(`${wrongMeanings.length} changes`);
  t.true(wrongMeanings.length > 100);
  t.deepEqual(kept, []);
  t.deepEqual([...noticed].sort(), ["around", "bias", "factor", "form", "inside", "narrow", "outside", "weights"]);
});

/** `e` with the stage `gone` put in the place of what reads it. */
function inlined(e: TensorExpr, gone: Stage): TensorExpr {
  const inner = (x: TensorExpr): TensorExpr => inlined(x, gone);
  switch (e.kind) {
    case "op": return { ...e, args: e.args.map(inner) };
    case "select": return { ...e, then: inner(e.then), otherwise: inner(e.otherwise) };
    case "fold": return { ...e, start: inner(e.start), step: inner(e.step) };
    case "at": return e.tensor.kind === "stage" && e.tensor.name === gone.name ? moved(gone.value, new Map(gone.axes.map((axis, k) => [axis, e.index[k]]))) : e;
    default: return e;
  }
}

function moved(e: TensorExpr, by: ReadonlyMap<string, IndexExpr | undefined>): TensorExpr {
  const inner = (x: TensorExpr): TensorExpr => moved(x, by);
  const at = (index: IndexExpr): IndexExpr => substitute(index, (name) => by.get(name));
  const test = (c: Condition): Condition => ({ ...c, index: at(c.index) });
  switch (e.kind) {
    case "op": return { ...e, args: e.args.map(inner) };
    case "select": return { ...e, when: e.when.map(test), then: inner(e.then), otherwise: inner(e.otherwise) };
    case "fold": return { ...e, where: e.where.map(test), start: inner(e.start), step: inner(e.step) };
    case "at": return { ...e, index: e.index.map(at) };
    default: return e;
  }
}

test("which stages there are is not asked: each put in the place of its readers, and all of them, proves as before", async (t) => {
  const without = (stages: readonly Stage[], gone: Stage): readonly Stage[] => stages.filter((each) => each.name !== gone.name).map((each) => ({ ...each, value: inlined(each.value, gone) }));
  const inner = made.meaning.stages.filter(({ name }) => !made.meaning.outputs.includes(name));
  for (const gone of inner) t.deepEqual(await refuted({ ...made.meaning, stages: without(made.meaning.stages, gone) }), [], gone.name);
  const last = inner.reduce<readonly Stage[]>((stages, { name }) => without(stages, present(stages.find((each) => each.name === name), name)), made.meaning.stages);
  t.is(last.length, 1);
  t.deepEqual(await refuted({ ...made.meaning, stages: last }), []);
});

/** The meaning with every condition of a stage that reads X moved. */
function ring(by: number): Meaning {
  const moved = (e: TensorExpr): TensorExpr => (e.kind === "select" ? { ...e, when: e.when.map((c) => ({ ...c, index: shift(c.index, by) })), then: moved(e.then) } : e);
  return { ...made.meaning, stages: made.meaning.stages.map((stage) => (stage.value.kind === "select" && textOf(stage.value).includes("\"slot\":0") ? { ...stage, value: moved(stage.value) } : stage)) };
}

test("an image too narrow or too wide: the solver names a tile whose element is lost, or read beyond the image", async (t) => {
  for (const [by, claimed] of [[-1, "inside"], [1, "outside"]] as const) {
    const found = await refuted(ring(by));
    t.true(found.length > 0 && found.every(([id]) => id === claimed), found.map(([id]) => id).join());
    for (const [, verdict] of found) {
      const tile = verdict.kind === "refuted" ? verdict.counterexample : {};
      t.deepEqual(Object.keys(tile).sort(), ["s", "t"]);
    }
  }
});

test("what ground claims say is where it differs", (t) => {
  const into = claims("lemmas");
  const stages = made.meaning.stages.map((stage) => (stage.value.kind === "fold" ? { ...stage, value: { ...stage.value, over: stage.value.over.map((axis) => ({ ...axis, extent: axis.extent - 1 })) } } : stage));
  compareMeanings({ into, step: 0, node: "y" }, old, { ...made, meaning: { ...made.meaning, stages } });
  const details = into.obligations.flatMap((each) => (each.kind === "ground" && !each.holds ? [each.detail] : []));
  t.deepEqual([...new Set(details)], ["4 channels, 3 after"]);
});
