/**
 * A `main` in C99 that runs two emitted programs on inputs it carries as bytes and
 * prints the first output element that differs, bits and value; it exits 1 then, 0 if
 * there is none. Two NaNs are equal.
 */
import { arenasOf } from "../../backends/c/layout.js";
import { arenaMacro, arenaName, cTypes, runName, statusMacro } from "../../backends/c/names.js";
import { interfaceOf } from "../../backends/c/parameters.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import { bytesOf } from "../../ir/scalar/types.js";
import { type Tensor, bytesOfElements, elementCount } from "../../ir/tensor/tensor.js";

/** The models are called `before` and `after`; their headers lie beside the file. */
export function differenceMain(before: Program, after: Program, inputs: readonly Tensor[]): string {
  return [
    "/* Runs both programs on the inputs that tell them apart and prints the first difference. */",
    '#include "before.h"', '#include "after.h"', "#include <stdio.h>", "#include <string.h>", "",
    ...inputLines(before, inputs), ...storageLines("before", before), ...storageLines("after", after), "",
    ...compare, "",
    "int main(void)", "{",
    ...inputs.map((_, k) => `    memcpy(input_${k}, bytes_${k}, sizeof input_${k});`),
    ...(["before", "after"] as const).map((model) => `    if (${callOf(model, model === "before" ? before : after)}) { printf("${model} refuses its arguments\\n"); return 2; }`),
    ...comparisonLines(before, after),
    '    printf("no difference\\n");', "    return 0;", "}", "",
  ].join("\n");
}

function ofKind(program: Program, kind: Buffer["kind"]): readonly Buffer[] {
  return program.buffers.filter((buffer) => buffer.kind === kind);
}

function inputLines(program: Program, inputs: readonly Tensor[]): readonly string[] {
  const arrays = ofKind(program, "input").map(({ type, shape }, k) => `static ${cTypes[type]} input_${k}[${elementCount(shape)}];`);
  const bytes = inputs.map(({ data }, k) => `static const unsigned char bytes_${k}[] = { ${Array.from(bytesOfElements(data), (byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(", ")} };`);
  return [...arrays, ...bytes];
}

function storageLines(model: string, program: Program): readonly string[] {
  const outputs = ofKind(program, "output").map(({ type, name, shape }) => `static ${cTypes[type]} ${model}_${name}[${elementCount(shape)}];`);
  const arenas = [...arenasOf(program).keys()].map((type) => `static ${cTypes[type]} ${model}_${arenaName(type)}[${arenaMacro(model, type)}];`);
  return [...outputs, ...arenas];
}

function callOf(model: string, program: Program): string {
  const inputs = ofKind(program, "input");
  const given = interfaceOf(program).map((buffer) => (buffer.kind === "input" ? `input_${inputs.indexOf(buffer)}` : `${model}_${buffer.name}`));
  const lent = [...arenasOf(program).keys()].map((type) => `${model}_${arenaName(type)}`);
  return `${runName(model)}(${[...given, ...lent].join(", ")}) != ${statusMacro(model, "OK")}`;
}

function comparisonLines(before: Program, after: Program): readonly string[] {
  const others = ofKind(after, "output");
  return ofKind(before, "output").map(({ name, label = name, type, shape }, k) => {
    const pair = `(const unsigned char *)before_${name}, (const unsigned char *)after_${others[k]?.name ?? name}`;
    return `    if (differs(${JSON.stringify(label)}, ${pair}, ${elementCount(shape)}, ${bytesOf[type]}, ${type.startsWith("f") ? 1 : 0})) return 1;`;
  });
}

const compare: readonly string[] = [
  "static int both_nan(const unsigned char *a, const unsigned char *b, size_t size)", "{",
  "    float f, g;", "    double d, e;",
  "    if (size == sizeof f) { memcpy(&f, a, size); memcpy(&g, b, size); return (f != f) && (g != g); }",
  "    memcpy(&d, a, sizeof d); memcpy(&e, b, sizeof e);",
  "    return (d != d) && (e != e);", "}", "",
  "static void print_value(const unsigned char *a, size_t size, int is_float)", "{",
  "    size_t j;", "    float f;", "    double d;",
  "    printf(\"0x\");",
  "    for (j = size; j > 0; j--) printf(\"%02x\", a[j - 1]);",
  "    if (!is_float) return;",
  "    if (size == sizeof f) { memcpy(&f, a, size); d = (double)f; } else memcpy(&d, a, sizeof d);",
  "    printf(\" = %.17g\", d);", "}", "",
  "static int differs(const char *name, const unsigned char *a, const unsigned char *b, size_t count, size_t size, int is_float)", "{",
  "    size_t k;",
  "    for (k = 0; k < count; k++) {",
  "        const unsigned char *x = a + (k * size), *y = b + (k * size);",
  "        if ((memcmp(x, y, size) == 0) || (is_float && both_nan(x, y, size))) continue;",
  "        printf(\"output %s, element %lu: before \", name, (unsigned long)k);",
  "        print_value(x, size, is_float);",
  "        printf(\", after \");",
  "        print_value(y, size, is_float);",
  "        printf(\"\\n\");",
  "        return 1;", "    }", "    return 0;", "}",
];
