/**
 * The check that an explicit form rests on: the bytes that were made are imported again, with
 * nothing pinned, and the canonical text of the graph must be that of the model, line by line,
 * under both roundings of multiply-add.
 */
import { Refusal } from "../../../ir/prelude.js";
import type { MulAddContract } from "../../../ir/tensor/meaning.js";
import { buildGraph } from "../build-graph.js";
import { decodeModel } from "../decode.js";
import { graphText } from "../graph-text.js";
import type { ExternalReader } from "../tensors.js";
import { checkVersions } from "../versions.js";

/** An ONNX file. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** What its external data refer to, undefined if it has none. */
  readonly data: Uint8Array | undefined;
}

/** The roundings that constants may be computed under. */
export const contracts: readonly MulAddContract[] = ["separate", "fused"];

/** Where `encoded` is not the graph of which `texts` are the texts under each contract; undefined: nowhere. */
export function differenceOf(encoded: Encoded, texts: readonly string[]): string | undefined {
  try {
    const model = decodeModel(encoded.bytes, "the explicit form");
    checkVersions(model);
    const external = readerOf(encoded);
    const pairs = contracts.map((contract, k) => {
      const { graph } = buildGraph(model, { fixDims: new Map(), contract, external });
      return differingLine(texts[k] ?? "", graphText(graph));
    });
    return pairs.find((pair) => pair !== undefined);
  } catch (error) {
    if (error instanceof Refusal) return `it would be refused: ${error.line}`;
    throw error;
  }
}

/** External data from memory: the file is not there yet. */
export function readerOf({ data }: Encoded): ExternalReader {
  return (entries, length) => {
    const offset = Number(entries.get("offset"));
    return (data ?? new Uint8Array()).subarray(offset, offset + length);
  };
}

function differingLine(wanted: string, found: string): string | undefined {
  if (wanted === found) return undefined;
  const [before, after] = [wanted.split("\n"), found.split("\n")];
  const at = before.findIndex((line, k) => line !== after[k]);
  return `it would be another graph: ${after[at] ?? "nothing"} instead of ${before[at] ?? "nothing"}`;
}
