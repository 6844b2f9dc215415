/** Every operator definition, in alphabetical order of its file. */
import { abs } from "./abs.js";
import { acos } from "./acos.js";
import { acosh } from "./acosh.js";
import { add } from "./add.js";
import { and } from "./and.js";
import { argMax } from "./arg-max.js";
import { argMin } from "./arg-min.js";
import { asin } from "./asin.js";
import { asinh } from "./asinh.js";
import { atan } from "./atan.js";
import { atanh } from "./atanh.js";
import { averagePool } from "./average-pool.js";
import { batchNormalization } from "./batch-normalization.js";
import { bitCast } from "./bit-cast.js";
import { bitShift } from "./bit-shift.js";
import { bitwiseAnd } from "./bitwise-and.js";
import { bitwiseNot } from "./bitwise-not.js";
import { bitwiseOr } from "./bitwise-or.js";
import { bitwiseXor } from "./bitwise-xor.js";
import { cast } from "./cast.js";
import { ceil } from "./ceil.js";
import { celu } from "./celu.js";
import { clip } from "./clip.js";
import { col2Im } from "./col2-im.js";
import { compress } from "./compress.js";
import { concat } from "./concat.js";
import { conv } from "./conv.js";
import { cos } from "./cos.js";
import { cosh } from "./cosh.js";
import { convInteger } from "./conv-integer.js";
import { convTranspose } from "./conv-transpose.js";
import { cumProd } from "./cum-prod.js";
import { cumSum } from "./cum-sum.js";
import { deformConv } from "./deform-conv.js";
import { depthToSpace } from "./depth-to-space.js";
import { dequantizeLinear } from "./dequantize-linear.js";
import { div } from "./div.js";
import { dynamicQuantizeLinear } from "./dynamic-quantize-linear.js";
import { dynamicQuantizeLstm } from "./dynamic-quantize-lstm.js";
import { einsum } from "./einsum.js";
import { elu } from "./elu.js";
import { equal } from "./equal.js";
import { erf } from "./erf.js";
import { exp } from "./exp.js";
import { expand } from "./expand.js";
import { flatten } from "./flatten.js";
import { floor } from "./floor.js";
import { gather } from "./gather.js";
import { gatherElements } from "./gather-elements.js";
import { gatherND } from "./gather-nd.js";
import { gelu } from "./gelu.js";
import { gemm } from "./gemm.js";
import { globalAveragePool } from "./global-average-pool.js";
import { globalMaxPool } from "./global-max-pool.js";
import { greater } from "./greater.js";
import { greaterOrEqual } from "./greater-or-equal.js";
import { gridSample } from "./grid-sample.js";
import { groupNormalization } from "./group-normalization.js";
import { gru } from "./gru.js";
import { hardSigmoid } from "./hard-sigmoid.js";
import { hardSwish } from "./hard-swish.js";
import { hardmax } from "./hardmax.js";
import { identity } from "./identity.js";
import { interpolate } from "./interpolate.js";
import { isInf } from "./is-inf.js";
import { isNaN } from "./is-nan.js";
import { layerNormalization } from "./layer-normalization.js";
import { leakyRelu } from "./leaky-relu.js";
import { less } from "./less.js";
import { lessOrEqual } from "./less-or-equal.js";
import { linearAttention } from "./linear-attention.js";
import { log } from "./log.js";
import { logSoftmax } from "./log-softmax.js";
import { lpNormalization } from "./lp-normalization.js";
import { lpPool } from "./lp-pool.js";
import { lrn } from "./lrn.js";
import { lstm } from "./lstm.js";
import { matMul } from "./mat-mul.js";
import { matMulInteger } from "./mat-mul-integer.js";
import { matMulNBits } from "./mat-mul-n-bits.js";
import { max } from "./max.js";
import { maxRoiPool } from "./max-roi-pool.js";
import { maxPool } from "./max-pool.js";
import { maxUnpool } from "./max-unpool.js";
import { mean } from "./mean.js";
import { min } from "./min.js";
import { mish } from "./mish.js";
import { mod } from "./mod.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { negativeLogLikelihoodLoss } from "./negative-log-likelihood-loss.js";
import { nonMaxSuppression } from "./non-max-suppression.js";
import { nonZero } from "./non-zero.js";
import { not } from "./not.js";
import { oneHot } from "./one-hot.js";
import type { OperatorDefinition } from "./operator.js";
import { or } from "./or.js";
import { pack } from "./pack.js";
import { paddedOperators } from "./padded.js";
import { pad } from "./pad.js";
import { pow } from "./pow.js";
import { prelu } from "./prelu.js";
import { qLinearConv } from "./q-linear-conv.js";
import { qLinearMatMul } from "./q-linear-mat-mul.js";
import { quantisedOperators } from "./quantised.js";
import { quantizeLinear } from "./quantize-linear.js";
import { reciprocal } from "./reciprocal.js";
import { reduceL1 } from "./reduce-l1.js";
import { reduceL2 } from "./reduce-l2.js";
import { reduceLogSum } from "./reduce-log-sum.js";
import { reduceLogSumExp } from "./reduce-log-sum-exp.js";
import { reduceMax } from "./reduce-max.js";
import { reduceMean } from "./reduce-mean.js";
import { reduceMin } from "./reduce-min.js";
import { reduceProd } from "./reduce-prod.js";
import { reduceSum } from "./reduce-sum.js";
import { reduceSumSquare } from "./reduce-sum-square.js";
import { relu } from "./relu.js";
import { reshape } from "./reshape.js";
import { reverseSequence } from "./reverse-sequence.js";
import { rmsNormalization } from "./rms-normalization.js";
import { rnn } from "./rnn.js";
import { roiAlign } from "./roi-align.js";
import { rotaryEmbedding } from "./rotary-embedding.js";
import { round } from "./round.js";
import { scatterElements } from "./scatter-elements.js";
import { scatterND } from "./scatter-nd.js";
import { selu } from "./selu.js";
import { shrink } from "./shrink.js";
import { sigmoid } from "./sigmoid.js";
import { sign } from "./sign.js";
import { sin } from "./sin.js";
import { sinh } from "./sinh.js";
import { slice } from "./slice.js";
import { softmax } from "./softmax.js";
import { softplus } from "./softplus.js";
import { softsign } from "./softsign.js";
import { spaceToDepth } from "./space-to-depth.js";
import { split } from "./split.js";
import { splitOperators } from "./split-k.js";
import { sqrt } from "./sqrt.js";
import { squeeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { swish } from "./swish.js";
import { tan } from "./tan.js";
import { tanh } from "./tanh.js";
import { tensorScatter } from "./tensor-scatter.js";
import { thresholdedRelu } from "./thresholded-relu.js";
import { tile } from "./tile.js";
import { topK } from "./top-k.js";
import { transpose } from "./transpose.js";
import { trilu } from "./trilu.js";
import { unique } from "./unique.js";
import { unpack } from "./unpack.js";
import { unsqueeze } from "./unsqueeze.js";
import { where } from "./where.js";
import { qLinearWinograd } from "./winograd.js";
import { xor } from "./xor.js";

export const operators: readonly OperatorDefinition[] = [
  abs, acos, acosh, add, and, argMax, argMin, asin, asinh, atan, atanh, averagePool, batchNormalization, bitCast,
  bitShift, bitwiseAnd, bitwiseNot, bitwiseOr, bitwiseXor, cast, ceil, celu, clip, col2Im, compress, concat, conv, convInteger,
  convTranspose, cos, cosh, cumProd, cumSum, deformConv, depthToSpace, dequantizeLinear, div, dynamicQuantizeLinear, dynamicQuantizeLstm,
  einsum, elu, equal, erf, exp, expand, flatten, floor, gather, gatherElements, gatherND, gelu, gemm,
  globalAveragePool, globalMaxPool, greater, greaterOrEqual, gridSample, groupNormalization, gru, hardmax,
  hardSigmoid, hardSwish, identity, interpolate, isInf, isNaN, layerNormalization, leakyRelu, less, lessOrEqual, linearAttention, log,
  logSoftmax, lpNormalization, lpPool, lrn, lstm, matMul, matMulInteger, matMulNBits, max, maxPool, maxRoiPool, maxUnpool, mean, min, mish,
  mod, mul, neg, negativeLogLikelihoodLoss, nonMaxSuppression, nonZero, not, oneHot, or, pack, pad, pow, prelu, qLinearConv, qLinearMatMul,
  quantizeLinear, reciprocal, reduceL1, reduceL2, reduceLogSum, reduceLogSumExp, reduceMax, reduceMean, reduceMin,
  reduceProd, reduceSum, reduceSumSquare, relu, reshape, reverseSequence, rmsNormalization, rnn, roiAlign,
  rotaryEmbedding, round, scatterElements, scatterND, selu, shrink, sigmoid, sign, sin, sinh, slice, softmax, softplus, softsign,
  spaceToDepth, split, sqrt, squeeze, sub, sum, swish, tan, tanh, tensorScatter, thresholdedRelu, tile, topK,
  transpose, trilu, unique, unpack, unsqueeze, where, xor,
];

const byName = new Map(operators.map((definition) => [definition.op, definition]));
const ownByName = new Map([...splitOperators, ...quantisedOperators, ...paddedOperators, qLinearWinograd].map((definition) => [definition.op, definition]));

/** The definition of an operator in normal form, if there is one; ai.onnx is written "", what lemmas put in a graph `obligato`. */
export function operatorFor(domain: string, op: string): OperatorDefinition | undefined {
  if (domain === "obligato") return ownByName.get(op);
  return domain === "" || domain === "ai.onnx" ? byName.get(op) : undefined;
}
