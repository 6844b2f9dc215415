/** HiGHS, a linear optimiser, as a finder of optima and prices. It is not trusted: what its prices prove is computed again. */
import * as highs from "highs";
import { InvariantViolation } from "../../ir/prelude.js";
import { type LinearProgram, type Optimum, printLinearProgram } from "./linear-program.js";

/** The part of the package that is used; its own types describe the CommonJS form. */
interface Solver {
  readonly solve: (problem: string) => Answer;
}

interface Answer {
  readonly Status: string;
  readonly Columns: Readonly<Record<string, { readonly Primal?: number | null }>>;
  readonly Rows: readonly { readonly Name: string; readonly Dual?: number | null }[];
}

type Load = () => Promise<Solver>;

function isLoad(value: unknown): value is Load {
  return typeof value === "function";
}

/** The solver of the last question: loading one takes longer than most questions. */
let kept: Solver | undefined;

export async function optimise(program: LinearProgram): Promise<Optimum> {
  const load: unknown = highs.default;
  if (!isLoad(load)) throw new InvariantViolation("the package highs exports no loader");
  const solver = kept ?? (await load());
  kept = undefined; // of a solver that failed nothing is known
  const { Status, Columns, Rows } = solver.solve(printLinearProgram(program));
  kept = solver;
  if (/unbounded/i.test(Status)) return { kind: "unbounded", detail: Status };
  if (Status !== "Optimal") return { kind: Status === "Infeasible" ? "infeasible" : "failed", detail: Status };
  const byName = new Map(Rows.map(({ Name, Dual }) => [Name, Dual ?? 0]));
  return {
    kind: "optimal",
    values: program.costs.map((_, v) => Columns[`v${v}`]?.Primal ?? 0),
    prices: program.rows.map((_, k) => byName.get(`r${k}`) ?? 0),
  };
}
