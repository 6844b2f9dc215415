/**
 * platin's PML (schema: lib/core/pml.yml of t-crest/patmos-platin ee292b9): the control
 * flow of the ELF as machine functions, and linear facts about the frequencies of their
 * blocks. A loop's own fact bounds runs of its header per entry (`FlowFact.loop_bound`,
 * lib/core/programinfo.rb), so it is one more than back edges, however the loop is
 * tested; the fact of the whole run adds up the edges back to the header. Guarded bodies
 * are sums of the frequencies of their blocks in one run.
 */
import type { Block, CodeGraph, FunctionGraph } from "../../cfg/graph.js";
import { type NaturalLoop, loopForest } from "../../cfg/loops.js";
import type { BlockSum, HeaderFact } from "../../ipet/ipet.js";
import type { LoopFact } from "../loop-facts.js";
import { type FactFormat, type FactFile, count, fail, headline, hex, lessOne, withTotal } from "./format.js";

export const pml: FactFormat = {
  name: "pml", extension: "pml", title: "platin, PML",
  print: (file) => [
    "---",
    `# ${headline(file)}`,
    ...headOf(file.code),
    "flowfacts:",
    ...factsOf(file),
    ...sumLines(file),
    "...",
    "",
  ].join("\n"),
  parse: (text, code) => {
    const lines = text.split("\n").map((line) => line.replace(/#.*$/, "").trimEnd()).filter((line) => line !== "");
    const due = ["---", ...headOf(code), "flowfacts:"];
    due.forEach((line, k) => {
      if (lines[k] !== line) fail("PML", lines[k] ?? "the end of the file");
    });
    if (lines.at(-1) !== "...") fail("PML", "a file that does not end");
    return factsIn(lines.slice(due.length, -1).filter((line) => !isSum(line)), code);
  },
  parseSums: (text, code) => text.split("\n").filter(isSum).map((line) => sumIn(line.replace(/ #.*$/, ""), code)),
};

/** The document's format and its functions, which every fact refers to. */
function headOf({ functions }: CodeGraph): readonly string[] {
  return ["format: pml-0.2", "machine-functions:", ...functions.flatMap((graph) => functionLines(graph, functions))];
}

function functionLines(graph: FunctionGraph, all: readonly FunctionGraph[]): readonly string[] {
  const { loops, innermost } = loopForest(graph);
  const nestOf = (k: number | undefined): readonly number[] => (k === undefined ? [] : [loops[k]?.header ?? 0, ...nestOf(loops[k]?.parent)]);
  const calleeOf = ({ calls }: Block): string | undefined => all.find(({ address }) => address === calls)?.name;
  const into: number[][] = graph.blocks.map(() => []);
  for (const { id, successors } of graph.blocks) for (const to of successors) into[to]?.push(id);
  return [
    `- { name: "${graph.name}", level: machinecode, blocks: [`,
    ...graph.blocks.map((block) => `  ${blockLine(block, into[block.id] ?? [], nestOf(innermost[block.id]), calleeOf(block))},`),
    "  ] }",
  ];
}

function blockLine({ id, instructions, successors }: Block, predecessors: readonly number[], nest: readonly number[], callee: string | undefined): string {
  const called = callee === undefined ? "" : `, branch-type: call, callees: ["${callee}"]`;
  const listed = instructions.map(({ address, size }, k) => `{ index: ${k}, size: ${size}, address: ${address}${k === instructions.length - 1 ? called : ""} }`);
  return `{ name: ${id}, address: ${instructions[0]?.address ?? 0}, successors: [${successors.join(", ")}], predecessors: [${predecessors.join(", ")}], loops: [${nest.join(", ")}], instructions: [${listed.join(", ")}] }`;
}

interface Place {
  readonly graph: FunctionGraph;
  readonly loop: NaturalLoop;
}

/** Loops by the address of their header. */
function placesOf({ functions }: CodeGraph): ReadonlyMap<number, Place> {
  return new Map(functions.flatMap((graph) => loopForest(graph).loops.map((loop) => [addressOf({ graph, loop }), { graph, loop }] as const)));
}

function addressOf({ graph, loop }: Place): number {
  return graph.blocks[loop.header]?.instructions[0]?.address ?? graph.address;
}

function factsOf({ facts, code }: FactFile): readonly string[] {
  const places = placesOf(code);
  const entry = code.functions[0]?.name ?? "";
  return facts.flatMap((fact) => {
    const place = places.get(fact.address);
    return place === undefined ? [] : factLines(fact, place, entry);
  });
}

const ending = "op: less-equal, level: machinecode, origin: user.bc, rhs:";

function perEntry({ graph, loop }: Place): string {
  return `- { scope: { function: "${graph.name}", loop: ${loop.header} }, lhs: [{ factor: 1, program-point: { function: "${graph.name}", block: ${loop.header} } }], ${ending}`;
}

function perRun({ graph, loop }: Place, entry: string): string {
  const edges = loop.latches.map((from) => `{ factor: 1, program-point: { function: "${graph.name}", edgesource: ${from}, edgetarget: ${loop.header} } }`);
  return `- { scope: { function: "${entry}" }, lhs: [${edges.join(", ")}], ${ending}`;
}

function factLines({ max, total, loop }: LoopFact, place: Place, entry: string): readonly string[] {
  const run = withTotal(total, (most) => `${perRun(place, entry)} '${most}' }`);
  return [`${perEntry(place)} '${max + 1}' } # ${loop}`, ...(run === "" ? [] : [run])];
}

function factsIn(lines: readonly string[], code: CodeGraph): readonly HeaderFact[] {
  const entry = code.functions[0]?.name ?? "";
  const known = new Map<string, { readonly address: number; readonly run: boolean }>();
  for (const [address, place] of placesOf(code)) known.set(perEntry(place), { address, run: false }).set(perRun(place, entry), { address, run: true });
  const found = { max: new Map<number, number>(), total: new Map<number, number>() };
  for (const line of lines) {
    const [, head = "", digits] = /^(.*rhs:) '(\d+)' \}$/.exec(line) ?? [];
    const { address, run } = known.get(head) ?? fail("PML", line);
    const list = run ? found.total : found.max;
    if (list.has(address)) fail("PML", `a second fact for ${hex(address)}`);
    list.set(address, run ? count("PML", digits) : lessOne("PML", digits));
  }
  for (const address of found.total.keys()) if (!found.max.has(address)) fail("PML", `a total without a bound for ${hex(address)}`);
  return [...found.max].map(([address, max]) => ({ address, max, total: found.total.get(address) }));
}

function isSum(line: string): boolean {
  return /^- \{ scope: \{ function: "[^"]+" \}, lhs: \[\{ factor: \d+, program-point: \{ function: "[^"]+", block: /.test(line);
}

/** Blocks by their first address. */
function blocksOf({ functions }: CodeGraph): ReadonlyMap<number, string> {
  return new Map(functions.flatMap(({ name, blocks }) => blocks.map(({ id, instructions }) => [instructions[0]?.address ?? -1, `{ function: "${name}", block: ${id} }`] as const)));
}

function sumLines({ sums = [], code }: Pick<FactFile, "sums" | "code">): readonly string[] {
  const points = blocksOf(code);
  return sums.flatMap(({ name, blocks, total }) => {
    const terms = [...new Set(blocks)].map((at) => `{ factor: ${blocks.filter((other) => other === at).length}, program-point: ${points.get(at) ?? fail("PML", hex(at))} }`);
    const line = withTotal(total, (most) => `- { scope: { function: "${code.functions[0]?.name ?? ""}" }, lhs: [${terms.join(", ")}], ${ending} '${most}' } # ${name}`);
    return line === "" ? [] : [line];
  });
}

function sumIn(line: string, code: CodeGraph): BlockSum {
  const addresses = new Map([...blocksOf(code)].map(([address, point]) => [point, address]));
  const [, terms = "", digits] = /lhs: \[(.*)\], .* rhs: '(\d+)' \}$/.exec(line) ?? [];
  const blocks = [...terms.matchAll(/\{ factor: (\d+), program-point: (\{ [^}]+ \}) \}/g)].flatMap(([, factor, point = ""]) => new Array<number>(count("PML", factor)).fill(addresses.get(point) ?? fail("PML", point)));
  const sum = { name: "guard", blocks: blocks.toSorted((a, b) => a - b), total: count("PML", digits) };
  const [again = ""] = sumLines({ sums: [sum], code });
  return again.replace(/ #.*$/, "") === line ? sum : fail("PML", line);
}
