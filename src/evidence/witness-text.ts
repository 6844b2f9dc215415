/**
 * Witnesses as JSON files: index expressions and conditions as in the text of a
 * program, so that a person can read them next to it. `parseWitness` gives the same
 * witness back and refuses what is none.
 */
import { type Condition, type IndexExpr, floordiv, literal, mod, plus, printCondition, times, variable } from "../../ir/loop/index-expr.js";
import { type Cursor, cursorOver } from "../../ir/loop/lexer.js";
import { Refusal } from "../../ir/prelude.js";
import type { Case, Dataflow, Instance, PhiTarget, Witness } from "../../proofs/kernel/witness.js";

/** The reference program has dataflow only: an empty phi. */
export function printWitness(witness: Witness | Dataflow): string {
  const phi = "phi" in witness ? witness.phi : {};
  const whole = {
    phi: mapValues(phi, (cases) => cases.map((it) => printCase(it, printTarget))),
    producers: mapValues(witness.producers, (loads) => loads.map((cases) => cases.map((it) => printCase(it, printInstance)))),
    finals: mapValues(witness.finals, (cases) => cases.map((it) => printCase(it, printInstance))),
    once: witness.once,
    ...("backward" in witness ? { backward: true } : {}),
  };
  return `${JSON.stringify(whole, null, 1)}\n`;
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, to: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));
}

function printCase<T>(it: Case<T>, then: (value: T) => unknown): unknown {
  return { when: it.when.map(printCondition), then: then(it.then), ...(it.empty === true ? { empty: true } : {}) };
}

function printInstance({ statement, point }: Instance): unknown {
  return `${statement}[${point.map((e) => e.text).join(", ")}]`;
}

function printTarget(target: PhiTarget): unknown {
  if (target === "dead") return "dead";
  return { at: printInstance(target), path: target.path };
}

/** Throws a Refusal `witness` that says which part is wrong. */
export function parseWitness(text: string, what: string): Witness {
  const wrong = (why: string): never => {
    throw new Refusal("usage", "witness", `${what} is no witness: ${why}`, what, "build the evidence again");
  };
  const entries = (value: unknown): [string, unknown][] => (typeof value === "object" && value !== null ? Object.entries(value) : wrong("a table is missing"));
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : wrong("a list is missing"));
  const string = (value: unknown): string => (typeof value === "string" ? value : wrong("a text is missing"));
  const part = (value: unknown, key: string): unknown => new Map(entries(value)).get(key);
  const caseOf = <T>(value: unknown, then: (value: unknown) => T): Case<T> => {
    const when = list(part(value, "when")).map((c) => parseConditionText(string(c)));
    const it = { when, then: then(part(value, "then")) };
    return part(value, "empty") === true ? { ...it, empty: true } : it;
  };
  const instance = (value: unknown): Instance => parseInstance(string(value));
  const target = (value: unknown): PhiTarget =>
    value === "dead" ? "dead" : { ...instance(part(value, "at")), path: list(part(value, "path")).map(Number) };
  const cases = <T>(value: unknown, then: (value: unknown) => T): Case<T>[] => list(value).map((it) => caseOf(it, then));
  const table = <T>(value: unknown, to: (value: unknown) => T): Record<string, T> => Object.fromEntries(entries(value).map(([key, v]) => [key, to(v)]));
  const whole: unknown = parseJson(text) ?? wrong("it is no JSON");
  return {
    phi: table(part(whole, "phi"), (v) => cases(v, target)),
    producers: table(part(whole, "producers"), (v) => list(v).map((load) => cases(load, instance))),
    finals: table(part(whole, "finals"), (v) => cases(v, instance)),
    once: list(part(whole, "once")).map(string),
    ...(part(whole, "backward") === true ? { backward: true } : {}),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseInstance(text: string): Instance {
  const cursor = cursorOver(text);
  const statement = cursor.expectKind("word", "a statement");
  cursor.expect("[");
  const point: IndexExpr[] = [];
  while (!cursor.accept("]")) {
    point.push(parseSum(cursor));
    cursor.accept(",");
  }
  atEnd(cursor);
  return { statement, point };
}

function parseConditionText(text: string): Condition {
  const cursor = cursorOver(text);
  const index = parseSum(cursor);
  const kind = cursor.accept(">=") ? "ge" : "eq";
  if (kind === "eq") cursor.expect("==");
  if (cursor.integer() !== 0) cursor.fail("expected 0");
  atEnd(cursor);
  return { kind, index };
}

function atEnd(cursor: Cursor): void {
  if (!["end", "line"].includes(cursor.peek().kind)) cursor.fail("expected the end");
}

function parseSum(cursor: Cursor): IndexExpr {
  let sum = parseTerm([cursor, cursor.accept("-") ? -1 : 1]);
  for (;;) {
    if (cursor.accept("+")) sum = plus(sum, parseTerm([cursor, 1]));
    else if (cursor.accept("-")) sum = plus(sum, parseTerm([cursor, -1]));
    else return sum;
  }
}

function parseTerm([cursor, sign]: readonly [Cursor, number]): IndexExpr {
  if (cursor.peek().kind !== "number") return times(parseAtom(cursor), sign);
  const factor = cursor.integer();
  return cursor.accept("*") ? times(parseAtom(cursor), sign * factor) : literal(sign * factor);
}

function parseAtom(cursor: Cursor): IndexExpr {
  const name = cursor.expectKind("word", "a variable");
  if (!cursor.accept("(")) return variable(name);
  const of = parseSum(cursor);
  cursor.expect(",");
  const by = cursor.integer();
  cursor.expect(")");
  return name === "floordiv" ? floordiv(of, by) : name === "mod" ? mod(of, by) : cursor.fail(`no function ${name}`);
}
