/** Budgets: a number of the core's unit, or a time at a clock such as `12ms@168MHz`. */
import { InvalidArgumentError } from "commander";
import { Refusal } from "../../ir/prelude.js";
import type { Core } from "../../wcet/cores/core.js";

export type Budget =
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "time"; readonly seconds: number; readonly hertz: number };

const seconds = { s: 1, ms: 1e-3, us: 1e-6 } as const;
const hertz = { MHz: 1e6, kHz: 1e3, Hz: 1 } as const;
const number = String.raw`([0-9]+(?:\.[0-9]+)?)`;
const timeForm = new RegExp(`^${number}(s|ms|us)@${number}(MHz|kHz|Hz)$`);

export function budgetOf(text: string): Budget {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return { kind: "count", count: Number(text) };
  const [, time, unit, clock, scale] = timeForm.exec(text) ?? [];
  if (!isKey(seconds, unit) || !isKey(hertz, scale)) throw new InvalidArgumentError("a count such as 250000, or a time at a clock such as 12ms@168MHz, is expected");
  return { kind: "time", seconds: Number(time) * seconds[unit], hertz: Number(clock) * hertz[scale] };
}

function isKey<K extends string>(of: Readonly<Record<K, number>>, word: string | undefined): word is K {
  return word !== undefined && Object.hasOwn(of, word);
}

/** The budget in the core's unit, rounded down; a time needs a core whose unit is cycles. */
export function limitOf(budget: Budget, core: Core): bigint {
  if (budget.kind === "count") return BigInt(budget.count);
  if (core.unit === "cycles") return BigInt(Math.floor(budget.seconds * budget.hertz));
  throw new Refusal("usage", "budget-unit", `${core.name} counts ${core.unit}, a budget in time needs cycles`, undefined, "give --core with a timing table, or a budget as a number");
}
