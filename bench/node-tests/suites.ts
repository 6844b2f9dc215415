/** The suites of node tests: the parts of the shared test data, and those that Debian installs; which tests of them are one and the same. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import { findTests, folderOf } from "../../src/testing/data-sets.js";
import { debianTestdata, testdata } from "../../test/support/testdata.js";
import { operatorOf } from "../../test/ops/onnx-cases.js";

export interface SuiteTest {
  readonly suite: string;
  /** Its folder within the suite. */
  readonly name: string;
  readonly folder: string;
  /** The operator of its only node, or what it has in place of one. */
  readonly operator: string;
  /** Of its name, its model and its data: equal tests are run once. */
  readonly digest: string;
}

const shared = ["onnx-node/v1.22.0", "onnx-node/v1.7.0", "onnx-node-baked", "onnx-pytorch", "ops"];
const debian = ["node", "pytorch-converted", "pytorch-operator", "simple"];

export const suites: readonly string[] = [...shared, ...debian.map((suite) => `debian/${suite}`)];

/** Every test of every suite, in order; a Refusal where a suite is not installed. */
export function testsOfSuites(): readonly SuiteTest[] {
  return [
    ...shared.flatMap((suite) => testsIn(suite, testdata(...suite.split("/")), "set OBLIGATO_TESTDATA to the test data")),
    ...debian.flatMap((suite) => testsIn(`debian/${suite}`, debianTestdata(suite), "install libonnx-testdata")),
  ];
}

function testsIn(suite: string, root: string | undefined, remedy: string): readonly SuiteTest[] {
  if (root === undefined) throw new Refusal("usage", "no-test", `the suite ${suite} is not there`, suite, remedy);
  return findTests(root).map(folderOf).map((folder) => ({ suite, name: relative(root, folder), folder, operator: nameOf(folder), digest: digestOf(folder) }));
}

/** Several nodes are the body of a function of ONNX, where the name of the test says so. */
function nameOf(folder: string): string {
  const operator = operatorIn(folder);
  return operator === "(several nodes)" && /_expanded(_ver\d+)?$/.test(folder) ? "(function bodies)" : operator;
}

/** A model that cannot be decoded has no operator. */
function operatorIn(folder: string): string {
  try {
    return operatorOf(folder);
  } catch {
    return "(unreadable)";
  }
}

function digestOf(folder: string): string {
  const hash = createHash("sha256").update(basename(folder));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.(onnx|pb|bin|data)$/.test(name)).toSorted();
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(folder, file)));
  return hash.digest("hex");
}
