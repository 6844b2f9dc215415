/**
 * The explicit form of a file, as bytes, or a Refusal: the form is imported again, and its graph
 * must be the graph of the model, node for node, under both roundings of multiply-add. Nothing
 * else makes the form right; what writes it may be wrong.
 */
import { createHash } from "node:crypto";
import { present, unsupported } from "../../../ir/prelude.js";
import { type BuiltGraph, buildGraph } from "../build-graph.js";
import { tensorByteLimit } from "../extents.js";
import { graphText } from "../graph-text.js";
import type { FixInputs } from "../fix-inputs.js";
import type { OnnxModel } from "../model.js";
import type { ExternalReader } from "../tensors.js";
import { type Placement, encodeModel } from "./encode.js";
import type { ExplicitModel } from "./explicit-model.js";
import { explicitModel, sameTensor } from "./form.js";
import { hindrance } from "./rules.js";
import { type Encoded, contracts, differenceOf } from "./same-graph.js";

/** The opset of the explicit form: that of the operators that SONNX specifies. A newer model keeps its own. */
export const explicitOpset = 25;

/** The IR version that came with an opset; older opsets keep that of the model, from 4 on. */
const irVersionSince: readonly (readonly [opset: number, irVersion: number])[] = [[25, 13], [24, 12], [23, 11], [22, 10]];

export interface FixRequest {
  readonly model: OnnxModel;
  readonly fixDims: ReadonlyMap<string, number>;
  readonly fixInputs: FixInputs;
  readonly external: ExternalReader;
  /** Name and version that the file carries as its producer. */
  readonly producer: readonly [name: string, version: string];
  /** The name of a file for large initializers; undefined: all are in the model's own. */
  readonly dataFile: string | undefined;
}

export interface FixedModel extends Encoded {
  readonly opset: number;
  /** Why it is not `explicitOpset` or the model's, undefined if it is. */
  readonly kept: string | undefined;
  /** SHA-256 of the canonical text of the graph, which is that of the model. */
  readonly graphDigest: string;
  readonly nodes: number;
  readonly initializers: number;
}

/** Codes: `explicit-form`, `too-large`, and those of import. */
export function fixModel(request: FixRequest): FixedModel {
  const { model, fixDims, fixInputs, external } = request;
  const originals = contracts.map((contract) => buildGraph(model, { fixDims, fixInputs, contract, external }));
  const own = Math.max(...present(originals[0], "graph").nodes.filter(({ raw }) => raw.domain === "").map(({ raw }) => raw.opset), Number(model.opsets.get("") ?? 1n));
  let kept: string | undefined;
  for (const opset of new Set([Math.max(explicitOpset, own), own])) {
    const tried = formIn(opset, originals, request);
    if (typeof tried !== "string") return { ...tried, kept };
    kept = tried;
  }
  return unsupported("explicit-form", `the model has no explicit form: ${kept}`, undefined, "build the model as it is, and report it with this message");
}

/** The form in `opset`, or why there is none. */
function formIn(opset: number, originals: readonly BuiltGraph[], request: FixRequest): Omit<FixedModel, "kept"> | string {
  const original = present(originals[0], "graph");
  for (const name of original.graph.boundedOutputs?.keys() ?? []) return `the extent of ${name} depends on data, and ONNX has no count beside it`;
  const reason = original.nodes.map(({ raw, normal }) => hindrance(raw, normal, opset)).find((why) => why !== undefined);
  if (reason !== undefined) return reason;
  const opsets = new Map([...versionsOf(request.model, original), ["", opset] as const]);
  const form = explicitModel(original, { irVersion: irVersionOf(request.model, opset), opsets, unstable: unstableConstants(originals) });
  const written = encoded(form, request);
  const texts = originals.map(({ graph }) => graphText(graph));
  const difference = differenceOf(written, texts);
  if (difference !== undefined) return difference;
  const graphDigest = createHash("sha256").update(texts[0] ?? "").digest("hex");
  return { ...written, opset, graphDigest, nodes: form.nodes.length, initializers: form.initializers.size };
}

/** Versions of other domains, those that only functions import included. */
function versionsOf(model: OnnxModel, { nodes }: BuiltGraph): ReadonlyMap<string, number> {
  const versions = new Map([...model.opsets].map(([domain, version]) => [domain, Number(version)]));
  for (const { raw } of nodes) versions.set(raw.domain, Math.max(raw.opset, versions.get(raw.domain) ?? 1));
  return versions;
}

function irVersionOf({ irVersion }: OnnxModel, opset: number): number {
  const since = irVersionSince.find(([first]) => first <= opset)?.[1] ?? 4;
  return Math.max(Number(irVersion), since);
}

/** Constants that differ between the roundings. */
function unstableConstants([separate, fused]: readonly BuiltGraph[]): ReadonlySet<string> {
  const constants = [...present(separate, "graph").constants];
  return new Set(constants.flatMap(([name, value]) => {
    const other = fused?.constants.get(name);
    return other !== undefined && sameTensor(value, other) ? [] : [name];
  }));
}

/** Smaller tensors stay in the model: a reader wants to see shapes and axes there. */
const smallestOutside = 1024;

/** Elements outside begin at multiples of this, so that they can be mapped. */
const alignment = 64;

function encoded(form: ExplicitModel, { producer, dataFile }: FixRequest): Encoded {
  if (dataFile === undefined) {
    const size = [...form.initializers.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    if (size > tensorByteLimit) unsupported("too-large", `the initializers have ${size} bytes, 2 GiB or more`, undefined, "give --external");
    return { bytes: encodeModel(form, producer), data: undefined };
  }
  const parts: Uint8Array[] = [];
  let end = 0;
  const place: Placement = (_, bytes) => {
    if (bytes.length < smallestOutside) return undefined;
    const padding = (alignment - (end % alignment)) % alignment;
    parts.push(new Uint8Array(padding), bytes);
    const offset = end + padding;
    end = offset + bytes.length;
    const entries = { location: dataFile, offset: String(offset), length: String(bytes.length) };
    return { data_location: 1, external_data: Object.entries(entries).map(([key, value]) => ({ key, value })) };
  };
  const bytes = encodeModel(form, producer, place);
  return { bytes, data: end === 0 ? undefined : Buffer.concat(parts) };
}
