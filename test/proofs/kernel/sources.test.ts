/** The table of sources: copies are followed to the value they copy, and chains that do not end are refused. */
import test from "ava";
import { claims } from "../../../proofs/kernel/claims.js";
import { type Source, establishSources } from "../../../proofs/kernel/sources.js";
import { type ShortDataflow, dataflow, program } from "./support.js";

const text = `
input x0 f32[6]
output y0 f32[6]
weight w0 f32[6] = "W"[-d0 + 5]
temp t f32[6]
temp u f32[6]
temp v f32[6]

for a in 0..6 {
  s: t[a] = neg.f32(x0[a])
}
for b in 0..6 {
  if -b + 2 >= 0 {
    c: u[b] = t[-b + 5]
  }
  if b - 3 >= 0 {
    d: u[b] = w0[b - 3]
  }
}
for e in 0..6 {
  k: v[e] = u[e]
}
for i in 0..6 {
  r: y0[i] = add.f32(v[i], x0[-i + 5])
}
`;

const flow: ShortDataflow = {
  producers: { c: "s(-b + 5)", k: "-e + 2 >= 0 ? c(e) ; d(e)", r: "k(i) |" },
  finals: { y0: "r(d0)" },
  once: "t u v y0",
};

function shown(source: Source): string {
  if (source.kind === "node") return `${source.instance.statement}(${source.instance.point.map((e) => e.text).join()})`;
  const { leaf } = source;
  return leaf.kind === "const" ? leaf.text : `${leaf.kind}[${leaf.index.map((e) => e.text).join()}]`;
}

test("a load through two copies has the cases of both, seen from its own instance", (t) => {
  const { sources, finals } = establishSources(claims("s"), program(text), dataflow(flow));
  const [first, second] = sources.get("r") ?? [];
  t.deepEqual(first?.map((it) => [it.when.map((c) => c.index.text).join(), shown(it.then)]), [["-i + 2", "s(-i + 5)"], ["", "weight[-i + 8]"]]);
  t.deepEqual(second?.map((it) => shown(it.then)), ["input[-i + 5]"]);
  t.deepEqual(finals.get("y0")?.map((it) => shown(it.then)), ["r(d0)"]);
});

const cyclic = `
input x0 f32[4]
output y0 f32[4]

for i in 0..4 {
  a: y0[i] = y0[i]
}
`;

test("a chain of copies that does not end is refuted", (t) => {
  const into = claims("s");
  const { finals } = establishSources(into, program(cyclic), dataflow({ producers: { a: "a(i)" }, finals: { y0: "a(d0)" } }));
  t.deepEqual(finals.get("y0"), []);
  t.deepEqual(into.obligations.filter((o) => o.kind === "ground" && !o.holds).map(({ id }) => id), ["s/W2/copies.a"]);
});

test("a load of an unknown producer has no source", (t) => {
  const into = claims("s");
  const { sources } = establishSources(into, program(text), dataflow({ ...flow, producers: { ...flow.producers, r: "nobody(i) |" } }));
  t.deepEqual(sources.get("r")?.[0], []);
});
