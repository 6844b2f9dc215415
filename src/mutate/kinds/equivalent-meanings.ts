/** Changes of a meaning that change no value, each with the argument. */

const notBothZeros = "min differs only at zeros of both signs, and one operand is 1";
const largestOfZeros = "only the sign of a zero maximum can differ, and x − (+0) and x − (−0) give exp and difference of the same value for every x";
const sumOfIntegers = "a sum of integers that wraps is the same in every order";
const commutesOnIntegers = "max, min, and, or and exclusive or of integers give the same with their operands exchanged";

export const equivalentMeanings: Readonly<Record<string, string>> = {
  "HardSigmoid.operands-exchanged.0": notBothZeros,
  "HardSwish.operands-exchanged.0": notBothZeros,
  "HardSwish.operands-exchanged.1": "αx + ½ is never −0: a sum of opposite numbers is +0",
  "Softmax.operands-exchanged.0": largestOfZeros,
  "Softmax.fold-reversed.0": "the largest of the elements does not depend on their order but for the sign of a zero, and exp(x − 0) is the same for both zeros",
  "ConvInteger.fold-reversed.0": sumOfIntegers,
  "QLinearConv.fold-reversed.0": sumOfIntegers,
  "LogSoftmax.operands-exchanged.0": largestOfZeros,
  "QuantizeLinear.operands-exchanged.1": commutesOnIntegers,
  "QuantizeLinear.operands-exchanged.2": commutesOnIntegers,
  "Cast.operands-exchanged.0": commutesOnIntegers,
  "Cast.operands-exchanged.1": commutesOnIntegers,
  "Pack.operands-exchanged.0": commutesOnIntegers,
  "Pack.operands-exchanged.2": commutesOnIntegers,
  "Pack.operands-exchanged.3": commutesOnIntegers,
  "Pack.operands-exchanged.4": commutesOnIntegers,
  "Unpack.operands-exchanged.1": commutesOnIntegers,
  "Unpack.operands-exchanged.2": commutesOnIntegers,
};
