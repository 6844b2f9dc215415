/**
 * `npm run bits`: the output bits of networks over compilers, levels and targets, and what gcc
 * and clang execute, written into bench/bits.json and docs/bits.md. A digest that is not the
 * interpreter's is an error of the program, of this or of a compiler, and its exit status.
 *
 *     node dist/bench/bits.js [NETWORK…]     (these anew, the others as they were)
 *
 * OBLIGATO_LEVELS=all takes every level for large networks too, OBLIGATO_LEVELS=few two of each for all.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Optimisation, optimisations } from "../backends/c/flags.js";
import type { MulAddContract } from "../ir/tensor/meaning.js";
import { present } from "../ir/prelude.js";
import { buildModel } from "../src/driver.js";
import { isRecord } from "../src/record.js";
import { findTests, readDataSet } from "../src/testing/data-sets.js";
import { buildRounds } from "../src/toolchain/rounds.js";
import { onAArch64, onThisMachine } from "./bits/instructions.js";
import { codeFor, everyWay, subjectOf } from "./bits/network.js";
import { type BitsRecord, type CountRecord, bitsTable, countTable, nanTable, recordOf } from "./bits/page.js";
import { type Place, places, waysFor } from "./bits/places.js";
import { subnormalNetwork } from "./bits/subnormal.js";
import { prepare, stepsOf } from "./performance/network.js";
import { writeBetween } from "./table.js";

const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";
const record = "bench/bits.json";
const jobs = 2;

interface Chosen {
  readonly name: string;
  /** A file, or bytes that are made. */
  readonly model: string;
  /** Its C takes a compiler many seconds. */
  readonly large: boolean;
  /** Whether its instructions are counted. */
  readonly counted: boolean;
}

const perf = (name: string, large = false): Chosen => ({ name, model: join(data, "perf", `${name}.onnx`), large, counted: true });
const real = (name: string, large = false): Chosen => ({ name, model: join(data, "models", name, "model.onnx"), large, counted: false });

const chosen = (work: string): readonly Chosen[] => [
  { name: "subnormal", model: join(work, "subnormal.onnx"), large: false, counted: false },
  perf("acasxu"), perf("autoenc"), perf("lenet5"), perf("dscnn", true), perf("tinyxf", true), perf("resnet8", true), perf("mobilenetv1", true),
  real("deeploy_cct_1_16_16_8"), real("mlperf_ad_int8_qop"), real("silero_vad_openvino_16k", true), real("stm_mobilenetv2_05_128", true),
];

interface Records {
  readonly bits: readonly BitsRecord[];
  readonly counts: readonly CountRecord[];
}

function recorded(): Records {
  const found: unknown = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : {};
  return isRecords(found) ? found : { bits: [], counts: [] };
}

/** The file is our own. */
function isRecords(value: unknown): value is Records {
  return isRecord(value) && Array.isArray(value["bits"]) && Array.isArray(value["counts"]);
}

/** Unoptimised, and as the place is meant to be used. */
function fewLevels({ usual }: Place): readonly Optimisation[] {
  return ["O0", usual];
}

async function bitsOf({ name, model, large }: Chosen, contract: MulAddContract, work: string): Promise<BitsRecord> {
  const folder = model.endsWith("/model.onnx") ? findTests(join(model, ".."))[0] : undefined;
  const stored = folder?.sets[0] === undefined ? undefined : readDataSet(folder.sets[0]).inputs;
  const subject = subjectOf(model, contract, stored);
  const asked = process.env["OBLIGATO_LEVELS"];
  const few = asked === "few" || (large && asked !== "all");
  const ways = waysFor(contract === "fused", few ? fewLevels : () => optimisations);
  return recordOf(name, subject, await everyWay(subject, ways, { work, jobs }));
}

const placeNamed = (name: string): Place => present(places.find((place) => place.name === name), name);

async function countsOf({ name, model }: Chosen, work: string, rounds: string): Promise<CountRecord> {
  const subject = subjectOf(model, "separate");
  const result = await buildModel({ model, fixDims: new Map(), contract: "separate", schedule: undefined, until: undefined, skip: [], solver: "auto", jobs: 1, prove: false }, { stage: () => undefined, settled: () => undefined });
  const usual = present(result.code, "code");
  const network = prepare(model, { result, code: usual }, mkdtempSync(join(work, "inputs-")));
  const own = async (schedule: string): Promise<Parameters<typeof onThisMachine>[0]> => ({ code: await codeFor(schedule, subject), network, work });
  const [v2, v3, aarch64] = [placeNamed("x86-64-v2"), placeNamed("x86-64-v3"), placeNamed("aarch64")];
  const inputs = present(subject.vectors[0], "inputs");
  const [forV3, byDefault] = [await own("x86-64-v3"), { code: usual, network, work }];
  const counts = {
    "v2 default": await onThisMachine(byDefault, v2, "gcc", rounds), "v2": await onThisMachine(await own("x86-64-v2"), v2, "gcc", rounds),
    "v3": await onThisMachine(forV3, v3, "gcc", rounds), "v3 clang": await onThisMachine(forV3, v3, "clang", rounds),
    "aarch64 default": await onAArch64(byDefault, aarch64, inputs), "aarch64": await onAArch64(await own("aarch64"), aarch64, inputs),
  };
  return { name, steps: stepsOf(usual), counts: Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, count ?? null])) };
}

/** After every network, so that a long run that is stopped has lost little. */
function keep({ bits, counts }: Records): void {
  const lines = (rows: readonly object[]): string => rows.map((row) => `  ${JSON.stringify(row)}`).join(",\n");
  writeFileSync(record, `{ "bits": [\n${lines(bits)}\n], "counts": [\n${lines(counts)}\n] }\n`);
  writeBetween("docs/bits.md", "npm run bits, digests", bitsTable(bits));
  writeBetween("docs/bits.md", "npm run bits, NaNs", nanTable(bits));
  writeBetween("docs/bits.md", "npm run bits, instructions", countTable(counts));
}

const only = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "obligato-bits-"));
try {
  writeFileSync(join(work, "subnormal.onnx"), subnormalNetwork());
  mkdirSync(join(work, "rounds"));
  const rounds = await buildRounds(join(work, "rounds"));
  const all = chosen(work);
  const order = new Map(all.map(({ name }, k) => [name, k]));
  const sorted = <Row extends { readonly name: string }>(rows: readonly Row[]): readonly Row[] => rows.toSorted((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  for (const network of all.filter(({ name }) => only.length === 0 || only.includes(name))) {
    for (const contract of ["separate", "fused"] as const) {
      const row = await bitsOf(network, contract, work);
      console.log(row.name, contract, JSON.stringify(row.equal), row.wrong.join("; "));
      if (row.wrong.length > 0) process.exitCode = 1;
      const { bits, counts } = recorded();
      keep({ bits: sorted([...bits.filter((it) => it.name !== row.name || it.contract !== contract), row]), counts });
    }
    if (!network.counted) continue;
    const row = await countsOf(network, work, rounds);
    console.log(row.name, JSON.stringify(row.counts));
    const { bits, counts } = recorded();
    keep({ bits, counts: sorted([...counts.filter((it) => it.name !== row.name), row]) });
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
