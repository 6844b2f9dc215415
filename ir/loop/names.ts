/**
 * What may name a buffer, a loop variable or a statement: an identifier of C99 that
 * is significant whole (31 characters, 6.4.2.1), reserved nowhere and no keyword of
 * C, so that emitted text carries the same names as the program.
 */
const keywords: ReadonlySet<string> = new Set([
  ...["auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern"],
  ...["float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed"],
  ...["sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while"],
  // Later standards and common extensions: the same text must compile as these too.
  ...["alignas", "alignof", "bool", "constexpr", "false", "nullptr", "static_assert", "thread_local", "true"],
  ...["typeof", "typeof_unqual", "asm"],
]);

export const maxNameLength = 31;

/** What is wrong with `name`, or undefined. */
export function nameProblem(name: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return `"${name}" is no C identifier that starts with a letter`;
  if (name.length > maxNameLength) return `"${name}" is longer than ${maxNameLength} characters`;
  return keywords.has(name) ? `"${name}" is a keyword of C` : undefined;
}
