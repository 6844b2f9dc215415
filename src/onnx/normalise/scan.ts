/**
 * Scan, unrolled: the nodes of the body stand in the graph once per position of the scanned
 * axis, given the states and, of every scanned input, the element at that position (the
 * last first where its direction is 1); the elements that the body gives are stacked along
 * a new axis, where its direction is 1 in the opposite order. States keep one type and
 * shape. Opset 8 scans axis 1 of each member of a batch (axis 0), and takes the lengths of
 * the sequences as a constant; what comes after a short one, which ONNX leaves undefined,
 * is 0. Since opset 9 there is no batch, and axes and directions are attributes.
 */
import type { GraphNode } from "../../../ir/graph/graph.js";
import { invalid, unsupported } from "../../../ir/prelude.js";
import { unrolledLimit } from "../functions.js";
import { type Normaliser, allowOnly, axisOf, constantInput, integersOf, intOf, intsOf, refuseValue } from "./node.js";
import type { RawNode, Subgraph } from "./raw-node.js";
import { bodyOf, checkAlike, checkBody, copies, elementAt, final, putConstant, stacked, typeOf } from "./subgraphs.js";

export const scan: Normaliser = (node) => {
  allowOnly(
    node, "body", "num_scan_inputs", ...(node.opset < 9 ? ["directions"] : []),
    ...(node.opset >= 9 ? ["scan_input_axes", "scan_input_directions", "scan_output_axes", "scan_output_directions"] : []),
  );
  return node.opset < 9 ? scanBatch(node) : scanOnce(node);
};

/** States and scanned inputs, told apart. */
interface Parts {
  readonly body: Subgraph;
  readonly states: readonly string[];
  readonly scanned: readonly string[];
  /** Number of outputs that are stacked. */
  readonly stacks: number;
}

function partsOf(node: RawNode, inputs: readonly (string | null)[]): Parts {
  const given = inputs.map((input, k) => input ?? invalid("input-count", `Scan has no input ${k}`, node.name, "give every state and scanned input"));
  const count = intOf(node, "num_scan_inputs");
  if (count === undefined || count < 1 || count > given.length) {
    return invalid("attribute-value", `Scan of ${given.length} inputs has num_scan_inputs = ${String(count)}`, node.name, "correct num_scan_inputs");
  }
  const body = bodyOf(node, "body");
  checkBody(node, body, "body", { inputs: given.length, outputs: node.outputs.length });
  const states = given.slice(0, given.length - count);
  const stacks = node.outputs.length - states.length;
  if (stacks < 0) invalid("output-count", `Scan gives ${node.outputs.length} outputs for ${states.length} states`, node.name, "give every state an output");
  return { body, states, scanned: given.slice(states.length), stacks };
}

/** One number per item, `fallback` for all where the attribute is omitted. */
function perItem(node: RawNode, name: string, count: number, fallback: number): readonly number[] {
  const listed = intsOf(node, name) ?? new Array<number>(count).fill(fallback);
  if (listed.length !== count) {
    invalid("attribute-value", `Scan has ${listed.length} ${name}, not ${count}`, node.name, `give ${count} ${name}`);
  }
  return listed;
}

function directions(node: RawNode, name: string, count: number): readonly number[] {
  const listed = perItem(node, name, count, 0);
  return listed.every((direction) => direction === 0 || direction === 1) ? listed : refuseValue(node, name, `[${listed.join(", ")}]`, "use 0 for forward and 1 for reverse");
}

/** The common extent of the scanned axes. */
function lengthOf(node: RawNode, scanned: readonly string[], axes: readonly number[]): number {
  const lengths = scanned.map((name, k) => typeOf(node, name).shape[axes[k] ?? 0] ?? 0);
  const [length = 0] = lengths;
  if (lengths.some((other) => other !== length)) invalid("shape-mismatch", `Scan goes along axes of extents ${lengths.join(", ")}`, node.name, "give scanned inputs of one length");
  return length;
}

interface Sweep {
  readonly body: Subgraph;
  readonly states: readonly string[];
  readonly length: number;
  /** What the body is given of every scanned input in run `t`. */
  readonly elements: (t: number) => readonly string[];
  /** Begins the names of the runs. */
  readonly label: string;
}

interface Swept {
  readonly states: readonly string[];
  /** By run, then by stacked output. */
  readonly rows: readonly (readonly string[])[];
}

function sweep(node: RawNode, { body, states, length, elements, label }: Sweep): Swept {
  let current = states;
  const rows: (readonly string[])[] = [];
  for (let t = 0; t < length; t++) {
    const outputs = body.run({ label: `${label}${t}`, inputs: [...current, ...elements(t)] });
    const next = outputs.slice(0, states.length);
    next.forEach((state, k) => checkAlike(node, [states[k] ?? state, state], `state ${k}`));
    rows.push(outputs.slice(states.length));
    current = next;
  }
  return { states: current, rows };
}

function checkSize(node: RawNode, body: Subgraph, runs: number): void {
  node.control.note("loop-unrolled", `the scan ${node.name} is unrolled: its body stands in the graph ${runs} times`);
  if (runs * Math.max(1, body.nodes) <= unrolledLimit) return;
  unsupported("too-large", `the scan ${node.name} runs a body of ${body.nodes} nodes ${runs} times, that is more than ${unrolledLimit} nodes`, node.name, "shorten the sequence");
}

function scanOnce(node: RawNode): GraphNode[] {
  const { body, states, scanned, stacks } = partsOf(node, node.inputs);
  const axes = perItem(node, "scan_input_axes", scanned.length, 0).map((axis, k) => axisOf(node, axis, typeOf(node, scanned[k] ?? "").shape.length));
  const [inwards, outwards] = [directions(node, "scan_input_directions", scanned.length), directions(node, "scan_output_directions", stacks)];
  const along = perItem(node, "scan_output_axes", stacks, 0);
  const length = lengthOf(node, scanned, axes);
  checkSize(node, body, length);
  const elements = (t: number): readonly string[] => scanned.map((name, k) => elementAt(node, name, axes[k] ?? 0, inwards[k] === 1 ? length - 1 - t : t));
  const swept = sweep(node, { body, states, length, elements, label: "" });
  const stacking = along.flatMap((axis, k) => {
    const output = states.length + k;
    if ((node.outputs[output] ?? "") === "") return [];
    const rows = swept.rows.map((row) => row[k] ?? "");
    const rank = typeOf(node, rows[0] ?? "").shape.length + 1;
    return stackedOutput(node, output, outwards[k] === 1 ? rows.toReversed() : rows, axisOf(node, axis, rank));
  });
  return [...copies(node, swept.states), ...stacking];
}

function stackedOutput(node: RawNode, k: number, rows: readonly string[], axis: number): readonly GraphNode[] {
  checkAlike(node, rows, `output ${k}`);
  const made: GraphNode[] = [];
  stacked(node, rows, axis, (op, inputs, attributes) => made.push(...final(node, k, op, inputs, attributes)));
  return made;
}

/** Opset 8. The runs of one member of the batch follow each other; members have nothing in common. */
function scanBatch(node: RawNode): GraphNode[] {
  const { body, states, scanned, stacks } = partsOf(node, node.inputs.slice(1));
  const reverse = directions(node, "directions", scanned.length);
  const length = lengthOf(node, scanned, scanned.map(() => 1));
  const members = lengthOf(node, [...states, ...scanned], [...states, ...scanned].map(() => 0));
  const lengths = sequenceLengths(node, members, length);
  if (reverse.includes(1) && lengths.some((own) => own !== length)) refuseValue(node, "directions", "1 and sequences of different lengths", "scan forward, or whole sequences");
  checkSize(node, body, lengths.reduce((sum, own) => sum + own, 0));
  const swept = lengths.map((own, b) => {
    const [first, sequence] = [states, scanned].map((names) => names.map((name) => elementAt(node, name, 0, b)));
    const elements = (t: number): readonly string[] => (sequence ?? []).map((name, k) => elementAt(node, name, 0, reverse[k] === 1 ? length - 1 - t : t));
    return sweep(node, { body, length: own, label: `${b}/`, states: first ?? [], elements });
  });
  const results = [
    ...states.map((_, k) => swept.map((member) => member.states[k] ?? "")),
    ...Array.from({ length: stacks }, (_, k) => sequences(node, swept, k, length)),
  ];
  return results.flatMap((parts, k) => ((node.outputs[k] ?? "") === "" ? [] : stackedOutput(node, k, parts, 0)));
}

/** Input 0, or the extent of the axis for all. */
function sequenceLengths(node: RawNode, members: number, length: number): readonly number[] {
  const given = constantInput(node, 0);
  if (given === undefined) return new Array<number>(members).fill(length);
  const lengths = integersOf(node, given, "sequence_lens");
  if (lengths.length !== members || lengths.some((own) => own < 0 || own > length)) {
    invalid("shape-mismatch", `Scan of ${members} sequences of at most ${length} has sequence_lens = [${lengths.join(", ")}]`, node.name, "correct sequence_lens");
  }
  return lengths;
}

/** Stacked output `k` of every member of the batch, short ones filled up with zeros. */
function sequences(node: RawNode, swept: readonly Swept[], k: number, length: number): readonly string[] {
  const rows = swept.map((member) => member.rows.map((row) => row[k] ?? ""));
  const [sample] = rows.flat();
  if (sample === undefined) return invalid("shape-mismatch", "every sequence of Scan has the length 0", node.name, "scan at least one element");
  checkAlike(node, rows.flat(), `stacked output ${k}`);
  const { type, shape } = typeOf(node, sample);
  return rows.map((own) => {
    const missing = length - own.length;
    const zero = missing === 0 ? [] : new Array<string>(missing).fill(putConstant(node, type, shape, type === "i64" || type === "u64" ? 0n : 0));
    let output = "";
    stacked(node, [...own, ...zero], 0, (op, inputs, attributes) => {
      output = node.fresh(`${node.name}_sequence`);
      node.control.add([{ name: node.fresh(`${node.name}_${op}`), op, domain: "", opset: node.opset, attributes, inputs, outputs: [output] }]);
    });
    return output;
  });
}
