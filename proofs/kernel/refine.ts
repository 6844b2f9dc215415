/**
 * Refinement: the value graph of `after` maps into that of `before`. Rules W1 (same
 * operator), W2 (same source of every operand) and W4 (same source of every output
 * element). φ is given for the root operator of each stored value; the operators
 * inside a value follow, because an operand of φ(x) has exactly one source.
 */
import { type IndexExpr, substitute, variable } from "../../ir/loop/index-expr.js";
import type { Buffer, Expr } from "../../ir/loop/program.js";
import type { StoreContext } from "../../ir/loop/visit.js";
import { printConstant } from "../../ir/scalar/types.js";
import { type Claims, ground, prove } from "./claims.js";
import { type Substitution, bind, conditions, inDomain, precedes, samePoint, variablesOf } from "./domain.js";
import { type Formula, and, falsehood, not, or, truth } from "./obligation.js";
import { type Established, type Leaf, type Source, type SourceCases, active, covered, sameLeaf, subjectOf, substituteCase } from "./sources.js";
import type { Case, NodeInstance, PhiTarget, Witness } from "./witness.js";

interface Refinement {
  readonly into: Claims;
  readonly before: Established;
  readonly after: Established;
  readonly phi: Witness["phi"];
}

/** What one load of a value must be, under a condition on the instance. */
interface Demand {
  readonly under: Formula;
  readonly operand: Operand;
}

/** An operand of an operator instance of `before`: a node, or the cases of its source. */
type Operand = { readonly kind: "node"; readonly instance: NodeInstance } | { readonly kind: "cases"; readonly cases: SourceCases };

function implies(premise: Formula, conclusion: Formula): Formula {
  return conclusion === truth ? truth : or(not(premise), conclusion);
}

/** Every operator instance and every operand of `after`, against `before`. */
export function refine(given: Refinement): void {
  for (const store of given.after.stores.values()) {
    if (store.store.value.kind === "op") refineStore(given, store);
  }
}

function refineStore(given: Refinement, store: StoreContext): void {
  const { name } = store.store;
  const subject = subjectOf(store, store.store.buffer);
  const cases = given.phi[name] ?? [];
  const variables = variablesOf(store);
  const premises = conditions(store.conditions);
  prove(
    given.into,
    { rule: "W5", detail: `${name}.phi`, sentence: `Every instance of ${name} has an instance of the program before that it computes, or is dead.`, subject },
    { variables, premises, goal: covered(cases) },
  );
  const demands: Demand[][] = [];
  const structure: Formula[] = [];
  cases.forEach((it, k) => {
    if (it.then === "dead") return;
    const walk = new Walk(given, demands);
    const under = and(...active(cases, k));
    structure.push(implies(under, and(targetExists(given.before, it.then), walk.match(store.store.value, it.then, under))));
  });
  prove(
    given.into,
    { rule: "W1", detail: name, sentence: `${name} applies the same operators, to the same types, as the instances it stands for.`, subject },
    { variables, premises, goal: and(...structure) },
  );
  demands.forEach((wanted, load) => refineLoad(given, store, load, wanted));
}

function targetExists(before: Established, target: NodeInstance): Formula {
  const store = before.stores.get(target.statement);
  return store === undefined ? falsehood : inDomain(store, target.point);
}

/** Walks a value of `after` beside the operator of `before` that it stands for. */
class Walk {
  readonly given: Refinement;
  readonly demands: Demand[][];
  private load = 0;

  constructor(given: Refinement, demands: Demand[][]) {
    this.given = given;
    this.demands = demands;
  }

  /** The structural part of the match as a formula; what concerns loads goes to the demands. */
  match(value: Expr, target: NodeInstance, under: Formula): Formula {
    const node = operatorAt(this.given.before, target);
    if (value.kind !== "op" || node === undefined) return falsehood;
    if (value.op !== node.op || value.args.length !== node.args.length) return falsehood;
    return and(...value.args.map((arg, j) => this.argument(arg, this.operand(target, j), under)));
  }

  private operand(target: NodeInstance, j: number): Operand {
    const path = [...target.path, j];
    const value = valueAt(this.given.before, { ...target, path });
    if (value?.kind === "op") return { kind: "node", instance: { ...target, path } };
    const store = this.given.before.stores.get(target.statement);
    if (value === undefined || store === undefined) return { kind: "cases", cases: [] };
    const by = bind(store, target.point);
    if (value.kind === "load") {
      const cases = this.given.before.sources.get(target.statement)?.[loadRank(store.store.value, path)] ?? [];
      return { kind: "cases", cases: cases.map((it) => substituteCase(it, by)) };
    }
    const leaf: Leaf =
      value.kind === "const" ? { kind: "const", text: printConstant(value.constant) } : { kind: "index", index: [substitute(value.index, by)] };
    return { kind: "cases", cases: [{ when: [], then: { kind: "leaf", leaf } }] };
  }

  private argument(arg: Expr, operand: Operand, under: Formula): Formula {
    if (arg.kind === "load") {
      const at = this.load++;
      const wanted = (this.demands[at] ??= []);
      wanted.push({ under, operand });
      return truth;
    }
    if (arg.kind === "op") return this.inner(arg, operand, under);
    const leaf: Leaf = arg.kind === "const" ? { kind: "const", text: printConstant(arg.constant) } : { kind: "index", index: [arg.index] };
    return sameSource(this.given, { kind: "leaf", leaf }, operand);
  }

  /** An operator inside the value: whichever case of the operand applies must be that operator. */
  private inner(arg: Expr, operand: Operand, under: Formula): Formula {
    const first = this.load;
    if (operand.kind === "node") {
      const matched = this.match(arg, operand.instance, under);
      this.load = first + loadCount(arg);
      return matched;
    }
    const matches = operand.cases.map((it, k) => {
      this.load = first;
      const when = and(...active(operand.cases, k));
      if (it.then.kind === "leaf") return implies(when, falsehood);
      return implies(when, this.match(arg, it.then.instance, and(under, when)));
    });
    this.load = first + loadCount(arg); // a mismatch stops early; the loads after it keep their rank
    return operand.cases.length === 0 ? falsehood : and(...matches);
  }
}

/** Which load of the value, in reading order, stands at `path`. */
function loadRank(value: Expr, path: readonly number[]): number {
  let rank = 0;
  let node = value;
  for (const j of path) {
    if (node.kind !== "op") return -1;
    for (const earlier of node.args.slice(0, j)) rank += loadCount(earlier);
    const next = node.args[j];
    if (next === undefined) return -1;
    node = next;
  }
  return rank;
}

function loadCount(value: Expr): number {
  if (value.kind === "load") return 1;
  return value.kind === "op" ? value.args.reduce((sum, arg) => sum + loadCount(arg), 0) : 0;
}

function valueAt(before: Established, { statement, path }: NodeInstance): Expr | undefined {
  let node: Expr | undefined = before.stores.get(statement)?.store.value;
  for (const j of path) node = node?.kind === "op" ? node.args[j] : undefined;
  return node;
}

function operatorAt(before: Established, target: NodeInstance) {
  const value = valueAt(before, target);
  return value?.kind === "op" ? value : undefined;
}

/**
 * W2: whichever case of the load's source in `after` applies, it is what each demand
 * asks for. One claim per load: composed cases of copies may be empty for this reader.
 */
function refineLoad(given: Refinement, store: StoreContext, load: number, wanted: readonly Demand[]): void {
  const { name } = store.store;
  const subject = subjectOf(store, store.store.buffer);
  const sources = given.after.sources.get(name)?.[load] ?? [];
  const heading = { rule: "W2", detail: `${name}.${load}.source`, sentence: `Operand ${load} of ${name} has the source that the program before gives it.`, subject } as const;
  if (sources.length === 0) return ground(given.into, heading, false, "the load has no source");
  const goal = and(
    ...sources.map((it, k) => {
      const same = and(...wanted.map(({ under, operand }) => implies(under, sameSource(given, it.then, operand))));
      return implies(and(...active(sources, k)), same);
    }),
  );
  prove(given.into, heading, { variables: variablesOf(store), premises: conditions(store.conditions), goal });
}

/** A source of `after`, mapped through φ, is the operand of `before`. */
function sameSource(given: Refinement, source: Source, operand: Operand): Formula {
  if (operand.kind === "node") return isNode(given, source, operand.instance);
  if (operand.cases.length === 0) return falsehood;
  return and(
    ...operand.cases.map((it, k) => {
      const same = it.then.kind === "node" ? isNode(given, source, it.then.instance) : isLeaf(source, it.then.leaf);
      return implies(and(...active(operand.cases, k)), same);
    }),
  );
}

function isLeaf(source: Source, leaf: Leaf): Formula {
  return source.kind === "leaf" ? sameLeaf(source.leaf, leaf) : falsehood;
}

/** φ(source) is the given instance, in whichever case of φ the source falls. */
function isNode(given: Refinement, source: Source, wanted: NodeInstance): Formula {
  if (source.kind === "leaf") return falsehood;
  const store = given.after.stores.get(source.instance.statement);
  const cases = given.phi[source.instance.statement];
  if (store === undefined || cases === undefined || cases.length === 0) return falsehood;
  const by = bind(store, source.instance.point);
  return and(...cases.map((it, k) => implies(and(...active(cases, k, by)), sameNode(it, by, wanted))));
}

function sameNode({ then: target }: Case<PhiTarget>, by: Substitution, wanted: NodeInstance): Formula {
  if (target === "dead" || target.statement !== wanted.statement) return falsehood;
  if (target.path.join() !== wanted.path.join()) return falsehood;
  return samePoint(target.point.map((e) => substitute(e, by)), wanted.point);
}

/** W5 and W4 for the outputs of one program: the named store wrote the element last. */
export function establishFinals(into: Claims, after: Established, witness: Pick<Witness, "finals" | "once">): void {
  for (const output of outputsOf(after)) {
    const variables = output.shape.map((extent, axis) => ({ name: `d${axis}`, extent }));
    const element: IndexExpr[] = variables.map(({ name }) => variable(name));
    const cases = witness.finals[output.name] ?? [];
    const subject = { node: output.label ?? output.name, statement: "", buffer: output.name };
    prove(into, { rule: "W5", detail: `${output.name}.final`, sentence: `Every element of output ${output.name} has a last store.`, subject }, { variables, premises: [], goal: covered(cases) });
    cases.forEach((it, k) => {
      const store = after.stores.get(it.then.statement);
      const by = store === undefined ? () => undefined : bind(store, it.then.point);
      const writes =
        store?.store.buffer === output.name ? and(inDomain(store, it.then.point), samePoint(store.store.index.map((e) => substitute(e, by)), element)) : falsehood;
      const premises = active(cases, k);
      prove(into, { rule: "W4", detail: `${output.name}.final${k}`, sentence: `${it.then.statement} writes the element of ${output.name}.`, subject }, { variables, premises, goal: writes });
      if (store === undefined || witness.once.includes(output.name)) return;
      for (const later of after.stores.values()) {
        if (later.store.buffer !== output.name) continue;
        const point = variablesOf(later, "w.").map(({ name }) => variable(name));
        const over = bind(later, point);
        const overwrites = and(...conditions(later.conditions, over), samePoint(later.store.index.map((e) => substitute(e, over)), element), precedes(store, it.then.point, later, point));
        prove(
          into,
          { rule: "W4", detail: `${output.name}.final${k}.${later.store.name}`, sentence: `No store of ${later.store.name} overwrites the element of ${output.name} later.`, subject },
          { variables: [...variables, ...variablesOf(later, "w.")], premises, goal: not(overwrites) },
        );
      }
    });
  }
}

/** W4: every output element has the source it has in `before`. Outputs correspond by position, as W0 compares them. */
export function refineFinals(given: Refinement): void {
  const wanted = outputsOf(given.before);
  outputsOf(given.after).forEach(({ name, label, shape }, position) => {
    const sources = given.after.finals.get(name) ?? [];
    const variables = shape.map((extent, axis) => ({ name: `d${axis}`, extent }));
    const operand: Operand = { kind: "cases", cases: given.before.finals.get(wanted[position]?.name ?? "") ?? [] };
    const subject = { node: label ?? name, statement: "", buffer: name };
    const heading = { rule: "W4", detail: `${name}.source`, sentence: `Each element of output ${name} has the source it has in the program before.`, subject } as const;
    const goal = and(...sources.map((it, k) => implies(and(...active(sources, k)), sameSource(given, it.then, operand))));
    if (sources.length === 0) ground(given.into, heading, false, "the output has no source");
    else prove(given.into, heading, { variables, premises: [], goal });
  });
}

function outputsOf({ program }: Established): readonly Buffer[] {
  return program.buffers.filter((buffer) => buffer.kind === "output");
}
