/** What an audit objects to. A check that finds nothing wrong says so in the report; none is passed over. */
import { InvariantViolation, Refusal } from "../../ir/prelude.js";

/**
 * What an objection means:
 * `altered`: the evidence is not what it says, or not about these files;
 * `refuted`: a claim is false;
 * `open`: a claim is not decided, or not by two solvers that agree.
 */
export type Objection = "altered" | "refuted" | "open";

export interface Finding {
  readonly objection: Objection;
  readonly what: string;
  /** A file of the package, or an obligation. */
  readonly where: string;
  readonly remedy: string;
}

export const buildAgain = "build it again from the model, or fetch the whole package again";

export function altered(what: string, where: string, remedy = buildAgain): Finding {
  return { objection: "altered", what, where, remedy };
}

export function refuted(what: string, where: string): Finding {
  return { objection: "refuted", what, where, remedy: "do not use this code; report the model and the schedule" };
}

export function open(what: string, where: string, remedy: string): Finding {
  return { objection: "open", what, where, remedy };
}

/** The value, or why there is none: whatever a tampered file makes a reader throw becomes a finding. */
export function attempt<T>(findings: Finding[], where: string, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Refusal) findings.push(altered(`${error.code}: ${error.message}${error.where === undefined ? "" : ` (${error.where})`}`, where));
    else if (error instanceof InvariantViolation || error instanceof RangeError) findings.push(altered(`cannot be read: ${error.message}`, where));
    else throw error;
    return undefined;
  }
}
