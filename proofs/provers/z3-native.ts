/** Z3 as a program on the PATH: faster than the npm package, the same code base. */
import { startProgram } from "./external.js";
import type { Solver } from "./solver.js";
import { z3Limit } from "./z3.js";

export function startNativeZ3(limit: number = z3Limit): Promise<Solver> {
  return startProgram({
    command: "z3",
    args: ["-smt2", "-in", `rlimit=${limit}`],
    limit,
    versionArgs: ["--version"],
    versionOf: (line) => /^Z3 version ([0-9.]+)/.exec(line)?.[0].replace("version ", ""),
  });
}
