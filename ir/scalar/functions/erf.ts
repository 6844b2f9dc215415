/**
 * erf(x): an odd polynomial for |x| < 1; elsewhere 1 − q₀ − t·Q(t) with t = |x| − m, minimax for
 * erfc on [1, 3.9375], m near the middle. Beyond, erf rounds to ±1.
 *
 * Below ½ the polynomial is x·2/√π + x³·P(x²), the slope in two terms; from ½ on it is x + x·N(x² − c): the centre c
 * keeps the partial sums of N small, and is chosen where N(0) is almost an f32. Q is long: but for its first two terms it
 * is summed by halving, so that lanes of a vector unit do not wait for one chain.
 */
import { present } from "../../prelude.js";
import { type Let, type PerFormat, type Value, abs, add, defineForFloats, halvedPolynomial, lt, mul, neg, polynomial, select, sub, withSignOf } from "./build.js";
import { tuned } from "./exp.js";
import { fastTwoSum, split } from "./two-term.js";

interface Part {
  readonly to?: number;
  readonly MIDDLE: number;
  readonly Q0: number;
  readonly Q: readonly number[];
}

interface Tuning {
  /** 2/√π − 1, its first part of 12 bits (26). */
  readonly SLOPE: number;
  readonly SLOPE_LO: number;
  readonly P: readonly number[];
  readonly CENTRE: number;
  readonly N: readonly number[];
  /** The parts of [1, SATURATED]: the middle of each, q₀ and Q; all but the last end at `to`. */
  readonly PARTS: readonly Part[];
  readonly SATURATED: number;
  /** Below this x the small terms of the line would be subnormal: x is scaled for them. */
  readonly TINY: number;
  readonly SCALE: number;
}

const table: PerFormat<Tuning> = {
  f32: {
    SLOPE: 0.128356934, SLOPE_LO: 2.22335018e-5, CENTRE: 0.5244140625, SATURATED: 3.9375, TINY: 2 ** -60, SCALE: 2 ** 64,
    P: [-0.376126379, 0.112837337, -0.0268570595, 0.00516722724, -0.000709669664],
    N: [-0.0413463078, -0.277227253, 0.0780832097, -0.0179466829, 0.00341227883, -0.000554482569, 7.75617955e-5],
    PARTS: [{
      MIDDLE: 2.25, Q0: 0.00146270893,
      Q: [
        -0.00714237057, 0.0160706192, -0.0217236858, 0.0190798249, -0.0106616504, 0.002916625, 0.000677707256,
        -0.00102054479, 0.000364096661, 3.10540636e-5, -6.50223083e-5, 1.28710408e-5, 3.14689214e-6, -1.06934419e-6,
      ],
    }],
  },
  f64: {
    SLOPE: 0.12837916612625122, SLOPE_LO: 9.692613531930338e-10, CENTRE: 0.5244140625, SATURATED: 5.95, TINY: 2 ** -400, SCALE: 2 ** 500,
    P: [
      -0.37612638903183754, 0.112837916709551, -0.02686617064510409, 0.005223977624325344, -0.0008548326793233783,
      0.0001205530629440674, -1.4923829613452872e-05, 1.6389446360450111e-06, -1.4787385599052157e-07,
    ],
    N: [
      -0.04134630784536925, -0.2772272298332442, 0.07808320024315103, -0.017947336214219508, 0.003412465082866598,
      -0.0005498397033070982, 7.667079710461484e-05, -9.411237613592875e-06, 1.0310022707161834e-06,
      -1.0194908822033383e-07, 9.169180900043674e-09, -6.939358498100973e-10,
    ],
    PARTS: [{
      to: 2.25, MIDDLE: 1.625, Q0: 0.021556266760016336,
      Q: [
        -0.08047225902251116, 0.1307674209115811, -0.11484061964670844, 0.049718863159050365,
        0.0021349248405869914, -0.014414781129763706, 0.006184261516027655, 0.0005765254082075325,
        -0.0014106850425310167, 0.00035597943842454073, 0.0001256637761711344, -8.797141035090975e-05,
        4.270228178772265e-06, 1.0613606126258437e-05, -2.8255405414146822e-06, -6.736175628191774e-07,
        4.346398504350707e-07, 3.151582182123596e-09, -3.70183411267348e-08,
      ],
    }, {
      MIDDLE: 4.1, Q0: 6.700027653203646e-09,
      Q: [
        -5.648912120609906e-08, 2.316053970594649e-07, -6.142250445265539e-07, 1.1819595398527226e-06,
        -1.754146137259719e-06, 2.0821438636696976e-06, -2.02142893436763e-06, 1.6257908850150677e-06,
        -1.0882206467724256e-06, 6.033116709991547e-07, -2.7166863988293585e-07, 9.422897877426517e-08,
        -2.112500665230081e-08, -5.210801403199609e-11, 2.644535029620461e-09, -1.3496416994212236e-09,
        3.588671768923157e-10, -2.210587963767398e-11, -2.5868519048536443e-11, 1.2596451541512812e-11,
        -2.691477901224358e-12, -5.514314469371489e-14, 2.775253977993221e-13, -9.741467273126629e-14,
        3.341024237353071e-15, 7.142130374680492e-15, -1.3703768134449285e-15, -1.7542818259280192e-16,
        5.3330240814756037e-17,
      ],
    }],
  },
};

/** erf(size) for 0 ≤ size < 1. */
function nearZero(named: Let, size: Value): Value {
  const { c, SLOPE, SLOPE_LO, P, CENTRE, N, TINY, SCALE } = tuned(table, size);
  const z = named("z", mul(size, size));
  const tiny = named("tiny", lt(size, c(TINY)));
  const x = named("scaled", mul(size, select(tiny, c(SCALE), c(1))));
  const { hi: head, lo: tail } = split(named, "x", x);
  const line = fastTwoSum(named, "line", x, mul(head, c(SLOPE)));
  const bend = add(mul(tail, c(SLOPE)), mul(x, add(c(SLOPE_LO), mul(z, polynomial(z, P)))));
  const first = named("first", mul(add(line.hi, add(line.lo, bend)), select(tiny, c(1 / SCALE), c(1))));
  const second = named("second", add(x, mul(x, polynomial(named("centred", sub(z, c(CENTRE))), N))));
  return named("near", select(lt(size, c(0.5)), first, second));
}

/** erf(size) for size ≥ 1: the coefficients are those of the part in which size lies. */
function farFromZero(named: Let, size: Value): Value {
  const { c, PARTS, SATURATED } = tuned(table, size);
  const degree = Math.max(...PARTS.map(({ Q }) => Q.length));
  const last = present(PARTS.at(-1), "part of erf");
  const others = PARTS.slice(0, -1).map((part, k) => ({ part, within: named(`part${k}`, lt(size, c(part.to ?? Infinity))) }));
  const chosen = (of: (part: Part) => number): Value => others.reduceRight((rest, { part, within }) => select(within, c(of(part)), rest), c(of(last)));
  const offset = named("offset", sub(select(lt(c(SATURATED), size), c(SATURATED), size), chosen(({ MIDDLE }) => MIDDLE)));
  const [first = c(0), second = c(0), ...rest] = Array.from({ length: degree }, (_, k) => chosen(({ Q }) => Q[k] ?? 0));
  const sum = add(first, mul(offset, add(second, mul(offset, halvedPolynomial(named, "offset", offset, rest)))));
  const most = fastTwoSum(named, "most", c(1), named("fall", neg(mul(offset, sum))));
  return add(most.hi, sub(most.lo, chosen(({ Q0 }) => Q0)));
}

/** ±0 stays. */
export const erf = defineForFloats("erf", table, (named, x, { c }) => {
  const size = named("size", abs(x));
  const near = nearZero(named, size);
  const far = named("far", farFromZero(named, size));
  return withSignOf(x, select(lt(size, c(1)), near, far));
});
