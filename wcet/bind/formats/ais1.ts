/**
 * AIS, the older annotations of aiT: a loop by label and offset in bytes, as platin's
 * exporter writes them (t-crest/patmos-platin ee292b9, lib/ext/ait.rb). `max N end` says
 * that the bound counts runs of the header: one more than back edges, whether the test
 * stands at the top or at the bottom.
 */
import { type FactFormat, headline, lessOne, linesOf, placed } from "./format.js";

const line = /^loop "([^"]+)" \+ (\d+) byte max (\d+) end;$/;

export const ais1: FactFormat = {
  name: "ais1", extension: "ais", title: "aiT, AIS",
  print: (file) => [
    `# ${headline(file)}`,
    ...file.facts.map((fact) => `loop "${fact.function}" + ${fact.address - fact.functionAddress} byte max ${fact.max + 1} end; # ${fact.loop}`),
    "",
  ].join("\n"),
  parse: (text, code) => linesOf({ title: "AIS", comment: /#.*$/, frame: [], entry: (bare) => {
    const [, label, offset, max] = line.exec(bare) ?? [];
    if (label === undefined) return undefined;
    return { address: placed("AIS", label, Number(offset).toString(16), code), max: lessOne("AIS", max) };
  } }, text),
};
