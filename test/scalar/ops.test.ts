/** The operator table: everything it lists has a meaning, and every named function is a well-typed term. */
import test from "ava";
import { InvariantViolation } from "../../ir/prelude.js";
import { evaluator } from "../../ir/scalar/evaluate.js";
import { basicOperators, functionOperators, isOperator, scalarFunction, signatureOf } from "../../ir/scalar/ops.js";
import type { ScalarFunction, ScalarTerm } from "../../ir/scalar/term.js";
import { type ElementType, type ScalarValue, bitsOf, constantOf, valueOf } from "../../ir/scalar/types.js";

function three(type: ElementType): ScalarValue {
  if (type === "bool") return 1;
  return type === "i64" || type === "u64" ? 3n : 3;
}

test("every operator evaluates to a value of its result type", (t) => {
  for (const op of [...basicOperators, ...functionOperators].filter((op) => !op.startsWith("neg.u"))) {
    const { args, result } = signatureOf(op);
    const value = evaluator(op)(...args.map(three));
    t.is(typeof value, typeof three(result), op);
    t.is(bitsOf(result, valueOf(constantOf(result, value))), bitsOf(result, value), op);
  }
});

test("an unknown operator is a broken invariant, not a guess", (t) => {
  for (const op of ["add", "add.f16", "muladd.f32", "cast.f32.f32", "bitcast.f32.i64", "exp.i32", ""]) {
    t.false(isOperator(op), op);
    t.throws(() => signatureOf(op), { instanceOf: InvariantViolation }, op);
    t.throws(() => evaluator(op), { instanceOf: InvariantViolation }, op);
  }
});

/** The type of a term; throws on the first operator whose operands do not match its signature. */
function typeOf(term: ScalarTerm, names: ReadonlyMap<string, ElementType>): ElementType {
  if (term.kind === "const") return term.constant.type;
  if (term.kind === "ref") {
    const type = names.get(term.name);
    if (type === undefined) throw new Error(`${term.name} is used before it is defined`);
    return type;
  }
  const signature = signatureOf(term.op);
  const operands = term.args.map((arg) => typeOf(arg, names));
  if (operands.join() !== signature.args.join()) throw new Error(`${term.op} of ${operands.join()}`);
  return signature.result;
}

function operatorsOf(term: ScalarTerm): string[] {
  return term.kind === "op" ? [term.op, ...term.args.flatMap(operatorsOf)] : [];
}

function refsOf(term: ScalarTerm): string[] {
  if (term.kind === "ref") return [term.name];
  return term.kind === "op" ? term.args.flatMap(refsOf) : [];
}

function termsOf(f: ScalarFunction): ScalarTerm[] {
  return [...f.lets.map(({ value }) => value), f.value];
}

for (const op of functionOperators) {
  const f = scalarFunction(op);
  if (f === undefined) throw new Error(op);

  test(`${op} is well typed and defines each name once, before its use`, (t) => {
    const names = new Map<string, ElementType>(f.params.map(({ name, type }) => [name, type]));
    for (const { name, type, value } of f.lets) {
      t.is(typeOf(value, names), type, name);
      t.false(names.has(name), name);
      t.regex(name, /^[a-zA-Z][a-zA-Z0-9]{0,30}$/);
      names.set(name, type);
    }
    t.is(typeOf(f.value, names), f.result);
    t.is(`${f.name}.${f.type}`, op);
  });

  test(`${op} has no intermediate result without use, and basic operators only`, (t) => {
    const used = new Set(termsOf(f).flatMap(refsOf));
    for (const { name } of [...f.params, ...f.lets]) t.true(used.has(name), name);
    for (const inner of termsOf(f).flatMap(operatorsOf)) t.is(scalarFunction(inner), undefined, inner);
  });

  test(`${op} has integers of the width of its floats, and no other float`, (t) => {
    const types = termsOf(f).flatMap(operatorsOf).flatMap((inner) => [...signatureOf(inner).args, signatureOf(inner).result]);
    const ofCasts: readonly ElementType[] = op.startsWith("cast.") ? ["f32", "u16", "u32", ...f.params.map(({ type }) => type)] : [];
    const allowed = new Set<ElementType>(["bool", f.type === "f64" ? "i64" : "i32", f.type, ...ofCasts]);
    t.deepEqual(types.filter((type) => !allowed.has(type)), []);
  });
}
