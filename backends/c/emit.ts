/**
 * Prints a final LoopProgram as strict C99: static storage for nothing but constant
 * weights, one caller-supplied arena per element type, literal bounds, no pointer
 * arithmetic beyond the start of each temporary. One function per ONNX node, or for several whose parts
 * of the program are equal but for names.
 *
 * The printer is untrusted: readback.ts recovers the program from the text alone.
 */
import { present } from "../../ir/prelude.js";
import { codeFactsOf } from "../../ir/loop/code-facts.js";
import type { GuardFact } from "../../ir/loop/facts.js";
import type { Buffer, Guard, Load, Loop, Node, Program, Store } from "../../ir/loop/program.js";
import { scalarFunction } from "../../ir/scalar/ops.js";
import type { ElementType } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { EmitOptions, Emission, EmittedFile, LoopPlace } from "../backend.js";
import { groupComment, loopComment, programComment, storeComment } from "./annotations.js";
import { type Dot, dotLines, dotName, dotOf, quadStartLines, quadSteps } from "./dot.js";
import { type DotLanes, dotLanesLines, dotLanesName, dotLanesOf } from "./dot-lanes.js";
import { arraysOf, entryLines, localLine, partLines, tempsOf, toldWeights, touches } from "./entry-text.js";
import type { Group } from "./groups.js";
import { harnessFile } from "./harness.js";
import { headerText } from "./header.js";
import { conditionText, subscriptText } from "./index-text.js";
import { type Layout, layoutOf, usesType } from "./layout.js";
import { needsMath } from "./literals.js";
import { arenaName, cTypes, fileNames, weightName } from "./names.js";
import { doubleChecks, floatNotice, fusedChecks, guardMacros, loopBoundMacro, mathInclude, platformChecks, sourceNotice, standardIncludes, unrollPragma, vectorPragma } from "./notices.js";
import { type Pair, isPairLoop, pairLines, pairOf } from "./pair.js";
import { interfaceOf, parameterText, signatureLines } from "./parameters.js";
import { primitiveLines } from "./primitives.js";
import { rolledPragma } from "./rolled.js";
import { nearDifferenceLines, nearDifferenceName } from "./near-difference.js";
import { convertedLines, roundedForms, roundedKinds, roundedLines, roundedName, roundedTypes } from "./rounded.js";
import { type QuadSum, quadSumLines, quadSumName, quadSumOf } from "./quad-sums.js";
import { selftestText } from "./selftest.js";
import { bareValueText, scalarFunctionLines } from "./value-text.js";
import { type Tile, tileName } from "./tile.js";
import { addressLines, tileLines } from "./tile-text.js";
import { type Walk, walkOf } from "./tile-walk.js";
import { weightsHeaderText, weightsText } from "./weights-text.js";
import { ownShape, partition, sharedHeader, workerParameters } from "./workers.js";

/** Longest line of a statement before the value moves to a line of its own. */
const maxLine = 110;

/** The C files of a program, its test harness, and the line of every loop. */
export function emitC(program: Program, options: EmitOptions): Emission {
  const layout = layoutOf(program, options);
  return { ...printLayout(layout), harness: [harnessFile(layout)] };
}

/** The product files alone; what read-back compares its text with. */
export function printLayout(layout: Layout): Pick<Emission, "files" | "loopLines"> {
  const names = fileNames(layout.model);
  const { text, loopLines } = sourceText(layout);
  const files: EmittedFile[] = [{ name: names.header, text: headerText(layout) }, { name: names.source, text }];
  if (layout.weights.size > 0) {
    files.push({ name: names.weightsHeader, text: weightsHeaderText(layout) }, { name: names.weights, text: weightsText(layout) });
  }
  files.push({ name: names.selftest, text: selftestText(layout) });
  return { files, loopLines };
}

/** The source with its headers and weights that are all zero: enough to compile and bound a candidate, and never a product. */
export function printCandidate(program: Program, options: EmitOptions): readonly EmittedFile[] {
  const layout = layoutOf(program, options);
  const names = fileNames(layout.model);
  const declarations = weightsHeaderText(layout);
  const zeros = [...declarations.matchAll(/^extern (.*);$/gm)].map(([, head = ""]) => `${head} = {0};\n`);
  return [
    { name: names.header, text: headerText(layout) },
    { name: names.source, text: sourceText(layout).text },
    ...(layout.weights.size === 0 ? [] : [{ name: names.weightsHeader, text: declarations }, { name: names.weights, text: `#include "${names.weightsHeader}"\n${zeros.join("")}` }]),
  ];
}

function sourceText(layout: Layout): { text: string; loopLines: ReadonlyMap<string, LoopPlace> } {
  const { guards } = codeFactsOf(layout.program);
  const guarded = guards.length > 0 ? guardMacros : [];
  const head = [...sourceNotice, ...floatNotice[layout.floatCompare], ...programComment(layout.program)];
  const lines = [...head, ...preamble(layout), ...guarded, ...definitions(layout)];
  const loopLines = new Map<string, LoopPlace>();
  const printed = guards.entries();
  const printer: Printer = {
    layout,
    pairLoops: new Set(),
    walk: undefined,
    line: (indent, text) => lines.push(text === "" ? "" : `${"    ".repeat(indent)}${text}`),
    nextGuard: () => present(printed.next().value, "facts of a guard"),
    loopStarts: (loop) => loopLines.set(loop, { file: fileNames(layout.model).source, line: lines.length }),
  };
  for (const group of layout.groups) lines.push(...printGroup(group, printer));
  lines.push("", ...entryLines(layout), ...partLines(layout));
  return { text: `${lines.join("\n")}\n`, loopLines };
}

function preamble(layout: Layout): readonly string[] {
  const { model, weights, calls, constants } = layout;
  const names = fileNames(model);
  return [
    `#include "${names.header}"`,
    ...(weights.size > 0 ? [`#include "${names.weightsHeader}"`] : []),
    ...standardIncludes,
    ...(constants.some(needsMath) ? [mathInclude] : []),
    "",
    ...platformChecks,
    ...(usesType(layout, "f64") ? doubleChecks : []),
    ...(["f32", "f64"] as const).flatMap((type) => (calls.includes(`fma.${type}`) ? fusedChecks[type] : [])),
    "",
    ...loopBoundMacro,
  ];
}

function definitions({ calls, steps, floatCompare, dots, quadSums, tiles, dotLanes, paired, rounded }: Layout): readonly string[] {
  const shares = steps.length > 0 ? ["", ...partition] : [];
  const functions = calls.flatMap((op) => {
    const definition = scalarFunction(op);
    return ["", ...(definition === undefined ? primitiveLines(op, floatCompare) : scalarFunctionLines(definition, floatCompare))];
  });
  const records = roundedKinds.flatMap((kind) => {
    const used = roundedForms(kind).filter((form) => rounded.has(roundedName(form)));
    return used.length === 0 ? [] : ["", ...roundedLines(kind, floatCompare), ...used.filter(({ to }) => to !== "i32").flatMap((form) => ["", ...convertedLines(form)])];
  });
  const differences = roundedTypes.filter((type) => rounded.has(nearDifferenceName(type))).flatMap((type) => ["", ...nearDifferenceLines(type, floatCompare)]);
  const start = quadSums.length > 0 && !dots.includes(quadSteps) ? ["", ...quadStartLines] : [];
  const fours = [...start, ...quadSums.flatMap((kind) => ["", ...quadSumLines(kind)])];
  return [...functions, ...records, ...differences, ...dots.flatMap((steps) => ["", ...dotLines(steps)]), ...fours, ...(tiles.length > 0 ? ["", ...addressLines] : []), ...tiles.flatMap((shape) => ["", ...tileLines(shape)]), ...(dotLanes ? ["", ...dotLanesLines] : []), ...(paired.size > 0 ? ["", ...pairLines] : []), ...shares];
}

interface Printer {
  readonly layout: Layout;
  /** Loops over the elements of a pair around what is printed next (pair.ts). */
  readonly pairLoops: Set<string>;
  /** The walk of a tile that is being printed (tile-walk.ts). */
  walk: Walk | undefined;
  readonly line: (indent: number, text: string) => void;
  /** The line just printed is the header of this loop. */
  readonly loopStarts: (loop: string) => void;
  /** Number and facts of the guard that is printed next. */
  readonly nextGuard: () => readonly [number, GuardFact];
}

/** Prints the function of a group; what is returned comes after it. */
function printGroup(group: Group, printer: Printer): readonly string[] {
  const { layout, line } = printer;
  line(0, "");
  line(0, groupComment(group.node));
  for (const text of signatureLines(`static void ${group.name}`, groupParameters(group, layout))) line(0, text);
  line(0, "{");
  const bound = bindings(group, layout);
  for (const text of bound) line(1, text);
  if (bound.length > 0) line(0, "");
  for (const node of group.body) printNode(node, 1, printer);
  return ["}"];
}

/** Inputs, outputs, shared locals, arenas and weights kept apart that the group uses, in that order; where several parts run it, its arrays. */
function groupParameters(group: Group, { program, sharedLocals, arenas, model, weights }: Layout): readonly string[] {
  const sized = (b: Buffer): string => parameterText({ type: storedType(b, weights), name: b.name, size: elementCount(b.shape), written: group.writes.has(b.name), apart: group.weightsApart && b.kind === "weight" });
  if (group.several) return arraysOf(group, program).map(sized);
  const arrays = [...interfaceOf(program), ...sharedLocals];
  const used = arrays.filter(({ name }) => touches(group, name));
  const lent = [...arenas.keys()].filter((type) => tempsOf(program, group, type).length > 0);
  return [
    ...used.map(sized),
    ...lent.map((type) => {
      const written = tempsOf(program, group, type).some(({ name }) => group.writes.has(name));
      return parameterText({ type, name: arenaName(type), size: { model }, written });
    }),
    ...toldWeights(group, program).map(sized),
    ...(group.shared ? workerParameters : []),
  ];
}

/** The type of a buffer's array in the text: that of a weight that a record reads is wider. */
function storedType({ name, type }: Buffer, weights: Layout["weights"]): ElementType {
  return weights.get(name)?.type ?? type;
}

/** Where the buffers of a function are: weights, temporaries and its own locals, in program order. */
function bindings(group: Group, { program, model, sharedLocals, privates, weights }: Layout): readonly string[] {
  const order = [...weights.keys()];
  return program.buffers.filter(({ name }) => touches(group, name)).flatMap((b) => {
    const pointer = `${group.writes.has(b.name) ? "" : "const "}${cTypes[storedType(b, weights)]} *const ${b.name}`;
    if (group.several && b.kind !== "local" && !group.common.has(b.name)) return [];
    if (b.kind === "weight") return group.weightsApart ? [] : [`${pointer} = &${weightName(model, order.indexOf(b.name))}[0];`];
    if (b.kind === "temp") return [`${pointer} = &${arenaName(b.type)}[${present(b.place, "place").offset}];`];
    return b.kind === "local" && !sharedLocals.includes(b) && !privates.has(b.name) ? [localLine(b, elementCount(b.shape))] : [];
  });
}

function printNode(node: Node, indent: number, printer: Printer): void {
  switch (node.kind) {
    case "loop":
      return printFromLoop(node, indent, printer);
    case "guard":
      return printGuard(node, indent, printer);
    case "store":
      return printStore(node, indent, printer);
  }
}

/** A loop, or a block of the text with the addresses that move in the loops from here. */
function printFromLoop(loop: Loop, indent: number, printer: Printer): void {
  const walk = printer.walk === undefined ? walkOf(loop, printer.layout.buffers) : undefined;
  if (walk === undefined) return printLoop(loop, indent, printer);
  const { columns, weights } = walk.start;
  const [first, second] = columns.map((load) => elementIn(printer.layout, load));
  printer.line(indent, "{");
  printer.line(indent + 1, `tile_of_i16 tile_now = tile_at(&${first}, &${second ?? first}, &${elementIn(printer.layout, weights)});`);
  printer.walk = walk;
  printLoop(loop, indent + 1, printer);
  printer.walk = undefined;
  printer.line(indent, "}");
}

function printLoop(loop: Loop, indent: number, printer: Printer): void {
  const { variable, extent } = loop;
  printer.line(indent, loopComment(loop));
  const lanes = dotLanesOf(loop, printer.layout.buffers);
  if (lanes !== undefined) return printDotLanes(variable, lanes, indent, printer);
  const dot = dotOf(loop, printer.layout.buffers);
  if (dot !== undefined) return printDot(variable, dot, indent, printer);
  const quadSum = quadSumOf(loop, printer.layout.buffers);
  if (quadSum !== undefined) return printQuadSum(variable, quadSum, indent, printer);
  if (printer.walk?.tile.loops[0] === loop) return printTile(printer.walk.tile, indent, printer);
  if (loop.mode === "vector") printer.line(0, vectorPragma);
  if (loop.mode === "unrolled" && extent >= printer.layout.asksToUnrollFrom) printer.line(0, unrollPragma(extent));
  if (printer.layout.rolled.has(variable)) printer.line(0, rolledPragma);
  const shared = indent === 1 && loop.mode === "parallel";
  printer.line(indent, shared ? sharedHeader(loop) : `for (int32_t ${variable} = 0; ${variable} < ${extent}; ${variable}++) {`);
  printer.loopStarts(variable);
  if (shared) for (const text of privateLines(variable, printer.layout)) printer.line(indent + 1, text);
  if (isPairLoop(loop)) printer.pairLoops.add(variable);
  for (const child of loop.body) printNode(child, indent + 1, printer);
  printer.pairLoops.delete(variable);
  const move = printer.walk?.loops.find((of) => of.variable === variable)?.move;
  if (move !== undefined && move.image + move.weights > 0) printer.line(indent + 1, `tile_moved(&tile_now, ${move.image}, ${move.weights});`);
  printer.line(indent + 1, `LOOP_BOUND(${variable}, ${extent});`); // last: the test of the loop follows in the same basic block
  printer.line(indent, "}");
}

/** The steps of the loop in one call; the line of the call is that of the loop. */
function printDot(variable: string, { steps, store, x, y }: Dot, indent: number, { layout, line, loopStarts }: Printer): void {
  const [sum, first, second] = [store, x, y].map((access) => elementIn(layout, access));
  line(indent, storeComment(store));
  line(indent, `${sum} = ${dotName(steps)}(${sum}, &${first}, &${second});`);
  loopStarts(variable);
}

/** The four elements in one call, whose line is that of the loop. */
function printQuadSum(variable: string, { kind, store, x, z }: QuadSum, indent: number, { layout, line, loopStarts }: Printer): void {
  const operands = [store, x, z].map((access) => `&${elementIn(layout, access)}`);
  line(indent, storeComment(store));
  line(indent, `${quadSumName(kind)}(${operands.join(", ")});`);
  loopStarts(variable);
}

/** All rows and columns in one call, whose line is that of all loops. */
function printTile({ shape, store, columns, weights, loops }: Tile, indent: number, { layout, line, loopStarts }: Printer): void {
  for (const inner of loops.slice(1)) line(indent, loopComment(inner));
  line(indent, storeComment(store));
  const operands = [...columns, weights].map((load) => `&${elementIn(layout, load)}`);
  line(indent, `${tileName(shape)}(&tile_now, ${store.buffer}, ${operands.join(", ")});`);
  for (const { variable } of loops) loopStarts(variable);
}

/** All lanes in one call, whose line is that of both loops. */
function printDotLanes(variable: string, { dot: { store, x, y }, steps, lanes }: DotLanes, indent: number, { layout, line, loopStarts }: Printer): void {
  const [sums, pair, pairs] = [store, x, y].map(({ buffer, index }) => `&${buffer}[${subscriptIn(layout, buffer, index)}]`);
  line(indent, loopComment(steps));
  line(indent, storeComment(store));
  line(indent, `${dotLanesName}(${sums}, ${pair}, ${pairs}, ${lanes});`);
  loopStarts(variable);
  loopStarts(steps.variable);
}

function printGuard({ conditions, body }: Guard, indent: number, printer: Printer): void {
  const [guard, { taken }] = printer.nextGuard();
  printer.line(indent, `if (${conditionText(conditions)}) {`);
  printer.line(indent + 1, `GUARD_START(${guard}, ${taken});`);
  for (const child of body) printNode(child, indent + 1, printer);
  printer.line(indent + 1, `GUARD_END(${guard}, ${taken});`); // of two marks one is seldom at a label, where it is not seen who passes it
  printer.line(indent, "}");
}

/** What each iteration of a shared loop has for itself. */
function privateLines(variable: string, { program, privates }: Layout): readonly string[] {
  return program.buffers.filter(({ name }) => privates.get(name)?.variable === variable).map((b) => localLine(b, elementCount(ownShape(b))));
}

function printStore(store: Store, indent: number, printer: Printer): void {
  const { layout, pairLoops } = printer;
  const subscriptOf = (buffer: string, index: Store["index"]): string => subscriptIn(layout, buffer, index);
  const target = `${store.buffer}[${subscriptOf(store.buffer, store.index)}]`;
  const pairIn = (load: Load): Pair | undefined => pairOf(load, pairLoops, layout.buffers);
  const value = bareValueText(store.value, { subscriptOf, pairOf: pairIn, floatCompare: layout.floatCompare, isNear: layout.isNear, widened: layout.widened });
  printer.line(indent, storeComment(store));
  if (4 * indent + target.length + value.length + 4 <= maxLine) return printer.line(indent, `${target} = ${value};`);
  printer.line(indent, `${target} =`);
  printer.line(indent + 1, `${value};`);
}

/** An element in the text. */
function elementIn(layout: Layout, { buffer, index }: Pick<Load, "buffer" | "index">): string {
  return `${buffer}[${subscriptIn(layout, buffer, index)}]`;
}

/** Where an element is in its array; a private array lacks the dimension of its loop. */
function subscriptIn({ buffers, privates }: Layout, name: string, index: Store["index"]): string {
  const buffer = present(buffers.get(name), `buffer ${name}`);
  return privates.has(name) ? subscriptText(index.slice(1), ownShape(buffer)) : subscriptText(index, buffer.shape);
}
