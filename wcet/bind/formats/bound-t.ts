/**
 * Assertions of Bound-T: `repeats` bounds repeat edges per entry, which are back edges
 * (its assertion grammar: boundt/gen/assertions-parser.adb of BrickBot/Bound-T-H8-300
 * 0adedad; reference manual TR-UM-003). `repeats N` would be a lower bound as well, so it
 * is `<= N`. Loops have no names: one is told by the offset of an instruction it executes
 * and, since the loops around it execute that one too, of one that it does not, the
 * header of the loop around it. How an offset is written is the processor's affair; this
 * is the form of the published port, bare hexadecimal digits.
 */
import { type LoopForest, loopForest } from "../../cfg/loops.js";
import type { CodeGraph, FunctionGraph } from "../../cfg/graph.js";
import type { HeaderFact } from "../../ipet/ipet.js";
import { type FactFormat, count, fail, headline, linesOf } from "./format.js";

const line = /^subprogram "([^"]+)" loop that executes offset "([0-9a-f]+)"( and not executes offset "[0-9a-f]+")? repeats <= (\d+) times; end loop; end "\1";$/;

export const boundT: FactFormat = {
  name: "bound-t", extension: "txt", title: "Bound-T",
  print: (file) => {
    const outside = outsideOf(file.code);
    return [
      `-- ${headline(file)}`,
      ...file.facts.map(({ function: name, functionAddress, address, max, loop }) =>
        `subprogram "${name}" loop that executes offset "${(address - functionAddress).toString(16)}"${outside.get(address) ?? ""} repeats <= ${max} times; end loop; end "${name}"; -- ${loop}`),
      "",
    ].join("\n");
  },
  parse: (text, code) => {
    const outside = outsideOf(code);
    return linesOf({ title: "Bound-T", comment: /--.*$/, frame: [], entry: (bare) => factOf(bare, code, outside) }, text);
  },
};

function factOf(bare: string, { functions }: CodeGraph, outside: ReadonlyMap<number, string>): HeaderFact | undefined {
  const [, label, offset, not, max] = line.exec(bare) ?? [];
  if (label === undefined) return undefined;
  const { address } = functions.find(({ name }) => name === label) ?? fail("Bound-T", `the label ${label}`);
  const at = address + Number.parseInt(offset ?? "", 16);
  if (outside.get(at) !== (not ?? "")) fail("Bound-T", `${bare}: the loop is not told from those around it`);
  return { address: at, max: count("Bound-T", max) };
}

/** By address of a loop's header: what says that no loop around it is meant. */
function outsideOf({ functions }: CodeGraph): ReadonlyMap<number, string> {
  return new Map(functions.flatMap((graph) => notAround(graph, loopForest(graph))));
}

function notAround(graph: FunctionGraph, { loops }: LoopForest): readonly (readonly [number, string])[] {
  const addressOf = (block: number | undefined): number => graph.blocks[block ?? 0]?.instructions[0]?.address ?? graph.address;
  return loops.map(({ header, parent }) => {
    const around = parent === undefined ? undefined : addressOf(loops[parent]?.header) - graph.address;
    return [addressOf(header), around === undefined ? "" : ` and not executes offset "${around.toString(16)}"`];
  });
}
