/**
 * Linear programs: maximise a sum of non-negative variables under equations and upper
 * bounds. A solver gives an optimum in floating point and prices of the constraints; the
 * prices are rounded to rationals and checked exactly, and only what they prove is
 * reported (weak duality: every feasible point costs at most Σ price · right side).
 */

export interface Row {
  /** For explanations. */
  readonly name: string;
  /** Σ factor · variable = right, or <= right. */
  readonly kind: "eq" | "le";
  readonly terms: readonly (readonly [variable: number, factor: number])[];
  readonly right: number;
}

export interface LinearProgram {
  /** Cost of each variable; all are integers. */
  readonly costs: readonly number[];
  readonly rows: readonly Row[];
}

export type Optimum =
  | { readonly kind: "optimal"; readonly values: readonly number[]; readonly prices: readonly number[] }
  | { readonly kind: "unbounded" | "infeasible" | "failed"; readonly detail: string };

/**
 * Denominators of rounded prices, tried in this order. A price is a fraction over the copies of a mark: the first is
 * divisible by every number up to 16 and by 2^10, the others by what copies in 25, 27, 17, 19 or 23 leave.
 */
export const denominators: readonly bigint[] = [720_720n * 64n, 75_600n * 64n, 5_040n * 17n * 19n, 5_040n * 23n * 25n];

/** Prices as integers over `denominator`. */
export function roundPrices({ rows }: LinearProgram, prices: readonly number[], denominator = denominators[0] ?? 1n): readonly bigint[] {
  return rows.map(({ kind }, k) => {
    const rounded = BigInt(Math.round((prices[k] ?? 0) * Number(denominator)));
    return kind === "le" && rounded < 0n ? 0n : rounded;
  });
}

/** What the first denominator proves that proves anything. */
export function boundProvedByRounded(program: LinearProgram, prices: readonly number[]): bigint | undefined {
  for (const denominator of denominators) {
    const bound = boundProvedBy(program, roundPrices(program, prices, denominator), denominator);
    if (bound !== undefined) return bound;
  }
  return undefined;
}

/** The largest cost that the prices admit, exactly; undefined if some variable costs more than its prices. */
export function boundProvedBy({ costs, rows }: LinearProgram, prices: readonly bigint[], denominator = denominators[0] ?? 1n): bigint | undefined {
  const paid = new Array<bigint>(costs.length).fill(0n);
  let total = 0n;
  for (const [k, { kind, terms, right }] of rows.entries()) {
    const price = prices[k] ?? 0n;
    if (kind === "le" && price < 0n) return undefined;
    total += price * BigInt(right);
    for (const [variable, factor] of terms) paid[variable] = (paid[variable] ?? 0n) + price * BigInt(factor);
  }
  if (costs.some((cost, v) => (paid[v] ?? 0n) < BigInt(cost) * denominator)) return undefined;
  return total / denominator; // total >= 0 here: every count of instructions is
}

/** The text that HiGHS reads (CPLEX LP format). */
export function printLinearProgram({ costs, rows }: LinearProgram): string {
  const sum = (terms: readonly (readonly [number, number])[]): string =>
    terms.map(([v, f]) => `${f < 0 ? "-" : "+"} ${Math.abs(f)} v${v}`).join(" ") || "0 v0";
  const objective = sum(costs.flatMap((cost, v) => (cost === 0 ? [] : [[v, cost] as const])));
  const lines = rows.map(({ kind, terms, right }, k) => ` r${k}: ${sum(terms)} ${kind === "eq" ? "=" : "<="} ${right}`);
  return `Maximize\n obj: ${objective}\nSubject To\n${lines.join("\n")}\nEnd\n`;
}
