/**
 * Instructions for a multiply-add by layer on a Cortex-M4 under QEMU: each (nests.ts) with the
 * schedule of its network, balanced, unfused and fused; those of integers are the same under
 * both. Counts repeat exactly.
 */
import { quadSteps } from "../../backends/c/dot.js";
import { printCandidate } from "../../backends/c/emit.js";
import type { Graph } from "../../ir/graph/graph.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import { present } from "../../ir/prelude.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { rewriteGraph } from "../../proofs/lemmas/rewriting.js";
import { vectorFor } from "../../src/run/vectors.js";
import { compileForBoard, countOnBoard } from "../../src/toolchain/board.js";
import { cortexM4Board as board } from "../../src/toolchain/boards.js";
import { writeEmission } from "../../src/toolchain/compile.js";
import { lemmasOnCortexM4, stepsOnCortexM4 } from "./cortex-m4.js";
import { type Layer, type LayerBuild, layersOf } from "./nests.js";

const contracts = ["separate", "fused"] as const;

const buildsOfLayers = contracts.map((contract): LayerBuild => ({
  contract,
  graphFor: async (graph) => rewriteGraph(graph, await lemmasOnCortexM4(graph, { contract })).graph,
  stepsFor: (graph) => stepsOnCortexM4(graph, { contract }),
}));

export function cortexLayersOf(models: readonly string[]): Promise<readonly Layer[]> {
  return layersOf(models, buildsOfLayers);
}

export interface LayerCount {
  readonly layer: Layer;
  /** Instructions of one run, by contract. */
  readonly counts: readonly number[];
}

/** In folders that begin with `folder`. */
export async function countedLayer(layer: Layer, folder: string): Promise<LayerCount> {
  const counts: number[] = [];
  for (const [k, program] of layer.programs.entries()) counts.push(await countOf(program, layer.weights, `${folder}-${k}`));
  return { layer, counts };
}

async function countOf(cut: Program, weights: Graph["constants"], folder: string): Promise<number> {
  const model = "model";
  const program = withImages(cut);
  await writeEmission(folder, { files: printCandidate(program, { model, weights, floatCompare: "float" }), harness: [] });
  const { binary } = await compileForBoard({ board, folder, model, program, optimisation: "O2", output: folder });
  const vector = vectorFor(program.buffers.filter(({ kind }) => kind === "input"), 1);
  const [count] = await countOnBoard({ board, limits: { timeLimit: 600_000 }, output: folder, program }, binary, [vector]);
  return present(count, "a count");
}

/**
 * Images of 16 bits are temporaries in their networks, which start where four steps of a sum may (backends/c/dot.ts). Cut out,
 * a layer has them as inputs; here they are temporaries again, whose contents nobody gives and no count depends on.
 */
function withImages(program: Program): Program {
  let end = 0;
  const buffers = program.buffers.map((buffer): Buffer => {
    if (buffer.kind !== "input" || buffer.type !== "i16") return buffer;
    const place = { offset: end };
    end += Math.ceil(elementCount(buffer.shape) / quadSteps) * quadSteps;
    return { name: buffer.name, kind: "temp", type: buffer.type, shape: buffer.shape, place };
  });
  return { ...program, buffers };
}

/** The program that writes the table, between its markers (bench/table.ts). */
export const programName = "npm run performance-cortex-m4-layers";

/** Instructions for a multiply-add of a convolution of floats, by contract, and of integers. */
export const goals = { floats: [2.5, 1.6], integers: 0.8 } as const;

export function cortexLayerTable(rows: readonly LayerCount[]): readonly (readonly string[])[] {
  const line = ({ layer: { kind, shape, places, steps }, counts }: LayerCount): readonly string[] =>
    [kind, shape, places.join(", "), steps.toLocaleString("en-US"), ...counts.map((count) => (count / steps).toFixed(2))];
  return [["layer", "result", "where", "multiply-adds", "instructions for one", "fused"], ...rows.map(line)];
}
