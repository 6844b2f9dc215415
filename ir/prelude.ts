/**
 * Words every layer shares: the errors a person can act on, the errors that are
 * our own bugs, and where a piece of a program came from.
 */

/** Why the tool refuses: each class has one fixed exit code (see src/cli). */
export type RefusalClass =
  | "invalid" // the model is broken or contradicts itself
  | "unsupported" // the model is fine, this tool does not cover it
  | "usage" // the command line or a file it names is wrong
  | "tool-missing" // a program the task needs is not installed
  | "budget"; // a bound the person set is exceeded

/** A refusal says what, where and what to do. It is never a bug of ours. */
export class Refusal extends Error {
  readonly refusal: RefusalClass;
  /** Stable identifier, e.g. `shape-mismatch`. */
  readonly code: string;
  /** The ONNX node, tensor or file concerned, if there is one. */
  readonly where: string | undefined;
  readonly remedy: string;

  constructor(refusal: RefusalClass, code: string, what: string, where: string | undefined, remedy: string) {
    super(what);
    this.name = "Refusal";
    this.refusal = refusal;
    this.code = code;
    this.where = where;
    this.remedy = remedy;
  }

  /** One line: `code: what (at where): remedy`. */
  get line(): string {
    const place = this.where === undefined ? "" : ` (at ${this.where})`;
    return `${this.code}: ${this.message}${place}: ${this.remedy}`;
  }
}

export function invalid(code: string, what: string, where: string | undefined, remedy: string): never {
  throw new Refusal("invalid", code, what, where, remedy);
}

export function unsupported(code: string, what: string, where: string | undefined, remedy: string): never {
  throw new Refusal("unsupported", code, what, where, remedy);
}

/** A broken internal promise: always our bug, never the user's model. */
export class InvariantViolation extends Error {
  constructor(message: string) {
    super(message);
    this.name = "InvariantViolation";
  }
}

export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message);
}

/** The value of `x`, which an earlier step made sure exists. */
export function present<T>(x: T | undefined | null, what: string): T {
  if (x === undefined || x === null) throw new InvariantViolation(`missing ${what}`);
  return x;
}

/** The `default` of a switch over a tagged union: the compiler proves it dead. */
export function unreachable(x: never): never {
  throw new InvariantViolation(`unreachable variant ${JSON.stringify(x)}`);
}

/** Where a loop or statement comes from: the ONNX node, and the pass that last made it. */
export interface Origin {
  readonly node: string;
  readonly pass: string;
}
