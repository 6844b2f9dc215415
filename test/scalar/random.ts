/** Deterministic bit patterns for the scalar tests: the same sequence on every machine and run. */

export type Random = () => number;

/** 32-bit patterns from a seed (xorshift32, Marsaglia). */
export function randomBits(seed: number): Random {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const view = new DataView(new ArrayBuffer(8));

export function f32FromBits(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

export function f64FromBits(high: number, low: number): number {
  view.setUint32(0, high);
  view.setUint32(4, low);
  return view.getFloat64(0);
}

/** One value of each of the 512 sign and exponent combinations of f32, `each` times, special values included. */
export function* stratifiedF32(each: number, seed: number): Generator<number> {
  const random = randomBits(seed);
  for (let top = 0; top < 512; top++) {
    yield f32FromBits(top << 23);
    yield f32FromBits((top << 23) | 0x7fffff);
    for (let k = 0; k < each; k++) yield f32FromBits((top << 23) | (random() & 0x7fffff));
  }
}
