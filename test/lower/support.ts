/** Reference programs of models, run beside the graphs they come from, compared to the bit. */
import { evalGraph } from "../../ir/graph/eval.js";
import type { Graph } from "../../ir/graph/graph.js";
import { type Environment, evalProgram } from "../../ir/loop/eval.js";
import type { Program } from "../../ir/loop/program.js";
import { present } from "../../ir/prelude.js";
import { type ScalarValue, bitsOf } from "../../ir/scalar/types.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type Tensor, sameType } from "../../ir/tensor/tensor.js";

export const networks = [
  "hcas_pra0_tau00", "acetone_acas_fc", "mlperf_ad_fp32", "acasxu_1_1", "tinytaxinet", "mlperf_ic_fp32",
  "marabou_cifar_deep_kw_simp", "mnist_8", "tfl_magic_wand_fp32", "sonnx_lenet5",
];

/** What a program runs in: its buffers bound to the inputs and constants of its graph. */
export function environmentOf(program: Program, graph: Graph, inputs: ReadonlyMap<string, Tensor>): Environment {
  const buffers = program.buffers.filter(({ kind }) => kind === "input");
  return {
    inputs: new Map(buffers.map(({ name, label }) => [name, present(inputs.get(label ?? ""), `input ${label}`)])),
    weights: graph.constants,
  };
}

/** Outputs in which `program` and `graph` differ in type or in any bit; all NaNs are one value. */
export function differing(program: Program, graph: Graph, inputs: ReadonlyMap<string, Tensor>, contract: MulAddContract): readonly string[] {
  const actual = [...evalProgram(program, environmentOf(program, graph, inputs)).values()];
  const expected = evalGraph(graph, inputs, contract);
  if (actual.length !== expected.size) return ["the number of outputs"];
  return [...expected].flatMap(([name, tensor], k) => (sameBits(present(actual[k], name), tensor) ? [] : [name]));
}

function sameBits(a: Tensor, b: Tensor): boolean {
  if (!sameType(a, b)) return false;
  const values = Array.from<ScalarValue>(b.data);
  return Array.from<ScalarValue>(a.data).every((value, at) => bitsOf(a.type, value) === bitsOf(b.type, present(values[at], "element")));
}
