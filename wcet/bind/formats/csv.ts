/** A table of our own, for tools and reports: one line per loop header, counts as they are, however large. */
import { type FactFormat, count, fail, headline, hex, linesOf, offsetOf, placed } from "./format.js";

const columns = "function,offset,address,max,total,loop";
const line = /^([^,]+),0x([0-9a-f]+),0x([0-9a-f]+),(\d+),(\d+),[^,]+$/;

export const csv: FactFormat = {
  name: "csv", extension: "csv", title: "CSV",
  print: (file) => [
    `# ${headline(file)}`,
    columns,
    ...file.facts.map((fact) => `${fact.function},${offsetOf(fact)},${hex(fact.address)},${fact.max},${fact.total},${fact.loop}`),
    "",
  ].join("\n"),
  parse: (text, code) => linesOf({ title: "CSV", comment: /^#.*$/, frame: [new RegExp(`^${columns}$`)], entry: (bare) => {
    const [, label, offset, address, max, total] = line.exec(bare) ?? [];
    if (label === undefined) return undefined;
    const at = placed("CSV", label, offset, code);
    if (at !== Number.parseInt(address ?? "", 16)) fail("CSV", `${bare}: offset and address differ`);
    return { address: at, max: count("CSV", max), total: count("CSV", total, Number.MAX_SAFE_INTEGER) };
  } }, text),
};
