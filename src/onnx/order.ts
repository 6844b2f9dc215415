/**
 * Order and liveness of nodes: single assignment, a producer for every input, no
 * cycle, execution order, and which nodes an output depends on.
 */
import { invalid, present } from "../../ir/prelude.js";
import { type Finding, finding } from "./findings.js";
import { type FlatNode, readsOf } from "./flat-node.js";

export interface Ordered {
  /** In execution order; the model's own order where it is one. */
  readonly nodes: readonly FlatNode[];
  readonly findings: readonly Finding[];
}

/** Orders `nodes`; `given` are the graph inputs and initializers. Codes: `duplicate-name`, `no-producer`, `cycle`. */
export function orderNodes(nodes: readonly FlatNode[], given: ReadonlySet<string>): Ordered {
  const producers = producersOf(nodes, given);
  checkProducers(nodes, given, producers);
  if (isOrdered(nodes, given)) return { nodes, findings: [] };
  const sorted = sort(nodes, producers);
  const unsorted = finding("unsorted-nodes", undefined, "the nodes are not stored in execution order and were sorted");
  return { nodes: sorted, findings: [unsorted] };
}

function producersOf(nodes: readonly FlatNode[], given: ReadonlySet<string>): ReadonlyMap<string, FlatNode> {
  const producers = new Map<string, FlatNode>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === "") continue;
      const other = producers.get(output)?.name ?? (given.has(output) ? "the graph inputs or initializers" : undefined);
      if (other !== undefined) {
        invalid(
          "duplicate-name", `tensor ${output} is made by ${node.name} and by ${other}`, node.name,
          "give every tensor one producer",
        );
      }
      producers.set(output, node);
    }
  }
  return producers;
}

function checkProducers(nodes: readonly FlatNode[], given: ReadonlySet<string>, producers: ReadonlyMap<string, FlatNode>): void {
  for (const node of nodes) {
    const missing = readsOf(node).find((input) => !given.has(input) && !producers.has(input));
    if (missing !== undefined) {
      invalid(
        "no-producer", `nothing makes the tensor ${missing}, ${node.inputs.includes(missing) ? "an input" : "read in a subgraph"} of ${node.name}`, node.name,
        "add its producer, a graph input or an initializer",
      );
    }
  }
}

function isOrdered(nodes: readonly FlatNode[], given: ReadonlySet<string>): boolean {
  const made = new Set(given);
  return nodes.every((node) => {
    const ready = readsOf(node).every((input) => made.has(input));
    node.outputs.forEach((output) => made.add(output));
    return ready;
  });
}

type States = ReadonlyMap<FlatNode, "open" | "done">;

/** Depth first with a stack of our own: a chain of nodes may be longer than the call stack. */
function sort(nodes: readonly FlatNode[], producers: ReadonlyMap<string, FlatNode>): readonly FlatNode[] {
  const state = new Map<FlatNode, "open" | "done">();
  const sorted: FlatNode[] = [];
  for (const root of nodes) {
    const stack = [root];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const pending = state.get(node) === "done" ? undefined : nextPending(node, producers, state);
      if (pending !== undefined) {
        state.set(node, "open");
        if (state.get(pending) === "open") refuseCycle(pending, stack);
        stack.push(pending);
        continue;
      }
      if (state.get(node) !== "done") sorted.push(node);
      state.set(node, "done");
      stack.pop();
    }
  }
  return sorted;
}

/** A producer of an input of `node` that is not sorted yet. */
function nextPending(node: FlatNode, producers: ReadonlyMap<string, FlatNode>, state: States): FlatNode | undefined {
  for (const input of readsOf(node)) {
    const producer = producers.get(input);
    if (producer !== undefined && state.get(producer) !== "done") return producer;
  }
  return undefined;
}

function refuseCycle(node: FlatNode, stack: readonly FlatNode[]): never {
  const names = stack.slice(stack.indexOf(node)).map(({ name }) => name);
  return invalid(
    "cycle",
    `the nodes ${names.slice(0, 8).join(" <- ")}${names.length > 8 ? " <- …" : ""} depend on each other in a circle`,
    node.name, "a network must be acyclic: break the circle",
  );
}

interface Reader {
  readonly inputs: readonly (string | null)[];
  readonly outputs: readonly string[];
  /** What its subgraphs read. */
  readonly captures?: readonly string[];
}

/** The nodes that one of the tensors `wanted` depends on. `nodes` are in execution order. */
export function liveNodes<N extends Reader>(nodes: readonly N[], wanted: Iterable<string>): ReadonlySet<N> {
  const needed = new Set(wanted);
  const live = new Set<N>();
  for (let k = nodes.length - 1; k >= 0; k--) {
    const node = present(nodes[k], "node");
    if (!node.outputs.some((output) => needed.has(output))) continue;
    live.add(node);
    for (const input of node.inputs) if (input !== null) needed.add(input);
    for (const capture of node.captures ?? []) needed.add(capture);
  }
  return live;
}
