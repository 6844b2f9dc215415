/**
 * What the printer decides before it prints: the arenas and their sizes, the packed
 * weights, the functions (groups.ts), and which operators, constants and records they need.
 */
import { invariant, present } from "../../ir/prelude.js";
import { assertProgram } from "../../ir/loop/assert.js";
import type { Buffer, Expr, Loop, Node, Program } from "../../ir/loop/program.js";
import { buffersByName, loopsOf } from "../../ir/loop/visit.js";
import { materialiseWeight } from "../../ir/loop/weights.js";
import { scalarFunction } from "../../ir/scalar/ops.js";
import type { ScalarTerm } from "../../ir/scalar/term.js";
import { type Constant, type ElementType, elementTypes } from "../../ir/scalar/types.js";
import { type Tensor, elementCount } from "../../ir/tensor/tensor.js";
import type { EmitOptions, FloatCompare, GoldenVector, InterfaceNotes } from "../backend.js";
import { type Dot, type DotSteps, dotOf, dotsDefined, dotsOf, quadSlack, quadSteps, quadWeights } from "./dot.js";
import { dotLanesOf, hasDotLanes } from "./dot-lanes.js";
import { type Group, type Run, groupsOf, sharedLocalsOf, stepsOf } from "./groups.js";
import { isModelIdentifier, isModelName, takenNames } from "./names.js";
import { functionName, spellingOf } from "./operators.js";
import { nearDifferenceName, nearDifferenceOf } from "./near-difference.js";
import { nearIn } from "./near.js";
import { pairedWeights } from "./pair.js";
import { rolledLoops } from "./rolled.js";
import { type QuadSum, type QuadSumKind, quadSumOf, quadSumWeights, quadSumsDefined, quadSumsOf } from "./quad-sums.js";
import { roundedName, roundedOf } from "./rounded.js";
import { type Marks, marksOf } from "./starts.js";
import type { TileShape } from "./tile.js";
import { tilesOf } from "./tile-walk.js";
import { widened, widenedLoad, widenedWeights } from "./widened.js";
import { privateLocals } from "./workers.js";

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
  /** Whether some sums and differences of four are records (quad-sums.ts). */
  readonly quadSums: readonly QuadSumKind[];
  /** Shapes of the tiles that are records (tile.ts). */
  readonly tiles: readonly TileShape[];
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
    starts: marksOf(program, new Set([...quadWeights(program), ...quadSumWeights(program)])),
    tiles: tilesOf(program),
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
  const slack = dotsOf(program).some(({ steps }) => steps === quadSteps) || quadSumsOf(program).length > 0 ? quadSlack : 0;
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

interface Spelling extends Pick<Layout, "floatCompare" | "isNear"> {
  readonly wide: Layout["widened"];
}

function operatorsAndConstants(program: Program, { floatCompare: compare, wide, isNear }: Spelling): Pick<Layout, "calls" | "constants" | "rounded" | "dots" | "quadSums"> {
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
    const whole = recordOf(e, isNear);
    if (whole !== undefined) rounded.add(whole.name);
    if (e.kind === "op" && whole === undefined) addOperator(e.op);
    if (e.kind === "const") constants.push(e.constant);
    for (const inner of whole?.operands ?? (e.kind === "op" ? e.args : [])) addValue(inner);
  };
  const dots: Dot[] = [];
  const quadSums: QuadSum[] = [];
  const visit = (node: Node): void => {
    if (node.kind === "store") return addValue(node.value);
    if (node.kind === "loop" && dotLanesOf(node, buffers) !== undefined) return;
    const dot = node.kind === "loop" ? dotOf(node, buffers) : undefined;
    const quadSum = node.kind === "loop" ? quadSumOf(node, buffers) : undefined;
    if (dot !== undefined) dots.push(dot);
    else if (quadSum !== undefined) quadSums.push(quadSum);
    else node.body.forEach(visit);
  };
  program.body.forEach(visit);
  return { calls: [...calls], constants, rounded, dots: dotsDefined(dots), quadSums: quadSumsDefined(quadSums) };
}

/** The call that a value of a statement is written as. */
function recordOf(e: Expr, isNear: Layout["isNear"]): { readonly name: string; readonly operands: readonly Expr[] } | undefined {
  const difference = nearDifferenceOf(e, isNear);
  if (difference !== undefined) return { name: nearDifferenceName(difference.type), operands: [difference.a, difference.z, difference.from] };
  const rounded = roundedOf(e, isNear);
  return rounded === undefined ? undefined : { name: roundedName(rounded), operands: [rounded.a, rounded.z] };
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
