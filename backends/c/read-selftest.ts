/**
 * Reads the file of the self test: the known input and output are data, everything
 * else is fixed text for this program and these weights.
 */
import type { Program } from "../../ir/loop/program.js";
import { type Tensor, elementCount } from "../../ir/tensor/tensor.js";
import type { GoldenVector } from "../backend.js";
import { arenasOf } from "./layout.js";
import { type SourceText, refuse } from "./lexer.js";
import { cTypes } from "./names.js";
import { mathInclude } from "./notices.js";
import { interfaceOf } from "./parameters.js";
import { type Scanner, expectExact, readElements } from "./read-arrays.js";
import { goldenName, selftestCode, selftestHead } from "./selftest.js";

interface Known {
  readonly model: string;
  readonly program: Program;
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** The known vector, if the file has one. */
export function readSelftest(known: Known, source: SourceText): GoldenVector | undefined {
  const subject = { ...known, arenas: arenasOf(known.program), golden: undefined };
  const scanner: Scanner = { source, at: 0 };
  expectExact(scanner, lines(selftestHead(subject)));
  if (source.text.startsWith(mathInclude, scanner.at)) expectExact(scanner, `${mathInclude}\n`);
  const golden = source.text.startsWith("\nstatic const ", scanner.at) ? readGolden(known.program, scanner) : undefined;
  expectExact(scanner, lines(selftestCode({ ...subject, golden })));
  if (scanner.at < source.text.length) refuse("text after the self test", source, scanner.at);
  return golden;
}

function lines(of: readonly string[]): string {
  return of.map((line) => `${line}\n`).join("");
}

function readGolden(program: Program, scanner: Scanner): GoldenVector {
  const read = (wanted: "input" | "output"): Tensor[] =>
    interfaceOf(program).filter(({ kind }) => kind === wanted).map(({ name, type, shape }) => {
      const length = elementCount(shape);
      expectExact(scanner, `\nstatic const ${cTypes[type]} ${goldenName(name)}[${length}] = {`);
      const data = readElements(scanner, type, length);
      expectExact(scanner, ";\n");
      return { type, shape, data };
    });
  return { inputs: read("input"), outputs: read("output") };
}
