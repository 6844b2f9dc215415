/** `build --certify`: every claim of a build with a certificate that checks, and none that checks for a changed claim. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { certifiesClaim, certifiesCover } from "../../proofs/certificates/certificate.js";
import { type SolverObligation, not } from "../../proofs/kernel/obligation.js";
import { buildModel } from "../../src/driver.js";
import { parseCertificates, printCertificates, questionKey } from "../../src/evidence/certificates.js";
import { present } from "../../ir/prelude.js";
import { hasTools } from "../support/tools.js";
import { folderFor, obligato, smallModelIn } from "./support.js";

const quiet = { stage: () => undefined, settled: () => undefined };

async function claimsOf(model: string): Promise<readonly SolverObligation[]> {
  const request = { model, fixDims: new Map<string, number>(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", jobs: 1, prove: false } as const;
  const { stages } = await buildModel(request, quiet);
  return stages.flatMap(({ obligations }) => obligations.flatMap((o) => (o.kind === "solver" ? [o] : [])));
}

test("certify: every claim and cover of a build has a certificate that checks, and no other is there", async (t) => {
  if (!hasTools(t, "cadical")) return;
  const folder = folderFor(t);
  const model = smallModelIn(folder);
  const ran = obligato(["build", model, "-o", join(folder, "out"), "--certify"]);
  t.is(ran.status, 0, ran.errors);
  const text = readFileSync(join(folder, "out/evidence/certificates.txt"), "utf8");
  const certificates = present(parseCertificates(text), "certificates");
  const claims = await claimsOf(model);
  t.true(claims.length > 20);
  const keys = new Set<string>();
  let denied = 0;
  for (const o of claims) {
    const [claim, cover] = [questionKey(o, "claim"), questionKey(o, "cover")];
    [claim, cover].forEach((key) => keys.add(key));
    t.true(certifiesClaim(o, present(certificates.get(claim), o.id)), o.id);
    t.true(certifiesCover(o, present(certificates.get(cover), o.id)), o.id);
    if (!certifiesClaim({ ...o, goal: not(o.goal) }, present(certificates.get(claim), o.id))) denied++;
  }
  t.is(denied, claims.length, "no certificate shows the contrary as well");
  t.deepEqual([...certificates.keys()].toSorted(), [...keys].toSorted());
  t.is(printCertificates(certificates), text);
});

test("audit --offline: certificates settle every claim without a solver, and one changed step is noticed", (t) => {
  if (!hasTools(t, "cadical")) return;
  const folder = folderFor(t);
  const [model, out] = [smallModelIn(folder), join(folder, "out")];
  t.is(obligato(["build", model, "-o", out, "--certify"]).status, 0);
  const path = process.execPath.replace(/[^/]*$/, ""); // no solver on it
  const bare = { ...process.env, PATH: path };
  const sound = obligato(["audit", out, "--offline"], bare);
  t.is(sound.status, 0, sound.output);
  t.regex(sound.output, /without a solver/);
  const file = join(out, "evidence/certificates.txt");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/proof (-?\d+) /, (_, literal: string) => `proof ${-Number(literal)} `));
  t.not(readFileSync(file, "utf8"), text);
  t.is(obligato(["audit", out, "--offline"], bare).status, 3);
  writeFileSync(file, text);
  t.is(obligato(["audit", out, "--offline"], bare).status, 0);
  const plain = join(folder, "plain");
  t.is(obligato(["build", model, "-o", plain]).status, 0);
  const without = obligato(["audit", plain, "--offline"]);
  t.is(without.status, 2);
  t.regex(without.output, /no certificates/);
});

test("certify: a text that is no list of certificates is not read in part", (t) => {
  const key = "0".repeat(64);
  t.is(parseCertificates(`${key} proof 1 0 0\n`)?.size, 1);
  for (const bad of [`${key} proof 1 0 0`, `${key} proof 1\n`, `${key} proof 1 0\n${key} proof 1 0\n`, `${key} word 1\n`, `x proof 0\n`, `${key} point 01\n`]) {
    t.is(parseCertificates(bad), undefined, bad);
  }
});

test("certify: without cadical the build says so and leaves nothing", (t) => {
  const folder = folderFor(t);
  const ran = obligato(["build", smallModelIn(folder), "-o", join(folder, "out"), "--certify"], { ...process.env, PATH: folder });
  t.is(ran.status, 69);
  t.regex(ran.errors, /cadical is not on the PATH/);
});
