/**
 * Well-formedness of meanings. What is asserted here is what lowering and the kernel
 * rely on: every variable is in scope and named once, operators get operands of their
 * types, folds do not nest, selections stand above everything else and each of their
 * conditions has one condition as its negation, and the stages of a recurrence read of
 * each other only what was computed before.
 */
import { invariant, present, unreachable } from "../prelude.js";
import { type Condition, type IndexExpr, eachVariable, isLiteral, minus, variable } from "../loop/index-expr.js";
import { signatureOf } from "../scalar/ops.js";
import type { ElementType } from "../scalar/types.js";
import { isElementType } from "../scalar/types.js";
import { type Meaning, type Stage, type TensorExpr, type TensorRef, runsOf } from "./meaning.js";
import { type TensorType, printTensorType, sameType } from "./tensor.js";

interface Scope {
  readonly variables: ReadonlySet<string>;
  readonly tensor: (ref: TensorRef) => TensorType;
  /** Type of the accumulator of the fold around; undefined outside. */
  readonly acc: ElementType | undefined;
  /** False below an operator or fold, where no selection may stand. */
  readonly selectable: boolean;
  readonly member: Member | undefined;
}

/** The stage of a recurrence whose value is looked at. */
interface Member {
  /** The variable of its first axis. */
  readonly time: IndexExpr;
  /** How far back each stage of the recurrence must be read at least: 0 for those that stand before it. */
  readonly lag: ReadonlyMap<string, 0 | 1>;
}

/** `meaning` is well-formed over `inputs` and gives `outputs`. */
export function assertMeaning(meaning: Meaning, inputs: readonly (TensorType | null)[], outputs: readonly TensorType[]): void {
  assertUniqueNames(meaning);
  const stages = new Map<string, Stage>();
  const tensor = (ref: TensorRef): TensorType =>
    ref.kind === "input" ? present(inputs[ref.slot], `input ${ref.slot}`) : present(stages.get(ref.name), `stage ${ref.name}`);
  for (const run of runsOf(meaning)) assertRun(run, stages, tensor);
  invariant(meaning.outputs.length === outputs.length, `${meaning.outputs.length} outputs, the shape rule gives ${outputs.length}`);
  meaning.outputs.forEach((name, k) => {
    const [stage, type] = [present(stages.get(name), `stage ${name}`), present(outputs[k], "output type")];
    invariant(sameType(stage, type), `stage ${name} is ${printTensorType(stage)}, the shape rule gives ${printTensorType(type)}`);
  });
}

function assertUniqueNames({ stages }: Meaning): void {
  const variables = stages.flatMap(({ axes, value }) => [...axes, ...foldVariables(value)]);
  invariant(new Set(variables).size === variables.length, `variables are declared twice: ${variables.join(", ")}`);
  invariant(new Set(stages.map(({ name }) => name)).size === stages.length, "two stages have one name");
}

/** Fold variables of an expression; two branches of a selection may use the same. */
function foldVariables(e: TensorExpr): readonly string[] {
  switch (e.kind) {
    case "fold": return e.over.map(({ name }) => name);
    case "op": return e.args.flatMap(foldVariables);
    case "select": return [...new Set([...foldVariables(e.then), ...foldVariables(e.otherwise)])];
    default: return [];
  }
}

/** Adds the stages of `run` to `stages`, asserting each over those it may read. */
function assertRun(run: readonly Stage[], stages: Map<string, Stage>, tensor: Scope["tensor"]): void {
  const name = run[0]?.recurrence;
  if (name !== undefined) {
    invariant([...stages.values()].every((stage) => stage.recurrence !== name), `the stages of recurrence ${name} do not stand together`);
    invariant(run.every(({ shape }) => shape[0] !== undefined && shape[0] === run[0]?.shape[0]), `the stages of recurrence ${name} have different first extents`);
    for (const stage of run) stages.set(stage.name, stage);
  }
  run.forEach((stage, k) => {
    const lag = new Map(run.map((other, j) => [other.name, j < k ? 0 : 1] as const));
    assertStage(stage, tensor, name === undefined ? undefined : { time: variable(stage.axes[0] ?? ""), lag });
    stages.set(stage.name, stage);
  });
}

function assertStage(stage: Stage, tensor: Scope["tensor"], member: Member | undefined): void {
  invariant(stage.axes.length === stage.shape.length, `stage ${stage.name} has ${stage.axes.length} axes for rank ${stage.shape.length}`);
  const type = typeOf(stage.value, { variables: new Set(stage.axes), tensor, acc: undefined, selectable: true, member });
  invariant(type === stage.type, `stage ${stage.name} of ${stage.type} has a value of ${type}`);
}

/** The type of `e`, asserting that it is well-formed. */
function typeOf(e: TensorExpr, scope: Scope): ElementType {
  switch (e.kind) {
    case "at": {
      const { type, shape } = scope.tensor(e.tensor);
      invariant(e.index.length === shape.length, `${e.index.length} indices for rank ${shape.length}`);
      e.index.forEach((index) => assertScoped(index, scope));
      assertEarlier(e, scope.member);
      return type;
    }
    case "const": return e.constant.type;
    case "op": return typeOfOp(e.op, e.args.map((arg) => typeOf(arg, { ...scope, selectable: false })));
    case "index":
      assertScoped(e.index, scope);
      return "i64";
    case "fold": return typeOfFold(e, scope);
    case "acc": return present(scope.acc, "fold around acc");
    case "select": return typeOfSelect(e, scope);
    default: return unreachable(e);
  }
}

/** A stage of the same recurrence is read at t − k for a literal k ≥ 1, or at t where it stands before. */
function assertEarlier({ tensor, index: [at] }: Extract<TensorExpr, { kind: "at" }>, member: Member | undefined): void {
  const lag = tensor.kind === "stage" ? member?.lag.get(tensor.name) : undefined;
  if (tensor.kind !== "stage" || member === undefined || lag === undefined) return;
  const back = at === undefined ? undefined : minus(member.time, at);
  invariant(back !== undefined && isLiteral(back) && back.constant >= lag, `stage ${tensor.name} of the recurrence is read before it is computed`);
}

function typeOfOp(op: string, args: readonly ElementType[]): ElementType {
  const signature = op.startsWith("muladd.") ? mulAddSignature(op.slice("muladd.".length)) : signatureOf(op);
  invariant(signature.args.join() === args.join(), `${op} takes ${signature.args.join(", ")}, not ${args.join(", ")}`);
  return signature.result;
}

function mulAddSignature(type: string): { readonly args: readonly ElementType[]; readonly result: ElementType } {
  invariant(isElementType(type), `muladd has no type ${type}`);
  return { args: [type, type, type], result: type };
}

function typeOfFold(e: Extract<TensorExpr, { kind: "fold" }>, scope: Scope): ElementType {
  invariant(scope.acc === undefined, "a fold stands in a fold");
  invariant(e.over.every(({ extent }) => extent >= 1), "a fold variable has no value");
  const start = typeOf(e.start, { ...scope, selectable: false });
  const variables = new Set([...scope.variables, ...e.over.map(({ name }) => name)]);
  const inside = { ...scope, variables, acc: start, selectable: false };
  e.where.forEach(({ index }) => assertScoped(index, inside));
  const step = typeOf(e.step, inside);
  invariant(step === start, `a fold starts with ${start} and steps with ${step}`);
  return start;
}

function typeOfSelect(e: Extract<TensorExpr, { kind: "select" }>, scope: Scope): ElementType {
  invariant(scope.selectable, "a selection stands below an operator or fold");
  assertNegatable(e.when);
  e.when.forEach(({ index }) => assertScoped(index, scope));
  const [then, otherwise] = [typeOf(e.then, scope), typeOf(e.otherwise, scope)];
  invariant(then === otherwise, `a selection chooses between ${then} and ${otherwise}`);
  return then;
}

/** The negation of one `… >= 0` is one condition again; that of a conjunction or an equation is not. */
function assertNegatable(when: readonly Condition[]): void {
  invariant(when.length === 1 && when[0]?.kind === "ge", "the condition of a selection is not a single inequality");
}

function assertScoped(index: IndexExpr, scope: Scope): void {
  eachVariable(index, (name) => invariant(scope.variables.has(name), `variable ${name} is not in scope`));
}
