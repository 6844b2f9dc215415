/** The lemma store-padding: padding of integer convolutions as elements, in 32 bits that wrap. */
import { type Lemma, problem } from "../lemma.js";

/** Of bytes b and z the difference as 16 bits, as 32 bits. */
const difference = (b: string, z: string): string => `((_ sign_extend 16) (bvsub ((_ EXTEND 8) ${b}) ((_ EXTEND 8) ${z})))`;

function claim(name: string, says: string, extend: "sign_extend" | "zero_extend", variables: readonly string[], asserted: readonly string[]) {
  return problem(name, says, name === "floats" ? "QF_FP" : "QF_BV", variables, asserted.map((term) => term.replaceAll("EXTEND", extend)));
}

const byte = (name: string): string => `${name} (_ BitVec 8)`;
const word = (name: string): string => `${name} (_ BitVec 32)`;
const zero = "(_ bv0 32)";
const zeroByte = "(_ bv0 8)";

/** a + d·w is not a. */
const changes = (d: string, w: string): string => `(not (= (bvadd a (bvmul ${d} ${w})) a))`;

/** A tap of an integer convolution that lies in the padding is a step as any other. */
export const storePadding: Lemma = {
  name: "store-padding",
  tier: "T0",
  statement: "a + (z − z)·w = a in 32 bits that wrap, so Σ over the taps in the image = Σ over all taps, the padding being zeros among the differences",
  conditions: [
    "sums of integers: 0·w is not 0 for every float",
    "what a tap reads is the difference of the element that it read before, or lies around the image, where the difference is 0",
    "padding is at least 0 on every side",
  ],
  invariant: "both sums are equal after every tap in the image and before the next",
  usable: true,
  proofs: [
    claim("tap", "a step with the difference 0 changes nothing, whatever the weight", "sign_extend", [word("a"), word("w")], [changes(zero, "w")]),
    claim("zero-point-signed", "the difference of a signed zero point from itself is 0", "sign_extend", [byte("z")], [`(not (= ${difference("z", "z")} ${zero}))`]),
    claim("zero-point-unsigned", "the same of one without a sign", "zero_extend", [byte("z")], [`(not (= ${difference("z", "z")} ${zero}))`]),
    claim("step", "sums that were equal stay equal when one has a step in the padding and the other has none", "sign_extend", [word("a"), word("b"), word("w")],
      ["(= a b)", `(not (= (bvadd a (bvmul ${zero} w)) b))`]),
  ],
  wrong: [
    claim("filled-with-zero", "bytes of the padding are 0, the zero point not", "sign_extend", [word("a"), word("w"), byte("z")], [changes(difference(zeroByte, "z"), "w")]),
    claim("filled-with-zero-unsigned", "the same without a sign", "zero_extend", [word("a"), word("w"), byte("z")], [changes(difference(zeroByte, "z"), "w")]),
    claim("filled-with-the-zero-point-of-weights", "bytes of the padding are the zero point of the weights", "sign_extend", [word("a"), word("w"), byte("z"), byte("v")], [changes(difference("v", "z"), "w")]),
    claim("filled-with-the-zero-point", "differences of the padding are the zero point", "sign_extend", [word("a"), word("w"), byte("z")], [changes(`((_ sign_extend 24) z)`, "w")]),
    claim("floats", "the same of floats: 0 times an infinite weight is no number", "sign_extend", ["(define-sort F () (_ FloatingPoint 8 24))", "f F", "g F"],
      ["(not (fp.isNaN f))", "(not (= (fp.add RNE f (fp.mul RNE (_ +zero 8 24) g)) f))"]),
  ],
};
