/**
 * Attributes that ONNX lets a node leave out, for the operators where the default
 * decides the result. `name@n`: the attribute exists from opset n on. Source: the
 * operator schemas of ONNX (Operators.md, Changelog.md).
 */

const reduction = ["keepdims"];
const normalisation = ["axis"];

const optional: Readonly<Record<string, readonly string[]>> = {
  ArgMax: ["axis", "keepdims", "select_last_index@12"],
  ArgMin: ["axis", "keepdims", "select_last_index@12"],
  AveragePool: ["ceil_mode@10", "count_include_pad@7", "dilations@19", "pads", "strides"],
  BatchNormalization: ["epsilon"],
  Celu: ["alpha"],
  Conv: ["dilations", "group", "kernel_shape", "pads", "strides"],
  ConvInteger: ["dilations", "group", "kernel_shape", "pads", "strides"],
  ConvTranspose: ["dilations", "group", "kernel_shape", "output_padding", "pads", "strides"],
  CumSum: ["exclusive", "reverse"],
  DepthToSpace: ["mode@11"],
  DequantizeLinear: ["axis@13"],
  Elu: ["alpha"],
  Flatten: ["axis"],
  Gather: ["axis"],
  GatherElements: ["axis"],
  Gelu: ["approximate"],
  Gemm: ["alpha", "beta", "transA", "transB"],
  Hardmax: normalisation,
  HardSigmoid: ["alpha", "beta"],
  InstanceNormalization: ["epsilon"],
  LRN: ["alpha", "beta", "bias"],
  LayerNormalization: ["axis", "epsilon"],
  LeakyRelu: ["alpha"],
  LogSoftmax: normalisation,
  LpNormalization: ["axis", "p"],
  LpPool: ["ceil_mode@18", "dilations@18", "p", "pads", "strides"],
  MaxPool: ["ceil_mode@10", "dilations@10", "pads", "storage_order@8", "strides"],
  Pad: ["mode"],
  QLinearConv: ["dilations", "group", "kernel_shape", "pads", "strides"],
  QuantizeLinear: ["axis@13"],
  RMSNormalization: ["axis", "epsilon"],
  ReduceL1: reduction,
  ReduceL2: reduction,
  ReduceLogSum: reduction,
  ReduceLogSumExp: reduction,
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceMin: reduction,
  ReduceProd: reduction,
  ReduceSum: reduction,
  ReduceSumSquare: reduction,
  Selu: ["alpha", "gamma"],
  Shrink: ["bias", "lambd"],
  Softmax: normalisation,
  Split: ["axis"],
  ThresholdedRelu: ["alpha"],
  Transpose: ["perm"],
};

/** Optional attributes of `op` in `opset`. */
export function optionalAttributes(op: string, opset: number): readonly string[] {
  const entries = (optional[op] ?? []).map((entry) => entry.split("@"));
  return entries.filter(([, since]) => Number(since ?? 1) <= opset).map(([name = ""]) => name);
}
