/** What a node leaves implicit: the attributes that its explicit form, in its own opset, has besides its own. */
import type { GraphNode } from "../../../ir/graph/graph.js";
import type { RawNode } from "../normalise/raw-node.js";
import { type Attributes, statedAttributes } from "./attributes.js";
import { rewritingOf } from "./rules.js";

/** To be asked when the types of the node's outputs are known. */
export function impliedAttributes(raw: RawNode, normal: readonly GraphNode[]): Attributes {
  const { opset } = raw;
  const { op = raw.op, overrides = {} } = rewritingOf({ raw, normal, opset, constant: () => "" });
  if (op !== raw.op) return new Map();
  const stated = statedAttributes({ raw, normal, op, opset, overrides });
  return new Map([...stated].filter(([name]) => !raw.attributes.has(name)));
}
