/**
 * The functions of the emitted code: one for each part of the program, shared by parts that are alike; which arrays each of
 * them touches, and what it is told.
 */
import { present } from "../../ir/prelude.js";
import { mentions } from "../../ir/loop/affine.js";
import { type Part, type PartNames, firstAlike, namesIn, partsOf } from "../../ir/loop/alike.js";
import type { Buffer, Node, Program } from "../../ir/loop/program.js";
import { buffersByName, eachExpr, loadsOf } from "../../ir/loop/visit.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { sameWeights, weightsInHeader } from "./header-weights.js";
import { groupName } from "./names.js";

/** A part of the program: one function of the emitted code. */
export interface Group extends Part {
  readonly name: string;
  readonly names: PartNames;
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  /** Other parts that are alike run the same function, which is told where its arrays are. */
  readonly several: boolean;
  /** Single weights that hold the same number for all parts that run it: it names its own, in the header, and is not told. */
  readonly common: ReadonlySet<string>;
  /** It is told where its weights are, and that nothing which it writes lies there: vectors of them then stay in registers over its stores. */
  readonly weightsApart: boolean;
}

/** A call of a group's function: for its own part, or with other names for another that is alike. */
export interface Run {
  readonly group: Group;
  readonly names: PartNames;
}

type Weights = ReadonlyMap<string, Tensor>;

/** The functions in the order of their first parts, and what the entry calls. */
export function groupsOf(program: Program, model: string, weights: Weights): { readonly groups: readonly Group[]; readonly runs: readonly Run[] } {
  const parts = partsOf(program);
  const first = firstAlike(program, parts);
  const workers = parts.some(({ shared }) => shared);
  const inHeader = weightsInHeader(program, weights);
  const made = parts.map((part, k): Group => ({
    ...part, ...accessesOf(part.body),
    name: groupName(model, k, part.node),
    names: namesIn(part.body),
    several: first.filter((of) => of === k).length > 1,
    common: commonTo(parts.filter((_, other) => first[other] === k), inHeader, weights),
    weightsApart: !workers && part.body.some((node) => keepsWeights(node, buffersByName(program))),
  }));
  const runs = made.map(({ names }, k) => ({ group: present(made[first[k] ?? k], "the first of alike parts"), names }));
  return { groups: made.filter((_, k) => first[k] === k), runs };
}

/** By the names of the first of some parts that are alike. */
function commonTo(parts: readonly Part[], inHeader: ReadonlySet<string>, weights: Weights): ReadonlySet<string> {
  const [own = [], ...others] = parts.map(({ body }) => namesIn(body).buffers);
  const holds = (name: string, place: number): boolean => inHeader.has(name) && others.every((names) => sameWeights(weights, name, names[place]));
  return new Set(others.length === 0 ? [] : own.filter(holds));
}

/**
 * Whether lanes add products with the same weights in each iteration of the loop around them, as in a
 * depthwise convolution: vectors of those can stay in registers.
 */
function keepsWeights(node: Node, buffers: ReadonlyMap<string, Buffer>, around?: string, lanes = false): boolean {
  if (node.kind === "store") {
    const loads = loadsOf(node.value);
    return lanes && around !== undefined && loads.some(({ buffer }) => buffer === node.buffer)
      && loads.some(({ buffer, index }) => buffers.get(buffer)?.kind === "weight" && !index.some((e) => mentions(e, around)));
  }
  const inner = node.kind === "loop" && node.mode === "serial" && node.extent > 1 ? node.variable : around;
  return node.body.some((child) => keepsWeights(child, buffers, inner, lanes || (node.kind === "loop" && node.mode === "vector")));
}

/** Consecutive serial groups are one step: the worker that runs them keeps their order. */
export function stepsOf(groups: readonly Group[]): readonly (readonly Group[])[] {
  const steps: Group[][] = [];
  if (!groups.some(({ shared }) => shared)) return steps;
  for (const group of groups) {
    const last = steps.at(-1);
    if (group.shared || last === undefined || last.some(({ shared }) => shared)) steps.push([group]);
    else last.push(group);
  }
  return steps;
}

function accessesOf(body: readonly Node[]): { reads: Set<string>; writes: Set<string> } {
  const reads = new Set<string>();
  const writes = new Set<string>();
  const visit = (node: Node): void => {
    if (node.kind !== "store") return node.body.forEach(visit);
    writes.add(node.buffer);
    eachExpr(node.value, (e) => {
      if (e.kind === "load") reads.add(e.buffer);
    });
  };
  body.forEach(visit);
  return { reads, writes };
}

/** Locals that more than one of them uses. */
export function sharedLocalsOf(program: Program, groups: readonly Group[]): Buffer[] {
  const users = (name: string): number => groups.filter(({ reads, writes }) => reads.has(name) || writes.has(name)).length;
  return program.buffers.filter(({ kind, name }) => kind === "local" && users(name) > 1);
}
