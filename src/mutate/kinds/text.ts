/**
 * Mutants of the emitted C, single tokens changed (backends/c/mutate.ts): a sample over the files of the small network,
 * and every token of the texts that stand for operators on f32 where floats are compared as integers (those on f64 are the same texts with other constants).
 */
import { emitC } from "../../../backends/c/emit.js";
import { floatBitsBody } from "../../../backends/c/float-bits.js";
import { type MutantScore, scoreTextMutants, scoreTokensOf } from "../../../backends/c/mutate.js";
import { primitiveLines } from "../../../backends/c/primitives.js";
import { parseProgram } from "../../../ir/loop/parse.js";
import { basicOperators, signatureOf } from "../../../ir/scalar/ops.js";
import { type MutantRow, mutantRow } from "../row.js";
import { subject } from "../subject.js";

/** Enough for every kind of change in every file; `--text` runs as many as wanted on any model. */
const sample = 150;

export function textMutants(): MutantRow[] {
  const { files } = subject().code.emission;
  const fixed = basicOperators.filter((name) => signatureOf(name).args[0] === "f32" && floatBitsBody(name) !== undefined).flatMap((name, k) => integerFormMutants(name, k));
  return [...scoreTextMutants(files, sample, 1), ...fixed].map(({ name, kind, killed, by }) => mutantRow("c-text", name, kind, killed ? by : ""));
}

/** One program per operator, so that the definition is the only one of its file. */
function integerFormMutants(name: string, seed: number): readonly MutantScore[] {
  const { args, result } = signatureOf(name);
  const program = parseProgram(`program form
input x "x" ${args[0] ?? result}[2]
output y "y" ${result}[2]

for i in 0..2 serial from "form" by "test" {
  s: y[i] = ${name}(${args.map(() => "x[i]").join(", ")}) from "form" by "test"
}
`);
  const { files } = emitC(program, { model: name.replaceAll(".", "_"), weights: new Map(), floatCompare: "integer" });
  return scoreTokensOf(files, primitiveLines(name, "integer").join("\n"), seed);
}
