/** The ten networks that every stage of the chain is measured on. */
import { testdata } from "../support/testdata.js";
import { type TestFolder, findTests } from "../../src/testing/data-sets.js";

export const tenNetworks = [
  "hcas_pra0_tau00", "acetone_acas_fc", "mlperf_ad_fp32", "acasxu_1_1", "tinytaxinet",
  "mlperf_ic_fp32", "marabou_cifar_deep_kw_simp", "mnist_8", "tfl_magic_wand_fp32", "sonnx_lenet5",
] as const;

/** The test folder of a network, where the test data is at hand. */
export function network(name: string): TestFolder | undefined {
  const path = testdata("models", name);
  return path === undefined ? undefined : findTests(path)[0];
}
