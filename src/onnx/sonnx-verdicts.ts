/**
 * How a model stands to the SONNX profile: for every node and every restriction on it, met, not
 * met with the reason and the remedy, or that it cannot be judged. Tags of the text are upper
 * case (`GR4`, `R1`); the rules of graphs that it has without a tag are lower case.
 */
import type { BuiltGraph, ImportedNode } from "./build-graph.js";
import { declaredTypes, type DeclaredTypes } from "./declared-types.js";
import { impliedAttributes } from "./explicit/implied.js";
import { printAttribute } from "./explicit/attributes.js";
import type { FindingCode } from "./findings.js";
import type { OnnxModel } from "./model.js";
import { versionInForce, versionsOf } from "./operator-schemas.js";
import type { RawNode } from "./normalise/raw-node.js";
import { generalRestrictions, graphRules, optionalInputs, sonnxOperators } from "./sonnx.js";
import { type Breach, judges } from "./sonnx-restrictions.js";

export interface Verdict {
  readonly verdict: "met" | "not met" | "cannot be judged";
  /** `GR4`, `Conv R2`, or the name of a rule of graphs. */
  readonly tag: string;
  /** What it asks. */
  readonly asks: string;
  /** The node or tensor; undefined: the model. */
  readonly node: string | undefined;
  /** Why, and what to do; "" where it is met. */
  readonly reason: string;
  readonly remedy: string;
}

const byFix = "obligato check --fix writes it";

/** Every restriction on every live node, node by node, after those on the model. */
export function sonnxVerdicts(model: OnnxModel, built: BuiltGraph): readonly Verdict[] {
  const declared = declaredTypes(model.graph);
  return [
    ...graphVerdicts(built),
    ...model.graph.inputs.filter(({ name }) => built.types.has(name)).map(({ name }) => typeVerdict(name, [name], declared)),
    ...built.nodes.filter(({ origin }) => origin === "model").flatMap((node) => nodeVerdicts(node, built, declared)),
  ];
}

function verdictOf(tag: string, asks: string, node: string | undefined, breach: Breach | undefined): Verdict {
  if (breach === undefined) return { verdict: "met", tag, asks, node, reason: "", remedy: "" };
  return { verdict: "not met", tag, asks, node, reason: breach.reason, remedy: breach.remedy ?? byFix };
}

/** What import noticed about the graph. */
const noticed: readonly (readonly [rule: string, codes: readonly FindingCode[], remedy: string | undefined])[] = [
  ["order", ["unsorted-nodes"], undefined],
  ["names", ["unnamed-node", "duplicate-node-name"], undefined],
  ["live", ["dead-node", "unused-initializer"], undefined],
  ["inputs", ["unused-input"], "remove the input"],
  ["static", ["dynamic-dim-fixed"], undefined],
  ["inference", ["training-graph"], undefined],
  ["functions", ["function-inlined"], undefined],
];

function graphVerdicts({ findings }: BuiltGraph): readonly Verdict[] {
  return noticed.flatMap(([rule, codes, remedy]) => {
    const hits = findings.filter(({ code }) => codes.some((own) => own === code));
    if (hits.length === 0) return [verdictOf(rule, graphRules[rule] ?? "", undefined, undefined)];
    return hits.map(({ node, reason }) => verdictOf(rule, graphRules[rule] ?? "", node, { reason, remedy }));
  });
}

function general(tag: string): string {
  return generalRestrictions.find(([own]) => own === tag)?.[1] ?? "";
}

function typeVerdict(node: string, tensors: readonly string[], declared: DeclaredTypes): Verdict {
  const open = tensors.filter((name) => name !== "" && !(declared.get(name) ?? []).some(
    (type) => type.kind === "tensor" && type.dataType !== 0 && type.dims?.every((dim) => dim.kind === "value" && dim.value > 0n) === true,
  ));
  return verdictOf("GR2", general("GR2"), node, open.length === 0 ? undefined : { reason: `type or shape of ${open.join(", ")} is not declared`, remedy: undefined });
}

function nodeVerdicts(imported: ImportedNode, { constants }: BuiltGraph, declared: DeclaredTypes): readonly Verdict[] {
  const { raw } = imported;
  const computed = raw.outputs.every((output) => output === "" || constants.has(output));
  return [
    ...operatorVerdicts(raw, computed),
    verdictOf("GR1", general("GR1"), raw.name, undefined), // import refuses sparse tensors
    typeVerdict(raw.name, raw.outputs, declared),
    verdictOf("GR3", general("GR3"), raw.name, conversion(raw)),
    verdictOf("GR4", general("GR4"), raw.name, defaults(imported)),
    ...inputVerdicts(raw),
    ...restrictionVerdicts(raw),
  ];
}

/** Import refuses operands of different types, except where the schema has two type parameters for one number: in Pow. */
function conversion(raw: RawNode): Breach | undefined {
  const types = raw.inputs.map((input) => raw.typeOf(input ?? "")?.type);
  if (raw.op !== "Pow" || raw.domain !== "" || types[0] === types[1]) return undefined;
  return { reason: `the base is ${types[0]}, the exponent ${types[1]}`, remedy: "store the exponent in the type of the base" };
}

function defaults({ raw, normal }: ImportedNode): Breach | undefined {
  const implied = [...impliedAttributes(raw, normal)];
  if (implied.length === 0) return undefined;
  return { reason: `${raw.op} leaves implicit: ${implied.map(([name, value]) => printAttribute(name, value)).join(", ")}`, remedy: undefined };
}

/** That SONNX specifies the operator, in the version that the model means. */
function operatorVerdicts(raw: RawNode, computed: boolean): readonly Verdict[] {
  const name = raw.domain === "" ? raw.op : `${raw.domain}:${raw.op}`;
  const asks = graphRules["operator"] ?? "";
  const specification = raw.domain === "" ? sonnxOperators.get(raw.op) : undefined;
  const gone = computed || raw.op === "Identity" || raw.op === "Dropout" ? undefined : "SONNX has no text for it yet; express it by other operators if the profile is asked for";
  if (specification === undefined) return [verdictOf("operator", asks, raw.name, { reason: `${name} is not specified by SONNX`, remedy: gone })];
  return [verdictOf("operator", asks, raw.name, undefined), versionVerdict(raw, specification.version)];
}

function versionVerdict(raw: RawNode, wanted: number | undefined): Verdict {
  const asks = graphRules["version"] ?? "";
  const open = (reason: string): Verdict => ({ verdict: "cannot be judged", tag: "version", asks, node: raw.name, reason, remedy: "ask the authors of the text" });
  if (wanted === undefined) return open(`the text about ${raw.op} names no version`);
  if (!versionsOf(raw.op).includes(wanted)) return open(`the text is about version ${wanted} of ${raw.op}, which ONNX does not have`);
  const own = versionInForce(raw.op, raw.opset);
  return verdictOf("version", asks, raw.name, own === wanted ? undefined : { reason: `${raw.op} is of version ${own}, specified is ${wanted}`, remedy: undefined });
}

function inputVerdicts(raw: RawNode): readonly Verdict[] {
  const names = raw.domain === "" ? optionalInputs[raw.op] : undefined;
  if (names === undefined) return [];
  const omitted = Object.entries(names).filter(([slot]) => (raw.inputs[Number(slot)] ?? null) === null).map(([, name]) => name);
  const breach = { reason: `${raw.op} has no ${omitted.join(", ")}`, remedy: "give the input; --fix does not where that can change bits" };
  return [verdictOf("optional", graphRules["optional"] ?? "", raw.name, omitted.length === 0 ? undefined : breach)];
}

function restrictionVerdicts(raw: RawNode): readonly Verdict[] {
  const restrictions = raw.domain === "" ? sonnxOperators.get(raw.op)?.restrictions ?? [] : [];
  return restrictions.map(([tag, asks]): Verdict => {
    const judge = judges[raw.op]?.[tag];
    if (judge !== undefined) return verdictOf(`${raw.op} ${tag}`, asks, raw.name, judge(raw));
    return { verdict: "cannot be judged", tag: `${raw.op} ${tag}`, asks, node: raw.name, reason: "no check knows this restriction", remedy: "judge it by hand" };
  });
}
