/**
 * OTAWA's FFX with loops by label and offset; `maxcount` and `totalcount` are F4's `max`
 * and `total`. What the loader takes: ipet_FlowFactLoader of OTAWA (statinf-otawa/otawa
 * 83c9d9b7). Its format has no checksum, so the digest of the ELF is a comment.
 */
import { type FactFormat, count, headline, linesOf, offsetOf, placed, withTotal } from "./format.js";

const element = /^<loop label="([^"]+)" offset="0x([0-9a-f]+)" maxcount="(\d+)"(?: totalcount="(\d+)")?\/>$/;

export const ffx: FactFormat = {
  name: "ffx", extension: "ffx", title: "OTAWA, FFX by label and offset",
  print: (file) => [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<flowfacts>`,
    `  <!-- ${headline(file)} -->`,
    ...file.facts.map((fact) => `  <loop label="${fact.function}" offset="${offsetOf(fact)}" maxcount="${fact.max}"${withTotal(fact.total, (total) => ` totalcount="${total}"`)}/> <!-- ${fact.loop} -->`),
    `</flowfacts>`,
    "",
  ].join("\n"),
  parse: (text, code) => linesOf({ title: "FFX", comment: /<!--.*?-->/, frame: [/^<\?xml version="1\.0" encoding="UTF-8"\?>$/, /^<flowfacts>$/, /^<\/flowfacts>$/], fact: (bare) => {
    const [, label, offset, max, total] = element.exec(bare) ?? [];
    return label === undefined ? undefined : { address: placed("FFX", label, offset, code), max: count("FFX", max), total: total === undefined ? undefined : count("FFX", total) };
  } }, text),
};
