/**
 * A `main` for tests on the host: raw little-endian inputs on standard input, vector
 * after vector, raw outputs on standard output. With the argument `selftest` it
 * prints the status of the self test instead. A network without inputs runs once per
 * byte. Not part of the product.
 */
import { elementCount } from "../../ir/tensor/tensor.js";
import type { EmittedFile } from "../backend.js";
import type { Layout } from "./layout.js";
import { arenaMacro, arenaName, cTypes, runName, selftestName, statusMacro } from "./names.js";
import { interfaceOf } from "./parameters.js";

export function harnessFile(layout: Layout): EmittedFile {
  return { name: `${layout.model}_test_main.c`, text: `${harnessLines(layout).join("\n")}\n` };
}

function harnessLines({ model, program, arenas }: Layout): readonly string[] {
  const interfaces = interfaceOf(program);
  const lent = [...arenas.keys()].map(arenaName);
  const inputs = interfaces.filter(({ kind }) => kind === "input");
  const outputs = interfaces.filter(({ kind }) => kind === "output");
  const argumentsOf = (buffers: readonly { readonly name: string }[]) => [...buffers.map(({ name }) => name), ...lent].join(", ");
  return [
    "/* Runs the network on vectors from standard input. For tests only. */",
    `#include "${model}.h"`,
    "#include <stdio.h>",
    "#include <string.h>",
    "",
    ...interfaces.map(({ type, name, shape }) => `static ${cTypes[type]} ${name}[${elementCount(shape)}];`),
    ...[...arenas.keys()].map((type) => `static ${cTypes[type]} ${arenaName(type)}[${arenaMacro(model, type)}];`),
    "",
    "static int read_vector(void)",
    "{",
    "    int complete = 1;",
    ...(inputs.length === 0 ? ["    complete = getchar() != EOF;"] : []),
    ...inputs.map(({ name }) => `    complete = complete && (fread(${name}, sizeof ${name}, 1, stdin) == 1);`),
    "    return complete;",
    "}",
    "",
    "static int write_vector(void)",
    "{",
    "    int complete = 1;",
    ...outputs.map(({ name }) => `    complete = complete && (fwrite(${name}, sizeof ${name}, 1, stdout) == 1);`),
    "    return complete;",
    "}",
    "",
    "int main(int argc, char **argv)",
    "{",
    "    int failed = 0;",
    "    if ((argc > 1) && (strcmp(argv[1], \"selftest\") == 0)) {",
    `        printf("%d\\n", (int)${selftestName(model)}(${argumentsOf(outputs)}));`,
    "        return 0;",
    "    }",
    "    while (!failed && read_vector()) {",
    `        failed = (${runName(model)}(${argumentsOf(interfaces)}) != ${statusMacro(model, "OK")}) || !write_vector();`,
    "    }",
    "    return failed;",
    "}",
  ];
}
