/**
 * Mutants of the lemma winograd: a convolution over tiles with one weight, input or attribute wrong, as a rewriting
 * could have it. A claim about the two graphs (rule B1) must notice.
 */
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { present } from "../../../ir/prelude.js";
import { type Tensor, tensorOf } from "../../../ir/tensor/tensor.js";
import { claims } from "../../../proofs/kernel/claims.js";
import { justifyTiles } from "../../../proofs/lemmas/winograd/justify.js";
import { filterByTiles } from "../../../proofs/lemmas/winograd/rewrite.js";
import { type MutantRow, mutantRow } from "../row.js";
import { type Wrong, wrongConstants } from "./lemmas.js";

/** y = QLinearConv(x) of four channels and one filter over an image of 3 × 2. */
function subjectGraph(): Graph {
  const f32 = (value: number): Tensor => tensorOf("f32", [], [value]);
  const i8 = (value: number): Tensor => tensorOf("i8", [], [value]);
  const weights = Array.from({ length: 36 }, (_, k) => ((k * 37) % 101) - 50);
  const constants = new Map<string, Tensor>([
    ["sx", f32(0.5)], ["zx", i8(-3)], ["w", tensorOf("i8", [1, 4, 3, 3], weights)], ["sw", f32(0.25)], ["zw", i8(7)], ["sy", f32(2)], ["zy", i8(-5)], ["b", tensorOf("i32", [1], [41])],
  ]);
  const conv: GraphNode = {
    name: "conv", op: "QLinearConv", domain: "", opset: 13, inputs: ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"], outputs: ["y"],
    attributes: { kernel_shape: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 1 },
  };
  const images = [{ name: "x", type: "i8", shape: [1, 4, 3, 2] }, { name: "y", type: "i8", shape: [1, 1, 3, 2] }] as const;
  const types = new Map([...constants, ...images.map((image) => [image.name, image] as const)].map(([name, { type, shape }]) => [name, { type, shape }] as const));
  return { name: "subject", inputs: images.slice(0, 1), outputs: images.slice(1), constants, nodes: [conv], types, derived: new Map() };
}

/** Every input left out or exchanged with the next; padding moved by one along each axis; another operator. */
function wrongNodes(after: Graph): readonly Wrong[] {
  const node = present(after.nodes[0], "the convolution");
  const changed = (name: string, bug: string, part: Partial<GraphNode>): Wrong => ({ name, bug, after: { ...after, nodes: [{ ...node, ...part }] } });
  return [
    ...node.inputs.map((_, slot) => changed(`${slot}-omitted`, `input ${slot} is left out`, { inputs: node.inputs.with(slot, null) })),
    ...node.inputs.slice(1).map((input, slot) => changed(`${slot}-exchanged`, `inputs ${slot} and ${slot + 1} are exchanged`, { inputs: node.inputs.with(slot, input).with(slot + 1, node.inputs[slot] ?? null) })),
    ...[[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 1, 1, 2]].map((pads) => changed(`pads-${pads.join("")}`, `pads are ${pads.join(", ")}`, { attributes: { pads } })),
    changed("result", "it makes another tensor", { outputs: ["z"] }),
  ];
}

export function tileMutants(): MutantRow[] {
  const before = subjectGraph();
  const after = filterByTiles(before, present(before.nodes[0], "the convolution"));
  const made = [...after.constants.keys()].filter((name) => !before.constants.has(name));
  return [...wrongConstants(after, made), ...wrongNodes(after)].map((wrong) => mutantRow("lemma", `tiles.${wrong.name}`, wrong.bug, noticedBy(before, wrong.after), { rules: ["B1"] }));
}

/** The first claim that does not hold. */
function noticedBy(before: Graph, after: Graph): string {
  const into = claims("lemmas");
  justifyTiles(into, 0, before, after, "conv");
  return into.obligations.find((claim) => claim.kind === "ground" && !claim.holds)?.id ?? "";
}
