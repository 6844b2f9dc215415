/**
 * The lines of an initialiser of f32, written as bytes: weights are the largest part of a
 * text by far, and a string per element costs more time and memory than all else of it.
 */
import { hexFloat32 } from "./literals.js";

/** Bytes that no line of the elements asked for is longer than: `-0x1.abcdefp+127f, ` has 19. */
const longestElement = 20;
const blockSize = 1 << 16;

const code = (character: string): number => character.charCodeAt(0);
const lowerHex = new TextEncoder().encode("0123456789abcdef");
const [zero, minus, plus, point, exponentMark, suffix] = [code("0"), code("-"), code("+"), code("."), code("p"), code("f")];

/** Pushes the elements of `data`, `perLine` to a line, as hexFloat32 spells them. */
export function pushFloat32Lines(parts: string[], data: Float32Array, perLine: number): void {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const block = new Uint8Array(blockSize);
  const decoder = new TextDecoder();
  let at = 0;
  for (let k = 0; k < bits.length; k++) {
    if (at + 2 * longestElement > blockSize) {
      parts.push(decoder.decode(block.subarray(0, at)));
      at = 0;
    }
    if (k % perLine === 0) at = putText(block, at, "    ");
    at = putFloat32(block, at, bits[k] ?? 0);
    at = putText(block, at, k + 1 === bits.length ? "\n" : (k + 1) % perLine === 0 ? ",\n" : ", ");
  }
  parts.push(decoder.decode(block.subarray(0, at)));
}

/** The place after what was put, as for all that put. */
function putText(block: Uint8Array, at: number, text: string): number {
  for (let k = 0; k < text.length; k++) block[at + k] = text.charCodeAt(k);
  return at + text.length;
}

function putFloat32(block: Uint8Array, start: number, bits: number): number {
  const biased = (bits >>> 23) & 0xff;
  if (biased === 0 || biased === 0xff) return putText(block, start, hexFloat32(bits));
  let at = start;
  if (bits >>> 31 !== 0) block[at++] = minus;
  at = putText(block, at, "0x1");
  if ((bits & 0x7fffff) !== 0) block[at++] = point;
  for (let rest = bits << 9; rest !== 0; rest <<= 4) block[at++] = lowerHex[rest >>> 28] ?? zero;
  const exponent = biased - 127;
  block[at++] = exponentMark;
  block[at++] = exponent < 0 ? minus : plus;
  at = putDecimal(block, at, Math.abs(exponent));
  block[at++] = suffix;
  return at;
}

/** Up to three digits, without leading zeros. */
function putDecimal(block: Uint8Array, start: number, value: number): number {
  let at = start;
  if (value >= 100) block[at++] = zero + Math.floor(value / 100);
  if (value >= 10) block[at++] = zero + (Math.floor(value / 10) % 10);
  block[at++] = zero + (value % 10);
  return at;
}
