/** `obligato flowfacts DIR --count`: the facts of a built directory against what its own C counts when it runs. */
import { join } from "node:path";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import { countProblems, countable } from "../../wcet/facts/counted.js";
import { flowFactsInCode } from "../../wcet/facts/flow-facts.js";
import { readFlowFacts } from "../../wcet/facts/read.js";
import { readInput } from "../onnx/import.js";
import { interfaceBuffers, requireCompiler } from "../run/engines.js";
import type { BuiltPackage } from "../run/package.js";
import { vectorFor } from "../run/vectors.js";
import { countLoops } from "../toolchain/count-loops.js";
import { exitCodes } from "./exit.js";
import { type CommonOptions, oneLine, say, sayJson } from "./terminal.js";

/** Compares over `runs` inputs, ordinary and special ones in turn; the answer is the exit code. */
export async function countFacts({ folder, files, read, contract }: BuiltPackage, runs: number, options: CommonOptions): Promise<number> {
  const facts = readFlowFacts(new TextDecoder().decode(readInput(join(folder, "evidence", "flow-facts", "flow-facts.json"))));
  const inputs = interfaceBuffers(read.program, "input");
  const vectors = Array.from({ length: runs }, (_, k) => vectorFor(inputs, k, k % 2 === 0 ? "ordinary" : "special"));
  const counted = await countLoops({ files, read, compiler: await requireCompiler(), fused: contract === "fused" }, vectors);
  const problems = countProblems(countable(flowFactsInCode(facts, codeFactsOf(read.program)), read.bounds), counted);
  const [first] = problems;
  const [loops, guards] = [Object.keys(facts.loops).length, facts.guards.length];
  if (options.json === true) sayJson({ runs, loops, guards, problems });
  else say(options, first === undefined ? `${loops} loops and ${guards} guards counted over ${runs} inputs: exactly as the facts say` : `the facts are not what runs: ${oneLine(first)}`);
  return first === undefined ? exitCodes.ok : exitCodes.refuted;
}
