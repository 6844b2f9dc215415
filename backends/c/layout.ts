/**
 * What the printer decides before it prints: the arenas and their sizes, the packed
 * weights, the groups of nodes that become functions and what each of them touches.
 */
import { invariant, present } from "../../ir/prelude.js";
import { type Part, type PartNames, firstAlike, namesIn, partsOf } from "../../ir/loop/alike.js";
import { mentions } from "../../ir/loop/affine.js";
import { assertProgram } from "../../ir/loop/assert.js";
import type { Buffer, Expr, Loop, Node, Program } from "../../ir/loop/program.js";
import { buffersByName, eachExpr, loadsOf, loopsOf } from "../../ir/loop/visit.js";
import { materialiseWeight } from "../../ir/loop/weights.js";
import { scalarFunction } from "../../ir/scalar/ops.js";
import type { ScalarTerm } from "../../ir/scalar/term.js";
import { type Constant, type ElementType, elementTypes } from "../../ir/scalar/types.js";
import { type Tensor, elementCount } from "../../ir/tensor/tensor.js";
import type { EmitOptions, FloatCompare, GoldenVector, InterfaceNotes } from "../backend.js";
import { type Dot, type DotSteps, dotOf, dotsDefined, dotsOf, quadSlack, quadSteps, quadWeights } from "./dot.js";
import { dotLanesOf, hasDotLanes } from "./dot-lanes.js";
import { sameWeights, weightsInHeader } from "./header-weights.js";
import { groupName, isModelIdentifier, isModelName, takenNames } from "./names.js";
import { functionName, spellingOf } from "./operators.js";
import { nearIn } from "./near.js";
import { pairedWeights } from "./pair.js";
import { rolledLoops } from "./rolled.js";
import { roundedName, roundedOf } from "./rounded.js";
import { type Marks, marksOf } from "./starts.js";
import { widened, widenedLoad, widenedWeights } from "./widened.js";
import { privateLocals } from "./workers.js";

/** A part of the program: one function of the emitted code. */
export interface Group extends Part {
  readonly name: string;
  readonly names: PartNames;
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  /** Other parts that are alike run the same function, which is told where its arrays are. */
  readonly several: boolean;
  /** Single weights that hold the same number for all parts that run it: it names its own, in the header, and is not told. */
  readonly common: ReadonlySet<string>;
  /** It is told where its weights are, and that nothing which it writes lies there: vectors of them then stay in registers over its stores. */
  readonly weightsApart: boolean;
}

/** A call of a group's function: for its own part, or with other names for another that is alike. */
export interface Run {
  readonly group: Group;
  readonly names: PartNames;
}

export interface Layout {
  readonly model: string;
  readonly program: Program;
  readonly buffers: ReadonlyMap<string, Buffer>;
  /** Element types that have an arena, with its number of elements. */
  readonly arenas: ReadonlyMap<ElementType, number>;
  /** Packed contents by buffer name, in the order of the program's weight buffers, as they stand in the text. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** The functions, in the order of their first parts. */
  readonly groups: readonly Group[];
  /** What the entry calls: every part of the program, in order. */
  readonly runs: readonly Run[];
  /** What lies between two barriers: one shared loop, or serial groups for one worker; empty where no loop is shared. */
  readonly steps: readonly (readonly Group[])[];
  /** A line above each unrolled loop of at least so many iterations asks for it. */
  readonly asksToUnrollFrom: number;
  /** Serial loops with a line above that asks for a loop (rolled.ts). */
  readonly rolled: ReadonlySet<string>;
  /** Locals of which each iteration of a shared loop has its own. */
  readonly privates: ReadonlyMap<string, Loop>;
  /** Locals that more than one group uses: declared by the entry function. */
  readonly sharedLocals: readonly Buffer[];
  /** Whether a number is known to be near, and the names of the records by which some values are rounded (rounded.ts). */
  readonly isNear: (a: Expr) => boolean;
  readonly rounded: ReadonlySet<string>;
  /** Whether some steps of sums are records (dot.ts). */
  readonly dots: readonly DotSteps[];
  /** Weights that are read in pairs (pair.ts). */
  readonly paired: ReadonlySet<string>;
  /** Weights whose arrays say where they start. */
  readonly starts: Marks;
  /** Weights of i8 whose arrays have 16 bits an element (widened.ts). */
  readonly widened: ReadonlySet<string>;
  /** Whether some vector loops of such steps are records (dot-lanes.ts). */
  readonly dotLanes: boolean;
  /** Operators that are written as calls, each after those its definition uses. */
  readonly calls: readonly string[];
  readonly constants: readonly Constant[];
  readonly golden: GoldenVector | undefined;
  readonly floatCompare: FloatCompare;
  readonly notes: InterfaceNotes;
}

/** Everything the printer needs; throws InvariantViolation for a program that is not ready to be printed. */
export function layoutOf(program: Program, options: EmitOptions): Layout {
  const weights = new Map(
    program.buffers
      .filter(({ kind }) => kind === "weight")
      .map((buffer) => [buffer.name, materialiseWeight(buffer, options.weights)] as const),
  );
  return layoutOfPacked(program, { model: options.model, weights, golden: options.golden, floatCompare: options.floatCompare ?? "float", notes: options.notes ?? { fixed: [], bounded: [] } });
}

export interface Packed {
  readonly model: string;
  /** Contents of the weight buffers by buffer name. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly golden: GoldenVector | undefined;
  readonly floatCompare: FloatCompare;
  readonly notes: InterfaceNotes;
}

/**
 * Where lanes are left to a vector unit, compilers write the short loops around them out themselves, in the
 * order that suits them; of rows of more than this they make loops, with accumulators in memory.
 */
const longerThanTile = 9;

/** As layoutOf, for weights that are already packed. */
export function layoutOfPacked(program: Program, { model, weights, golden, floatCompare, notes }: Packed): Layout {
  assertProgram(program);
  invariant(isModelIdentifier(model), `"${model}" cannot prefix C names; modelIdentifier() makes it fit`);
  const { groups, runs } = groupsOf(program, model, weights);
  const wide = widenedWeights(program);
  const isNear = nearIn(program, weights);
  const used = operatorsAndConstants(program, { floatCompare, wide, isNear });
  const layout: Layout = {
    model, program, groups, runs,
    weights: new Map([...weights].map(([name, tensor]) => [name, wide.has(name) ? widened(tensor) : tensor])),
    paired: pairedWeights(program),
    starts: marksOf(program, quadWeights(program)),
    dotLanes: hasDotLanes(program),
    widened: wide,
    golden, floatCompare, isNear, notes,
    steps: stepsOf(groups),
    asksToUnrollFrom: loopsOf(program).some(({ mode }) => mode === "vector") ? longerThanTile : 1,
    rolled: rolledLoops(program),
    privates: privateLocals(program),
    buffers: new Map(program.buffers.map((buffer) => [buffer.name, buffer])),
    arenas: arenasOf(program),
    sharedLocals: sharedLocalsOf(program, groups),
    ...used,
  };
  assertNamesFree(layout);
  invariant(layout.steps.length === 0 || layout.sharedLocals.length === 0, "a local of two functions would be two objects for two workers");
  return layout;
}

/** Elements each arena needs: the end of the last temporary in it, and what it takes to begin where a quad can. */
export function arenasOf(program: Program): ReadonlyMap<ElementType, number> {
  const sizes = new Map<ElementType, number>();
  const slack = dotsOf(program).some(({ steps }) => steps === quadSteps) ? quadSlack : 0;
  for (const { name, kind, type, shape, place } of program.buffers) {
    invariant(elementCount(shape) < 2 ** 31, `buffer ${name} has more elements than an int32_t can count`);
    if (kind !== "temp") continue;
    const end = present(place, `place of ${name}: plan the memory before printing`).offset + elementCount(shape);
    sizes.set(type, Math.max(sizes.get(type) ?? 0, end));
  }
  return new Map(elementTypes.flatMap((type) => (sizes.has(type) ? [[type, (sizes.get(type) ?? 0) + (type === "i16" ? slack : 0)] as const] : [])));
}

/** Does the text mention the type: in an array, an operator or a constant? */
export function usesType({ program, calls, constants }: Pick<Layout, "program" | "calls" | "constants">, type: ElementType): boolean {
  return program.buffers.some((b) => b.type === type) || calls.some((op) => op.split(".").includes(type)) || constants.some((c) => c.type === type);
}

function groupsOf(program: Program, model: string, weights: Packed["weights"]): Pick<Layout, "groups" | "runs"> {
  const parts = partsOf(program);
  const first = firstAlike(program, parts);
  const workers = parts.some(({ shared }) => shared);
  const inHeader = weightsInHeader(program, weights);
  const made = parts.map((part, k): Group => ({
    ...part, common: commonTo(parts.filter((_, other) => first[other] === k), inHeader, weights), name: groupName(model, k, part.node), names: namesIn(part.body), ...accessesOf(part.body), several: first.filter((of) => of === k).length > 1,
    weightsApart: !workers && part.body.some((node) => keepsWeights(node, buffersByName(program))),
  }));
  const runs = made.map(({ names }, k) => ({ group: present(made[first[k] ?? k], "the first of alike parts"), names }));
  return { groups: made.filter((_, k) => first[k] === k), runs };
}

/** By the names of the first of some parts that are alike. */
function commonTo(parts: readonly Part[], inHeader: ReadonlySet<string>, weights: Packed["weights"]): ReadonlySet<string> {
  const [own = [], ...others] = parts.map(({ body }) => namesIn(body).buffers);
  const holds = (name: string, place: number): boolean => inHeader.has(name) && others.every((names) => sameWeights(weights, name, names[place]));
  return new Set(others.length === 0 ? [] : own.filter(holds));
}

/**
 * Whether lanes add products with the same weights in each iteration of the loop around them, as in a
 * depthwise convolution: vectors of those can stay in registers.
 */
function keepsWeights(node: Node, buffers: ReadonlyMap<string, Buffer>, around?: string, lanes = false): boolean {
  if (node.kind === "store") {
    const loads = loadsOf(node.value);
    return lanes && around !== undefined && loads.some(({ buffer }) => buffer === node.buffer)
      && loads.some(({ buffer, index }) => buffers.get(buffer)?.kind === "weight" && !index.some((e) => mentions(e, around)));
  }
  const inner = node.kind === "loop" && node.mode === "serial" && node.extent > 1 ? node.variable : around;
  return node.body.some((child) => keepsWeights(child, buffers, inner, lanes || (node.kind === "loop" && node.mode === "vector")));
}

/** Consecutive serial groups are one step: the worker that runs them keeps their order. */
function stepsOf(groups: readonly Group[]): readonly (readonly Group[])[] {
  const steps: Group[][] = [];
  if (!groups.some(({ shared }) => shared)) return steps;
  for (const group of groups) {
    const last = steps.at(-1);
    if (group.shared || last === undefined || last.some(({ shared }) => shared)) steps.push([group]);
    else last.push(group);
  }
  return steps;
}

function accessesOf(body: readonly Node[]): { reads: Set<string>; writes: Set<string> } {
  const reads = new Set<string>();
  const writes = new Set<string>();
  const visit = (node: Node): void => {
    if (node.kind !== "store") return node.body.forEach(visit);
    writes.add(node.buffer);
    eachExpr(node.value, (e) => {
      if (e.kind === "load") reads.add(e.buffer);
    });
  };
  body.forEach(visit);
  return { reads, writes };
}

function sharedLocalsOf(program: Program, groups: readonly Group[]): Buffer[] {
  const users = (name: string): number => groups.filter(({ reads, writes }) => reads.has(name) || writes.has(name)).length;
  return program.buffers.filter(({ kind, name }) => kind === "local" && users(name) > 1);
}

interface Spelling extends Pick<Layout, "floatCompare" | "isNear"> {
  readonly wide: Layout["widened"];
}

function operatorsAndConstants(program: Program, { floatCompare: compare, wide, isNear }: Spelling): Pick<Layout, "calls" | "constants" | "rounded" | "dots"> {
  const buffers = buffersByName(program);
  const calls = new Set<string>();
  const constants: Constant[] = [];
  const seen = new Set<string>();
  const addTerm = (term: ScalarTerm): void => {
    if (term.kind === "const") constants.push(term.constant);
    if (term.kind !== "op") return;
    term.args.forEach(addTerm);
    addOperator(term.op);
  };
  const addOperator = (op: string): void => {
    if (seen.has(op) || spellingOf(op, compare) !== "call") return;
    seen.add(op);
    const definition = scalarFunction(op);
    definition?.lets.forEach(({ value }) => addTerm(value));
    if (definition !== undefined) addTerm(definition.value);
    calls.add(op);
  };
  const rounded = new Set<string>();
  const addValue = (e: Expr): void => {
    if (wide.has(widenedLoad(e)?.buffer ?? "")) return;
    const whole = roundedOf(e, isNear);
    if (whole !== undefined) rounded.add(roundedName(whole));
    if (e.kind === "op" && whole === undefined) addOperator(e.op);
    if (e.kind === "const") constants.push(e.constant);
    for (const inner of whole === undefined ? (e.kind === "op" ? e.args : []) : [whole.a, whole.z]) addValue(inner);
  };
  const dots: Dot[] = [];
  const visit = (node: Node): void => {
    if (node.kind === "store") return addValue(node.value);
    if (node.kind === "loop" && dotLanesOf(node, buffers) !== undefined) return;
    const dot = node.kind === "loop" ? dotOf(node, buffers) : undefined;
    if (dot === undefined) return node.body.forEach(visit);
    dots.push(dot);
  };
  program.body.forEach(visit);
  return { calls: [...calls], constants, rounded, dots: dotsDefined(dots) };
}

/** The names of the program and those the files bring along are different things. */
function assertNamesFree({ model, program, groups, calls }: Layout): void {
  const taken = new Set([...takenNames, ...calls.map(functionName), ...groups.map(({ name }) => name)]);
  const check = (name: string): void => {
    const clash = taken.has(name) || isModelName(model, name);
    invariant(!clash, `the name ${name} of the program is taken by the emitted file`);
  };
  program.buffers.forEach(({ name }) => check(name));
  const visit = (node: Node): void => {
    if (node.kind === "store") return;
    if (node.kind === "loop") check(node.variable);
    node.body.forEach(visit);
  };
  program.body.forEach(visit);
}
