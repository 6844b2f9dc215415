/**
 * Lines of code of the proof's trusted core, blank lines and comments not counted. The
 * sources do not travel with the product, so the figures are written down here, and
 * test/conventions/trusted-lines.test.ts counts them again.
 */
export const trustedLines = {
  kernel: 975,
  reference: 280,
  encoder: 196,
  printer: 198,
  "own provers": 498,
  certificates: 323,
} as const;

export type TrustedPart = keyof typeof trustedLines;

/** What a build rests on; an audit does without the own provers. */
export const trustedByBuild: readonly TrustedPart[] = ["kernel", "reference", "encoder", "printer", "own provers"];
export const trustedByAudit: readonly TrustedPart[] = ["kernel", "reference", "encoder", "printer"];
/** Without a solver: the printer's part is the digest of a question. */
export const trustedOffline: readonly TrustedPart[] = [...trustedByAudit, "certificates"];

/** `2,112 (kernel 989, …)`. */
export function printTrustedLines(parts: readonly TrustedPart[]): string {
  const sum = parts.reduce((total, part) => total + trustedLines[part], 0);
  return `${sum} (${parts.map((part) => `${part} ${trustedLines[part]}`).join(", ")})`;
}
