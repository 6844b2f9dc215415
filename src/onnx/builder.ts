/** The graph under construction, and the few ways to add to it. */
import type { BoundedTensor, GraphNode } from "../../ir/graph/graph.js";
import { present } from "../../ir/prelude.js";
import type { MulAddContract } from "../../ir/tensor/meaning.js";
import type { Tensor, TensorType } from "../../ir/tensor/tensor.js";
import { checkDeclared } from "./declared-types.js";
import { rejectEmpty } from "./extents.js";
import { widthIn } from "./widths.js";
import type { Finding } from "./findings.js";
import type { FixInputs } from "./fix-inputs.js";
import type { Inliner } from "./functions.js";
import type { OnnxType } from "./model.js";
import type { NameSupply } from "./names.js";
import type { Held, RawNode } from "./normalise/raw-node.js";
import type { ExternalReader } from "./tensors.js";

export interface BuildOptions {
  readonly fixDims: ReadonlyMap<string, number>;
  /** Inputs that are constants of the graph; none if absent. */
  readonly fixInputs?: FixInputs;
  readonly external: ExternalReader;
  /** Rounding of multiply-add in folded constants. */
  readonly contract: MulAddContract;
}

/** A node of the model, functions inlined, and the nodes of the normal form that it became. */
export interface ImportedNode {
  readonly raw: RawNode;
  readonly normal: readonly GraphNode[];
  /** `control-flow`: it is no node of the model, If, Loop or Scan left it in their place. */
  readonly origin: "model" | "control-flow";
}

export interface Builder {
  readonly options: BuildOptions;
  /** Of the model and of the runs of subgraphs. */
  readonly declared: Map<string, readonly OnnxType[]>;
  /** Inlines what subgraphs hold, under one count of the work for the whole model. */
  readonly inliner: Inliner;
  readonly names: { readonly tensors: NameSupply; readonly nodes: NameSupply };
  /** Version of ai.onnx in force. */
  readonly opset: number;
  readonly types: Map<string, TensorType>;
  readonly constants: Map<string, Tensor>;
  readonly derived: Map<string, GraphNode>;
  /** Names that are no tensors. */
  readonly held: Map<string, Held>;
  readonly nodes: GraphNode[];
  /** Tensors of which only a part is in use. */
  readonly bounded: Map<string, BoundedTensor>;
  readonly imported: ImportedNode[];
  readonly findings: Finding[];
}

/** A name that neither a tensor nor a node has. */
export function freshName({ names }: Builder, hint: string): string {
  let name = names.tensors.fresh(hint);
  while (!names.nodes.claim(name)) name = names.tensors.fresh(hint);
  return name;
}

export function addConstant({ constants, types }: Builder, name: string, value: Tensor): void {
  constants.set(name, value);
  types.set(name, { type: value.type, shape: value.shape, ...widthIn(value) });
}

/** Adds the outputs of a node that was computed; such a constant may be empty, since nothing runs on it. */
export function addDerived(builder: Builder, node: GraphNode, values: readonly Tensor[]): void {
  node.outputs.forEach((output, k) => {
    const value = present(values[k], `output ${k} of ${node.name}`);
    checkDeclared(output, value, { declared: builder.declared, by: node.name });
    builder.derived.set(output, node);
    addConstant(builder, output, value);
  });
}

/** Adds a node that runs. */
export function addRuntime(builder: Builder, node: GraphNode, types: readonly TensorType[]): void {
  for (const input of node.inputs) if (input !== null) rejectEmpty(builder.types.get(input)?.shape ?? [], input);
  node.outputs.forEach((output, k) => {
    const type = present(types[k], "output type");
    rejectEmpty(type.shape, output);
    checkDeclared(output, type, { declared: builder.declared, by: node.name, open: builder.bounded.get(output)?.axis });
    builder.types.set(output, type);
  });
  builder.nodes.push(node);
}
