/** The entry points: every group in order, or those of one step for one worker. */
import type { Buffer, Program } from "../../ir/loop/program.js";
import type { ElementType } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { Group, Layout } from "./layout.js";
import { arenaName, cTypes, runName, statusMacro } from "./names.js";
import { entryParameters, interfaceOf, signatureLines } from "./parameters.js";
import { partMacro, partName, partParameters, stepsMacro } from "./workers.js";

/** Whether a group reads or writes the buffer. */
export function touches(group: Group, name: string): boolean {
  return group.reads.has(name) || group.writes.has(name);
}

/** The temporaries of one arena that a group uses. */
export function tempsOf(program: Program, group: Group, type: ElementType): readonly Buffer[] {
  return program.buffers.filter((b) => b.kind === "temp" && b.type === type && touches(group, b.name));
}

/** The declaration of an automatic array. */
export function localLine({ type, name }: Buffer, elements: number): string {
  return `${cTypes[type]} ${name}[${elements}];`;
}

/** The entry for a run by one worker. */
export function entryLines({ model, program, sharedLocals, groups, arenas }: Layout): readonly string[] {
  return [
    ...signatureLines(`int32_t ${runName(model)}`, entryParameters({ model, program, arenas })),
    "{",
    `    int32_t status = ${statusMacro(model, "NULL_ARGUMENT")};`,
    ...sharedLocals.map((b) => `    ${localLine(b, elementCount(b.shape))}`),
    `    if (${notNull(program, arenas)}) {`,
    ...groups.map((group) => `        ${group.name}(${[...argumentsOf(group, program, sharedLocals, arenas), ...(group.shared ? ["0", "1"] : [])].join(", ")});`),
    `        status = ${statusMacro(model, "OK")};`,
    "    }",
    "    return status;",
    "}",
  ];
}

function notNull(program: Program, arenas: Layout["arenas"]): string {
  const names = [...interfaceOf(program).map(({ name }) => name), ...[...arenas.keys()].map(arenaName)];
  const tests = names.map((name) => `${name} != NULL`);
  return tests.length === 1 ? tests.join("") : tests.map((test) => `(${test})`).join(" && ");
}

/** The entry for one worker and one step; serial steps are the first worker's. */
export function partLines({ model, program, steps, arenas }: Layout): readonly string[] {
  if (steps.length === 0) return [];
  return [
    "",
    ...signatureLines(`int32_t ${partName(model)}`, partParameters(entryParameters({ model, program, arenas }))),
    "{",
    `    int32_t status = ${statusMacro(model, "NULL_ARGUMENT")};`,
    `    if (${notNull(program, arenas)}) {`,
    `        status = ${partMacro(model)};`,
    `        if ((step >= 0) && (step < ${stepsMacro(model)}) && (worker >= 0) && (worker < workers)) {`,
    ...steps.flatMap((groups, step) => stepLines(groups, step, program, arenas)),
    `            status = ${statusMacro(model, "OK")};`,
    "        }",
    "    }",
    "    return status;",
    "}",
  ];
}

function stepLines(groups: readonly Group[], step: number, program: Program, arenas: Layout["arenas"]): readonly string[] {
  const shared = groups.some((group) => group.shared);
  return [
    `            if (${shared ? `step == ${step}` : `(step == ${step}) && (worker == 0)`}) {`,
    ...groups.map((group) => `                ${group.name}(${[...argumentsOf(group, program, [], arenas), ...(shared ? ["worker", "workers"] : [])].join(", ")});`),
    "            }",
  ];
}

function argumentsOf(group: Group, program: Program, sharedLocals: readonly Buffer[], arenas: Layout["arenas"]): readonly string[] {
  const arrays = [...interfaceOf(program), ...sharedLocals];
  return [
    ...arrays.filter(({ name }) => touches(group, name)).map(({ name }) => name),
    ...[...arenas.keys()].filter((type) => tempsOf(program, group, type).length > 0).map(arenaName),
  ];
}
