/** `check --fix`: the explicit form as a file, with what is left of the SONNX profile. */
import { basename } from "node:path";
import { Refusal } from "../../ir/prelude.js";
import { requireFree, writeFiles } from "../evidence/output-file.js";
import { toolVersion } from "../evidence/version.js";
import { buildGraph } from "../onnx/build-graph.js";
import { decodeModel } from "../onnx/decode.js";
import { fixModel } from "../onnx/explicit/fix.js";
import { type Encoded, readerOf } from "../onnx/explicit/same-graph.js";
import type { FixInputs } from "../onnx/fix-inputs.js";
import type { OpenedModel } from "../onnx/import.js";
import { sonnxVerdicts } from "../onnx/sonnx-verdicts.js";
import { type Standing, standing, summaryOf } from "./check-profile.js";
import { oneLine } from "./terminal.js";

export interface FixOptions {
  readonly fix?: string;
  readonly external?: boolean;
  readonly force?: boolean;
}

export interface WrittenForm {
  readonly file: string;
  readonly data: string | undefined;
  readonly opset: number;
  /** Why the opset was not raised. */
  readonly kept: string | undefined;
  readonly nodes: number;
  readonly initializers: number;
  readonly graphDigest: string;
  /** Of the written model. */
  readonly sonnx: Standing & { readonly summary: string };
}

function dataFileOf(file: string): string {
  return `${file}.data`;
}

/** Asked before the model is read. Codes: `usage`, `output-exists`. */
export function requireFreeFiles({ fix, external = false, force = false }: FixOptions): void {
  if (fix === undefined) {
    if (external || force) throw new Refusal("usage", "usage", "--external and --force are about the file of --fix", undefined, "give --fix FILE, or leave them out");
    return;
  }
  requireFree(fix, force);
  if (external) requireFree(dataFileOf(fix), force);
}

export function writeExplicit({ model, external }: OpenedModel, file: string, options: FixOptions & { readonly fixDim: ReadonlyMap<string, number>; readonly fixInput: FixInputs }): WrittenForm {
  const outside = options.external === true;
  const fixed = fixModel({
    model, fixDims: options.fixDim, fixInputs: options.fixInput, external: external.read, producer: ["obligato", toolVersion()], dataFile: outside ? basename(dataFileOf(file)) : undefined,
  });
  const { bytes, data, opset, kept, nodes, initializers, graphDigest } = fixed;
  const files = [...(data === undefined ? [] : [{ path: dataFileOf(file), content: data }]), { path: file, content: bytes }];
  writeFiles(files, options.force === true);
  return { file, data: data === undefined ? undefined : dataFileOf(file), opset, kept, nodes, initializers, graphDigest, sonnx: sonnxOf(fixed) };
}

/** How the written model stands to the profile. */
function sonnxOf(encoded: Encoded): WrittenForm["sonnx"] {
  const model = decodeModel(encoded.bytes, "the explicit form");
  const verdicts = sonnxVerdicts(model, buildGraph(model, { fixDims: new Map(), external: readerOf(encoded), contract: "separate" }));
  return { ...standing(verdicts), summary: summaryOf(verdicts) };
}

export function fixLines(written: WrittenForm | undefined): readonly string[] {
  if (written === undefined) return [];
  const { file, data, opset, kept, nodes, initializers, graphDigest, sonnx } = written;
  return [
    `wrote ${oneLine(file)}${data === undefined ? "" : ` and ${oneLine(data)}`}: opset ${opset}, ${nodes} nodes, ${initializers} initializers`,
    ...(kept === undefined ? [] : [`the opset is that of the model: ${oneLine(kept)}`]),
    `its graph is that of the model: SHA-256 ${graphDigest}`,
    `SONNX, of the written model: ${sonnx.summary}`,
  ];
}
