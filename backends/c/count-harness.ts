/**
 * The printed C as an instrument of itself: its marks, which are nothing in the product,
 * become counters, and a `main` runs it on vectors from standard input and writes what
 * was counted in each run. No other letter of the product text is changed.
 */
import { elementCount } from "../../ir/tensor/tensor.js";
import type { ReadBack } from "../backend.js";
import { arenasOf } from "./layout.js";
import { arenaMacro, arenaName, cTypes, runName, statusMacro } from "./names.js";
import { interfaceOf } from "./parameters.js";

/** What is counted of a text: its loops in their order, but those whose steps are one call, and its guards. */
export interface Counters {
  readonly loops: readonly string[];
  readonly guards: number;
}

export function countersOf({ bounds, guards }: Pick<ReadBack, "bounds" | "guards">): Counters {
  return { loops: bounds.flatMap(({ loop, called }) => (called === true ? [] : [loop])), guards: guards.length };
}

/** The header to include before the C (`-include`). A mark of a loop that the program does not have does not compile. */
export function countersHeader({ loops, guards }: Counters): string {
  return `/* The marks count: of a loop its entries, its iterations and the longest run of them. For tests only. */
#include <stdint.h>
struct loop_counter { uint64_t entries; uint64_t total; uint64_t longest; };
struct counters {
${loops.map((loop) => `    struct loop_counter ${loop};\n`).join("")}    uint64_t guard_starts[${guards + 1}];
    uint64_t guard_ends[${guards + 1}];
};
extern struct counters counters;
static inline void count_iteration(struct loop_counter *of, uint64_t at)
{
    of->entries += (at == 0U) ? 1U : 0U;
    of->total++;
    of->longest = (at >= of->longest) ? (at + 1U) : of->longest;
}
#define LOOP_BOUND(id, bound) count_iteration(&counters.id, (uint64_t)(id))
#define GUARD_START(id, total) (counters.guard_starts[id]++)
#define GUARD_END(id, total) (counters.guard_ends[id]++)
`;
}

/** Reads vectors as the test harness does; after each run writes the counters, little-endian on every host that is supported. */
export function countHarness({ model, program }: Pick<ReadBack, "model" | "program">, header: string): string {
  const interfaces = interfaceOf(program);
  const inputs = interfaces.filter(({ kind }) => kind === "input");
  const arenas = [...arenasOf(program).keys()];
  const reads = inputs.length === 0 ? ["getchar() != EOF"] : inputs.map(({ name }) => `(fread(${name}, sizeof ${name}, 1, stdin) == 1)`);
  return `/* Counts how often the loops of ${model} run. For tests only. */
#include "${model}.h"
#include "${header}"
#include <stdio.h>
#include <string.h>

struct counters counters;
${interfaces.map(({ type, name, shape }) => `static ${cTypes[type]} ${name}[${elementCount(shape)}];\n`).join("")}${arenas.map((type) => `static ${cTypes[type]} ${arenaName(type)}[${arenaMacro(model, type)}];\n`).join("")}
int main(void)
{
    int failed = 0;
    while (!failed && ${reads.join(" && ")}) {
        memset(&counters, 0, sizeof counters);
        failed = (${runName(model)}(${[...interfaces.map(({ name }) => name), ...arenas.map(arenaName)].join(", ")}) != ${statusMacro(model, "OK")})
            || (fwrite(&counters, sizeof counters, 1, stdout) != 1);
    }
    return failed;
}
`;
}
