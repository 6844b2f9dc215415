/**
 * The claims that a QLinearWinograd makes the bits of the QLinearConv in whose place it stands (rule B1). They are
 * read from the two meanings, for each of the four places of a tile, and from the constants of the two graphs; which stages
 * the new meaning has, and how it makes its sum, is not asked. Both sums are bilinear forms (form.ts): what every element
 * of X counts in the one is compared with what it counts in the other, for every filter and channel.
 */
import { operatorNode } from "../../../ir/graph/eval.js";
import type { Graph, GraphNode } from "../../../ir/graph/graph.js";
import { atLeast, below, equals, floordiv, minus, mod, shift, times, variable, zero } from "../../../ir/loop/index-expr.js";
import { operatorFor } from "../../../ir/ops/index.js";
import { Refusal, present } from "../../../ir/prelude.js";
import { type TensorType, printTensorType } from "../../../ir/tensor/tensor.js";
import { type Claims, type Heading, ground, prove } from "../../kernel/claims.js";
import { type Formula, and, condition, not, or } from "../../kernel/obligation.js";
import { textOf } from "../text.js";
import { type Counted, countsOf, sumRange } from "./counts.js";
import { type Opened, type Place, type Side, opened } from "./result.js";

/** Where claims go. */
export interface Use {
  readonly into: Claims;
  readonly step: number;
  readonly node: string;
}

function heading({ step, node }: Use, detail: string, sentence: string): Heading {
  return { rule: "B1", detail: `${step}.${detail}`, sentence, subject: { node, statement: "", buffer: "" } };
}

/** A claim that holds unless `differs` says where it does not. */
function claim(use: Use, detail: string, sentence: string, differs: string | undefined): void {
  ground(use.into, heading(use, detail, sentence), differs === undefined, differs ?? "as the lemma has it");
}

/** What is compared: a node of a graph, by its meaning. */
export function sideOf(graph: Graph, node: GraphNode): Side {
  return { graph, node, meaning: present(operatorFor(node.domain, node.op), node.op).meaning(operatorNode(node, graph)) };
}

/** The claims that the node named `name` makes the same result in both graphs, bit for bit. */
export function justifyTiles(into: Claims, step: number, before: Graph, after: Graph, name: string): void {
  const at = before.nodes.findIndex((node) => node.name === name);
  const [old, made] = [present(before.nodes[at], name), present(after.nodes[at], name)];
  const others = before.nodes.every((node, k) => k === at || node === after.nodes[k]) && before.nodes.length === after.nodes.length;
  const reads = made.inputs.every((input) => input !== null && (old.inputs.includes(input) || (!before.types.has(input) && after.constants.has(input))));
  const same = others && reads && made.inputs[0] === old.inputs[0] && textOf(old.outputs) === textOf(made.outputs);
  const use = { into, step, node: name };
  claim(use, "node", "Only the node itself changed; it makes the same tensor from the same one, the same parameters and new constants.", same ? undefined : "differs");
  if (same) attempted(use, "meaning", "The node has a meaning.", () => { compareMeanings(use, sideOf(before, old), sideOf(after, made)); });
}

/** A claim that does not hold where `body` finds something that the lemma does not speak of. */
function attempted(use: Use, detail: string, sentence: string, body: () => void): void {
  try {
    body();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    claim(use, detail, sentence, error.message);
  }
}

/** Both results, place by place. */
export function compareMeanings(use: Use, before: Side, after: Side): void {
  const [was, is] = [outputOf(before), outputOf(after)];
  const [, , ...image] = was.shape;
  const same = printTensorType(was) === printTensorType(is) && image.length === 2;
  claim(use, "result", "Both results are images of one type.", same ? undefined : `${printTensorType(was)} and ${printTensorType(is)}`);
  if (!same) return;
  covered(use, image);
  for (const p of [0, 1]) for (const q of [0, 1]) {
    if (p < (image[0] ?? 0) && q < (image[1] ?? 0)) comparePlace(use, before, after, { offset: [p, q], image });
  }
}

function outputOf({ meaning: { stages, outputs } }: Side): TensorType {
  return present(stages.find(({ name }) => name === outputs[0]), "the result");
}

/** Tiles along an axis. */
const tilesOf = (extent: number): number => Math.ceil(extent / 2);

/** Every element of the result has one place in one tile. */
function covered(use: Use, image: readonly number[]): void {
  image.forEach((extent, axis) => {
    const at = variable("at");
    const [tile, offset] = [floordiv(at, 2), mod(at, 2)];
    const goal = and(condition(atLeast(tile, zero)), condition(below(tile, tilesOf(extent))), condition(atLeast(offset, zero)), condition(below(offset, 2)), condition(equals(minus(at, times(tile, 2)), offset)));
    prove(use.into, heading(use, `cover.${axis}`, "Every element of the result has its place in a tile."), { variables: [{ name: "at", extent }], premises: [], goal });
  });
}

function comparePlace(use: Use, before: Side, after: Side, place: Place): void {
  const name = place.offset.join("");
  const filters = outputOf(before).shape[1] ?? 0;
  attempted(use, `form.${name}`, "Both results are a rounded product of a sum of integers with a factor.", () => {
    const [old, made] = [opened(before, place), opened(after, place)];
    const [was, is] = [countsOf(old, filters), countsOf(made, filters)];
    claim(use, `around.${name}`, "Around sum and factor both results are the same expression.", old.around === made.around ? undefined : `${old.around} and ${made.around}`);
    claim(use, `narrow.${name}`, "What is converted to 16 bits fits them, for every input.", [...old.reading.wrapped, ...made.reading.wrapped][0]);
    compareCounts(use, name, was, is);
    compareScales(use, name, old, made, was);
    comparePlaces(use, name, was, is, place);
  });
}

/** Every element of X counts four times what it counted, and so does the bias. */
function compareCounts(use: Use, name: string, was: Counted, is: Counted): void {
  const differs = (a: number, b: number): boolean => !Number.isSafeInteger(a - 4 * b) || ((a - 4 * b) | 0) !== 0;
  const elements = [...new Set([...is.elements.keys(), ...was.elements.keys()])];
  const wrong = elements.flatMap((element) => {
    const [a, b] = [is.elements.get(element), was.elements.get(element)];
    for (let m = 0; m < was.filters; m++) for (let c = 0; c < was.channels; c++) {
      const [x, y] = [a?.counts(m, c) ?? 0, b?.counts(m, c) ?? 0];
      if (differs(x, y)) return [`filter ${m}, channel ${c}: ${element} counts ${x}, not 4 times ${y}`];
    }
    return [];
  });
  claim(use, `weights.${name}`, "In each sum every element of X counts four times what it counted.", is.channels === was.channels ? wrong[0] : `${was.channels} channels, ${is.channels} after`);
  const filter = Array.from({ length: was.filters }, (_, m) => m).find((m) => differs(is.start(m), was.start(m)));
  claim(use, `bias.${name}`, "What each sum starts from is four times the bias.", filter === undefined ? undefined : `filter ${filter}: ${is.start(filter)}, not 4 times ${was.start(filter)}`);
}

/** Four times the sum is an integer of 32 bits, and the factor is exactly a quarter of what it was. */
function compareScales(use: Use, name: string, old: Opened, made: Opened, was: Counted): void {
  const filters = Array.from({ length: was.filters }, (_, m) => m);
  const large = filters.map((m) => [m, ...sumRange(was, m)] as const).find(([, low, high]) => !(-4 * low < 2 ** 31 && 4 * high < 2 ** 31));
  claim(use, `range.${name}`, "Four times the sum fits 32 bits, for every input.", large === undefined ? undefined : `filter ${large[0]}: from ${large[1]} to ${large[2]}`);
  const wrong = filters.map((m) => [m, made.factor(m), old.factor(m)] as const).find(([, g, f]) => !(Math.abs(g) >= 2 ** -126 && 4 * g === f && Number.isFinite(f)));
  claim(use, `factor.${name}`, "The factor is exactly a quarter of what it was, and normal.", wrong === undefined ? undefined : `filter ${wrong[0]}: ${wrong[1]}, not a quarter of ${wrong[2]}`);
}

/** An element is read in the same tiles as before. */
function comparePlaces(use: Use, name: string, was: Counted, is: Counted, { offset, image }: Place): void {
  const variables = ["t", "s"].map((tile, axis) => ({ name: tile, extent: tilesOf(image[axis] ?? 1) }));
  const place = variables.map((tile, axis) => shift(times(variable(tile.name), 2), offset[axis] ?? 0));
  const premises = place.map((index, axis) => condition(below(index, image[axis] ?? 1)));
  const both = [...is.elements].flatMap(([element, { where }]) => {
    const before = was.elements.get(element)?.where;
    return before === undefined ? [] : [[before, where].map((list) => and(...list.map(condition)))];
  });
  const implied = (from: number, to: number): Formula => and(...both.map((pair) => or(not(present(pair[from], "a guard")), present(pair[to], "a guard"))));
  prove(use.into, heading(use, `inside.${name}`, "An element that counted is read."), { variables, premises, goal: implied(0, 1) });
  prove(use.into, heading(use, `outside.${name}`, "An element that is read counted, so all others are a zero."), { variables, premises, goal: implied(1, 0) });
}
