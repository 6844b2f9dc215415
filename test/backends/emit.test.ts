/** Emitted C computes, bit for bit, what the interpreter computes, whatever the compiler and its level. */
import test from "ava";
import { emitC } from "../../backends/c/emit.js";
import type { Optimisation } from "../../backends/c/flags.js";
import { modelIdentifier } from "../../backends/c/names.js";
import { compileModel, undefinedSymbols, writeEmission } from "../../src/toolchain/compile.js";
import { outputDigest, runSelftest, runVectors } from "../../src/toolchain/run.js";
import { findCompilers } from "../../src/toolchain/tools.js";
import { hasTools } from "../support/tools.js";
import { programs } from "./programs.js";
import { type Case, bits, expected, inFolder, inputsOf, outputsOf } from "./support.js";

const levels: readonly Optimisation[] = ["O0", "O1", "O2", "O3"];

function emissionOf(subject: Case): ReturnType<typeof emitC> {
  const inputs = inputsOf(subject, 99);
  return emitC(subject.program, { model: subject.name, weights: subject.weights, golden: { inputs, outputs: expected(subject, inputs) } });
}

for (const subject of programs) {
  test(`emit: ${subject.name} gives the interpreter's bits with every compiler at every level`, async (t) => {
    if (!hasTools(t, "gcc", "nm")) return;
    const vectors = [1, 2, 3, 4, 5].map((seed) => inputsOf(subject, seed));
    const wanted = vectors.map((inputs) => expected(subject, inputs).map(bits));
    await inFolder(async (folder) => {
      await writeEmission(folder, emissionOf(subject));
      for (const compiler of await findCompilers()) {
        for (const optimisation of levels) {
          const { binary, objects } = await compileModel({ folder, model: subject.name, compiler, optimisation });
          const found = await runVectors(binary, vectors, outputsOf(subject));
          t.deepEqual(found.map((outputs) => outputs.map(bits)), wanted, `${compiler.version} -${optimisation}`);
          t.is(await runSelftest(binary), 0, `self test, ${compiler.kind} -${optimisation}`);
          t.deepEqual(await undefinedSymbols("nm", objects), []);
        }
      }
    });
  });
}

for (const subject of programs) {
  test(`emit: ${subject.name} says on which line each loop stands`, (t) => {
    const { files, loopLines } = emissionOf(subject);
    const source = files.find(({ name }) => name === `${subject.name}.c`)?.text.split("\n") ?? [];
    t.true(loopLines.size > 0);
    for (const [loop, { file, line }] of loopLines) {
      t.is(file, `${subject.name}.c`);
      const record = [2, 3, 4].some((steps) => source[line - 1]?.includes(` = dot${steps}_i16(`) === true && source[line - 3]?.includes(`/* ${loop} in 0..${steps} unrolled`) === true);
      const lanes = source[line - 1]?.includes("dot2_lanes_i16(&") === true && source.slice(line - 4, line - 2).some((comment) => comment.includes(`/* ${loop} in 0..`));
      const tile = /^ *tile[24]x[12]_i16\(&tile_now, /.test(source[line - 1] ?? "") && source.slice(line - 5, line - 2).some((comment) => comment.includes(`/* ${loop} in 0..`));
      const four = /^ *(?:sum|difference)4_i16\(&/.test(source[line - 1] ?? "") && source[line - 3]?.includes(`/* ${loop} in 0..4 unrolled`) === true;
      if (!record && !lanes && !tile && !four) t.regex(source[line - 1] ?? "", new RegExp(`^ *for \\(int32_t ${loop} = (0|share_start\\([0-9]+, worker, workers\\)); `));
    }
  });
}

test("emit: the same program gives the same text", (t) => {
  for (const subject of programs) t.deepEqual(emissionOf(subject).files, emissionOf(subject).files);
});

test("emit: a digest of outputs takes every NaN for one and tells the zeros apart", (t) => {
  const of = (...values: number[]): string => outputDigest([{ type: "f32", shape: [values.length], data: new Float32Array(values) }]);
  const payload = { type: "f32", shape: [1], data: new Float32Array(new Uint32Array([0xffc00001]).buffer) } as const;
  t.is(outputDigest([payload]), of(NaN));
  t.not(of(0), of(-0));
});

test("emit: any name becomes a model identifier that fits, different names different ones", (t) => {
  t.is(modelIdentifier("acasxu_1_1"), "acasxu_1_1");
  t.is(modelIdentifier("mobilenet-v2 (1.0)"), "mobilenet_v2_1_0");
  t.is(modelIdentifier("2nd"), "model_2nd");
  t.is(modelIdentifier("n1"), "model_n1");
  t.is(modelIdentifier("???"), "model");
  const long = [modelIdentifier("a_very_long_model_name_1"), modelIdentifier("a_very_long_model_name_2")];
  t.true(long.every((name) => name.length === 22));
  t.not(long[0], long[1]);
});
