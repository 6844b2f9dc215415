/** Meanings and nodes as text, so that equal texts are equal things; constants by their bits. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`;
    if (typeof part === "number" && Object.is(part, -0)) return "-0";
    return typeof part === "object" && part !== null && "terms" in part && "text" in part ? String(part.text) : part;
  }) ?? "nothing";
}
