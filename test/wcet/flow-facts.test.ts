/** Flow facts as files: the JSON form, FFX and AIS say what the program counts, and read back. */
import test from "ava";
import { loop } from "../../ir/loop/build.js";
import { parseProgram } from "../../ir/loop/parse.js";
import type { Program } from "../../ir/loop/program.js";
import { InvariantViolation, Refusal } from "../../ir/prelude.js";
import { parseFfx } from "../../wcet/bind/formats/ffx.js";
import { annotated } from "../../wcet/export/source-format.js";
import { aisComments } from "../../wcet/export/source-formats.js";
import { printSourceFfx, sourceFfxProblems } from "../../wcet/export/source-ffx.js";
import { type LineTable, lineFlags, soundBuild } from "../../wcet/facts/lines.js";
import { flowFactsOf, printFlowFacts } from "../../wcet/facts/flow-facts.js";
import { readFlowFacts } from "../../wcet/facts/read.js";
import { claims } from "../../proofs/kernel/claims.js";
import { exactCounts } from "../../proofs/reference/timing.js";
import { readCase } from "../loop/support.js";

const program = parseProgram(readCase("conv-padded.loop"));
const facts = flowFactsOf(program);
const ids = ["m", "i", "j", "c", "p", "q"];
const lines: LineTable = new Map(ids.map((id, k) => [id, { file: "conv.c", line: 10 + 2 * k }]));

test("the JSON form carries every count of a loop, its node and its parent", (t) => {
  t.deepEqual(Object.keys(facts.loops), ids);
  t.deepEqual(facts.loops["q"], {
    node: "conv1", pass: "lower", kind: "serial", parent: "p", N_body: 3, N_backedge: 3, N_header: 4, entries: 450, total: 1350,
  });
  t.deepEqual(facts.statements["step"], { node: "conv1", pass: "lower", parent: "q", executions: 1014 });
  t.deepEqual(facts.guards.map(({ parent, reached, taken }) => [parent, reached, taken]), [["q", 1350, 1014]]);
});

test("F1: a count of a guard that is not the program's, exported or annotated, is refuted; so is one too many or too few", (t) => {
  const { loops, guards } = facts;
  const exact = guards.map(({ taken }) => taken);
  const [first, ...rest] = guards;
  if (first === undefined) return t.fail("no guard");
  const refuted = (exported: typeof guards, annotated: readonly number[]): readonly string[] => {
    const into = claims("read-back");
    exactCounts(into, program, { exported: new Map(Object.entries(loops)), annotated: new Map(Object.entries(loops).map(([loop, { N_body }]) => [loop, N_body])), guards: { exported, annotated } });
    return into.obligations.flatMap((o) => (o.kind === "ground" && !o.holds ? [o.id] : []));
  };
  t.deepEqual(refuted(guards, exact), []);
  for (const wrong of [{ ...first, taken: first.taken + 1 }, { ...first, reached: first.reached - 1 }]) t.regex(refuted([wrong, ...rest], exact).join(), /guard\.0/);
  t.regex(refuted(guards, [first.taken + 1, ...exact.slice(1)]).join(), /guard\.0/);
  t.regex(refuted([...guards, first], [...exact, first.taken]).join(), new RegExp(`guard\\.${guards.length}`));
  t.regex(refuted(rest, exact).join(), /guard/);
});

test("the JSON form reads back to the same facts", (t) => {
  t.deepEqual(readFlowFacts(printFlowFacts(facts)), facts);
});

const damaged: readonly (readonly [from: string, to: string, what: RegExp])[] = [
  ['"N_body": 3', '"N_body": 2', /facts\.loops\.m must be N_backedge = N_body/],
  ['"total": 1350', '"total": 1351', /facts\.loops\.q must be total = entries/],
  ['"entries": 450', '"entries": -450', /facts\.loops\.q\.entries must be a non-negative integer/],
  ['"entries": 450', '"entries": "450"', /facts\.loops\.q\.entries must be a non-negative integer/],
  ['"kind": "serial"', '"kind": "block"', /facts\.loops\.m\.kind must be serial or/],
  ['"pass": "lower",\n      "kind"', '"kind"', /facts\.loops\.m\.pass must be a string/],
  ['"parent": null', '"parent": null, "constructor": 1', /facts\.loops\.m\.constructor must be absent/],
  ['"guards": [', '"guards": 1, "old": [', /facts\.old must be absent/],
  ["flow-facts/1", "flow-facts/2", /facts\.schema must be obligato-flow-facts\/1/],
  ["{\n", "{\n ", /the text must be printed by obligato/],
  ["{", "", /the text must be JSON/],
];
for (const [from, to, what] of damaged) {
  test(`damaged facts are refused: ${from} made ${to}`, (t) => {
    const text = printFlowFacts(facts);
    t.true(text.includes(from));
    t.throws(() => readFlowFacts(text.replace(from, to)), { instanceOf: Refusal, code: "flow-facts-invalid", message: what });
  });
}

test("FFX: every loop once, with its line, its bound and its total", (t) => {
  const text = printSourceFfx(facts, lines);
  t.true(text.includes('  <loop source="conv.c" line="20" maxcount="3" totalcount="1350"/> <!-- q: conv1 -->\n'));
  const counts = ids.map((id) => facts.loops[id]);
  t.deepEqual(parseFfx(text), ids.map((_, k) => ({ at: { file: "conv.c", line: 10 + 2 * k }, max: counts[k]?.N_backedge ?? NaN, total: counts[k]?.total ?? NaN })));
  t.deepEqual(sourceFfxProblems(text, facts, lines), []);
});

test("every export states the build it is sound for, and never plain -O2", (t) => {
  const source = annotated(aisComments, "", []);
  for (const text of [printSourceFfx(facts, lines), source]) {
    t.true(text.includes(soundBuild));
    for (const flag of lineFlags) t.true(text.includes(flag));
    t.regex(text, /unsound for plain -O1, -O2, -O3 or -Os/);
  }
  t.true(lineFlags.includes("-gdwarf-4"));
  t.false(printSourceFfx(facts, lines).includes("---"));
});

const origin = { node: 'a--b -> "é"', pass: "p" };
function nestOf(...extents: readonly number[]): Program {
  const body = extents.reduceRight((inner: Program["body"], extent, k) => [loop({ variable: `l${k}`, extent }, origin, inner)], []);
  return { name: "nest", buffers: [], body };
}
const linesOf = (count: number): LineTable => new Map(Array.from({ length: count }, (_, k) => [`l${k}`, { file: "n.c", line: k + 1 }]));

test("totals from 2^31 on are left out, because a C int would wrap", (t) => {
  const read = parseFfx(printSourceFfx(flowFactsOf(nestOf(2 ** 16, 2 ** 15 - 1, 2)), linesOf(3)));
  t.deepEqual(read.map(({ total }) => total), [65536, 65536 * 32767, undefined]);
  t.throws(() => printSourceFfx(flowFactsOf(nestOf(2 ** 31)), linesOf(1)), { instanceOf: InvariantViolation, message: /2\^31 times/ });
});

test("node names cannot break out of an XML comment", (t) => {
  const text = printSourceFfx(flowFactsOf(nestOf(3)), linesOf(1));
  t.true(text.includes("<!-- l0: a&#45;-b -> \"&#233;\" -->"));
  t.is(parseFfx(text).length, 1);
});

const wrongLines: readonly (readonly [title: string, lines: LineTable, what: RegExp])[] = [
  ["a loop without a line", new Map([...lines].slice(1)), /loop m has no source line/],
  ["two loops on one line", new Map([...lines, ["q", { file: "conv.c", line: 10 }]]), /loops m and q share conv\.c:10/],
  ["a line of an unknown loop", new Map([...lines, ["zz", { file: "conv.c", line: 99 }]]), /unknown loop zz/],
  ["a path instead of a base name", new Map([...lines, ["q", { file: "./conv.c", line: 99 }]]), /no line of a plain file name/],
  ["line 0", new Map([...lines, ["q", { file: "conv.c", line: 0 }]]), /no line of a plain file name/],
];
for (const [title, table, what] of wrongLines) {
  test(`the exports fail on ${title}`, (t) => {
    t.throws(() => printSourceFfx(facts, table), { instanceOf: InvariantViolation, message: what });
  });
}

test("FFX that an analyser would misread is refused", (t) => {
  const text = printSourceFfx(facts, lines);
  for (const [from, to] of [['maxcount="3"', 'maxcount="03"'], ['maxcount="3"', 'maxcount="4294967299"'], ['maxcount="3"', 'maxcount="NOCOMP"'], ["</flowfacts>", ""], ["<loop ", "<context "]] as const) {
    t.throws(() => parseFfx(text.replace(from, to)), { instanceOf: Refusal, code: "facts-syntax" });
  }
});
