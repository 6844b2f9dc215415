/** What a reviewer has to read: the trusted lines of proofs/, counted, printed and limited. */
import test from "ava";
import { lineCount, pathOf, sourcesUnder, textOf, trackedFiles } from "./checkout.js";

const kernelLimit = 1000;
const trustedLimit = 2500;

function linesUnder(folder: string): number {
  return sourcesUnder(folder).reduce((sum, source) => sum + lineCount(source.getFullText()), 0);
}

test(`trusted lines: proofs/kernel has at most ${kernelLimit}`, (t) => {
  const lines = linesUnder("proofs/kernel");
  t.log(`proofs/kernel: ${lines} of ${kernelLimit} lines`);
  t.true(lines > 0 && lines <= kernelLimit, `${lines} lines`);
});

test(`trusted lines: proofs/kernel, proofs/encode and proofs/smt have at most ${trustedLimit}`, (t) => {
  const parts = ["proofs/kernel", "proofs/encode", "proofs/smt"].map((folder) => [folder, linesUnder(folder)] as const);
  const lines = parts.reduce((sum, [, count]) => sum + count, 0);
  t.log(`trusted lines: ${parts.map(([folder, count]) => `${folder} ${count}`).join(", ")}: ${lines} of ${trustedLimit}`);
  t.true(lines <= trustedLimit, `${lines} lines`);
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
