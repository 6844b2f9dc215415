/**
 * `npm run wcet-table [-- RUNS [default|target]]`: bounds of networks on emulated cores against the
 * instructions counted in RUNS runs each, into docs/wcet.md between its markers: of the default
 * schedule, and of the one that `build --target` takes. At 100 runs the two large networks
 * take some 70 thousand million instructions with the former, a third of that with the latter.
 * Leaves with 1 if a bound, or a replay of exported facts, is below what was counted.
 */
import { join } from "node:path";
import { present } from "../ir/prelude.js";
import { findTests } from "../src/testing/data-sets.js";
import { boards } from "../src/toolchain/boards.js";
import { writeBetween } from "./table.js";
import { type TimingRow, builtForTarget, builtNetwork, timingRow } from "./wcet-row.js";

/** Dense, convolutional, depthwise, recurrent, attention, quantised; the large ones last. */
const networks = [
  "acasxu_1_1", "hcas_pra0_tau00", "mlperf_ad_fp32", "sonnx_lenet5", "mnist_8", "tfl_mnist_dw_fp32",
  "onnx2c_lstm_k1", "silero_vad_openvino_16k", "deeploy_cct_1_16_16_8",
  "mlperf_ad_int8_qop", "tfl_hello_world_int8_qop", "tfl_tinymaix_mnist_dw_int8_qdq", "mlperf_kws_int8_qdq",
  "mlperf_ic_fp32", "stm_mobilenetv2_05_128",
];
/** -O3 is measured on some: marks keep loops in their order there, which -O3 would change. */
const atO3 = new Set(["acasxu_1_1", "sonnx_lenet5", "tfl_mnist_dw_fp32", "onnx2c_lstm_k1", "deeploy_cct_1_16_16_8"]);
/** Code for the Cortex-M7 differs little from that for the Cortex-M4: some networks will do. */
const onCortexM7 = new Set(["acasxu_1_1", "mlperf_ad_fp32", "sonnx_lenet5", "tfl_mnist_dw_fp32", "deeploy_cct_1_16_16_8", "mlperf_ad_int8_qop"]);
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

const [count = "100", only] = process.argv.slice(2);
const data = process.env["OBLIGATO_TESTDATA"] ?? "../shared/testdata";
const rows: TimingRow[] = [];
for (const schedule of ["default", "target"].filter((each) => only === undefined || each === only)) {
  const own: TimingRow[] = [];
  for (const name of networks) {
    const folder = present(findTests(join(data, "models", name))[0], `test folder of ${name}`);
    const usual = schedule === "default" ? await builtNetwork(folder) : undefined;
    for (const board of boards.filter(({ target }) => target !== "cortex-m7" || onCortexM7.has(name))) {
      const built = usual ?? (await builtForTarget(folder, board));
      for (const level of ["O2", "O3"] as const) {
        if (level === "O3" && (schedule === "target" || !atO3.has(name))) continue;
        const row = await timingRow(built, board, level, Number(count));
        own.push(row);
        console.log(cells(row).join("  "), unsound(row) ? "UNSOUND" : "", row.problems.slice(0, 2).join("; "));
      }
    }
    writeBetween(page, `npm run wcet-table${schedule === "target" ? " (target)" : ""}`, [head, ...own.map(cells)]);
  }
  rows.push(...own);
}
process.exitCode = rows.some(unsound) ? 1 : 0;
