/** The same statements under other names: what two nests that differ in names alone have in common. */
import type { Origin } from "../prelude.js";
import { substitute, substituteCondition, variable } from "./index-expr.js";
import type { Expr, Node } from "./program.js";
import { mapExpr } from "./visit.js";

/** What each name becomes; a name that is not given stays. */
export interface Renaming {
  readonly loops: ReadonlyMap<string, string>;
  readonly stores: ReadonlyMap<string, string>;
  readonly buffers: ReadonlyMap<string, string>;
  /** The ONNX nodes that loops and stores come from. */
  readonly nodes: ReadonlyMap<string, string>;
}

/** `nodes` with all names replaced at once. */
export function renamed(nodes: readonly Node[], by: Renaming): readonly Node[] {
  return nodes.map((node) => renamedNode(node, by));
}

function renamedNode(node: Node, by: Renaming): Node {
  const moved = (name: string): ReturnType<typeof variable> => variable(by.loops.get(name) ?? name);
  switch (node.kind) {
    case "loop":
      return { ...node, variable: by.loops.get(node.variable) ?? node.variable, body: renamed(node.body, by), origin: renamedOrigin(node.origin, by) };
    case "guard":
      return { ...node, conditions: node.conditions.map((c) => substituteCondition(c, moved)), body: renamed(node.body, by) };
    case "store": {
      const index = node.index.map((e) => substitute(e, moved));
      return { ...node, name: by.stores.get(node.name) ?? node.name, buffer: by.buffers.get(node.buffer) ?? node.buffer, index, value: renamedValue(node.value, by), origin: renamedOrigin(node.origin, by) };
    }
  }
}

/** A value with all names in it replaced. */
export function renamedValue(value: Expr, by: Renaming): Expr {
  return mapExpr(value, (e) => renamedLeaf(e, by));
}

function renamedOrigin({ node, pass }: Origin, { nodes }: Renaming): Origin {
  return { node: nodes.get(node) ?? node, pass };
}

function renamedLeaf(e: Expr, { loops, buffers }: Renaming): Expr {
  const moved = (name: string): ReturnType<typeof variable> => variable(loops.get(name) ?? name);
  if (e.kind === "load") return { ...e, buffer: buffers.get(e.buffer) ?? e.buffer, index: e.index.map((i) => substitute(i, moved)) };
  return e.kind === "index" ? { ...e, index: substitute(e.index, moved) } : e;
}
