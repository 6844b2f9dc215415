/**
 * The parts of a program, one ONNX node's nests each, and which of them are the same but for
 * names: such parts do the same to other buffers, so that code can have one function for all
 * of them. Parts that are alike have loops of equal extent and guards of equal conditions;
 * each of them runs each of those as often as the others do.
 */
import { present } from "../prelude.js";
import type { Buffer, Node, Program } from "./program.js";
import { printNodes } from "./print.js";
import { type Renaming, renamed } from "./rename.js";
import { buffersByName, eachExpr, loopsOf } from "./visit.js";

/** Consecutive top-level nodes of one ONNX node; a loop that workers share is a part of its own. */
export interface Part {
  readonly node: string;
  readonly body: readonly Node[];
  /** The body is one loop whose iterations workers share. */
  readonly shared: boolean;
}

/** The names in a part, each once, in the order in which they occur. */
export interface PartNames {
  readonly loops: readonly string[];
  readonly stores: readonly string[];
  readonly buffers: readonly string[];
  /** The ONNX nodes that its statements come from. */
  readonly nodes: readonly string[];
}

/** All parts, in the order of the program: together they are its body. */
export function partsOf(program: Program): readonly Part[] {
  const parts: { node: string; body: Node[]; shared: boolean }[] = [];
  for (const node of program.body) {
    const origin = originOf(node) ?? "";
    const last = parts.at(-1);
    const shared = node.kind === "loop" && node.mode === "parallel";
    if (last?.node === origin && !shared && !last.shared) last.body.push(node);
    else parts.push({ node: origin, body: [node], shared });
  }
  return parts;
}

/** The ONNX node of the first loop or store in `node`. */
export function originOf(node: Node): string | undefined {
  if (node.kind !== "guard") return node.origin.node;
  for (const child of node.body) {
    const found = originOf(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The names that statements have and use, loops before what is in them. */
export function namesIn(body: readonly Node[]): PartNames {
  const [loops, stores, buffers, nodes] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()];
  const visit = (node: Node): void => {
    if (node.kind !== "guard") nodes.add(node.origin.node);
    if (node.kind === "loop") loops.add(node.variable);
    if (node.kind !== "store") return node.body.forEach(visit);
    stores.add(node.name);
    buffers.add(node.buffer);
    eachExpr(node.value, (e) => {
      if (e.kind === "load") buffers.add(e.buffer);
    });
  };
  body.forEach(visit);
  return { loops: [...loops], stores: [...stores], buffers: [...buffers], nodes: [...nodes] };
}

/** The names of one part for those of another that it is alike with. */
export function renamingOf(from: PartNames, to: PartNames): Renaming {
  const pairs = (a: readonly string[], b: readonly string[]): ReadonlyMap<string, string> => new Map(a.map((name, k) => [name, present(b[k], name)] as const));
  return { loops: pairs(from.loops, to.loops), stores: pairs(from.stores, to.stores), buffers: pairs(from.buffers, to.buffers), nodes: pairs(from.nodes, to.nodes) };
}

/**
 * For each part, the first that it is alike with, itself if there is none before. Nobody
 * shares a function where loops are left to a vector unit or to workers: there, speed is
 * what counts, and a compiler knows arrays better than pointers to them.
 */
export function firstAlike(program: Program, parts: readonly Part[]): readonly number[] {
  const own = parts.map((_, k) => k);
  if (loopsOf(program).some(({ mode }) => mode === "vector" || mode === "parallel")) return own;
  const buffers = buffersByName(program);
  const names = parts.map(({ body }) => namesIn(body));
  const users = new Map<string, number>();
  for (const name of names.flatMap((mine) => mine.buffers)) users.set(name, (users.get(name) ?? 0) + 1);
  const known = new Map<string, number>();
  return parts.map(({ body }, k) => {
    const mine = present(names[k], "names of a part");
    if (mine.buffers.some((name) => (users.get(name) ?? 0) > 1 && isFixed(buffers.get(name)))) return k;
    const text = textOf(body, mine, buffers);
    const first = known.get(text) ?? k;
    known.set(text, first);
    return first;
  });
}

/** Buffers that are another matter where several parts use them: a local is an array outside of all, weights of 8 bits may be stored as one of them needs. */
function isFixed(buffer: Buffer | undefined): boolean {
  return buffer?.kind === "local" || (buffer?.kind === "weight" && buffer.type === "i8");
}

/** Code may read or write four elements of 16 bits at once where they start so in their arena; arrays of the caller need not. */
function startsAnywhere({ kind, place }: Buffer): boolean {
  return kind === "temp" ? (place?.offset ?? 0) % 4 !== 0 : kind !== "weight";
}

/** The part with its names numbered: equal texts, equal but for names. */
function textOf(body: readonly Node[], { loops, stores, buffers, nodes }: PartNames, all: ReadonlyMap<string, Buffer>): string {
  const numbered = (letter: string, list: readonly string[]): ReadonlyMap<string, string> => new Map(list.map((name, k) => [name, `${letter}${String(k).padStart(6, "0")}`]));
  const by = { loops: numbered("v", loops), stores: numbered("s", stores), buffers: numbered("b", buffers), nodes: numbered("n", nodes) };
  const arrays = buffers.map((name) => {
    const buffer = present(all.get(name), name);
    const { type, shape, kind } = buffer;
    return `${kind === "local" ? kind : "array"} ${type}[${shape.join(",")}]${type === "i16" && startsAnywhere(buffer) ? " anywhere" : ""}`;
  });
  return [...arrays, ...printNodes(renamed(body, by))].join("\n");
}
