/**
 * A table of our own, for tools and reports: one line per loop header, counts as they are, however large. A line without
 * `max` is a block of a guarded body; the blocks of one name run at most `total` times together.
 */
import type { CodeGraph } from "../../cfg/graph.js";
import type { BlockSum } from "../../ipet/ipet.js";
import { type FactFormat, count, fail, headline, hex, linesOf, offsetOf, placed } from "./format.js";

const columns = "function,offset,address,max,total,loop";
const line = /^([^,]+),0x([0-9a-f]+),0x([0-9a-f]+),(\d+),(\d+),[^,]+$/;
const guarded = /^([^,]+),0x([0-9a-f]+),0x([0-9a-f]+),,(\d+),(guard \d+ (?:start|end))$/;

export const csv: FactFormat = {
  name: "csv", extension: "csv", title: "CSV",
  print: (file) => [
    `# ${headline(file)}`,
    columns,
    ...file.facts.map((fact) => `${fact.function},${offsetOf(fact)},${hex(fact.address)},${fact.max},${fact.total},${fact.loop}`),
    ...(file.sums ?? []).flatMap((sum) => sumLines(sum, file.code)),
    "",
  ].join("\n"),
  parseSums: (text, code) => sumsIn(text.split("\n").filter((each) => guarded.test(each)), code),
  parse: (text, code) => linesOf({ title: "CSV", comment: /^#.*$/, frame: [new RegExp(`^${columns}$`)], entry: (bare) => {
    const [, label, offset, address, max, total] = line.exec(bare) ?? [];
    if (label === undefined) return undefined;
    const at = placed("CSV", label, offset, code);
    if (at !== Number.parseInt(address ?? "", 16)) fail("CSV", `${bare}: offset and address differ`);
    return { address: at, max: count("CSV", max), total: count("CSV", total, Number.MAX_SAFE_INTEGER) };
  } }, text.split("\n").filter((each) => !guarded.test(each)).join("\n")),
};

function sumLines({ name, blocks, total }: BlockSum, { functions }: CodeGraph): readonly string[] {
  return blocks.map((address) => {
    const home = functions.find(({ blocks: own }) => own.some(({ instructions }) => instructions[0]?.address === address)) ?? fail("CSV", hex(address));
    return `${home.name},${hex(address - home.address)},${hex(address)},,${total},${name}`;
  });
}

function sumsIn(lines: readonly string[], code: CodeGraph): readonly BlockSum[] {
  const sums = new Map<string, BlockSum>();
  for (const each of lines) {
    const [, label, offset, address, digits, name = ""] = guarded.exec(each) ?? [];
    const [at, total] = [placed("CSV", label, offset, code), count("CSV", digits, Number.MAX_SAFE_INTEGER)];
    const before = sums.get(name) ?? { name, blocks: [], total };
    if (at !== Number.parseInt(address ?? "", 16) || before.total !== total) fail("CSV", each);
    sums.set(name, { name, total, blocks: [...before.blocks, at].toSorted((a, b) => a - b) });
  }
  return [...sums.values()];
}
