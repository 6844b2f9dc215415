/** Elementary functions in f64, good to a few ulp of f64, and the distance of an f32 result from them. */

const TWO_OVER_SQRT_PI = 1.1283791670955126;

/** 2/√π · exp(−x²) · Σ 2ⁿ·x²ⁿ⁺¹ / (1·3·…·(2n+1)): every term positive, so nothing cancels. */
function erfSeries(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; term > sum * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/** erfc for x ≥ 2 by its continued fraction x + (1/2)/(x + 1/(x + (3/2)/(x + …))), from the far end. */
function erfcFraction(x: number): number {
  let tail = x;
  for (let n = 120; n >= 1; n--) tail = x + n / 2 / tail;
  return (TWO_OVER_SQRT_PI * Math.exp(-x * x)) / 2 / tail;
}

export function erf(x: number): number {
  const a = Math.abs(x);
  const value = a === 0 ? 0 : a < 2 ? erfSeries(a) : 1 - erfcFraction(a);
  return x < 0 || Object.is(x, -0) ? -value : value;
}

export function erfc(x: number): number {
  return x >= 2 ? erfcFraction(x) : 1 - erf(x);
}

export function sigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
}

export function gelu(x: number): number {
  return x === -Infinity ? -0 : (x * erfc(-x * Math.SQRT1_2)) / 2;
}

export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** |actual − exact| in units of the last place that f32 has at `exact`; overflow counts as 2¹²⁸. */
export function ulps(actual: number, exact: number): number {
  if (Number.isNaN(actual) || Number.isNaN(exact)) return Number.isNaN(actual) && Number.isNaN(exact) ? 0 : Infinity;
  if (actual === exact) return 0;
  const clip = (x: number): number => Math.max(-(2 ** 128), Math.min(2 ** 128, x));
  const exponent = exact === 0 ? -126 : Math.floor(Math.log2(Math.abs(clip(exact))));
  return Math.abs(clip(actual) - clip(exact)) / 2 ** (Math.min(127, Math.max(-126, exponent)) - 23);
}
