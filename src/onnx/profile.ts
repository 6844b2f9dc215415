/**
 * What the SONNX profile asks to be explicit, checked node by node and tensor by
 * tensor: nothing here refuses, every hit is a finding with its fix.
 */
import type { GraphNode } from "../../ir/graph/graph.js";
import { numberOf } from "../../ir/scalar/half.js";
import { isFloat, isHalf } from "../../ir/scalar/types.js";
import type { Tensor } from "../../ir/tensor/tensor.js";
import { printTensorType, sameShape } from "../../ir/tensor/tensor.js";
import { printAttribute } from "./explicit/attributes.js";
import { impliedAttributes } from "./explicit/implied.js";
import { type Finding, finding } from "./findings.js";
import type { RawAttribute, RawNode } from "./normalise/raw-node.js";

/** Operators whose operands ONNX broadcasts to each other. */
const broadcasting: ReadonlySet<string> = new Set([
  "Add", "And", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Div", "Equal", "Greater", "GreaterOrEqual",
  "Less", "LessOrEqual", "Max", "Mean", "Min", "Mod", "Mul", "Or", "PRelu", "Pow", "Sub", "Sum", "Where", "Xor",
]);

/** Operators with an optional bias, and the slot it is in. */
const biasSlots: ReadonlyMap<string, number> = new Map([
  ["Conv", 2], ["ConvTranspose", 2], ["Gemm", 2], ["QLinearConv", 8], ["LSTM", 3], ["GRU", 3], ["RNN", 3],
  ["LayerNormalization", 2],
]);

/** Findings about a node: `normal` is what it became. */
export function profileNode(raw: RawNode, normal: readonly GraphNode[]): readonly Finding[] {
  if (raw.domain !== "") return [];
  return [...broadcasts(raw), ...missingBias(raw), ...defaults(raw, normal), ...negativeAxes(raw), ...autoPad(raw), ...earlyOperator(raw)];
}

/** ONNX Runtime reads LayerNormalization in ai.onnx of any opset, the standard has it since 17. */
function earlyOperator(raw: RawNode): readonly Finding[] {
  if (raw.op !== "LayerNormalization" || raw.opset >= 17) return [];
  return [finding("early-operator", raw.name, `${raw.op} exists since opset 17, the model uses ${raw.opset}; it is read as that of 17, as ONNX Runtime does`)];
}

function broadcasts(raw: RawNode): readonly Finding[] {
  if (!broadcasting.has(raw.op)) return [];
  const types = raw.inputs.map((input) => (input === null ? undefined : raw.typeOf(input))).filter((type) => type !== undefined);
  if (types.every((type) => sameShape(type.shape, types[0]?.shape ?? []))) return [];
  return [finding("implicit-broadcast", raw.name, `${raw.op} ${raw.name} broadcasts ${types.map(printTensorType).join(" with ")}`)];
}

function missingBias(raw: RawNode): readonly Finding[] {
  const slot = biasSlots.get(raw.op);
  if (slot === undefined || (raw.inputs[slot] ?? null) !== null) return [];
  return [finding("implicit-bias", raw.name, `${raw.op} ${raw.name} has no bias`)];
}

function defaults(raw: RawNode, normal: readonly GraphNode[]): readonly Finding[] {
  const padsAreImplied = autoPad(raw).length > 0;
  const missing = [...impliedAttributes(raw, normal)].filter(([name]) => !(padsAreImplied && name === "pads"));
  if (missing.length === 0) return [];
  const list = missing.map(([name, value]) => printAttribute(name, value)).join(", ");
  return [finding("implicit-default", raw.name, `${raw.op} ${raw.name} leaves implicit: ${list}`)];
}

function negativeAxes(raw: RawNode): readonly Finding[] {
  const negative = ["axis", "axes"].filter((name) => integers(raw.attributes.get(name)).some((value) => value < 0n));
  return negative.map((name) => finding(
    "negative-axis", raw.name, `${raw.op} ${raw.name} has ${name} = ${integers(raw.attributes.get(name)).join(",")}`,
  ));
}

function integers(attribute: RawAttribute | undefined): readonly bigint[] {
  if (attribute?.kind === "int") return [attribute.value];
  return attribute?.kind === "ints" ? attribute.value : [];
}

function autoPad(raw: RawNode): readonly Finding[] {
  const attribute = raw.attributes.get("auto_pad");
  if (attribute?.kind !== "string" || attribute.value === "NOTSET") return [];
  return [finding("auto-pad", raw.name, `${raw.op} ${raw.name} has auto_pad = ${attribute.value}`)];
}

/** Findings about the values of a weight. */
export function profileTensor(name: string, { type, data }: Tensor): readonly Finding[] {
  if (!isFloat(type) && !isHalf(type)) return [];
  let [nans, infinities] = [0, 0];
  for (const element of data) {
    const value = numberOf(type, element);
    if (Number.isNaN(value)) nans++;
    else if (value === Infinity || value === -Infinity) infinities++;
  }
  const findings: Finding[] = [];
  const of = `of the ${data.length} elements of ${name} are`;
  if (nans > 0) findings.push(finding("not-a-number", name, `${nans} ${of} NaN`));
  if (infinities > 0) findings.push(finding("infinite-value", name, `${infinities} ${of} infinite`));
  return findings;
}
