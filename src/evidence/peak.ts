/**
 * Where the memory of a planned program peaks: the ONNX node, what is alive beside it, and
 * what would lower it. Beside it stands what the tensors of the graph need at least where each
 * is kept whole from the node that makes it to the last that reads it: the figure that other
 * tools call peak memory. A schedule that makes tensors by rows, or sums in place, needs less.
 */
import type { Graph } from "../../ir/graph/graph.js";
import type { Program } from "../../ir/loop/program.js";
import { loadsOf, storesOf } from "../../ir/loop/visit.js";
import { bytesOf } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";

export interface AliveTensor {
  readonly buffer: string;
  readonly bytes: number;
  /** ONNX node whose nest writes it first. */
  readonly madeBy: string;
  /** ONNX nodes that read it at the peak or later. */
  readonly readBy: readonly string[];
  /** Whether the nest at the peak touches it. */
  readonly inUse: boolean;
}

export interface Peak {
  /** ONNX node of the first nest at which most is alive. */
  readonly node: string;
  readonly bytes: number;
  /** Largest first. */
  readonly alive: readonly AliveTensor[];
}

export interface GraphPeak {
  readonly node: string;
  readonly bytes: number;
}

interface Touch {
  readonly position: number;
  readonly node: string;
  readonly writes: boolean;
}

/** Undefined for a program without temporaries. */
export function peakOf(program: Program): Peak | undefined {
  const touches = touchesOf(program);
  const temps = program.buffers.filter(({ kind }) => kind === "temp").map((buffer) => ({ name: buffer.name, bytes: bytesOf[buffer.type] * elementCount(buffer.shape), touched: touches.get(buffer.name) ?? [] }));
  const aliveAt = (position: number): typeof temps => temps.filter(({ touched }) => (touched[0]?.position ?? Infinity) <= position && position <= (touched.at(-1)?.position ?? -1));
  const totals = program.body.map((_, position) => aliveAt(position).reduce((sum, { bytes }) => sum + bytes, 0));
  const bytes = Math.max(0, ...totals);
  const position = totals.indexOf(bytes);
  if (bytes === 0) return undefined;
  const alive = aliveAt(position).map(({ name, bytes: own, touched }): AliveTensor => ({
    buffer: name, bytes: own, madeBy: touched.find(({ writes }) => writes)?.node ?? "",
    readBy: distinct(touched.filter((touch) => !touch.writes && touch.position >= position).map(({ node }) => node)),
    inUse: touched.some((touch) => touch.position === position),
  }));
  return { node: nodeAt(program, position), bytes, alive: alive.toSorted((a, b) => b.bytes - a.bytes) };
}

/** By buffer, in the order of the text. */
function touchesOf(program: Program): ReadonlyMap<string, readonly Touch[]> {
  const touches = new Map<string, Touch[]>();
  for (const { store, topLevel: position } of storesOf(program)) {
    [store, ...loadsOf(store.value)].forEach(({ buffer }, k) => {
      const known = touches.get(buffer) ?? [];
      if (known.length === 0) touches.set(buffer, known);
      known.push({ position, node: store.origin.node, writes: k === 0 });
    });
  }
  return touches;
}

/** The node whose result the nest is there for: that of its last store. */
function nodeAt(program: Program, position: number): string {
  return storesOf(program).filter(({ topLevel }) => topLevel === position).at(-1)?.store.origin.node ?? "";
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

/** Bytes of whole tensors between nodes, inputs, outputs and constants left out, in the order of the graph. */
export function graphPeakOf({ nodes, outputs, types }: Graph): GraphPeak | undefined {
  const results = new Set(outputs.map(({ name }) => name));
  const made = new Map(nodes.flatMap(({ outputs: own }, at) => own.flatMap((name) => (results.has(name) ? [] : [[name, at] as const]))));
  const last = new Map(made);
  nodes.forEach(({ inputs }, at) => inputs.forEach((name) => (name !== null && made.has(name) ? last.set(name, at) : undefined)));
  const sizeOf = (name: string): number => {
    const tensor = types.get(name);
    return tensor === undefined ? 0 : bytesOf[tensor.type] * elementCount(tensor.shape);
  };
  let most: GraphPeak | undefined;
  nodes.forEach(({ name }, at) => {
    const bytes = [...made].reduce((sum, [value, first]) => (first <= at && at <= (last.get(value) ?? first) ? sum + sizeOf(value) : sum), 0);
    if (bytes > (most?.bytes ?? 0)) most = { node: name, bytes };
  });
  return most;
}

/** For a reader: the peak, what is alive there, the graph's own bound, and what would lower it. */
export function peakLines(program: Program, graph: Graph, stages: readonly { readonly name: string }[]): readonly string[] {
  const peak = peakOf(program);
  const whole = graphPeakOf(graph);
  if (peak === undefined) return [];
  const shown = peak.alive.slice(0, 3).map(({ buffer, bytes, madeBy }) => `${buffer} of ${madeBy} ${grouped(bytes)}`);
  const others = peak.alive.slice(3).reduce((sum, { bytes }) => sum + bytes, 0);
  const beside = whole === undefined ? "" : `; whole tensors need ${grouped(whole.bytes)} at ${whole.node}`;
  const fused = stages.some(({ name }) => name.startsWith("recompute-producers"));
  return [`peak at ${peak.node}: ${[...shown, ...(others > 0 ? [`others ${grouped(others)}`] : [])].join(", ")}${beside}`, remedyFor(peak, fused)];
}

const grouped = (bytes: number): string => bytes.toLocaleString("en");

/** What would lower the peak, one sentence; `fused`: whether the schedule makes tensors by rows already. */
export function remedyFor({ alive }: Peak, fused: boolean): string {
  const kept = alive.find(({ inUse }) => !inUse);
  if (kept !== undefined) return `${grouped(kept.bytes)} bytes of ${kept.madeBy} wait there for ${kept.readBy.join(", ")}`;
  const line = alive.find(({ readBy }) => readBy.length === 1);
  if (line === undefined || fused) return "what is read and what is made there are alive together: a result written over its operand, or a smaller model, would lower it";
  return `the result of ${line.madeBy} has one reader, ${line.readBy.join("")}: --minimise ram makes it a few rows at a time where that is lower`;
}
