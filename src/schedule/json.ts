/** Reading JSON that a person wrote: every mistake is a refusal that says where. */
import { Refusal } from "../../ir/prelude.js";
import { isRecord } from "../record.js";

export function invalidSchedule(what: string, where: string, remedy: string): never {
  throw new Refusal("usage", "schedule", what, where, remedy);
}

export function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return invalidSchedule(`no JSON: ${error instanceof Error ? error.message : String(error)}`, where, "correct the syntax");
  }
}

export function recordOf(value: unknown, what: string, where: string): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  return invalidSchedule(`${what} is no object`, where, "write { … }");
}
