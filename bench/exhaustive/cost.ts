/** What a function costs: operations of its term, instructions of its code for a Cortex-M4F. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileFlags } from "../../backends/c/flags.js";
import { functionName } from "../../backends/c/operators.js";
import { present } from "../../ir/prelude.js";
import { scalarFunction } from "../../ir/scalar/ops.js";
import { requireTool } from "../../src/toolchain/tools.js";
import { functionText, operationsOf } from "./function-text.js";

export function operationCount(op: string): number {
  return operationsOf(present(scalarFunction(op), op)).length;
}

/** Instructions from entry to return: no run executes more, for there is no loop; where gcc makes a selection a branch, some fewer. */
export function instructionCount(op: string, folder: string): number {
  const [source, object] = [join(folder, `${op}.m4.c`), join(folder, `${op}.m4.o`)];
  writeFileSync(source, `#include <math.h>\n#include <stdbool.h>\n#include <stdint.h>\n\n${functionText(op)}\n\nfloat measured(float x);\n\nfloat measured(float x)\n{\n    return ${functionName(op)}(x);\n}\n`);
  const flags = compileFlags({ compiler: "gcc", target: "cortex-m4", optimisation: "O2" });
  const built = spawnSync(requireTool("arm-none-eabi-gcc", "to count instructions"), [...flags, "-c", source, "-o", object], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(built.stderr);
  const listing = spawnSync(requireTool("arm-none-eabi-objdump", "to count instructions"), ["-d", object], { encoding: "utf8", maxBuffer: 2 ** 26 });
  return listing.stdout.split("\n").filter((line) => /^\s+[0-9a-f]+:\t/.test(line) && !line.includes(".word")).length;
}
