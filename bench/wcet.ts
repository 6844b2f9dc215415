/**
 * `npm run wcet-table [-- RUNS]`: bounds of networks on two emulated cores against the
 * instructions counted in RUNS runs each, into docs/wcet.md between its markers. At 100 runs
 * the two large networks take some 70 thousand million instructions.
 * Leaves with 1 if a bound, or a replay of exported facts, is below what was counted.
 */
import { join } from "node:path";
import { present } from "../ir/prelude.js";
import { findTests } from "../src/testing/data-sets.js";
import { boards } from "../src/toolchain/boards.js";
import { writeBetween } from "./table.js";
import { type TimingRow, builtNetwork, timingRow } from "./wcet-row.js";

/** Dense, convolutional, depthwise, recurrent, attention, quantised; the large ones last. */
const networks = [
  "acasxu_1_1", "hcas_pra0_tau00", "mlperf_ad_fp32", "sonnx_lenet5", "mnist_8", "tfl_mnist_dw_fp32",
  "onnx2c_lstm_k1", "silero_vad_openvino_16k", "deeploy_cct_1_16_16_8",
  "mlperf_ad_int8_qop", "tfl_hello_world_int8_qop", "tfl_tinymaix_mnist_dw_int8_qdq", "mlperf_kws_int8_qdq",
  "mlperf_ic_fp32", "stm_mobilenetv2_05_128",
];
/** -O3 is measured on some: marks keep loops in their order there, which -O3 would change. */
const atO3 = new Set(["acasxu_1_1", "sonnx_lenet5", "tfl_mnist_dw_fp32", "onnx2c_lstm_k1", "deeploy_cct_1_16_16_8"]);
const page = "docs/wcet.md";
const head = ["Network", "Core", "gcc", "Bound", "Counted, at most", "Runs", "Bound ÷ counted", "F4, FFX ÷ counted", "With ÷ without marks", "Loops", "Blocks", "Analysis, s", "Facts, s"];

function cells({ network, target, optimisation, bound, observed, runs, replayed, marksCost, loops, blocks, seconds, factSeconds }: TimingRow): readonly string[] {
  const ratio = (value: bigint | undefined): string => (value === undefined ? "none" : (Number(value) / observed).toFixed(4));
  const facts = [...new Set(replayed.map(ratio))].join(", ");
  return [
    network, target, `-${optimisation}`, bound?.toLocaleString("en") ?? "none", observed.toLocaleString("en"), String(runs),
    ratio(bound), facts, marksCost.toFixed(3), String(loops), String(blocks), seconds.toFixed(1), factSeconds.toFixed(1),
  ];
}

/** A bound below a count is wrong, wherever it comes from. */
function unsound({ bound, replayed, observed }: TimingRow): boolean {
  return [bound, ...replayed].some((value) => value !== undefined && value < BigInt(observed));
}

const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";
const runs = Number(process.argv[2] ?? 100);
const rows: TimingRow[] = [];
for (const name of networks) {
  const [folder] = findTests(join(data, "models", name));
  const built = await builtNetwork(present(folder, `test folder of ${name}`));
  for (const board of boards) {
    for (const level of ["O2", "O3"] as const) {
      if (level === "O3" && !atO3.has(name)) continue;
      const row = await timingRow(built, board, level, runs);
      rows.push(row);
      console.log(cells(row).join("  "), unsound(row) ? "UNSOUND" : "", row.problems.slice(0, 2).join("; "));
    }
  }
  writeBetween(page, "npm run wcet-table", [head, ...rows.map(cells)]);
}
process.exitCode = rows.some(unsound) ? 1 : 0;
