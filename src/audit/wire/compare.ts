/** Two readings of one file, value by value: bytes, numbers by bits (all NaNs alike), texts, presence. */

/** The place of the first difference, in words; `count` is told of every value that was compared. */
export function differenceOf(a: unknown, b: unknown, place: string, count: () => void): string | undefined {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return bytesDiffer(a, b, place, count);
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return `${place} has ${a.length} elements in one reading and ${b.length} in the other`;
    return first(a, (value, k) => differenceOf(value, b[k], `${place}[${k}]`, count));
  }
  if (a instanceof Map && b instanceof Map) {
    const [x, y] = [[...a].map(([key]: [unknown, unknown]) => String(key)).join(), [...b].map(([key]: [unknown, unknown]) => String(key)).join()];
    if (x !== y) return `${place} has the keys ${x} in one reading and ${y} in the other`;
    return first([...a], ([key, value]: [unknown, unknown]) => differenceOf(value, b.get(key), `${place}.${String(key)}`, count));
  }
  if (isRecord(a) && isRecord(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return first(keys, (key) => differenceOf(a[key], b[key], `${place}.${key}`, count));
  }
  count();
  return Object.is(a, b) ? undefined : `${place} is ${String(a)} in one reading and ${String(b)} in the other`;
}

function first<T>(of: readonly T[], difference: (value: T, k: number) => string | undefined): string | undefined {
  for (const [k, value] of of.entries()) {
    const found = difference(value, k);
    if (found !== undefined) return found;
  }
  return undefined;
}

function bytesDiffer(a: Uint8Array, b: Uint8Array, place: string, count: () => void): string | undefined {
  count();
  return Buffer.compare(a, b) === 0 ? undefined : `${place} has other bytes in one reading than in the other`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array) && !Array.isArray(value) && !(value instanceof Map);
}
