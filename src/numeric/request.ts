/**
 * What a person asks of the numbers of a build: which lemmas, over which inputs, how
 * close the result has to be. In a schedule file:
 *
 *     "lemmas": [{ "lemma": "fold-batch-normalization" }, { "lemma": "split-k", "node": "fc1", "parts": 4 }],
 *     "replication": { "maxAbsError": 1e-4 }
 *
 * and on the command line `--lemma fold-batch-normalization`, `--lemma split-k:NODE:PARTS`, `--lemma store-padding:NODE:channels=4`
 * and `--replication exact` or `--replication 1e-4`. No lemma is used unless asked for.
 */
import { Refusal } from "../../ir/prelude.js";
import { lemmaNamed, lemmas } from "../../proofs/lemmas/index.js";
import type { LemmaRequest } from "../../proofs/lemmas/rewriting.js";
import { isRecord } from "../record.js";
import type { DeclaredBox } from "./box.js";

/** `exact`: every bit is that of the model's meaning, so no lemma of tier T2. */
export type Replication = "exact" | { readonly maxAbsError?: number; readonly maxUlp?: number };

export interface NumericRequest {
  readonly lemmas: readonly LemmaRequest[];
  readonly box: DeclaredBox | undefined;
  readonly replication: Replication | undefined;
  /** Goes on without a bound where a lemma of tier T2 is used; the verdict says so first. */
  readonly allowUnbounded: boolean;
  /** Tensors up to this many elements are bounded element by element; larger ones of rank 3 or more by channel. */
  readonly elements?: number;
}

/** Neither a lemma nor a bound is asked for: what is exact is exact already. */
export function asksNothing({ lemmas: asked, box }: NumericRequest): boolean {
  return asked.length === 0 && box === undefined;
}

function wrong(what: string, remedy: string): never {
  throw new Refusal("usage", "lemma", what, undefined, remedy);
}

/** The list `lemmas` of a schedule. Code: `lemma`. */
export function parseLemmas(value: unknown): readonly LemmaRequest[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : wrong("lemmas is no list", "write \"lemmas\": [{ \"lemma\": … }, …]");
  return list.map((item) => (isRecord(item) ? lemmaOf(item) : wrong("a lemma is no object", "write { \"lemma\": … }")));
}

/** Lemmas that are asked for with a node, or without. */
const ofNodes = ["fold-batch-normalization", "integer-quantised", "store-padding", "winograd"] as const;

/** One word of another lemma is one too many. */
function lemmaOf({ lemma, node, parts, order, channels, ...rest }: Readonly<Record<string, unknown>>): LemmaRequest {
  const known = typeof lemma === "string" ? lemmaNamed(lemma) : undefined;
  const usable = lemmas.filter((other) => other.usable).map(({ name }) => name).join(", ");
  if (known?.usable !== true) return wrong(`no build can use a lemma ${JSON.stringify(lemma)}`, `use ${usable}`);
  if (Object.keys(rest).length > 0) return wrong(`${known.name}: unknown word ${Object.keys(rest).join(", ")}`, "use lemma, node, for split-k parts and order, and for store-padding channels");
  if (node !== undefined && typeof node !== "string") return wrong(`${known.name}: node is no name`, "name a node of the model");
  if (channels !== undefined) return withChannels(known.name, { node, parts, order, channels });
  const plain = parts === undefined && order === undefined;
  const name = ofNodes.find((each) => each === known.name);
  if (name !== undefined && plain) return node === undefined ? { lemma: name } : { lemma: name, node };
  const way = order ?? "contiguous";
  if (known.name !== "split-k" || node === undefined || typeof parts !== "number" || !Number.isSafeInteger(parts) || (way !== "contiguous" && way !== "strided")) {
    return wrong(`${known.name}: wrong words; split-k needs a node and a number of parts, the others at most a node`, "write { \"lemma\": \"split-k\", \"node\": …, \"parts\": 4, \"order\": \"contiguous\" or \"strided\" }");
  }
  return { lemma: "split-k", node, parts, order: way };
}

function withChannels(lemma: string, { node, parts, order, channels }: Readonly<Record<"node" | "parts" | "order" | "channels", unknown>>): LemmaRequest {
  if (lemma === "store-padding" && typeof node === "string" && typeof channels === "number" && Number.isSafeInteger(channels) && parts === undefined && order === undefined) return { lemma, node, channels };
  return wrong(`${lemma}: wrong words; channels are a number, of a node that is named, for store-padding`, "write { \"lemma\": \"store-padding\", \"node\": …, \"channels\": 4 }");
}

/** `NAME`, `NAME:NODE`, `store-padding:NODE:channels=NUMBER` or `split-k:NODE:PARTS[:ORDER]`; a node's name may hold colons. Code: `lemma`. */
export function lemmaOfText(text: string): LemmaRequest {
  const [lemma = "", ...rest] = text.split(":");
  const channels = /^channels=([0-9]+)$/.exec(rest.length > 1 ? rest.at(-1) ?? "" : "")?.[1];
  if (lemma === "store-padding" && channels !== undefined) return lemmaOf({ lemma, node: rest.slice(0, -1).join(":"), channels: Number(channels) });
  if (lemma !== "split-k") return lemmaOf({ lemma, ...(rest.length === 0 ? {} : { node: rest.join(":") }) });
  const order = ["contiguous", "strided"].includes(rest.at(-1) ?? "") ? rest.pop() : undefined;
  const parts = Number(rest.pop());
  return lemmaOf({ lemma, order, parts, ...(rest.length === 0 ? {} : { node: rest.join(":") }) });
}

/** `"exact"` or an object of limits. Code: `replication`. */
export function parseReplication(value: unknown): Replication {
  if (value === "exact") return value;
  const limits = isRecord(value) ? Object.entries(value) : [];
  const fits = limits.length > 0 && limits.every(([key, limit]) => ["maxAbsError", "maxUlp"].includes(key) && typeof limit === "number" && limit >= 0);
  if (!fits) throw new Refusal("usage", "replication", "replication is neither \"exact\" nor limits", undefined, "write \"exact\" or { \"maxAbsError\": 1e-4, \"maxUlp\": 8 }");
  return Object.fromEntries(limits.map(([key, limit]) => [key, Number(limit)]));
}

/** `exact`, a largest absolute error, or `Nulp`. Code: `replication`. */
export function replicationOfText(text: string): Replication {
  if (text === "exact") return text;
  const [, number, ulp] = /^(.+?)(ulp)?$/.exec(text) ?? [];
  const value = number === undefined || number.trim() === "" ? NaN : Number(number);
  return parseReplication(ulp === undefined ? { maxAbsError: value } : { maxUlp: value });
}
