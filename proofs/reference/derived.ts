/**
 * Constants (W7): what import computed from other constants is computed again from the
 * operators' meanings, and what a text holds as weights is compared with the model's
 * tensors, element by element and bit by bit, every NaN being one value.
 */
import type { Graph, GraphNode } from "../../ir/graph/graph.js";
import { operatorNode } from "../../ir/graph/eval.js";
import type { Program } from "../../ir/loop/program.js";
import { materialiseWeight } from "../../ir/loop/weights.js";
import { operatorFor } from "../../ir/ops/index.js";
import { bitsOf } from "../../ir/scalar/types.js";
import { evalMeaning } from "../../ir/tensor/eval.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import { type Tensor, printTensorType, sameType } from "../../ir/tensor/tensor.js";
import { type Claims, ground } from "../kernel/claims.js";

/** One claim per constant of `graph` that import derived. */
export function derivedConstants(into: Claims, graph: Graph, contract: MulAddContract): void {
  const again = new Map<GraphNode, readonly Tensor[]>();
  for (const [name, node] of graph.derived) {
    const values = again.get(node) ?? evaluate(node, graph, contract);
    again.set(node, values);
    const value = values[node.outputs.indexOf(name)];
    compare(into, { detail: `derived.${name}`, sentence: `Constant ${name} is what ${node.op} ${node.name} gives.`, node: node.name, buffer: name }, graph.constants.get(name), value);
  }
}

/** One claim per weight buffer of `program`: its contents are the model's tensor through its map. */
export function weightContents(into: Claims, program: Program, found: ReadonlyMap<string, Tensor>, tensors: ReadonlyMap<string, Tensor>): void {
  for (const buffer of program.buffers) {
    if (buffer.kind !== "weight") continue;
    const tensor = buffer.map?.tensor ?? "";
    const place = { detail: `weight.${buffer.name}`, sentence: `The contents of ${buffer.name} are elements of ${tensor}, bit for bit.`, node: "", buffer: buffer.name };
    compare(into, place, found.get(buffer.name), tensors.has(tensor) ? materialiseWeight(buffer, tensors) : undefined);
  }
}

function evaluate(node: GraphNode, graph: Graph, contract: MulAddContract): readonly Tensor[] {
  const carried = node.op === "Constant" && node.domain === "" ? node.attributes["value"] : undefined;
  if (typeof carried === "object" && "data" in carried) return [carried];
  const inputs = node.inputs.map((name) => (name === null ? null : graph.constants.get(name)));
  const given = inputs.filter((value) => value !== undefined);
  const definition = operatorFor(node.domain, node.op);
  if (definition === undefined || given.length < inputs.length) return [];
  return evalMeaning(definition.meaning(operatorNode(node, graph)), given, contract, true);
}

interface Place {
  readonly detail: string;
  readonly sentence: string;
  readonly node: string;
  readonly buffer: string;
}

function compare(into: Claims, { detail, sentence, node, buffer }: Place, found: Tensor | undefined, due: Tensor | undefined): void {
  const difference = differenceOf(found, due);
  const heading = { rule: "W7", detail, sentence, subject: { node, statement: "", buffer } } as const;
  ground(into, heading, difference === undefined, difference ?? `${due?.data.length ?? 0} elements are equal`);
}

/** What differs, or undefined. */
export function differenceOf(found: Tensor | undefined, due: Tensor | undefined): string | undefined {
  if (found === undefined || due === undefined) return `there is no ${found === undefined ? "value" : "value to compare with"}`;
  if (!sameType(found, due)) return `${printTensorType(found)} where ${printTensorType(due)} is due`;
  for (let k = 0; k < due.data.length; k++) {
    if (Object.is(found.data[k], due.data[k])) continue;
    const [a, b] = [bitsOf(due.type, found.data[k] ?? 0), bitsOf(due.type, due.data[k] ?? 0)];
    if (a !== b) return `element ${k} is 0x${a.toString(16)} where 0x${b.toString(16)} is due`;
  }
  return undefined;
}
