/**
 * Operators that ONNX defines by others: the normal form is the nodes of that definition.
 * The node that makes output 0 has the name of the operator, the others names of their own.
 */
import type { Attribute, GraphNode } from "../../../ir/graph/graph.js";
import { knownOpsets } from "../../../ir/ops/shared/define.js";
import type { Tensor, TensorType } from "../../../ir/tensor/tensor.js";
import { constantNode } from "./node.js";
import type { RawNode } from "./raw-node.js";

export type Attributes = Readonly<Record<string, Attribute>>;

/** Collects the nodes of a definition; tensors are their names. */
export interface Composition {
  /** A node with one output; its name. */
  readonly node: (op: string, inputs: readonly (string | null)[], attributes?: Attributes) => string;
  /** The node that makes output `k`, if that is asked for; else as `node`. */
  readonly output: (k: number, op: string, inputs: readonly (string | null)[], attributes?: Attributes) => string;
  readonly constant: (value: Tensor) => string;
  /** Nodes that another normaliser made. */
  readonly include: (nodes: readonly GraphNode[]) => void;
}

/** A node of ai.onnx for another normaliser: that of `node` unless `changed`, in a version that has all of them. */
export function asNode(node: RawNode, changed: Partial<Pick<RawNode, "name" | "op" | "attributes" | "inputs" | "outputs" | "typeOf">>): RawNode {
  return { ...node, domain: "", opset: knownOpsets[1], ...changed };
}

/** `node` as one that also knows the type of `tensor`. */
export function knowing(node: RawNode, tensor: string, type: TensorType): RawNode["typeOf"] {
  return (name) => (name === tensor ? type : node.typeOf(name));
}

/** The nodes that `define` makes for `node`, in order. */
export function composed(node: RawNode, define: (composition: Composition) => void): GraphNode[] {
  const nodes: GraphNode[] = [];
  const add = (name: string, output: string, op: string, inputs: readonly (string | null)[], attributes: Attributes = {}): string => {
    nodes.push({ name, op, domain: "", opset: node.opset, attributes, inputs, outputs: [output] });
    return output;
  };
  define({
    node: (op, inputs, attributes) => add(node.fresh(`${node.name}_${op}`), node.fresh(`${node.name}_value`), op, inputs, attributes),
    output: (k, op, inputs, attributes) => {
      const wanted = node.outputs[k] ?? "";
      return add(k === 0 ? node.name : node.fresh(`${node.name}_${op}`), wanted === "" ? node.fresh(`${node.name}_value`) : wanted, op, inputs, attributes);
    },
    constant: (value) => {
      const name = node.fresh(`${node.name}_constant`);
      nodes.push(constantNode(node, name, value));
      return name;
    },
    include: (made) => {
      nodes.push(...made);
    },
  });
  return nodes;
}

/** Positions `first` … `first + extent − 1` of `axis` of `x`, which has `shape`. */
export function section(made: Composition, [x, shape]: readonly [name: string, shape: readonly number[]], axis: number, [first, extent]: readonly [number, number]): string {
  const whole = shape.map(() => 0);
  return made.node("Slice", [x], { starts: whole.with(axis, first), steps: whole.map(() => 1), extents: [...shape].with(axis, extent) });
}
