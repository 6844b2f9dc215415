/**
 * The networks that every stage of the chain is measured on. `proofSet` are those whose
 * figures are quoted: a residual network, a mobile network, a transformer and a
 * recurrent voice detector.
 */

export interface NetworkCase {
  /** Folder of the test data. */
  readonly name: string;
  /** Extents for the dynamic dimensions of its inputs. */
  readonly fixDims?: Readonly<Record<string, number>>;
}

export const networks: readonly NetworkCase[] = [
  { name: "hcas_pra0_tau00" }, { name: "acetone_acas_fc" }, { name: "mlperf_ad_fp32" }, { name: "acasxu_1_1" }, { name: "tinytaxinet" },
  { name: "mlperf_ic_fp32" }, { name: "marabou_cifar_deep_kw_simp" }, { name: "mnist_8" }, { name: "tfl_magic_wand_fp32" },
  { name: "sonnx_lenet5" }, { name: "marabou_self_attention_mnist" }, { name: "deeploy_cct_1_16_16_8" }, { name: "deeploy_tinyvit_demo" },
  { name: "deeploy_transformer_deepquant" }, { name: "stm_mobilenetv2_05_128", fixDims: { unk__150: 1 } },
  { name: "onnx2c_lstm_k1" }, { name: "ort_cntk_lstm_bidi" }, { name: "silero_vad_openvino_16k" },
];

export const proofSet: readonly string[] = ["mlperf_ic_fp32", "stm_mobilenetv2_05_128", "silero_vad_openvino_16k", "deeploy_cct_1_16_16_8"];

/** The extents of a network's dynamic dimensions, as a build takes them. */
export function fixDimsOf(name: string): ReadonlyMap<string, number> {
  return new Map(Object.entries(networks.find((network) => network.name === name)?.fixDims ?? {}));
}
