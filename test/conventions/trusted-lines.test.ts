/**
 * What a reviewer has to read: the trusted lines of code in proofs/ (blank lines and
 * comments do not count), printed and limited. Own provers are trusted too, outside
 * the mode that sends every obligation to a solver, so they count.
 */
import test from "ava";
import { type TrustedPart, trustedLines } from "../../src/evidence/trusted-lines.js";
import { codeLineCount, pathOf, sourcesUnder, textOf, trackedFiles } from "./checkout.js";

const kernelLimit = 1000;
const trustedLimit = 2500;
const certificateLimit = 350;
/** Trusted only by builds of tier T2, and where a bound is asked for. */
const boundLimit = 1500;
/** Trusted only where integer-quantised is asked for. */
const quantisedLimit = 950;
/** Trusted only where store-padding is asked for. */
const paddingLimit = 225;
/** Trusted only where winograd is asked for. */
const winogradLimit = 650;
const ownProvers = ["trivial", "piece", "pieces", "saturate", "interval", "example"];

function ownProverLines(): number {
  const own = sourcesUnder("proofs/provers").filter((source) => ownProvers.includes(source.getBaseNameWithoutExtension()));
  return own.reduce((sum, source) => sum + codeLineCount(source.getFullText()), 0);
}

function linesUnder(folder: string): number {
  return sourcesUnder(folder).reduce((sum, source) => sum + codeLineCount(source.getFullText()), 0);
}

test(`trusted lines: proofs/kernel has at most ${kernelLimit}`, (t) => {
  const lines = linesUnder("proofs/kernel");
  t.log(`proofs/kernel: ${lines} of ${kernelLimit} lines`);
  t.true(lines > 0 && lines <= kernelLimit, `${lines} lines`);
});

test(`trusted lines: kernel, reference, encoder, printer and own provers have at most ${trustedLimit}`, (t) => {
  const parts = ["proofs/kernel", "proofs/reference", "proofs/encode", "proofs/smt"].map((folder) => [folder, linesUnder(folder)] as const);
  const all = [...parts, ["own provers", ownProverLines()] as const];
  const lines = all.reduce((sum, [, count]) => sum + count, 0);
  t.log(`trusted lines: ${all.map(([folder, count]) => `${folder} ${count}`).join(", ")}: ${lines} of ${trustedLimit}`);
  t.true(lines <= trustedLimit, `${lines} lines`);
});

test(`trusted lines: what checks certificates has at most ${certificateLimit}, and stands in for provers and solvers`, (t) => {
  const lines = linesUnder("proofs/certificates");
  t.log(`proofs/certificates: ${lines} of ${certificateLimit} lines; own provers: ${ownProverLines()}`);
  t.true(lines > 0 && lines <= certificateLimit, `${lines} lines`);
});

test(`trusted lines: lemmas and error bounds have at most ${boundLimit}, apart from the chain`, (t) => {
  const [bounds, quantised] = [linesUnder("proofs/bounds"), linesUnder("proofs/lemmas/quantised")];
  const padding = linesUnder("proofs/lemmas/padding");
  const winograd = linesUnder("proofs/lemmas/winograd");
  const lemmas = linesUnder("proofs/lemmas") - quantised - padding - winograd;
  t.log(`proofs/bounds: ${bounds}, proofs/lemmas: ${lemmas} of ${boundLimit} lines`);
  t.true(bounds > 0 && lemmas > 0 && bounds + lemmas <= boundLimit, `${bounds + lemmas} lines`);
  t.log(`proofs/lemmas/quantised: ${quantised} of ${quantisedLimit} lines`);
  t.true(quantised > 0 && quantised <= quantisedLimit, `${quantised} lines`);
  t.log(`proofs/lemmas/padding: ${padding} of ${paddingLimit} lines`);
  t.true(padding > 0 && padding <= paddingLimit, `${padding} lines`);
  t.log(`proofs/lemmas/winograd: ${winograd} of ${winogradLimit} lines`);
  t.true(winograd > 0 && winograd <= winogradLimit, `${winograd} lines`);
});

test("trusted lines: the kernel imports ir and itself only", (t) => {
  const outside = sourcesUnder("proofs/kernel").flatMap((source) =>
    source
      .getImportDeclarations()
      .map((line) => line.getModuleSpecifierValue())
      .filter((from) => !/^(\.\/|\.\.\/\.\.\/ir\/|node:crypto$)/.test(from))
      .map((from) => `${pathOf(source)}: ${from}`),
  );
  t.deepEqual(outside, []);
});

test("trusted lines: the solver call that reads freed memory is nowhere in the code", (t) => {
  const call = ["eval", "smtlib2", "string"].join("_");
  const code = trackedFiles().filter((path) => /\.(ts|js|mjs|cjs)$/.test(path) && !path.startsWith("test/"));
  t.true(code.length > 20);
  t.deepEqual(code.filter((path) => textOf(path).includes(call)), []);
});

const folders: Readonly<Record<Exclude<TrustedPart, "own provers">, string>> = {
  kernel: "proofs/kernel", reference: "proofs/reference", encoder: "proofs/encode", printer: "proofs/smt", certificates: "proofs/certificates",
};

test("trusted lines: what evidence says of them is what is counted", (t) => {
  const counted = Object.entries(folders).map(([part, folder]) => [part, linesUnder(folder)]);
  t.deepEqual({ ...trustedLines }, { ...(Object.fromEntries(counted) as Record<string, number>), "own provers": ownProverLines() }, "write the counts into src/evidence/trusted-lines.ts");
});
