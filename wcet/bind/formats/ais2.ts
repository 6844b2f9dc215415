/**
 * AIS2 for aiT, as far as its forms are public: `bound:` of a `loop` as in the manual of
 * CompCert (section on `__builtin_ais_annot`). Its own manual is not, so what a bound
 * counts is taken as runs of the header, the larger number: with N back edges per entry
 * a loop runs at most N + 1 times.
 */
import { type FactFormat, headline, lessOne, linesOf, offsetOf, placed } from "./format.js";

const line = /^loop "([^"]+)" \+ 0x([0-9a-f]+) bytes \{ bound: 0\.\.([1-9]\d*); \}$/;

export const ais2: FactFormat = {
  name: "ais2", extension: "ais", title: "aiT, AIS2",
  print: (file) => [
    `# ${headline(file)}`,
    ...file.facts.map((fact) => `loop "${fact.function}" + ${offsetOf(fact)} bytes { bound: 0..${fact.max + 1}; } # ${fact.loop}`),
    "",
  ].join("\n"),
  parse: (text, code) => linesOf({ title: "AIS2", comment: /#.*$/, frame: [], entry: (bare) => {
    const [, label, offset, bound] = line.exec(bare) ?? [];
    return label === undefined ? undefined : { address: placed("AIS2", label, offset, code), max: lessOne("AIS2", bound) };
  } }, text),
};
