/**
 * Facts of one ELF: made from its marks, written in a format, read again from the text and
 * replayed, so that what leaves is what an analyser will use. A loop without a bound, or a
 * replay that is unbounded, leaves no file.
 */
import { codeGraph } from "../cfg/graph.js";
import { readElf } from "../elf/elf.js";
import { marksOf } from "../elf/marks.js";
import { optimise } from "../ipet/highs.js";
import { ipetOfFacts } from "../ipet/ipet.js";
import { boundProvedBy, roundPrices } from "../ipet/linear-program.js";
import { fletcher } from "./checksum.js";
import type { FactFormat } from "./formats.js";
import { loopFacts } from "./loop-facts.js";

export interface FactRequest {
  readonly elf: Uint8Array;
  /** Base name of the ELF. */
  readonly where: string;
  readonly entry: string;
  /** Executions of each loop's body in one run, exactly. */
  readonly totals: ReadonlyMap<string, number>;
  readonly format: FactFormat;
}

export type FactOutcome =
  | { readonly kind: "facts"; readonly text: string; readonly loops: number; /** Instructions, from the facts alone. */ readonly replayed: bigint }
  | { readonly kind: "none"; readonly reasons: readonly string[] };

export async function factFileOf({ elf: bytes, where, entry, totals, format }: FactRequest): Promise<FactOutcome> {
  const elf = readElf(bytes, where);
  const marks = marksOf(elf, where);
  const start = elf.functions.find(({ name }) => name === entry);
  if (start === undefined) return none(`there is no function ${entry}`);
  const foreign = [...new Set(marks.map(({ loop }) => loop))].filter((loop) => !totals.has(loop));
  if (foreign.length > 0) return none(...foreign.map((loop) => `the file marks the loop ${loop}, which the program does not have`));
  const code = codeGraph(elf, start);
  const { facts, problems } = loopFacts(code, marks, totals);
  if (problems.length > 0) return none(...problems);
  const text = format.print({ elf: where, checksum: fletcher(bytes), entry, facts });
  const startOf = (name: string): number | undefined => code.functions.find((f) => f.name === name)?.address;
  const program = ipetOfFacts(code, format.parse(text, startOf), () => 1);
  const optimum = await optimise(program);
  const replayed = optimum.kind === "optimal" ? boundProvedBy(program, roundPrices(program, optimum.prices)) : undefined;
  return replayed === undefined ? none(`read again, the facts bound nothing: ${optimum.kind}`) : { kind: "facts", text, loops: facts.length, replayed };
}

function none(...reasons: readonly string[]): FactOutcome {
  return { kind: "none", reasons };
}
