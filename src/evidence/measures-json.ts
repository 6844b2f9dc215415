/** What is known of a linked network as one object, for `wcet --json` and the evidence of a target. */
import { arenasOf } from "../../backends/c/layout.js";
import { factsOf } from "../../ir/loop/facts.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import { bytesOf } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { Bound, NoBound } from "../../wcet/analyse.js";
import type { MemoryTiming } from "../../wcet/cores/core.js";
import { byNode } from "../../wcet/time-tree.js";
import type { Measures } from "./measures.js";

export interface CallerMemory {
  readonly arena: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Memory that the entry function is given, in bytes. */
export function callerMemory(program: Program): CallerMemory {
  const sizeOf = (buffers: readonly Buffer[]): number => buffers.reduce((sum, { type, shape }) => sum + bytesOf[type] * elementCount(shape), 0);
  const arena = [...arenasOf(program)].reduce((sum, [type, elements]) => sum + bytesOf[type] * elements, 0);
  return { arena, inputs: sizeOf(program.buffers.filter(({ kind }) => kind === "input")), outputs: sizeOf(program.buffers.filter(({ kind }) => kind === "output")) };
}

export function measuresJson({ time, footprint: { stack, map } }: Measures, program: Program, memory: MemoryTiming): object {
  const loops = new Map(factsOf(program).loops.map((fact) => [fact.loop, fact]));
  return { ...timeJson(time, memory), ...(time.kind === "none" ? {} : { byNode: byNode(time.byLoop, loops) }), stack, memory: { ...map, network: { ...map.network, ...callerMemory(program) } } };
}

function timeJson(time: Bound | NoBound, memory: MemoryTiming): object {
  if (time.kind === "none") return time;
  const { core: { name, title, unit, source, gaps }, bound, ...rest } = time;
  return { ...rest, core: name, model: title, unit, source, ...(unit === "cycles" ? { waitStates: memory } : {}), gaps, bound: Number(bound) };
}
