/**
 * Reads the definitions at the top of a source file: a basic operator is fixed text,
 * a named scalar function becomes the term that its text says.
 */
import { scalarFunction } from "../../ir/scalar/ops.js";
import type { ScalarFunction, ScalarLet, ScalarTerm } from "../../ir/scalar/term.js";
import { type ElementType, elementTypes } from "../../ir/scalar/types.js";
import type { FloatCompare } from "../backend.js";
import type { Cursor } from "./cursor.js";
import { elementTypeOf, takenNames } from "./names.js";
import { operatorOfFunction, spellingOf } from "./operators.js";
import { primitiveLines } from "./primitives.js";
import { nearDifferenceAfter, nearDifferenceLines, nearDifferenceName, nearDifferenceType } from "./near-difference.js";
import { convertedLines, roundedFormOf, roundedForms, roundedKinds, roundedLines, roundedName, roundedTypes } from "./rounded.js";
import { readBareValue } from "./read-value.js";

export interface Definitions {
  /** Every operator defined, basic ones and records by their names included. */
  readonly defined: ReadonlySet<string>;
  readonly functions: ReadonlyMap<string, ScalarFunction>;
}

/** Each definition may use those above it; `declare` refuses a name that is taken. */
export function readDefinitions(cursor: Cursor, compare: FloatCompare, declare: (name: string) => void): Definitions {
  const functions = new Map<string, ScalarFunction>();
  const defined = new Set<string>();
  while (cursor.sees("static") && cursor.sees("inline", 1) && !isRecord(cursor.peek(3).text)) {
    const name = cursor.peek(3).text;
    const op = operatorOfFunction(name) ?? cursor.fail(`\`${name}\` is no operator`);
    if (spellingOf(op, compare) !== "call") cursor.fail(`${op} is no function in this file`);
    declare(name);
    if (scalarFunction(op) === undefined) cursor.expectText(primitiveLines(op, compare));
    else functions.set(op, readScalarFunction({ cursor, defined, locals: new Map() }, op));
    defined.add(op);
  }
  for (const kind of roundedKinds) {
    const [base, ...others] = roundedForms(kind);
    if (!cursor.sees(roundedName(base), compare === "integer" ? 3 : kind.near ? 6 : 5)) continue; // before it two or three lines of the preprocessor, a token each
    cursor.expectText(roundedLines(kind, compare));
    defined.add(roundedName(base));
    for (const form of others) {
      if (!cursor.sees(roundedName(form), 3)) continue;
      cursor.expectText(convertedLines(form));
      defined.add(roundedName(form));
    }
  }
  for (const type of roundedTypes) {
    if (!cursor.sees(nearDifferenceName(type), nearDifferenceAfter(compare))) continue;
    cursor.expectText(nearDifferenceLines(type, compare));
    defined.add(nearDifferenceName(type));
  }
  return { defined, functions };
}

function isRecord(name: string): boolean {
  return roundedFormOf(name) !== undefined || nearDifferenceType(name) !== undefined;
}

/** Consumes the C name of an element type. */
export function readType(cursor: Cursor): ElementType {
  const type = elementTypeOf(cursor.peek().text) ?? cursor.fail(`\`${cursor.peek().text}\` is no element type`);
  cursor.take();
  return type;
}

interface Reading {
  readonly cursor: Cursor;
  readonly defined: ReadonlySet<string>;
  /** Parameters and lets so far. */
  readonly locals: Map<string, ElementType>;
}

/** A definition as it stands; whether it is the operator's own term is for the caller to compare. */
function readScalarFunction(reading: Reading, op: string): ScalarFunction {
  const { cursor } = reading;
  const dot = op.lastIndexOf(".");
  const [name, suffix] = [op.slice(0, dot), op.slice(dot + 1)];
  const type = elementTypes.find((t) => t === suffix) ?? cursor.fail(`${op} has no type`);
  cursor.expect("static", "inline");
  const result = readType(cursor);
  cursor.take();
  const params = readParameters(reading);
  cursor.expect("{");
  const lets: ScalarLet[] = [];
  while (cursor.sees("const")) lets.push(readLet(reading));
  cursor.expect("return");
  const value = readTerm(reading, result);
  cursor.expect("}");
  return { name, type, params, result, lets, value };
}

function readParameters(reading: Reading): ScalarFunction["params"] {
  const params: { name: string; type: ElementType }[] = [];
  reading.cursor.expect("(");
  do {
    const param = readNamed(reading);
    reading.locals.set(param.name, param.type);
    params.push(param);
  } while (reading.cursor.accept(","));
  reading.cursor.expect(")");
  return params;
}

function readNamed({ cursor, locals, defined }: Reading): { name: string; type: ElementType } {
  const type = readType(cursor);
  const name = cursor.expectKind("word", "a name");
  const op = operatorOfFunction(name);
  const shadows = locals.has(name) || takenNames.has(name) || (op !== undefined && defined.has(op));
  return shadows ? cursor.fail(`\`${name}\` is declared already`) : { name, type };
}

function readLet(reading: Reading): ScalarLet {
  reading.cursor.expect("const");
  const { name, type } = readNamed(reading);
  reading.cursor.expect("=");
  const value = readTerm(reading, type);
  reading.locals.set(name, type);
  return { name, type, value };
}

/** A value of the given type and the semicolon after it. */
function readTerm({ cursor, defined, locals }: Reading, type: ElementType): ScalarTerm {
  const { value, type: found } = readBareValue<Extract<ScalarTerm, { kind: "ref" }>>(cursor, {
    word: (name) => ({ value: { kind: "ref", name }, type: locals.get(name) ?? cursor.fail(`\`${name}\` is not defined above`) }),
    index: () => cursor.fail("a scalar function has no index"),
    defined: (op) => defined.has(op),
  });
  if (found !== type) cursor.fail(`a value of type ${found} where ${type} is declared`);
  cursor.expect(";");
  return value;
}
