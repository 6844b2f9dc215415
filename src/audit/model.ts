/**
 * Step 2, the model. The file that travels with the evidence is imported by the
 * product's decoder and read once more by an independent one (wire/); everything the
 * two see is compared, and so are the elements of the graph's constants.
 */
import { join, posix } from "node:path";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { bytesOfElements } from "../../ir/tensor/tensor.js";
import { fixedInputsIn } from "../evidence/fixed-inputs.js";
import { sha256 } from "../evidence/manifest.js";
import { decodeModel } from "../onnx/decode.js";
import { type ImportedModel, importModel } from "../onnx/import.js";
import type { LemmaStage } from "../numeric/lemma-stage.js";
import type { OnnxModel, OnnxTensor } from "../onnx/model.js";
import { type Finding, altered, attempt } from "./finding.js";
import { fieldsOf, textOf } from "./json.js";
import { type Snapshot, textIn } from "./seal.js";
import { differenceOf } from "./wire/compare.js";
import { type SecondReading, readModelAgain } from "./wire/model.js";
import { bytesOfTensor } from "./wire/tensor-bytes.js";
import { tensorsOf } from "./wire/tensors.js";

export interface AuditedModel {
  /** With the graph that the chain starts from: the model's, or what lemmas made of it. */
  readonly imported: ImportedModel;
  /** Lemmas and bound, made again, where the build used any. */
  readonly numeric: LemmaStage | undefined;
  readonly file: string;
  readonly bytes: number;
  readonly fixDims: ReadonlyMap<string, number>;
  /** Paths of the package that are the model. */
  readonly paths: readonly string[];
  readonly compared: {
    /** Values of the file that both readers saw alike. */
    readonly values: number;
    readonly nodes: number;
    /** Constants of the graph whose bytes were compared with the second reading, of how many that are not derived. */
    readonly constants: number;
    readonly ofConstants: number;
  };
}

/** `folder` is where external data are read; their digests are compared with the snapshot. */
export function checkModel(files: Snapshot, folder: string, contract: MulAddContract, findings: Finding[]): AuditedModel | undefined {
  const about = fieldsOf(textIn(files, "evidence/model.json"));
  const file = textOf(about.get("file"));
  const path = `evidence/model/${file}`;
  const bytes = files.get(path);
  if (bytes === undefined) {
    findings.push(altered("the package does not hold the model that it names", "evidence/model.json"));
    return undefined;
  }
  const fixDims = new Map([...fieldsOf(about.get("fixDims"))].map(([name, extent]) => [name, Number(extent)] as const));
  const fixInputs = attempt(findings, "evidence/fixed-inputs", () => fixedInputsIn(about.get("fixInputs"), (file) => (files.has(file) ? textIn(files, file) : undefined)));
  if (fixInputs === undefined) return undefined;
  const imported = attempt(findings, path, () => importModel(bytes, { fixDims, fixInputs, contract, folder: join(folder, "evidence/model") }));
  const compared = attempt(findings, path, () => compareReadings(bytes, file, findings));
  if (imported === undefined || compared === undefined) return undefined;
  const external = checkExternal(files, imported, findings);
  const constants = compareConstants(files, imported, compared.second, findings);
  return { imported, numeric: undefined, file, bytes: bytes.length, fixDims, paths: [path, ...external], compared: { values: compared.values, nodes: compared.second.graph.nodes.length, ...constants } };
}

function compareReadings(bytes: Uint8Array, file: string, findings: Finding[]): { readonly second: SecondReading; readonly values: number } {
  const { unknownFields: _, ...decoded }: OnnxModel = decodeModel(bytes, file);
  const second = readModelAgain(bytes);
  let values = 0;
  const difference = differenceOf(decoded, second, "model", () => values++);
  if (difference !== undefined) findings.push(altered(`two readers of the model disagree: ${difference}`, `evidence/model/${file}`, "report the model: one of the two readers is wrong"));
  return { second, values };
}

/** The files of external data that were read, each the one in the snapshot. */
function checkExternal(files: Snapshot, { externalDigests }: ImportedModel, findings: Finding[]): readonly string[] {
  return [...externalDigests].map(([location, digest]) => {
    const path = posix.join("evidence/model", location);
    if (sha256(files.get(path) ?? "") !== digest) findings.push(altered("external data changed while they were read", path));
    return path;
  });
}

function compareConstants(files: Snapshot, { graph }: ImportedModel, second: SecondReading, findings: Finding[]): { readonly constants: number; readonly ofConstants: number } {
  const tensors = tensorsOf(second);
  const read = (of: OnnxTensor): Uint8Array | undefined => bytesOfTensor(of, (location) => files.get(posix.join("evidence/model", location)));
  let [constants, ofConstants] = [0, 0];
  for (const [name, { data }] of graph.constants) {
    const tensor = tensors.own.get(name);
    if (tensor === undefined && graph.derived.has(name)) continue; // evaluated again in the rebuild (W7)
    if (graph.fixedInputs?.has(name) === true) continue; // the file has no such tensor: it is the value of the package
    ofConstants++;
    const bytes = bytesOfElements(data);
    const found = (tensor === undefined ? tensors.inner(name) : [tensor]).flatMap((one) => read(one) ?? []);
    if (found.some((one) => Buffer.compare(one, bytes) === 0)) constants++;
    else if (tensor !== undefined && found.length > 0) findings.push(altered(`the elements of constant ${name} are not those of the file`, "evidence/weights.json", "report the model: one of the two readers is wrong"));
  }
  return { constants, ofConstants };
}
