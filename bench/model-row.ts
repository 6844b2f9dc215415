/**
 * What one network of the test data did, and by which rule it agrees. A network whose
 * outputs are integers (of that type, dequantised, or carried in floats) must give the
 * stored outputs exactly where its `spread` is 0 and be within the spread elsewhere; of
 * any other, `obligato test` has said what its floats were held to.
 */
import type { OnnxGraph } from "../src/onnx/model.js";
import { fieldsOf, textOf } from "../src/audit/json.js";

export const results = ["agrees", "fails", "refused", "too long"] as const;

export interface ModelRow {
  readonly result: (typeof results)[number];
  /** Verdict of the build. */
  readonly build: string;
  /** What stored outputs were held to. */
  readonly rule: string;
  readonly maxAbsDiff: number | null;
  /** Data sets compared. */
  readonly sets: number;
  /** Why it does not agree; empty where it does. */
  readonly reason: string;
  /** Options besides the folder: dynamic dimensions that the stored inputs fix. */
  readonly options: string;
  /** Wall clock, seconds. */
  readonly seconds: number;
  /** Of the compiler's process, without the C compiler and the compiled code, seconds. */
  readonly cpu: number;
  /** Of the same process, MiB. */
  readonly peak: number;
  /** Digest of the model file. */
  readonly model: string;
  /** Digest of the compiler's sources. */
  readonly compiler: string;
}

/** What meta.json says of a network. */
export interface Expected {
  /** Largest difference between two optimisation levels of the program that stored the outputs; undefined where unknown. */
  readonly spread: number | undefined;
  /** Computes with integers, in integers or carried in floats. */
  readonly integers: boolean;
}

export function expectedOf(meta: unknown, graph: OnnxGraph | undefined): Expected {
  const fields = fieldsOf(meta);
  const spread = fields.get("spread");
  const integers = textOf(fields.get("family")) === "dory_intfloat" || (graph !== undefined && hasIntegerOutputs(graph));
  return { spread: typeof spread === "number" ? spread : undefined, integers };
}

/** Operators that hand values on as they are. */
const carriers: ReadonlySet<string> = new Set(["Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice"]);
/** TensorProto.DataType of the float types. */
const floats: ReadonlySet<number> = new Set([1, 10, 11, 16]);

/** Is every output quantised: of an integer type, or dequantised last of all? A float operator after that, as Softmax, makes it a float. */
export function hasIntegerOutputs({ nodes, outputs }: OnnxGraph): boolean {
  const quantised = nodes.some(({ op }) => /^QLinear|^DynamicQuantize|^QuantizeLinear$|Integer$/.test(op));
  const maker = (name: string): string | undefined => {
    const node = nodes.find((one) => one.outputs.includes(name));
    return node !== undefined && carriers.has(node.op) ? maker(node.inputs[0] ?? "") : node?.op;
  };
  return quantised && outputs.every(({ name, type }) => (type?.kind === "tensor" && !floats.has(type.dataType)) || maker(name) === "DequantizeLinear");
}

export type Judged = Pick<ModelRow, "result" | "build" | "rule" | "maxAbsDiff" | "sets" | "reason">;

/** What `obligato test --json` said of a folder, judged. */
export function judged(said: unknown, expected: Expected): Judged {
  const fields = fieldsOf(said);
  const [status, reason, maxAbsDiff] = [textOf(fields.get("status")), textOf(fields.get("reason")), numberOf(fields.get("maxAbsDiff"))];
  const base = { build: textOf(fields.get("build")), maxAbsDiff, sets: numberOf(fields.get("sets")) ?? 0 };
  if (base.build === "refused") return { ...base, rule: "", result: "refused", reason };
  const compared = status === "pass" || reason === "a stored output is outside the tolerance";
  if (!compared || maxAbsDiff === null) return { ...base, rule: "", result: "fails", reason: reason === "" ? "nothing was compared" : reason };
  if (!expected.integers || expected.spread === undefined) return { ...base, rule: textOf(fields.get("rule")), result: status === "pass" ? "agrees" : "fails", reason };
  const rule = expected.spread === 0 ? "integers: exact" : "integers: within the spread";
  const within = maxAbsDiff <= expected.spread;
  return { ...base, rule, result: within ? "agrees" : "fails", reason: within ? "" : `a stored output is ${maxAbsDiff} away, the spread is ${expected.spread}` };
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** The records as written; a row of another form is left out, and so measured again. */
export function rowsOf(text: string): ReadonlyMap<string, ModelRow> {
  return new Map([...fieldsOf(text)].flatMap(([name, value]) => {
    const row = rowOf(fieldsOf(value));
    return row === undefined ? [] : [[name, row] as const];
  }));
}

function rowOf(fields: ReadonlyMap<string, unknown>): ModelRow | undefined {
  const result = results.find((one) => one === fields.get("result"));
  if (result === undefined) return undefined;
  const word = (name: string): string => textOf(fields.get(name));
  const number = (name: string): number => numberOf(fields.get(name)) ?? 0;
  return {
    result, build: word("build"), rule: word("rule"), maxAbsDiff: numberOf(fields.get("maxAbsDiff")), sets: number("sets"), reason: word("reason"), options: word("options"),
    seconds: number("seconds"), cpu: number("cpu"), peak: number("peak"), model: word("model"), compiler: word("compiler"),
  };
}
