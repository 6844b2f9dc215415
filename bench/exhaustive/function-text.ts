/**
 * The C of one scalar function exactly as the emitter prints it, what it calls before it, and a loop over
 * consecutive bit patterns around it.
 */
import { scalarFunctionLines } from "../../backends/c/value-text.js";
import { functionName, spellingOf } from "../../backends/c/operators.js";
import { primitiveLines } from "../../backends/c/primitives.js";
import { present } from "../../ir/prelude.js";
import { scalarFunction } from "../../ir/scalar/ops.js";
import type { ScalarFunction, ScalarTerm } from "../../ir/scalar/term.js";

function operatorsOf(term: ScalarTerm): readonly string[] {
  return term.kind === "op" ? [...term.args.flatMap(operatorsOf), term.op] : [];
}

/** Every operator of the function, once for each place where it stands. */
export function operationsOf(f: ScalarFunction): readonly string[] {
  return [...f.lets.map(({ value }) => value), f.value].flatMap(operatorsOf);
}

/** The definitions, those of called operators first; the last is `op` itself. */
export function functionText(op: string): string {
  const f = present(scalarFunction(op), `function ${op}`);
  const called = [...new Set(operationsOf(f))].filter((used) => spellingOf(used) === "call").sort();
  return [...called.map((used) => primitiveLines(used)), scalarFunctionLines(f, "float")].map((lines) => lines.join("\n")).join("\n\n");
}

/** A translation unit with `evaluate_one` of a function of doubles, which stratified.c calls. */
export function evaluationUnitOfDouble(op: string): string {
  return `#include <math.h>
#include <stdbool.h>
#include <stdint.h>

${functionText(op)}

double evaluate_one(double x);

double evaluate_one(double x)
{
    const double y = ${functionName(op)}(x);
    return y;
}
`;
}

/** A translation unit with `evaluate`, which the harness calls. */
export function evaluationUnit(op: string): string {
  return `#include <math.h>
#include <stdbool.h>
#include <stdint.h>

${functionText(op)}

void evaluate(uint32_t first, uint32_t count, float *restrict y);

void evaluate(uint32_t first, uint32_t count, float *restrict y)
{
    for (uint32_t k = 0; k < count; k++) {
        union { uint32_t bits; float value; } x;
        x.bits = first + k;
        y[k] = ${functionName(op)}(x.value);
    }
}
`;
}
