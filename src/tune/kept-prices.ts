/** Prices that were asked before are not asked again: what makes a search go on where it was interrupted. */
import { createHash } from "node:crypto";
import type { Program } from "../../ir/loop/program.js";
import { type Answers, answersIn } from "../optimise/answers.js";
import type { Prices } from "./prices.js";

/** Undefined: none. A price of a program that was to be compared is kept by its ratio to the one that it was measured with. */
interface Answer {
  readonly price: number | undefined;
}

export interface Asked {
  /** What the answers depend on besides the programs. */
  readonly name: string;
  /** Equal for programs of which the prices are equal. */
  readonly textOf: (program: Program) => string;
  /** Where they are kept; undefined for this run only. */
  readonly folder: string | undefined;
}

/** A price per program; beside it, how many were asked and how many known. */
export function keptPrices(prices: Prices, { name, textOf, folder }: Asked): Prices & { readonly counts: () => { readonly asked: number; readonly known: number } } {
  const answers: Answers<Answer> = answersIn(folder, {
    write: ({ price }) => ({ price: price ?? null }),
    read: ({ price }) => (typeof price === "number" && price > 0 ? { price } : price === null ? { price: undefined } : undefined),
  });
  const own = new Set<string>();
  let [asked, known] = [0, 0];
  const keyOf = (texts: readonly string[]): string => createHash("sha256").update([name, prices.unit, ...texts].join("\n")).digest("hex");
  const of: Prices["of"] = async (programs, closely) => {
    const [base, ...texts] = programs.map(textOf);
    const [first, ...others] = programs;
    if (base === undefined || first === undefined) return [];
    const look = closely === undefined ? [] : [closely];
    const keys = texts.map((text) => keyOf([base, text, ...look]));
    const open = [...keys.keys()].filter((k) => answers.get(keys[k] ?? "") === undefined);
    known += keys.filter((key, k) => !open.includes(k) && !own.has(key)).length;
    for (const key of keys) own.add(key);
    const yardstick = answers.get(keyOf([base]))?.price;
    if (open.length > 0 || yardstick === undefined) {
      asked += open.length;
      const [measured, ...found] = await prices.of([first, ...open.flatMap((k) => others[k] ?? [])], closely);
      if (yardstick === undefined) answers.set(keyOf([base]), { price: measured });
      for (const [at, k] of open.entries()) answers.set(keys[k] ?? "", { price: ratio(found[at], measured) });
    }
    const price = answers.get(keyOf([base]))?.price;
    return [price, ...keys.map((key) => times(answers.get(key)?.price, price))];
  };
  return { unit: prices.unit, of, counts: () => ({ asked, known }) };
}

function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b;
}

function times(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a * b;
}
