/**
 * Well-formedness of a LoopProgram: what every stage may take for granted. It says
 * nothing of bounds, definedness or equality, which are obligations of the kernel.
 * A violation is a bug of the pass that made the program, never of the user's model.
 */
import { InvariantViolation, type Origin } from "../prelude.js";
import { type Signature, isOperator, signatureOf } from "../scalar/ops.js";
import { type Constant, type ElementType, bitsOf, bytesOf, valueOf } from "../scalar/types.js";
import { elementCount } from "../tensor/tensor.js";
import { type Condition, type IndexExpr, eachVariable, substitute } from "./index-expr.js";
import { nameProblem } from "./names.js";
import { printExpr } from "./print.js";
import type { Buffer, Expr, Load, Loop, Node, Operation, Program, Store } from "./program.js";
import { maxNesting, maxValueDepth } from "./visit.js";

/** Throws InvariantViolation with the first problems of the program. */
export function assertProgram(program: Program): void {
  const problems = problemsOf(program);
  if (problems.length === 0) return;
  const shown = problems.slice(0, 5).join("; ");
  throw new InvariantViolation(`program ${program.name} is not well-formed: ${shown} (${problems.length} in all)`);
}

/** Every problem, in textual order; each names the buffer, loop or statement. */
export function problemsOf(program: Program): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  const check: Check = {
    buffers: new Map(program.buffers.map((buffer) => [buffer.name, buffer])),
    report: (where, what) => problems.push(`${where}: ${what}`),
    define: (where, name) => {
      const problem = seen.has(name) ? `the name "${name}" is used twice` : nameProblem(name);
      if (problem !== undefined) problems.push(`${where}: ${problem}`);
      seen.add(name);
    },
  };
  const problem = nameProblem(program.name);
  if (problem !== undefined) check.report("program", problem);
  for (const buffer of program.buffers) checkBuffer(buffer, check);
  for (const node of program.body) checkNode(node, { names: new Set(), depth: 0 }, check);
  return problems;
}

interface Check {
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly report: (where: string, what: string) => void;
  /** Records a name; reports it when it is malformed or already taken. */
  readonly define: (where: string, name: string) => void;
}

interface Scope {
  /** Loop variables in scope. */
  readonly names: ReadonlySet<string>;
  readonly depth: number;
}

function checkBuffer(buffer: Buffer, check: Check): void {
  const { name, kind, shape, map, place, label } = buffer;
  const where = `buffer ${name}`;
  check.define(where, name);
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 1)) check.report(where, `extents [${shape.join(",")}] must be integers of at least 1`);
  else if (elementCount(shape) >= 2 ** 31) check.report(where, "2^31 elements or more do not fit a 32-bit index");
  if ((kind === "weight") !== (map !== undefined)) check.report(where, "a weight, and nothing else, has a map to a tensor of the model");
  if (place !== undefined && kind !== "temp") check.report(where, "only a temp has a place in the arena");
  if (place !== undefined && !(Number.isSafeInteger(place.offset) && place.offset >= 0)) check.report(where, `place ${place.offset} is no offset`);
  if (label !== undefined && kind !== "input" && kind !== "output") check.report(where, "only inputs and outputs carry a label");
  const axes = new Set(shape.map((_, axis) => `d${axis}`));
  for (const index of map?.index ?? []) checkIndex(index, where, axes, check);
}

function checkNode(node: Node, scope: Scope, check: Check): void {
  if (node.kind === "store") return checkStore(node, scope, check);
  const where = node.kind === "loop" ? `loop ${node.variable}` : "guard";
  if (scope.depth >= maxNesting) return check.report(where, `loops and guards nest deeper than ${maxNesting}`);
  const names = node.kind === "loop" ? checkLoop(node, scope, check) : scope.names;
  if (node.kind === "guard") checkConditions(node.conditions, scope, check);
  for (const child of node.body) checkNode(child, { names, depth: scope.depth + 1 }, check);
}

/** The variables in scope within the loop. */
function checkLoop(loop: Loop, scope: Scope, check: Check): ReadonlySet<string> {
  const where = `loop ${loop.variable}`;
  check.define(where, loop.variable);
  checkOrigin(loop.origin, where, check);
  if (!Number.isSafeInteger(loop.extent) || loop.extent < 1) check.report(where, `extent ${loop.extent} must be an integer of at least 1`);
  return new Set([...scope.names, loop.variable]);
}

function checkOrigin(origin: Origin, where: string, check: Check): void {
  if (origin.node === "" || origin.pass === "") check.report(where, "the origin names no node or no pass");
}

function checkConditions(conditions: readonly Condition[], scope: Scope, check: Check): void {
  if (conditions.length === 0) check.report("guard", "has no condition");
  for (const { index } of conditions) checkIndex(index, `guard on ${index.text}`, scope.names, check);
}

/** Found canonical once: expressions never change, and most of a program's are those of the one before. */
const canonicalKnown = new WeakSet<IndexExpr>();

/** Variables in scope, and the canonical form that index-expr.ts builds (which checks divisors). */
function checkIndex(index: IndexExpr, where: string, names: ReadonlySet<string>, check: Check): void {
  eachVariable(index, (name) => {
    if (!names.has(name)) check.report(where, `variable ${name} is not in scope`);
  });
  if (canonicalKnown.has(index)) return;
  try {
    const canonical = substitute(index, () => undefined).text;
    if (canonical === index.text) canonicalKnown.add(index);
    else check.report(where, `index ${index.text} is not canonical, that is ${canonical}`);
  } catch (error) {
    if (!(error instanceof InvariantViolation)) throw error;
    check.report(where, error.message);
  }
}

function checkStore(store: Store, scope: Scope, check: Check): void {
  const where = `statement ${store.name}`;
  check.define(where, store.name);
  checkOrigin(store.origin, where, check);
  const target = checkAccess(store, where, scope, check);
  if (target?.kind === "input" || target?.kind === "weight") check.report(where, `stores to ${target.kind} ${target.name}`);
  const type = checkValue(store.value, where, { names: scope.names, depth: 0 }, check);
  if (target !== undefined && type !== undefined && type !== target.type) {
    check.report(where, `a value of type ${type} is stored to ${target.name} of type ${target.type}`);
  }
}

/** The buffer of a load or store, if there is one of that name. */
function checkAccess(access: Store | Load, where: string, scope: Scope, check: Check): Buffer | undefined {
  const buffer = check.buffers.get(access.buffer);
  if (buffer === undefined) check.report(where, `there is no buffer ${access.buffer}`);
  else if (buffer.shape.length !== access.index.length) {
    check.report(where, `${access.buffer} has ${buffer.shape.length} dimensions, not ${access.index.length}`);
  }
  for (const index of access.index) checkIndex(index, where, scope.names, check);
  return buffer;
}

/** The type of a value, or undefined when it has none (which was then reported). */
function checkValue(expr: Expr, where: string, scope: Scope, check: Check): ElementType | undefined {
  switch (expr.kind) {
    case "load":
      return checkAccess(expr, where, scope, check)?.type;
    case "index":
      checkIndex(expr.index, where, scope.names, check);
      return "i64";
    case "const":
      return checkConstant(expr.constant, where, check);
    case "op":
      return checkOperation(expr, where, scope, check);
  }
}

function checkConstant(constant: Constant, where: string, check: Check): ElementType {
  const { type, bits } = constant;
  const inRange = bits >= 0n && bits < (type === "bool" ? 2n : 1n << BigInt(8 * bytesOf[type]));
  if (!inRange) check.report(where, `constant 0x${bits.toString(16)} does not fit ${type}`);
  else if (bits !== bitsOf(type, valueOf(constant))) check.report(where, "a NaN constant is not the canonical one");
  return type;
}

function checkOperation(expr: Operation, where: string, scope: Scope, check: Check): ElementType | undefined {
  if (scope.depth >= maxValueDepth) {
    check.report(where, `operators nest deeper than ${maxValueDepth}`);
    return undefined;
  }
  const types = expr.args.map((arg) => checkValue(arg, where, { ...scope, depth: scope.depth + 1 }, check));
  if (!isOperator(expr.op)) {
    check.report(where, `there is no operator ${expr.op}`);
    return undefined;
  }
  const signature = signatureOf(expr.op);
  if (!types.includes(undefined) && !takes(signature, types)) {
    check.report(where, `${expr.op} takes (${signature.args.join(", ")}), not (${types.join(", ")}) as in ${printExpr(expr)}`);
  }
  return signature.result;
}

function takes(signature: Signature, types: readonly (ElementType | undefined)[]): boolean {
  return signature.args.length === types.length && signature.args.every((type, k) => type === types[k]);
}
