/**
 * OTAWA's F4, with the checksum of the ELF. `max` bounds back edges per entry, `total`
 * those of one run. Grammar: fft_parser.yy and fft_lexer.ll of OTAWA (statinf-otawa/otawa
 * 83c9d9b7), meaning: ipet_FlowFactConstraintBuilder there.
 */
import { type FactFormat, count, headline, hex, linesOf, offsetOf, placed, withTotal } from "./format.js";

const line = /^loop "([^"]+)" \+ 0x([0-9a-f]+) max (\d+)(?: total (\d+))?;$/;

export const f4: FactFormat = {
  name: "f4", extension: "ff", title: "OTAWA, F4",
  print: (file) => [
    `// ${headline(file)}`,
    `checksum "${file.elf}" ${hex(file.checksum)};`,
    ...file.facts.map((fact) => `loop "${fact.function}" + ${offsetOf(fact)} max ${fact.max}${withTotal(fact.total, (total) => ` total ${total}`)}; // ${fact.loop}`),
    "",
  ].join("\n"),
  parse: (text, code) => linesOf({ title: "F4", comment: /\/\/.*$/, frame: [/^checksum "[^"]+" 0x[0-9a-f]+;$/], entry: (bare) => {
    const [, label, offset, max, total] = line.exec(bare) ?? [];
    return label === undefined ? undefined : { address: placed("F4", label, offset, code), max: count("F4", max), total: total === undefined ? undefined : count("F4", total) };
  } }, text),
};
