/** Reading JSON that nobody vouches for: what is not there, or is something else, is empty. What it says is compared later, byte for byte. */

/** The fields of an object, or of the text of one. */
export function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  const object = typeof value === "string" ? parse(value) : value;
  return typeof object === "object" && object !== null && !Array.isArray(object) ? new Map(Object.entries(object)) : new Map();
}

/** The elements of a list, or of the text of one. */
export function listOf(value: unknown): readonly unknown[] {
  const list = typeof value === "string" ? parse(value) : value;
  return Array.isArray(list) ? list : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
