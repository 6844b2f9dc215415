/** Lemmas and bound of a built directory once more: from the model and what was asked for, compared with the recorded certificate. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Graph } from "../../ir/graph/graph.js";
import { Refusal } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import type { StartSolver } from "../../proofs/provers/solver.js";
import { parseBox, rangeOfJson } from "../numeric/box.js";
import { type LemmaStage, lemmaStage } from "../numeric/lemma-stage.js";
import { type NumericRequest, parseLemmas, parseReplication } from "../numeric/request.js";
import { parseObject } from "../run/package.js";
import { numericFiles } from "./numeric-files.js";

/** Undefined where the build used neither. Throws the Refusal `stale` where a file is not what this gives. */
export async function numericAgain(folder: string, original: Graph, contract: MulAddContract, solver: StartSolver): Promise<LemmaStage | undefined> {
  const path = join(folder, "evidence/numeric/request.json");
  if (!existsSync(path)) return undefined;
  const stage = await lemmaStage(original, contract, requestIn(readFileSync(path, "utf8")), solver);
  for (const { path: name, text } of numericFiles(stage)) {
    const file = join(folder, name);
    if (!existsSync(file) || readFileSync(file, "utf8") !== text) throw new Refusal("usage", "stale", `${name} is not what the model and the request give`, folder, "build it again");
  }
  return stage;
}

function requestIn(text: string): NumericRequest {
  const { lemmas, box, replication, allowUnbounded, elements } = parseObject(text) ?? {};
  return {
    lemmas: parseLemmas(lemmas),
    box: box === undefined ? undefined : Array.isArray(box) ? rangeOfJson(box) : parseBox(JSON.stringify(box)),
    replication: replication === undefined ? undefined : parseReplication(replication),
    allowUnbounded: allowUnbounded === true,
    ...(typeof elements === "number" ? { elements } : {}),
  };
}
