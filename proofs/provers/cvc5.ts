/** cvc5 as a program on the PATH: the second code base, for a second opinion. */
import { startProgram } from "./external.js";
import type { Solver } from "./solver.js";

/** In cvc5's own units, which count its steps; obligations of tiled loops need less than 10^4. */
export const cvc5Limit = 10_000_000;

export function startCvc5(limit: number = cvc5Limit): Promise<Solver> {
  return startProgram({
    command: "cvc5",
    args: ["--lang=smt2", `--rlimit=${limit}`, "-"],
    limit,
    versionArgs: ["--version"],
    versionOf: (line) => /cvc5 version [0-9.]+/.exec(line)?.[0].replace("version ", ""),
  });
}
