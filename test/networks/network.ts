/** Where the networks are that every stage of the chain is measured on. */
import { testdata } from "../support/testdata.js";
import { type TestFolder, findTests } from "../../src/testing/data-sets.js";

/** The test folder of a network, where the test data is at hand. */
export function network(name: string): TestFolder | undefined {
  const path = testdata("models", name);
  return path === undefined ? undefined : findTests(path)[0];
}
