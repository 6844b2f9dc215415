/** Obligations grow with the number of layers and no faster, rule by rule and stage by stage. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { syntheticNetwork } from "../../bench/synthetic-network.js";
import { buildModel } from "../../src/driver.js";

const depths = [10, 20, 40] as const;

/** Obligations of a network of so many layers, under the names of their stage and of their rule. */
async function countsOf(layers: number, folder: string): Promise<ReadonlyMap<string, number>> {
  const model = join(folder, `layers-${layers}.onnx`);
  writeFileSync(model, syntheticNetwork(layers));
  const request = { model, fixDims: new Map<string, number>(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", jobs: 1, prove: false } as const;
  const { stages } = await buildModel(request, { stage: () => undefined, settled: () => undefined });
  const counts = new Map<string, number>();
  for (const { name, obligations } of stages) {
    for (const { rule } of obligations) for (const key of [name, rule]) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

test("10, 20 and 40 layers: twice the layers, at most twice the obligations, and a little for the ends", async (t) => {
  t.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "obligato-linear-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const counts: ReadonlyMap<string, number>[] = [];
  for (const layers of depths) counts.push(await countsOf(layers, folder));
  const [ten, twenty, forty] = counts.map((of) => (key: string) => of.get(key) ?? 0);
  if (ten === undefined || twenty === undefined || forty === undefined) throw new RangeError("three depths");
  const keys = [...(counts[2]?.keys() ?? [])];
  t.true(["W2", "W3", "W6", "M1", "split-border", "plan-memory", "end-to-end"].every((key) => keys.includes(key)));
  // A count that has a constant part grows by less than its layers; one that is quadratic grows by much more.
  const steep = keys.filter((key) => forty(key) - twenty(key) > 2.2 * Math.max(twenty(key) - ten(key), ten(key), 5));
  t.deepEqual(steep.map((key) => `${key}: ${ten(key)}, ${twenty(key)}, ${forty(key)}`), []);
  t.log(["W2", "W3", "W6", "M1", "end-to-end"].map((key) => `${key} ${ten(key)}, ${twenty(key)}, ${forty(key)}`).join("; "));
});
