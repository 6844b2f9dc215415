/**
 * Passes that are wrong in one place: they do their work, spoil the result and still
 * tell the story of the right one. Made for `spoiltNetwork`, where each finds something
 * to spoil.
 */
import { join } from "node:path";
import { type IndexExpr, literal, minus } from "../../ir/loop/index-expr.js";
import type { Buffer, Expr, Node, Program } from "../../ir/loop/program.js";
import { bufferOf, mapExpr, mapStores } from "../../ir/loop/visit.js";
import type { Pass } from "../../src/pass.js";
import { root } from "../conventions/checkout.js";

/** Four dense layers, 7-32-32-32-5. */
export const spoiltNetwork = join(root, "examples", "flight-mlp", "flight-mlp.onnx");

export interface Sabotage {
  readonly pass: string;
  readonly bug: string;
  readonly spoil: (after: Program) => Program;
  /** The rule that must notice. */
  readonly rule: RegExp;
}

export const sabotages: readonly Sabotage[] = [
  {
    pass: "fuse-loops", bug: "the fused statement adds the bias of the mirrored channel", rule: /\/W2\//,
    spoil: (after) => mapStores(after, (store) => (store.origin.pass === "fuse-loops" ? { ...store, value: mirroredWeights(store.value, after) } : store)),
  },
  {
    pass: "tile-loops", bug: "the last tile of every layer is dropped", rule: /\/W2\//,
    spoil: (after) => ({ ...after, body: withoutLastTile(after.body) }),
  },
  {
    pass: "pack-weights", bug: "the rows of one matrix are packed backwards", rule: /\/W2\//,
    spoil: (after) => changedBuffers(after, (buffer) => (buffer.map?.tensor === "layer2.weight" ? backwards(buffer) : buffer)),
  },
  {
    pass: "plan-memory", bug: "layers that live at once share the arena", rule: /\/M1\//,
    spoil: (after) => changedBuffers(after, (buffer) => (buffer.place === undefined ? buffer : { ...buffer, place: { offset: 0 } })),
  },
];

function changedBuffers(program: Program, change: (buffer: Buffer) => Buffer): Program {
  return { ...program, buffers: program.buffers.map(change) };
}

function mirroredWeights(value: Expr, program: Program): Expr {
  return mapExpr(value, (e) => {
    if (e.kind !== "load" || bufferOf(program, e.buffer).kind !== "weight") return e;
    return { ...e, index: e.index.map((index, axis) => mirror(index, bufferOf(program, e.buffer).shape[axis] ?? 1)) };
  });
}

function mirror(index: IndexExpr, extent: number): IndexExpr {
  return minus(literal(extent - 1), index);
}

function withoutLastTile(body: readonly Node[]): Node[] {
  return body.map((node) => {
    if (node.kind === "store") return node;
    const inner = { ...node, body: withoutLastTile(node.body) };
    return inner.kind === "loop" && inner.origin.pass === "tile-loops" && inner.variable.endsWith("t") ? { ...inner, extent: inner.extent - 1 } : inner;
  });
}

function backwards(buffer: Buffer): Buffer {
  const { map } = buffer;
  const [first, ...rest] = map?.index ?? [];
  return map === undefined || first === undefined ? buffer : { ...buffer, map: { ...map, index: [mirror(first, 32), ...rest] } };
}

/** The pass, with its result spoilt and its witness kept. */
export function wrong(pass: Pass, spoil: Sabotage["spoil"]): Pass {
  return {
    ...pass,
    run: (before, options) => {
      const result = pass.run(before, options);
      return result === undefined ? undefined : { ...result, after: spoil(result.after) };
    },
  };
}
