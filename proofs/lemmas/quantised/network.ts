/**
 * From groups to outputs: how far a rewritten network can be from the model, for every
 * input. A tensor of integers has a distance in steps, one of floats in value. A group
 * whose operands are D steps apart moves v by at most gain·D, so its results are at most
 * ⌊gain·D + d + e⌋ + 1 steps apart, and never further than the type is wide. What is not
 * rewritten is the same node on both sides: it keeps equal operands equal, and carries
 * others as proofs/bounds carries an error, with its own roundings counted twice.
 */
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { Refusal, present } from "../../../ir/prelude.js";
import type { MulAddContract } from "../../../ir/tensor/meaning.js";
import { elementCount } from "../../../ir/tensor/tensor.js";
import { around, larger, one, quotientUp, roundoffOf } from "../../bounds/fixed.js";
import { boundNode } from "../../bounds/node.js";
import { type Summary, constantSummary, granularityOf } from "../../bounds/summary.js";
import type { Value } from "../../bounds/value.js";
import { replacedIn } from "./justify.js";
import { type Distance, distanceOf } from "./distance.js";
import { isUsable, numbersIn, quantisationOf, typeOf } from "./group.js";
import { dequantisedValue } from "./lines.js";

export interface GroupDistance extends Distance {
  /** The QuantizeLinear that ended the group. */
  readonly name: string;
  /** The operator that stands for its core, "" without one. */
  readonly op: string;
}

export interface OutputDistance {
  readonly name: string;
  /** In steps for integers, in value for floats; undefined where nothing bounds it. */
  readonly distance: bigint | undefined;
  readonly integer: boolean;
  /** The distance is all that the type has room for. */
  readonly whole: boolean;
}

export interface NetworkDistance {
  readonly groups: readonly GroupDistance[];
  readonly outputs: readonly OutputDistance[];
}

/**
 * Of integers, the steps between both sides; of floats, the range over the reals that the model's
 * own integers give, and as `propagated` the sum of the distances of either side from
 * these reals, which is one of the sides from each other.
 */
type Apart = { readonly steps: number } | { readonly value: Value } | { readonly equal: boolean };

export function networkDistance(before: Graph, after: Graph, names: readonly string[], contract: MulAddContract): NetworkDistance {
  const walk = new Walk(before, after, contract);
  for (const node of before.nodes) walk.node(node, names.includes(node.name));
  return { groups: walk.groups, outputs: before.outputs.map(({ name, type }) => walk.output(name, type)) };
}

class Walk {
  readonly groups: GroupDistance[] = [];
  private readonly apart = new Map<string, Apart>();
  private readonly before: Graph;
  private readonly after: Graph;
  private readonly contract: MulAddContract;

  constructor(before: Graph, after: Graph, contract: MulAddContract) {
    [this.before, this.after, this.contract] = [before, after, contract];
  }

  node(node: GraphNode, rewritten: boolean): void {
    const found = rewritten ? this.group(node) : this.unchanged(node);
    node.outputs.forEach((output, k) => this.apart.set(output, k === 0 || isEqual(found) ? found : { equal: false })); // positions are at no distance
  }

  output(name: string, type: string): OutputDistance {
    const found = this.of(name);
    const integer = type !== "f32";
    if ("value" in found) return { name, integer, distance: found.value.propagated, whole: false };
    if ("steps" in found) return { name, integer, distance: BigInt(found.steps) * one, whole: found.steps >= 255 };
    return { name, integer, distance: found.equal ? 0n : undefined, whole: false };
  }

  /** Inputs and constants are equal. */
  private of(name: string): Apart {
    return this.apart.get(name) ?? { equal: true };
  }

  private group(node: GraphNode): Apart {
    const replaced = replacedIn(this.before, this.after, node.name);
    const distance = distanceOf(replaced, this.contract);
    this.groups.push({ ...distance, name: node.name, op: replaced.core?.op ?? "" });
    const steps = Math.max(0, ...replaced.group.heads.map(({ dequantise }) => stepsOf(this.of(dequantise.inputs[0] ?? ""))));
    if (steps === 0) return { steps: distance.steps };
    const isMove = replaced.core === undefined || replaced.core.op === "Concat";
    if (isMove && !this.after.nodes.some(({ name }) => name.startsWith(`${node.name}/`))) return { steps };
    const gain = isMove ? this.change(node, replaced.group.heads.map(({ dequantise }) => dequantise)) : distance.gain;
    const moved = Number((gain * BigInt(steps) + distance.rounding) / one) + 1;
    return { steps: Math.min(255, moved + (replaced.core?.op === "QuantisedAdd" ? distance.steps : 0)) };
  }

  /** By how many steps of the result one step of an operand counts, where values are quantised again; a little more, for roundings. */
  private change(quantise: GraphNode, operands: readonly GraphNode[]): bigint {
    const [y] = around(quantisationOf(this.before, quantise).scale);
    const most = operands.map((operand) => quotientUp(around(quantisationOf(this.before, operand).scale)[0], y)).reduce(larger, 0n);
    return most + roundoffOf(larger(most, one)) * 2048n;
  }

  private unchanged(node: GraphNode): Apart {
    const operands = node.inputs.flatMap((name) => (name === null ? [] : [this.of(name)]));
    if (operands.every(isEqual)) return { equal: true };
    if (node.op === "DequantizeLinear") return this.isPlain(node, node.inputs[0]) ? this.dequantised(node) : { equal: false };
    if (node.op === "QuantizeLinear") return this.isPlain(node, node.outputs[0]) ? this.quantised(node) : { equal: false };
    const types = node.inputs.map((name) => (name === null ? "f32" : typeOf(this.before, name).type));
    if (types.every((type) => type === "i8" || type === "u8")) return moves(node) ? { steps: Math.max(...operands.map(stepsOf)) } : { equal: false };
    return types.every((type) => type === "f32") ? this.floats(node) : { equal: false };
  }

  /** Of 8 bits, with one scale, as that of a group has to be, and one zero point. */
  private isPlain({ inputs }: GraphNode, tensor: string | null | undefined): boolean {
    const { type, width } = typeOf(this.before, tensor ?? "");
    const single = inputs.slice(1).every((name) => name === null || this.before.constants.get(name)?.data.length === 1);
    return (type === "i8" || type === "u8") && width === undefined && single && isUsable(Number(this.before.constants.get(inputs[1] ?? "")?.data[0]));
  }

  private dequantised(node: GraphNode): Apart {
    const [scale] = around(quantisationOf(this.before, node).scale);
    const value = dequantisedValue(this.before, node);
    return { value: { ...value, propagated: scale * BigInt(stepsOf(this.of(node.inputs[0] ?? ""))) + 2n * value.introduced, introduced: 0n } };
  }

  /** Quotient and its two roundings, then to integers. */
  private quantised(node: GraphNode): Apart {
    const operand = this.of(node.inputs[0] ?? "");
    if (!("value" in operand)) return { steps: 255 };
    const [step] = around(quantisationOf(this.before, node).scale);
    const moved = quotientUp(operand.value.propagated, step) + 2n * roundoffOf(257n * one);
    return { steps: Math.min(255, Number(moved / one) + 1) };
  }

  private floats(node: GraphNode): Apart {
    try {
      const summaries = node.inputs.map((name) => (name === null ? null : this.summary(name)));
      if (summaries.some((summary) => summary === undefined)) return { equal: false };
      const made = boundNode(node, summaries.map((summary) => summary ?? null), { graph: this.before, contract: this.contract, elements: 0 });
      const cells = present(made.outputs[0], "a result").cells;
      const low = cells.map((cell) => cell.low).reduce((a, b) => (a < b ? a : b));
      return { value: { low, high: cells.map((cell) => cell.high).reduce(larger), propagated: cells.map(({ propagated, introduced }) => propagated + 2n * introduced).reduce(larger), introduced: 0n } };
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "no-bound") throw error;
      return { equal: false };
    }
  }

  private summary(name: string): Summary | undefined {
    const constant = this.before.constants.get(name);
    if (constant !== undefined) return numbersIn(constant).every(Number.isFinite) ? constantSummary(constant, undefined) : undefined;
    const found = this.of(name);
    if (!("value" in found)) return undefined;
    const { shape } = typeOf(this.before, name);
    const by = granularityOf(shape, 0);
    return { shape, by, cells: new Array<Value>(by === "channel" ? shape[1] ?? 1 : elementCount(shape)).fill(found.value) };
  }
}

function isEqual(found: Apart): boolean {
  return ("equal" in found && found.equal) || ("steps" in found && found.steps === 0);
}

function stepsOf(found: Apart): number {
  if ("steps" in found) return found.steps;
  return "equal" in found && found.equal ? 0 : 255;
}

function moves({ op }: GraphNode): boolean {
  return ["Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Concat", "MaxPool", "Slice", "Pad"].includes(op);
}
