/**
 * Proving a built directory again: the kernel makes every obligation anew from the
 * programs and witnesses in the evidence, the set is compared with the recorded one,
 * and all are discharged. With the model at hand the reference program, derived
 * constants and weights are made anew too; without it they are taken from the evidence.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseProgram } from "../../ir/loop/parse.js";
import { printProgram } from "../../ir/loop/print.js";
import type { Program } from "../../ir/loop/program.js";
import { Refusal } from "../../ir/prelude.js";
import { isElementType } from "../../ir/scalar/types.js";
import type { TensorType } from "../../ir/tensor/tensor.js";
import { claims } from "../../proofs/kernel/claims.js";
import { derivedConstants } from "../../proofs/reference/derived.js";
import { type Established, type ModelInterface, beginChain, checkStage, interfaceOf } from "../../proofs/kernel/kernel.js";
import type { Obligation } from "../../proofs/kernel/obligation.js";
import { referenceProgram } from "../../proofs/reference/reference.js";
import type { DischargeOptions } from "../../proofs/provers/discharge.js";
import { discharge, startSolver } from "../../proofs/provers/discharge.js";
import type { LedgerLine } from "../../proofs/provers/ledger.js";
import { endToEnd } from "../compose/coverage.js";
import { type ImportedModel, importModel } from "../onnx/import.js";
import { openPackage, parseObject } from "../run/package.js";
import { textClaims } from "../text-claims.js";
import { importOptionsIn } from "./fixed-inputs.js";
import { numericAgain } from "./numeric-again.js";
import { parseWitness } from "./witness-text.js";

export interface Reproof {
  /** As the kernel made them; the ledger has a line for each. */
  readonly obligations: readonly Obligation[];
  readonly ledger: readonly LedgerLine[];
  /** Identifiers that the evidence has and the kernel did not make. */
  readonly notRemade: readonly string[];
  /** Identifiers that the kernel made and the evidence lacks. */
  readonly notRecorded: readonly string[];
}

/** Throws a Refusal where the evidence is incomplete or of another model. */
export async function reprove(folder: string, model: string | undefined, options: DischargeOptions): Promise<Reproof> {
  const built = openPackage(folder);
  const about = readObject(folder, "evidence/model.json");
  importOptionsIn(folder, about); // a fixed value that was changed is noticed without the model too
  const original = model === undefined ? undefined : sameModel(folder, model, about, built.contract);
  const numeric = original === undefined ? undefined : await numericAgain(folder, original.graph, built.contract, () => startSolver(options.solver));
  const imported = original === undefined || numeric === undefined ? original : { ...original, graph: numeric.graph };
  const shared = imported === undefined ? interfaceIn(folder, about) : interfaceOf(imported.graph);
  const made: Obligation[] = [];
  const recorded: string[] = [];
  let before: Established | undefined;
  let reference: Established | undefined;
  for (const stage of readdirSync(join(folder, "evidence/stages")).toSorted()) {
    recorded.push(...recordedIds(folder, stage));
    const name = stage.replace(/^\d+-/, "");
    const at = join(folder, "evidence/stages", stage);
    if (!existsSync(join(at, "program.loop"))) {
      made.push(...(name === "import" ? constantsAgain(imported, built.contract) : numeric?.obligations ?? []));
      continue;
    }
    const program = parseProgram(readFileSync(join(at, "program.loop"), "utf8"));
    const witness = parseWitness(readFileSync(join(at, "witness.json"), "utf8"), `${stage}/witness.json`);
    const given = { stage: name, model: shared };
    if (before === undefined) sameReference(folder, program, imported, built.contract);
    const against = name === endToEnd ? reference : before;
    const checked = against === undefined ? beginChain(given, program, witness) : checkStage(given, against, program, witness);
    made.push(...checked.obligations);
    if (name === "read-back") made.push(...textClaims({ stage: name, emitted: program, read: built.read, graph: imported?.graph, contract: built.contract }).obligations);
    before = checked.established;
    if (reference === undefined || witness.backward === true) reference = checked.established; // where end-to-end claims start
  }
  const ids = new Set(made.map(({ id }) => id));
  const known = new Set(recorded);
  const ledger = await discharge(made, options);
  return { obligations: made, ledger, notRemade: recorded.filter((id) => !ids.has(id)), notRecorded: [...ids].filter((id) => !known.has(id)) };
}

function stale(folder: string, what: string): never {
  throw new Refusal("usage", "stale", what, folder, "build it again");
}

export function readObject(folder: string, path: string): Readonly<Record<string, unknown>> {
  const file = join(folder, path);
  return (existsSync(file) ? parseObject(readFileSync(file, "utf8")) : undefined) ?? stale(folder, `${path} cannot be read`);
}

function sameModel(folder: string, path: string, about: Readonly<Record<string, unknown>>, contract: "separate" | "fused"): ImportedModel {
  const imported = importModel(path, { ...importOptionsIn(folder, about), contract });
  if (imported.digest !== about["sha256"]) stale(folder, `${path} is not the model that was built`);
  return imported;
}

function constantsAgain(imported: ImportedModel | undefined, contract: "separate" | "fused"): readonly Obligation[] {
  const into = claims("import");
  if (imported !== undefined) derivedConstants(into, imported.graph, contract);
  return into.obligations;
}

function sameReference(folder: string, program: Program, imported: ImportedModel | undefined, contract: "separate" | "fused"): void {
  if (imported === undefined) return;
  if (printProgram(referenceProgram(imported.graph, contract)) !== printProgram(program)) stale(folder, "the reference program is not that of the model");
}

function recordedIds(folder: string, stage: string): readonly string[] {
  const value: unknown = JSON.parse(readFileSync(join(folder, "evidence/stages", stage, "verdicts.json"), "utf8"));
  const lines: readonly unknown[] = Array.isArray(value) ? value : [];
  return lines.flatMap((line) => (typeof line === "object" && line !== null && "id" in line ? [String(line.id)] : []));
}

/** The interface as the evidence states it. */
export function interfaceIn(folder: string, about: Readonly<Record<string, unknown>>): ModelInterface {
  const typeOf = (value: unknown): TensorType => {
    const fields = typeof value === "object" && value !== null ? new Map<string, unknown>(Object.entries(value)) : new Map<string, unknown>();
    const [type, shape] = [fields.get("type"), fields.get("shape")];
    if (typeof type !== "string" || !isElementType(type) || !Array.isArray(shape)) return stale(folder, "evidence/model.json cannot be read");
    return { type, shape: shape.map(Number) };
  };
  const values = (list: unknown) => (Array.isArray(list) ? list : []).map((value: unknown) => {
    const name = typeof value === "object" && value !== null && "name" in value ? String(value.name) : "";
    return { name, ...typeOf(value) };
  });
  const tensors = about["tensors"];
  const entries: [string, unknown][] = typeof tensors === "object" && tensors !== null ? Object.entries(tensors) : [];
  return { inputs: values(about["inputs"]), outputs: values(about["outputs"]), tensors: new Map(entries.map(([name, type]) => [name, typeOf(type)])) };
}
