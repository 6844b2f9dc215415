/**
 * What one node test did: in the interpreter of the meanings, in both contracts of the
 * multiply-add, and through the whole chain: built, every claim proved, its C compiled and run.
 */
import { fieldsOf, listOf, textOf } from "../../src/audit/json.js";
import { type Outcome } from "../../test/ops/onnx-cases.js";

export interface CaseRow {
  /** Of the meanings, on the stored inputs. */
  readonly interpreter: Outcome;
  /** Verdict of the build: `proved`, or `refused`. */
  readonly build: string;
  /** Of the whole chain: `pass` where the build is proved and its outputs are the interpreter's and near the stored ones. */
  readonly status: string;
  /** Are the outputs of the C those of the interpreter, bit for bit? */
  readonly bitEqual: boolean;
  /** Why the chain does not pass, or what it says besides. */
  readonly reason: string;
  readonly maxAbsDiff: number | null;
  /** Inputs that were constants of the build. */
  readonly fixed: readonly string[];
  /** Operators of the normal form; none where the interpreter does not pass. */
  readonly operators: readonly string[];
}

/** Wrong meanings of an operator that were made, and how many of them some test notices. */
export interface Score {
  readonly made: number;
  readonly noticed: number;
}

/** What a process is asked. */
export type Task =
  | { readonly kind: "case"; readonly folder: string }
  | { readonly kind: "score"; readonly operator: string; readonly folders: readonly string[] };

/** The chain passed, proved. */
export function isProved({ build, status }: CaseRow): boolean {
  return build === "proved" && status === "pass";
}

export function isInScope({ interpreter }: CaseRow): boolean {
  return interpreter.kind !== "out-of-scope";
}

/** Of a process that did not answer. */
export function lostRow(reason: string): CaseRow {
  return { interpreter: { kind: "failed", reason }, build: "", status: "fail", bitEqual: false, reason, maxAbsDiff: null, fixed: [], operators: [] };
}

/** A row as written; undefined for what is of another form. */
export function caseRowOf(value: unknown): CaseRow | undefined {
  const fields = fieldsOf(value);
  const interpreter = outcomeOf(fieldsOf(fields.get("interpreter")));
  if (interpreter === undefined) return undefined;
  const [word, words] = [(name: string): string => textOf(fields.get(name)), (name: string): readonly string[] => listOf(fields.get(name)).map(textOf)];
  const difference = fields.get("maxAbsDiff");
  return {
    interpreter, build: word("build"), status: word("status"), bitEqual: fields.get("bitEqual") === true, reason: word("reason"),
    maxAbsDiff: typeof difference === "number" ? difference : null, fixed: words("fixed"), operators: words("operators"),
  };
}

function outcomeOf(fields: ReadonlyMap<string, unknown>): Outcome | undefined {
  const [code, reason] = [textOf(fields.get("code")), textOf(fields.get("reason"))];
  switch (fields.get("kind")) {
    case "passed": return { kind: "passed" };
    case "failed": return { kind: "failed", reason };
    case "out-of-scope": return { kind: "out-of-scope", code, reason };
    default: return undefined;
  }
}

export function scoreOf(value: unknown): Score | undefined {
  const fields = fieldsOf(value);
  const [made, noticed] = [fields.get("made"), fields.get("noticed")];
  return typeof made === "number" && typeof noticed === "number" ? { made, noticed } : undefined;
}

export function taskOf(value: unknown): Task | undefined {
  const fields = fieldsOf(value);
  switch (fields.get("kind")) {
    case "case": return { kind: "case", folder: textOf(fields.get("folder")) };
    case "score": return { kind: "score", operator: textOf(fields.get("operator")), folders: listOf(fields.get("folders")).map(textOf) };
    default: return undefined;
  }
}
