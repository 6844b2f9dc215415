/**
 * Import: an ONNX file to a Graph with what was noticed on the way, or a Refusal.
 */
import { createHash } from "node:crypto";
import { accessSync, constants, readFileSync, type Stats, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Graph } from "../../ir/graph/graph.js";
import { Refusal, unsupported } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { buildGraph } from "./build-graph.js";
import { decodeModel } from "./decode.js";
import { type ExternalData, externalDataIn } from "./external-data.js";
import { tensorByteLimit } from "./extents.js";
import { type Finding, findingOfRefusal } from "./findings.js";
import type { FixInputs } from "./fix-inputs.js";
import type { OnnxModel } from "./model.js";
import { checkVersions } from "./versions.js";

export interface ImportOptions {
  /** Extents of dynamic dimensions, by parameter name or `input:axis`. */
  readonly fixDims?: ReadonlyMap<string, number>;
  /** Inputs that become constants, by name. */
  readonly fixInputs?: FixInputs;
  /** Where external data of a model given as bytes lies; none by default. */
  readonly folder?: string;
  /** Rounding of multiply-add in folded constants; must be the build's. `separate` by default. */
  readonly contract?: MulAddContract;
}

export interface ImportedModel {
  readonly graph: Graph;
  readonly findings: readonly Finding[];
  /** SHA-256 of the model's bytes, in hex. */
  readonly digest: string;
  /** SHA-256 of each file of external data that was read, by its location. */
  readonly externalDigests: ReadonlyMap<string, string>;
  readonly irVersion: number;
  /** Version of each imported operator set; "" is ai.onnx. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Name and version of the tool that wrote the file, "" if it does not say. */
  readonly producer: string;
}

export interface OpenedModel {
  readonly bytes: Uint8Array;
  readonly model: OnnxModel;
  readonly external: ExternalData;
}

/** Reads and decodes a model; external data lies in `folder`, by default that of the path. */
export function openModel(source: string | Uint8Array, folder?: string): OpenedModel {
  const bytes = typeof source === "string" ? readInput(source) : source;
  const model = decodeModel(bytes, typeof source === "string" ? basename(source) : "the model");
  checkVersions(model);
  return { bytes, model, external: externalDataIn(folder ?? (typeof source === "string" ? dirname(source) : undefined)) };
}

/** Imports a model from its path or its bytes. Throws a Refusal, never anything else, for what a file can hold. */
export function importModel(source: string | Uint8Array, options: ImportOptions = {}): ImportedModel {
  const { fixDims = new Map<string, number>(), contract = "separate", fixInputs = new Map() } = options;
  const { bytes, model, external } = openModel(source, options.folder);
  const { graph, findings } = buildGraph(model, { fixDims, fixInputs, contract, external: external.read });
  return {
    graph,
    findings,
    digest: createHash("sha256").update(bytes).digest("hex"),
    externalDigests: external.digests,
    irVersion: Number(model.irVersion),
    opsets: new Map([...model.opsets].map(([domain, version]) => [domain, Number(version)])),
    producer: model.producer,
  };
}

export interface CheckedModel {
  /** undefined when it was refused. */
  readonly model: ImportedModel | undefined;
  readonly findings: readonly Finding[];
}

/** As `importModel`, with a refusal among the findings instead of thrown. */
export function checkModel(source: string | Uint8Array, options: ImportOptions = {}): CheckedModel {
  try {
    const model = importModel(source, options);
    return { model, findings: model.findings };
  } catch (error) {
    if (error instanceof Refusal) return { model: undefined, findings: [findingOfRefusal(error)] };
    throw error;
  }
}

/** The bytes of a file that a person named. Codes: `no-file`, `too-large`. */
export function readInput(path: string): Uint8Array {
  const stats = statusOf(path);
  if (stats === undefined || !stats.isFile()) {
    const why = stats === undefined ? "not there" : "no regular file";
    throw new Refusal("usage", "no-file", `${path} is ${why}`, path, "give the path of a readable file");
  }
  if (stats.size > tensorByteLimit) {
    unsupported("too-large", `${path} has ${stats.size} bytes, 2 GiB or more`, path, "store the weights as external data");
  }
  return readFileSync(path);
}

function statusOf(path: string): Stats | undefined {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path);
  } catch {
    return undefined; // missing, unreadable, or no possible path
  }
}
