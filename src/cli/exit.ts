/** Exit codes: one per class of outcome, the same for every command. */
import type { RefusalClass } from "../../ir/prelude.js";
import type { Outcome } from "../driver.js";

export const exitCodes = {
  ok: 0,
  refuted: 1,
  unproved: 2,
  nothingChecked: 3,
  invalid: 4,
  budget: 5,
  usage: 64,
  toolMissing: 69,
  internal: 70,
} as const;

export const exitOfRefusal: Readonly<Record<RefusalClass, number>> = {
  invalid: exitCodes.invalid,
  unsupported: exitCodes.invalid,
  usage: exitCodes.usage,
  "tool-missing": exitCodes.toolMissing,
  budget: exitCodes.budget,
};

export const exitOfOutcome: Readonly<Record<Outcome, number>> = {
  proved: exitCodes.ok,
  refuted: exitCodes.refuted,
  unknown: exitCodes.unproved,
  unchecked: exitCodes.nothingChecked,
};
