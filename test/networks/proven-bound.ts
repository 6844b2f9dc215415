/** The proven error bound at one input, and how far results lie from the real meaning there. */
import type { Graph } from "../../ir/graph/graph.js";
import { present } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { boundOf } from "../../proofs/bounds/bound.js";
import { approximate, around } from "../../proofs/bounds/fixed.js";
import { errorOf } from "../../proofs/bounds/value.js";
import { cellAt } from "../../proofs/bounds/summary.js";
import { runReal } from "../../src/numeric/real-run.js";

export interface AtInput {
  /** Per output and element, the proven bound on |ours − real|. */
  readonly bound: readonly Float64Array[];
  /** The meaning over the reals, but for the roundings of f64. */
  readonly real: readonly Float64Array[];
}

/** For a box that is the single point `inputs`. */
export function boundAt(graph: Graph, inputs: ReadonlyMap<string, Tensor>, contract: MulAddContract): AtInput {
  const box = new Map([...inputs].map(([name, { data }]) => [name, Array.from({ length: data.length }, (_, k) => around(Number(data[k])))] as const));
  const { outputs } = boundOf({ graph, contract, box, deviations: new Map() });
  const real = runReal(graph, new Map([...inputs].map(([name, { data }]) => [name, Float64Array.from({ length: data.length }, (_, k) => Number(data[k]))])));
  return {
    bound: outputs.map(({ name, summary }) => new Float64Array(present(real.get(name), name).length).map((_, k) => approximate(errorOf(present(summary.cells[cellAt(summary, k)], "a cell"))))),
    real: outputs.map(({ name }) => present(real.get(name), name)),
  };
}

/** The largest share of the bound that a result's distance from the real meaning takes, and that distance. */
export function shareOf({ bound, real }: AtInput, results: readonly Tensor[]): { readonly share: number; readonly distance: number } {
  let [share, distance] = [0, 0];
  results.forEach(({ data }, k) => {
    present(real[k], "an output").forEach((exact, at) => {
      const off = Math.abs(Number(data[at]) - exact);
      distance = Math.max(distance, off);
      share = Math.max(share, off / (bound[k]?.[at] ?? 0));
    });
  });
  return { share, distance };
}
