/**
 * Operators of ai.onnx as their schemas have them: the versions (the one in force at
 * opset 6 and those after it, up to 27) and the attributes. An attribute is written
 * `name:kind=default@from..until`: kinds are i, f, s, t and their lists is, fs, ss; `!` marks
 * one that a node must have; without `from` it exists since opset 6 or before, without `until`
 * it still does. Floats are the shortest decimals of their 32 bits. Left out: attributes that
 * only training or strings need, and those that import refuses whatever their value.
 * Source: the operator schemas of ONNX 1.23 (Operators.md, Changelog.md).
 */
import { invariant } from "../../ir/prelude.js";

const kinds = ["i", "f", "s", "t", "is", "fs", "ss"] as const;

export type AttributeKind = (typeof kinds)[number];

export interface AttributeSchema {
  readonly name: string;
  readonly kind: AttributeKind;
  readonly required: boolean;
  /** The default as written in the table; undefined: the schema has none as a literal. */
  readonly fallback: string | undefined;
  /** First and last opset that have it. */
  readonly opsets: readonly [from: number, until: number];
}

const table: Readonly<Record<string, readonly [versions: readonly number[], attributes: string]>> = {
  Abs: [[6, 13], ""],
  Acos: [[7, 22], ""],
  Acosh: [[9, 22], ""],
  Add: [[6, 7, 13, 14], "axis:i@..6 broadcast:i=0@..6"],
  AffineGrid: [[20], "align_corners:i=0@20"],
  And: [[1, 7], "axis:i@..6 broadcast:i=0@..6"],
  ArgMax: [[1, 11, 12, 13], "keepdims:i=1 axis:i=0 select_last_index:i=0@12"],
  ArgMin: [[1, 11, 12, 13], "keepdims:i=1 axis:i=0 select_last_index:i=0@12"],
  Asin: [[7, 22], ""],
  Asinh: [[9, 22], ""],
  Atan: [[7, 22], ""],
  Atanh: [[9, 22], ""],
  Attention: [[23, 24, 25], "qk_matmul_output_mode:i=0@23 softcap:f=0@23 softmax_precision:i@23 kv_num_heads:i@23 q_num_heads:i@23 scale:f@23 is_causal:i=0@23"],
  AveragePool: [[1, 7, 10, 11, 19, 22], "pads:is auto_pad:s=NOTSET strides:is kernel_shape:is! count_include_pad:i=0@7 ceil_mode:i=0@10 dilations:is@19"],
  BatchNormalization: [[6, 7, 9, 14, 15], "momentum:f=0.9 epsilon:f=0.00001 is_test:i=0@..6 spatial:i=1@..8 training_mode:i=0@14"],
  BitCast: [[26], "to:i!@26"],
  BitShift: [[11], "direction:s!@11"],
  BitwiseAnd: [[18], ""],
  BitwiseNot: [[18], ""],
  BitwiseOr: [[18], ""],
  BitwiseXor: [[18], ""],
  BlackmanWindow: [[17], "periodic:i=1@17 output_datatype:i=1@17"],
  Cast: [[6, 9, 13, 19, 21, 23, 24, 25], "to:i! saturate:i=1@19 round_mode:s=up@24"],
  CastLike: [[15, 19, 21, 23, 24, 25], "saturate:i=1@19 round_mode:s=up@24"],
  CausalConvWithState: [[27], "activation:s=none@27"],
  Ceil: [[6, 13], ""],
  Celu: [[12], "alpha:f=1@12"],
  CenterCropPad: [[18], "axes:is@18"],
  Clip: [[6, 11, 12, 13], "max:f@..10 min:f@..10"],
  Col2Im: [[18], "strides:is@18 pads:is@18 dilations:is@18"],
  Compress: [[9, 11], "axis:i@9"],
  Concat: [[4, 11, 13], "axis:i!"],
  ConcatFromSequence: [[11], "axis:i!@11 new_axis:i=0@11"],
  Constant: [[1, 9, 11, 12, 13, 19, 21, 23, 24, 25], ""],
  ConstantOfShape: [[9, 20, 21, 23, 24, 25], "value:t@9"],
  Conv: [[1, 11, 22], "group:i=1 pads:is auto_pad:s=NOTSET strides:is dilations:is kernel_shape:is"],
  ConvInteger: [[10], "group:i=1@10 pads:is@10 strides:is@10 dilations:is@10 kernel_shape:is@10 auto_pad:s=NOTSET@10"],
  ConvTranspose: [[1, 11, 22], "group:i=1 auto_pad:s=NOTSET strides:is pads:is output_padding:is dilations:is output_shape:is kernel_shape:is"],
  Cos: [[7, 22], ""],
  Cosh: [[9, 22], ""],
  CumProd: [[26], "reverse:i=0@26 exclusive:i=0@26"],
  CumSum: [[11, 14], "reverse:i=0@11 exclusive:i=0@11"],
  DFT: [[17, 20], "inverse:i=0@17 axis:i=1@17..19 onesided:i=0@17"],
  DeformConv: [[19, 22], "strides:is@19 pads:is@19 offset_group:i=1@19 kernel_shape:is@19 group:i=1@19 dilations:is@19"],
  DepthToSpace: [[1, 11, 13], "blocksize:i! mode:s=DCR@11"],
  DequantizeLinear: [[10, 13, 19, 21, 23, 24, 25], "axis:i=1@13 block_size:i=0@21 output_dtype:i=0@23"],
  Det: [[11, 22], ""],
  Div: [[6, 7, 13, 14], "axis:i@..6 broadcast:i=0@..6"],
  Dropout: [[6, 7, 10, 12, 13, 22], "is_test:i=0@..6 ratio:f=0.5@..11 seed:i@12"],
  DynamicQuantizeLinear: [[11], ""],
  Einsum: [[12], "equation:s!@12"],
  Elu: [[6, 22], "alpha:f=1"],
  Equal: [[1, 7, 11, 13, 19], "axis:i@..6 broadcast:i=0@..6"],
  Erf: [[9, 13], ""],
  Exp: [[6, 13], ""],
  Expand: [[8, 13], ""],
  EyeLike: [[9, 22], "dtype:i@9 k:i=0@9"],
  Flatten: [[1, 9, 11, 13, 21, 23, 24, 25], "axis:i=1"],
  Floor: [[6, 13], ""],
  GRU: [[3, 7, 14, 22], "clip:f activation_beta:fs activation_alpha:fs hidden_size:i direction:s=forward linear_before_reset:i=0 activations:ss layout:i=0@14"],
  Gather: [[1, 11, 13], "axis:i=0"],
  GatherElements: [[11, 13], "axis:i=0@11"],
  GatherND: [[11, 12, 13], "batch_dims:i=0@12"],
  Gelu: [[20], "approximate:s=none@20"],
  Gemm: [[6, 7, 9, 11, 13], "beta:f=1 broadcast:i=0@..6 transB:i=0 alpha:f=1 transA:i=0"],
  GlobalAveragePool: [[1, 22], ""],
  GlobalLpPool: [[2, 22], "p:i=2"],
  GlobalMaxPool: [[1, 22], ""],
  Greater: [[1, 7, 9, 13], "axis:i@..6 broadcast:i=0@..6"],
  GreaterOrEqual: [[12, 16], ""],
  GridSample: [[16, 20, 22], "align_corners:i=0@16 padding_mode:s=zeros@16 mode:s=bilinear@16..19 mode:s=linear@20"],
  GroupNormalization: [[18, 21], "num_groups:i!@18 epsilon:f=0.00001@18 stash_type:i=1@21"],
  HammingWindow: [[17], "periodic:i=1@17 output_datatype:i=1@17"],
  HannWindow: [[17], "periodic:i=1@17 output_datatype:i=1@17"],
  HardSigmoid: [[6, 22], "beta:f=0.5 alpha:f=0.2"],
  HardSwish: [[14, 22], ""],
  Hardmax: [[1, 11, 13], "axis:i=1@..12 axis:i=-1@13"],
  Identity: [[1, 13, 14, 16, 19, 21, 23, 24, 25], ""],
  InstanceNormalization: [[6, 22], "epsilon:f=0.00001"],
  IsInf: [[10, 20], "detect_negative:i=1@10 detect_positive:i=1@10"],
  IsNaN: [[9, 13, 20], ""],
  LRN: [[1, 13], "bias:f=1 beta:f=0.75 alpha:f=0.0001 size:i!"],
  LSTM: [[1, 7, 14, 22], "clip:f activation_beta:fs activation_alpha:fs hidden_size:i direction:s=forward input_forget:i=0 activations:ss layout:i=0@14"],
  LayerNormalization: [[17], "stash_type:i=1@17 epsilon:f=0.00001@17 axis:i=-1@17"],
  LeakyRelu: [[6, 16], "alpha:f=0.01"],
  Less: [[1, 7, 9, 13], "axis:i@..6 broadcast:i=0@..6"],
  LessOrEqual: [[12, 16], ""],
  LinearAttention: [[27], "chunk_size:i=64@27 kv_num_heads:i!@27 q_num_heads:i!@27 scale:f=0@27 update_rule:s=gated_delta@27"],
  Log: [[6, 13], ""],
  LogSoftmax: [[1, 11, 13], "axis:i=1@..12 axis:i=-1@13"],
  LpNormalization: [[1, 22], "p:i=2 axis:i=-1"],
  LpPool: [[2, 11, 18, 22], "p:i=2 pads:is auto_pad:s=NOTSET strides:is kernel_shape:is! ceil_mode:i=0@18 dilations:is@18"],
  MatMul: [[1, 9, 13], ""],
  MatMulInteger: [[10], ""],
  Max: [[6, 8, 12, 13], ""],
  MaxPool: [[1, 8, 10, 11, 12, 22], "pads:is auto_pad:s=NOTSET strides:is kernel_shape:is! storage_order:i=0@8 dilations:is@10 ceil_mode:i=0@10"],
  MaxRoiPool: [[1, 22], "spatial_scale:f=1 pooled_shape:is!"],
  MaxUnpool: [[9, 11, 22], "pads:is@9 strides:is@9 kernel_shape:is!@9"],
  Mean: [[6, 8, 13], ""],
  MeanVarianceNormalization: [[9, 13], "axes:is=[0,2,3]@9"],
  MelWeightMatrix: [[17], "output_datatype:i=1@17"],
  Min: [[6, 8, 12, 13], ""],
  Mish: [[18, 22], ""],
  Mod: [[10, 13], "fmod:i=0@10"],
  Mul: [[6, 7, 13, 14], "axis:i@..6 broadcast:i=0@..6"],
  Neg: [[6, 13], ""],
  NegativeLogLikelihoodLoss: [[12, 13, 22], "ignore_index:i@12 reduction:s=mean@12"],
  NonMaxSuppression: [[10, 11], "center_point_box:i=0@10"],
  NonZero: [[9, 13], ""],
  Not: [[1], ""],
  OneHot: [[9, 11], "axis:i=-1@9"],
  Optional: [[15], ""],
  OptionalGetElement: [[15, 18], ""],
  OptionalHasElement: [[15, 18], ""],
  Or: [[1, 7], "axis:i@..6 broadcast:i=0@..6"],
  PRelu: [[6, 7, 9, 16], ""],
  Pad: [[2, 11, 13, 18, 19, 21, 23, 24, 25], "value:f=0@..10 mode:s=constant pads:is!@..10"],
  Pow: [[1, 7, 12, 13, 15], "axis:i@..6 broadcast:i=0@..6"],
  QLinearConv: [[10], "group:i=1@10 pads:is@10 strides:is@10 dilations:is@10 kernel_shape:is@10 auto_pad:s=NOTSET@10"],
  QLinearMatMul: [[10, 21], ""],
  QuantizeLinear: [[10, 13, 19, 21, 23, 24, 25], "axis:i=1@13 saturate:i=1@19 output_dtype:i=0@21 block_size:i=0@21 precision:i=0@23"],
  RMSNormalization: [[23], "stash_type:i=1@23 epsilon:f=0.00001@23 axis:i=-1@23"],
  RNN: [[1, 7, 14, 22], "clip:f activation_beta:fs activation_alpha:fs hidden_size:i direction:s=forward activations:ss=[Tanh,Tanh] layout:i=0@14"],
  Range: [[11, 27], "stash_type:i=1@27"],
  Reciprocal: [[6, 13], ""],
  ReduceL1: [[1, 11, 13, 18], "keepdims:i=1 axes:is@..17 noop_with_empty_axes:i=0@18"],
  ReduceL2: [[1, 11, 13, 18], "keepdims:i=1 axes:is@..17 noop_with_empty_axes:i=0@18"],
  ReduceLogSum: [[1, 11, 13, 18], "keepdims:i=1 axes:is@..17 noop_with_empty_axes:i=0@18"],
  ReduceLogSumExp: [[1, 11, 13, 18], "keepdims:i=1 axes:is@..17 noop_with_empty_axes:i=0@18"],
  ReduceMax: [[1, 11, 12, 13, 18, 20], "keepdims:i=1 axes:is@..17 noop_with_empty_axes:i=0@18"],
  ReduceMean: [[1, 11, 13, 18], "keepdims:i=1 axes:is@..17 noop_with_empty_axes:i=0@18"],
  ReduceMin: [[1, 11, 12, 13, 18, 20], "keepdims:i=1 axes:is@..17 noop_with_empty_axes:i=0@18"],
  ReduceProd: [[1, 11, 13, 18], "keepdims:i=1 axes:is@..17 noop_with_empty_axes:i=0@18"],
  ReduceSum: [[1, 11, 13], "keepdims:i=1 axes:is@..12 noop_with_empty_axes:i=0@13"],
  ReduceSumSquare: [[1, 11, 13, 18], "keepdims:i=1 axes:is@..17 noop_with_empty_axes:i=0@18"],
  Relu: [[6, 13, 14], ""],
  Reshape: [[5, 13, 14, 19, 21, 23, 24, 25], "allowzero:i=0@14"],
  Resize: [[10, 11, 13, 18, 19], "mode:s=nearest@10 extrapolation_value:f=0@11 exclude_outside:i=0@11 nearest_mode:s=round_prefer_floor@11 coordinate_transformation_mode:s=half_pixel@11 cubic_coeff_a:f=-0.75@11 keep_aspect_ratio_policy:s=stretch@18 axes:is@18 antialias:i=0@18"],
  ReverseSequence: [[10], "batch_axis:i=1@10 time_axis:i=0@10"],
  RoiAlign: [[10, 16, 22], "mode:s=avg@10 output_height:i=1@10 sampling_ratio:i=0@10 output_width:i=1@10 spatial_scale:f=1@10 coordinate_transformation_mode:s=half_pixel@16"],
  RotaryEmbedding: [[23], "num_heads:i@23 rotary_embedding_dim:i=0@23 interleaved:i=0@23"],
  Round: [[11, 22], ""],
  STFT: [[17], "onesided:i=1@17"],
  Scan: [[8, 9, 11, 16, 19, 21, 23, 24, 25], "num_scan_inputs:i!@8 directions:is@8..8 scan_input_axes:is@9 scan_input_directions:is@9 scan_output_axes:is@9 scan_output_directions:is@9"],
  Scatter: [[9, 11], "axis:i=0@9"],
  ScatterElements: [[11, 13, 16, 18], "axis:i=0@11 reduction:s=none@16"],
  ScatterND: [[11, 13, 16, 18], "reduction:s=none@16"],
  Selu: [[6, 22], "gamma:f=1.050701 alpha:f=1.6732632"],
  SequenceAt: [[11], ""],
  SequenceConstruct: [[11], ""],
  SequenceEmpty: [[11], "dtype:i@11"],
  SequenceErase: [[11], ""],
  SequenceInsert: [[11], ""],
  SequenceLength: [[11], ""],
  SequenceMap: [[17], ""],
  Shape: [[1, 13, 15, 19, 21, 23, 24, 25], "end:i@15 start:i=0@15"],
  Shrink: [[9], "bias:f=0@9 lambd:f=0.5@9"],
  Sigmoid: [[6, 13], ""],
  Sign: [[9, 13], ""],
  Sin: [[7, 22], ""],
  Sinh: [[9, 22], ""],
  Size: [[1, 13, 19, 21, 23, 24, 25], ""],
  Slice: [[1, 10, 11, 13], "ends:is!@..9 starts:is!@..9 axes:is@..9"],
  Softmax: [[1, 11, 13], "axis:i=1@..12 axis:i=-1@13"],
  SoftmaxCrossEntropyLoss: [[12, 13], "ignore_index:i@12 reduction:s=mean@12"],
  Softplus: [[1, 22], ""],
  Softsign: [[1, 22], ""],
  SpaceToDepth: [[1, 13], "blocksize:i!"],
  Split: [[2, 11, 13, 18], "split:is@..12 axis:i=0 num_outputs:i@18"],
  SplitToSequence: [[11, 24], "axis:i=0@11 keepdims:i=1@11"],
  Sqrt: [[6, 13], ""],
  Squeeze: [[1, 11, 13, 21, 23, 24, 25], "axes:is@..12"],
  Sub: [[6, 7, 13, 14], "axis:i@..6 broadcast:i=0@..6"],
  Sum: [[6, 8, 13], ""],
  Swish: [[24], "alpha:f=1@24"],
  Tan: [[7, 22], ""],
  Tanh: [[6, 13], ""],
  TensorScatter: [[24], "mode:s=linear@24 axis:i=-2@24"],
  TfIdfVectorizer: [[9], "max_gram_length:i!@9 max_skip_count:i!@9 min_gram_length:i!@9 mode:s!@9 ngram_counts:is!@9 ngram_indexes:is!@9 pool_int64s:is@9 weights:fs@9"],
  ThresholdedRelu: [[10, 22], "alpha:f=1@10"],
  Tile: [[6, 13], ""],
  TopK: [[1, 10, 11, 24], "axis:i=-1 k:i!@..9 sorted:i=1@11 largest:i=1@11"],
  Transpose: [[1, 13, 21, 23, 24, 25], "perm:is"],
  Trilu: [[14], "upper:i=1@14"],
  Unique: [[11], "axis:i@11 sorted:i=1@11"],
  Unsqueeze: [[1, 11, 13, 21, 23, 24, 25], "axes:is!@..12"],
  Upsample: [[1, 7, 9, 10], "mode:s=nearest height_scale:f!@..6 width_scale:f!@..6 scales:fs!@7..8"],
  Where: [[9, 16], ""],
  Xor: [[1, 7], "axis:i@..6 broadcast:i=0@..6"],
};

function parseAttribute(text: string): AttributeSchema {
  const [, name = "", letters, , fallback, required, from, until] = /^(\w+):([a-z]+)(=([^@!]+))?(!)?(?:@(\d+)?(?:\.\.(\d+))?)?$/.exec(text) ?? [];
  const kind = kinds.find((own) => own === letters);
  invariant(kind !== undefined, `no attribute: ${text}`);
  return { name, kind, required: required === "!", fallback, opsets: [Number(from ?? 1), Number(until ?? Infinity)] };
}

const attributes: ReadonlyMap<string, readonly AttributeSchema[]> = new Map(
  Object.entries(table).map(([op, [, text]]) => [op, text.split(" ").filter((part) => part !== "").map(parseAttribute)]),
);

/** The attributes of `op` in `opset`, by name; none for an operator that is not in the table. */
export function attributeSchemas(op: string, opset: number): readonly AttributeSchema[] {
  return (attributes.get(op) ?? []).filter(({ opsets: [from, until] }) => from <= opset && opset <= until);
}

/** The version of `op` that is in force in `opset`, undefined where the table has none. */
export function versionInForce(op: string, opset: number): number | undefined {
  return table[op]?.[0].findLast((version) => version <= opset);
}

/** All versions of `op` from the one at opset 6 on. */
export function versionsOf(op: string): readonly number[] {
  return table[op]?.[0] ?? [];
}

/** The opset that introduced `op`, undefined where that is 6 or before. */
export function introducedIn(op: string): number | undefined {
  const [first = 0] = versionsOf(op);
  return first > 6 ? first : undefined;
}
