/** What the tests of instance-moving passes share: a staged network, runs of it, proofs of a stage. */
import type { Attribute, Graph } from "../../ir/graph/graph.js";
import { evalProgram } from "../../ir/loop/eval.js";
import { type IndexExpr, zero } from "../../ir/loop/index-expr.js";
import type { Program } from "../../ir/loop/program.js";
import { mapExpr, mapStores } from "../../ir/loop/visit.js";
import { bitsOf } from "../../ir/scalar/types.js";
import type { Tensor, TensorType } from "../../ir/tensor/tensor.js";
import { beginChain, checkStage, interfaceOf } from "../../proofs/kernel/kernel.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import type { LedgerLine } from "../../proofs/provers/ledger.js";
import { discharge } from "../../proofs/provers/discharge.js";
import { referenceDataflow } from "../../src/lower/dataflow.js";
import { importModel } from "../../src/onnx/import.js";
import type { Pass, PassOptions, PassResult, Staged } from "../../src/pass.js";
import { randomFrom, randomInputs, randomTensor } from "../loop/support.js";
import { modelPath } from "../ops/onnx-cases.js";

export interface Stage {
  readonly name: string;
  readonly before: Staged;
  readonly after: Staged;
  readonly result: PassResult;
}

export function loadGraph(folder: string): Graph {
  return importModel(modelPath(folder)).graph;
}

/** A 2-D convolution of one image with a bias; as in ONNX, pads are both begins, then both ends. */
export interface Conv {
  readonly channels: number;
  readonly filters: number;
  readonly size: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly group: number;
}

export function convolution({ channels, filters, size, kernel, strides, dilations, pads, group }: Conv): Graph {
  const spatial = size.map((extent, d) => {
    const room = extent + (pads[d] ?? 0) + (pads[d + 2] ?? 0) - (dilations[d] ?? 1) * ((kernel[d] ?? 1) - 1) - 1;
    return Math.floor(room / (strides[d] ?? 1)) + 1;
  });
  const shapes = { x: [1, channels, ...size], y: [1, filters, ...spatial], w: [filters, channels / group, ...kernel], b: [filters] };
  return oneNode("Conv", { kernel_shape: kernel, strides, dilations, pads, group, auto_pad: "NOTSET" }, shapes);
}

/** y = x·w with w constant: rows × depth by depth × columns. */
export function gemm(rows: number, depth: number, columns: number): Graph {
  return oneNode("Gemm", { alpha: 1, beta: 1, transA: 0, transB: 0 }, { x: [rows, depth], y: [rows, columns], w: [depth, columns] });
}

type Shapes = Readonly<Record<"x" | "y" | "w", readonly number[]>> & { readonly b?: readonly number[] };

function oneNode(op: string, attributes: Readonly<Record<string, Attribute>>, { x, y, ...weights }: Shapes): Graph {
  const random = randomFrom(11);
  const given = Object.entries(weights).map(([name, shape]) => [name, randomTensor({ type: "f32", shape }, random)] as const);
  const input = { name: "x", type: "f32", shape: x } as const;
  const output = { name: "y", type: "f32", shape: y } as const;
  return {
    name: "one_node", inputs: [input], outputs: [output], constants: new Map(given), derived: new Map(),
    nodes: [{ name: "node", op, domain: "", opset: 13, attributes, inputs: ["x", ...given.map(([name]) => name)], outputs: ["y"] }],
    types: new Map<string, TensorType>([["x", input], ["y", output], ...given]),
  };
}

/** The reference with all accumulators in one element: correct, but its iterations can no longer change places. */
export function withOneAccumulator({ program, dataflow }: Staged): Staged {
  const moved = <T extends { readonly buffer: string; readonly index: readonly IndexExpr[] }>(access: T): T => (access.buffer === "n0_a" ? { ...access, index: [zero] } : access);
  const changed = mapStores(program, (store) => ({ ...moved(store), value: mapExpr(store.value, (e) => (e.kind === "load" ? moved(e) : e)) }));
  return { program: { ...changed, buffers: program.buffers.map((b) => (b.name === "n0_a" ? { ...b, shape: [1] } : b)) }, dataflow };
}

export function referenceOf(graph: Graph): Staged {
  const program = referenceProgram(graph, "separate");
  return { program, dataflow: referenceDataflow(program) };
}

/** Each pass in turn on what the one before made. */
export function runPasses(start: Staged, passes: readonly (readonly [Pass, PassOptions?])[]): Stage[] {
  const stages: Stage[] = [];
  let before = start;
  for (const [pass, options = {}] of passes) {
    const result = pass.run(before, options);
    if (result === undefined) continue;
    const after = { program: result.after, dataflow: result.witness };
    stages.push({ name: pass.name, before, after, result });
    before = after;
  }
  return stages;
}

/** Output bits for random inputs, all NaNs as one. */
export function bitsOfOutputs(program: Program, constants: ReadonlyMap<string, Tensor>, seed: number): Readonly<Record<string, readonly bigint[]>> {
  const outputs = evalProgram(program, randomInputs(program, constants, seed));
  return Object.fromEntries([...outputs].map(([name, { type, data }]) => [name, Array.from(data as Iterable<number | bigint>, (value) => bitsOf(type, value))]));
}

export interface Proof {
  readonly stage: string;
  readonly obligations: number;
  /** Identifiers and reasons of what is not proved, covers included. */
  readonly open: readonly string[];
}

/** Obligations of the reference and of every stage, discharged. */
export async function prove(graph: Graph, start: Staged, stages: readonly Stage[]): Promise<Proof[]> {
  const model = interfaceOf(graph);
  const proofs: Proof[] = [];
  let { established } = beginChain({ stage: "reference", model }, start.program, start.dataflow);
  for (const { name, after, result } of stages) {
    const checked = checkStage({ stage: name, model }, established, after.program, result.witness);
    established = checked.established;
    const lines = await discharge(checked.obligations, { jobs: 1, solver: "auto" });
    const settled = (line: LedgerLine): boolean => line.verdict.kind === "proved" && (line.cover === undefined || line.cover.found === line.cover.expected);
    const open = lines.filter((line) => !settled(line)).map((line) => `${line.id}: ${JSON.stringify(line.verdict)} cover ${JSON.stringify(line.cover)}`);
    proofs.push({ stage: name, obligations: lines.length, open });
  }
  return proofs;
}
