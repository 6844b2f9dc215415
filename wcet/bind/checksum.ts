/**
 * The checksum by which OTAWA ties facts to an ELF file: Fletcher's sum over little-endian
 * half words, reduced every 360 bytes; of an odd file the last high byte is that of the
 * half word before, as in elm's implementation.
 */
export function fletcher(bytes: Uint8Array): number {
  let [low, high, length, before] = [0xffff, 0xffff, 0, 0];
  const reduce = (): void => {
    low = (low & 0xffff) + (low >>> 16);
    high = (high & 0xffff) + (high >>> 16);
    length = 0;
  };
  for (let k = 0; k < bytes.length; k += 2) {
    before = k + 1 < bytes.length ? (bytes[k + 1] ?? 0) : before;
    low = (low + ((bytes[k] ?? 0) | (before << 8))) >>> 0;
    high = (high + low) >>> 0;
    length += 2;
    if (length === 360) reduce();
  }
  reduce();
  return ((high << 16) | low) >>> 0;
}
