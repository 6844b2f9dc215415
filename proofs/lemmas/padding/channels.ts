/**
 * Channels that only the weights have: a convolution gets a constant with more channels in place of its weights. What stands in
 * them is never seen, because the image is 0 there (rewrite.ts); in all others they are the weights of before, element by element.
 */
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { type Tensor, type TensorType, elementCount, stridesOf, tensorOf } from "../../../ir/tensor/tensor.js";

/** The axis of channels in weights. */
const axis = 1;
/** More at a time than any target has elements of 16 bits side by side. */
const mostAdded = 8;

/** Which input is the weights. */
function slotOf({ op }: GraphNode): number {
  return op.endsWith("QLinearConv") ? 3 : 1;
}

/** The channels that a node has a weight for. */
export function channelsOf(graph: Graph, node: GraphNode): number {
  return graph.types.get(node.inputs[slotOf(node)] ?? "")?.shape[axis] ?? 0;
}

/** Why a node cannot have so many channels; undefined where it can. */
export function whyNoChannels(graph: Graph, node: GraphNode, channels: number): string | undefined {
  if (node.attributes["group"] !== 1) return "it has several groups";
  if (!graph.constants.has(node.inputs[slotOf(node)] ?? "")) return "its weights are no constant";
  const given = channelsOf(graph, node);
  const fits = Number.isSafeInteger(channels) && channels > given && channels <= given + mostAdded;
  return fits ? undefined : `it has ${given} channels, so it takes ${given + 1} to ${given + mostAdded}`;
}

/** Node and graph with a constant of so many channels in place of the weights; 0 in those that are new. */
export function withChannels(graph: Graph, node: GraphNode, channels: number): { readonly graph: Graph; readonly node: GraphNode } {
  const slot = slotOf(node);
  const weights = graph.constants.get(node.inputs[slot] ?? "");
  if (weights === undefined) return { graph, node };
  const name = unused(graph, `${node.name}/weights`);
  const made = widened(weights, channels);
  const { data: _, ...type } = made;
  return {
    graph: { ...graph, constants: new Map([...graph.constants, [name, made]]), types: new Map([...graph.types, [name, type]]) },
    node: { ...node, inputs: node.inputs.map((input, at) => (at === slot ? name : input)) },
  };
}

function unused({ types }: Pick<Graph, "types">, name: string): string {
  return types.has(name) ? unused({ types }, `${name}'`) : name;
}

function widened(weights: Tensor, channels: number): Tensor {
  const shape = weights.shape.with(axis, channels);
  const made = tensorOf(weights.type, shape, new Array<number>(elementCount(shape)).fill(0));
  corresponding(weights.shape, shape).forEach((to, from) => {
    made.data[to] = weights.data[from] as never;
  });
  return { ...weights, ...made };
}

/** Where each element of a tensor stands, in its order, in a larger one. */
function corresponding(shape: readonly number[], larger: readonly number[]): readonly number[] {
  const strides = stridesOf(larger);
  return shape.reduce<readonly number[]>((starts, extent, k) => starts.flatMap((start) => Array.from({ length: extent }, (_, at) => start + at * (strides[k] ?? 1))), [0]);
}

/** Whether what a node reads after is what it read before: the same tensor, or a constant that no one had, which agrees wherever that before has elements. */
export function readsSame(before: Graph, after: Graph, [old, made]: readonly [string | null, string | null]): boolean {
  if (old === made || old === null || made === null) return old === made;
  const [was, is] = [before.constants.get(old), after.constants.get(made)];
  if (was === undefined || is === undefined || before.types.has(made)) return false;
  return holds(was, is) && isOf(is, after.types.get(made));
}

function holds(was: Tensor, is: Tensor): boolean {
  const larger = was.type === is.type && was.width === is.width && was.shape.length === is.shape.length && was.shape.every((extent, k) => extent <= (is.shape[k] ?? 0));
  return larger && corresponding(was.shape, is.shape).every((to, from) => Object.is(was.data[from], is.data[to]));
}

function isOf({ type, shape, width }: Tensor, said: TensorType | undefined): boolean {
  return said?.type === type && said.width === width && said.shape.join() === shape.join();
}
