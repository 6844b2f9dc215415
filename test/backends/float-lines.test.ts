/** Weights as bytes: the same text as one element after the other, for every form a float has. */
import test from "ava";
import { pushFloat32Lines } from "../../backends/c/float-lines.js";
import { hexFloat32 } from "../../backends/c/literals.js";

const special = [0, 0x80000000, 1, 0x807fffff, 0x00800000, 0x3f800000, 0xbf800001, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x3dcccccd];

/** Bit patterns of all exponents and many mantissas, more than a block of the writer holds. */
function patterns(): Float32Array {
  const bits = new Uint32Array(20_000);
  for (let k = 0, state = 1; k < bits.length; k++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bits[k] = special[k] ?? state;
  }
  return new Float32Array(bits.buffer);
}

function expected(data: Float32Array, perLine: number): string {
  const texts = [...new Uint32Array(data.buffer, data.byteOffset, data.length)].map(hexFloat32);
  const lines = Array.from({ length: Math.ceil(texts.length / perLine) }, (_, k) => `    ${texts.slice(k * perLine, (k + 1) * perLine).join(", ")}`);
  return texts.length === 0 ? "" : `${lines.join(",\n")}\n`;
}

test("lines of f32 are those of hexFloat32, element by element", (t) => {
  const all = patterns();
  for (const length of [0, 1, 5, 6, 7, 13, all.length]) {
    const parts: string[] = [];
    const data = all.subarray(0, length);
    pushFloat32Lines(parts, data, 6);
    t.is(parts.join(""), expected(data, 6), `${length} elements`);
  }
});
