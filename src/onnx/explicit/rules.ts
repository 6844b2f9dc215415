/**
 * What the explicit form of an operator needs besides attributes: lists that older opsets have
 * as attributes become inputs, resolved against the shapes; operators that later opsets do not
 * have any more become those that took their place. An operator without a rule keeps its inputs.
 */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { present } from "../../../ir/prelude.js";
import { type Tensor, type TensorType, tensorOf } from "../../../ir/tensor/tensor.js";
import { dataTypeOf } from "../element-types.js";
import { floatsOf, inputType, stringOf } from "../normalise/node.js";
import type { RawNode } from "../normalise/raw-node.js";
import { withdrawnOperators } from "../normalise/withdrawn.js";
import { type Overrides, ofInt, ofInts, ofText } from "./attributes.js";

export interface Draft {
  readonly raw: RawNode;
  /** What import made of it. */
  readonly normal: readonly GraphNode[];
  /** The opset of the form. */
  readonly opset: number;
  /** A constant for input `slot`: the name that is there if it holds the value, else a new one with `hint` in it. */
  readonly constant: (slot: number, hint: string, value: Tensor) => string;
}

export interface Rewriting {
  readonly op?: string;
  readonly inputs?: readonly (string | null)[];
  readonly overrides?: Overrides;
}

type Rule = (draft: Draft) => Rewriting;

/** The list `name` of the normal form. */
function listOf({ raw, normal }: Draft, name: string, op = raw.op): readonly number[] {
  const value = normal.find((node) => node.op === op)?.attributes[name];
  return Array.isArray(value) ? value.map(Number) : [];
}

function integers(draft: Draft, slot: number, hint: string, values: readonly number[]): string {
  return draft.constant(slot, hint, tensorOf("i64", [values.length], values.map(BigInt)));
}

const inputOf = ({ raw }: Draft, slot: number): string | null => raw.inputs[slot] ?? null;
const typeOf = ({ raw }: Draft, name: string | undefined): TensorType => present(raw.typeOf(name ?? ""), `type of ${name}`);

/** A list of the normal form that is input 1 since opset `since`. */
function listed(name: string, since: number): Rule {
  return (draft) => (draft.opset < since ? {} : { inputs: [inputOf(draft, 0), integers(draft, 1, name, listOf(draft, name))] });
}

/** No axes: all of them, unless noop_with_empty_axes says none. */
function reduced(since: number): Rule {
  return (draft) => (listOf(draft, "axes").length === 0 ? {} : listed("axes", since)(draft));
}

const split: Rule = (draft) => ({ ...listed("split", 13)(draft), overrides: { num_outputs: undefined } });

/** A start, an end and a step for every axis; an end before the first element is counted from the back. */
const slice: Rule = (draft) => {
  const { shape } = inputType(draft.raw, 0);
  const [starts, steps, extents] = ["starts", "steps", "extents"].map((name) => listOf(draft, name));
  const ends = shape.map((extent, axis) => {
    const [start, step, count] = [starts?.[axis] ?? 0, steps?.[axis] ?? 1, extents?.[axis] ?? extent];
    const end = count === 0 ? start : start + (count - 1) * step + Math.sign(step);
    return end < 0 ? -extent - 1 : end;
  });
  const axes = shape.map((_, axis) => axis);
  if (draft.opset < 10) return { overrides: { starts: ofInts(starts ?? []), ends: ofInts(ends), axes: ofInts(axes) } };
  const lists = [starts ?? [], ends, axes, steps ?? []];
  const hints = ["starts", "ends", "axes", "steps"];
  return { inputs: [inputOf(draft, 0), ...lists.map((list, k) => integers(draft, k + 1, hints[k] ?? "", list))] };
};

/** The value stays omitted where it is 0; since opset 18 the axes are listed. */
const pad: Rule = (draft) => {
  if (draft.opset < 11) return {};
  const form = draft.normal.find(({ op }) => op === "Pad");
  const axes = inputType(draft.raw, 0).shape.map((_, axis) => axis);
  const inputs = [inputOf(draft, 0), integers(draft, 1, "pads", listOf(draft, "pads")), form?.inputs[1] ?? null];
  return { inputs: draft.opset < 18 ? inputs : [...inputs, integers(draft, 3, "axes", axes)] };
};

/** Until opset 10 the bounds were attributes. */
const clip: Rule = ({ normal, opset }) => (opset < 11 ? {} : { inputs: normal.find(({ op }) => op === "Clip")?.inputs ?? [] });

const topK: Rule = (draft) => {
  const k = draft.normal.find(({ op }) => op === "TopK")?.attributes["k"];
  return draft.opset < 10 ? {} : { inputs: [inputOf(draft, 0), integers(draft, 1, "k", [Number(k)])] };
};

/** The common shape of the input and the shape that is asked for. */
const expand: Rule = (draft) => ({ inputs: [inputOf(draft, 0), integers(draft, 1, "shape", typeOf(draft, draft.raw.outputs[0]).shape)] });

/** The number `name` of the normal form as input 1, of the type that is there, else i64. */
function counted(name: string): Rule {
  return (draft) => {
    const value = Number(draft.normal.find(({ op }) => op === draft.raw.op)?.attributes[name] ?? 0);
    const given = draft.raw.constantOf(inputOf(draft, 1) ?? "");
    const narrow = given?.type === "i32";
    return { inputs: [inputOf(draft, 0), draft.constant(1, name, tensorOf(narrow ? "i32" : "i64", given?.shape ?? [], [narrow ? value : BigInt(value)]))] };
  };
}

/** Since opset 13 along one axis, before along all from one on. */
const softmax: Rule = (draft) => ({ overrides: { axis: ofInt(listOf(draft, "axes")[0] ?? inputType(draft.raw, 0).shape.length) } });

const castLike: Rule = (draft) => ({ op: "Cast", inputs: [inputOf(draft, 0)], overrides: { to: ofInt(dataTypeOf(inputType(draft.raw, 1).type)) } });

const scatter: Rule = ({ opset }) => (opset < 11 ? {} : { op: "ScatterElements" });

/** Upsample, and Resize of opset 10, take the position o/scale and round down. */
const upsample: Rule = (draft) => {
  const { raw, opset } = draft;
  if (opset < 11) return {};
  const scales = raw.op === "Upsample" && raw.opset < 9 ? floatsOf(raw, "scales") ?? [] : undefined;
  const name = scales === undefined ? inputOf(draft, 1) : draft.constant(2, "scales", tensorOf("f32", [scales.length], scales));
  const mode = stringOf(raw, "mode") ?? "nearest";
  return {
    op: "Resize", inputs: [inputOf(draft, 0), null, name],
    overrides: {
      ...everyAxis(draft), mode: ofText(mode === "nearest" ? mode : "linear"), coordinate_transformation_mode: ofText("asymmetric"), nearest_mode: ofText("floor"),
    },
  };
};

function everyAxis({ raw }: Draft): Overrides {
  return { axes: ofInts(inputType(raw, 0).shape.map((_, axis) => axis)) };
}

/** An input without elements is the same as none. */
const resize: Rule = (draft) => {
  const { raw, opset } = draft;
  if (raw.opset < 11) return upsample(draft);
  const inputs = raw.inputs.map((name) => (opset >= 13 && name !== null && raw.constantOf(name)?.data.length === 0 ? null : name));
  return { inputs, overrides: raw.attributes.has("axes") ? {} : everyAxis(draft) };
};

/** The type of the result is stated, as the zero point has it. */
const quantized: Rule = (draft) => ({ overrides: { output_dtype: ofInt(dataTypeOf(typeOf(draft, draft.raw.outputs[0]).type)) } });

/** Opset 20 renamed the modes. */
const gridSample: Rule = ({ raw, opset }) => {
  const mode = stringOf(raw, "mode") ?? "linear";
  const names = opset < 20 ? { linear: "bilinear", cubic: "bicubic" } : { bilinear: "linear", bicubic: "cubic" };
  return { overrides: { mode: ofText(Object.entries(names).find(([old]) => old === mode)?.[1] ?? mode) } };
};

const reductions = ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare"].map((name) => `Reduce${name}`);

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...reductions.map((op) => [op, reduced(18)] as const),
  ["CastLike", castLike],
  ["Clip", clip],
  ["ConvTranspose", () => ({ overrides: { output_shape: undefined } })],
  ["CumProd", counted("axis")],
  ["CumSum", counted("axis")],
  ["DequantizeLinear", quantized],
  ["Expand", expand],
  ["GridSample", gridSample],
  ["Hardmax", softmax],
  ["LogSoftmax", softmax],
  ["Pad", pad],
  ["QuantizeLinear", quantized],
  ["ReduceSum", reduced(13)],
  ["Reshape", listed("shape", 5)],
  ["Resize", resize],
  ["Scatter", scatter],
  ["Slice", slice],
  ["Softmax", softmax],
  ["Split", split],
  ["Squeeze", listed("axes", 13)],
  ["TopK", topK],
  ["Trilu", counted("k")],
  ["Unsqueeze", listed("axes", 13)],
  ["Upsample", upsample],
]);

/** The rewriting of a node; of other domains there is none. */
export function rewritingOf(draft: Draft): Rewriting {
  return draft.raw.domain === "" ? rules.get(draft.raw.op)?.(draft) ?? {} : {};
}

/** Why the node has no form in `opset`, undefined if it has one. */
export function hindrance(raw: RawNode, normal: readonly GraphNode[], opset: number): string | undefined {
  if (raw.domain !== "") return undefined;
  if (["Softmax", "LogSoftmax", "Hardmax"].includes(raw.op) && raw.opset < 13 && opset >= 13) {
    const axes = normal.find(({ op }) => op === raw.op)?.attributes["axes"];
    return Array.isArray(axes) && axes.length === 1 ? undefined : `${raw.op} ${raw.name} is over several axes, which opset 13 ended`;
  }
  if (withdrawnOperators.has(raw.op)) return `${raw.op} ${raw.name} is no operator of ONNX any more`;
  if (raw.op === "GroupNormalization" && raw.opset < 21 && opset >= 21) return `${raw.op} ${raw.name} scales per group, which opset 21 ended`;
  return undefined;
}
