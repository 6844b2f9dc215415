/** Assertions about refusals. */
import type { ExecutionContext } from "ava";
import { Refusal } from "../../ir/prelude.js";

/** Runs `action`, which must refuse with `code` and say what to do; returns the refusal. */
export function refuses(t: ExecutionContext, code: string, action: () => unknown): Refusal {
  const refusal = t.throws(action, { instanceOf: Refusal });
  t.is(refusal.code, code, refusal.line);
  t.not(refusal.message, "");
  t.not(refusal.remedy, "");
  return refusal;
}

/** The refusal that `action` throws, undefined when it succeeds; any other error passes through. */
export function refusalOf(action: () => unknown): Refusal | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
