/** The entry points: every group in order, or those of one step for one worker. */
import { renamingOf } from "../../ir/loop/alike.js";
import type { Buffer, Program } from "../../ir/loop/program.js";
import { present } from "../../ir/prelude.js";
import type { ElementType } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import { runComments } from "./annotations.js";
import { quadStartLine, quadSteps } from "./dot.js";
import type { Group, Run } from "./groups.js";
import type { Layout } from "./layout.js";
import { arenaName, cTypes, runName, statusMacro, weightName } from "./names.js";
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

/** The weights that a group which one part runs is told of. */
export function toldWeights(group: Group, program: Program): readonly Buffer[] {
  return group.weightsApart ? program.buffers.filter(({ kind, name }) => kind === "weight" && touches(group, name)) : [];
}

/** The declaration of an automatic array. */
export function localLine({ type, name }: Buffer, elements: number): string {
  return `${cTypes[type]} ${name}[${elements}];`;
}

/** The entry for a run by one worker. */
export function entryLines(layout: Layout): readonly string[] {
  const { model, program, sharedLocals, runs, arenas } = layout;
  return [
    ...signatureLines(`int32_t ${runName(model)}`, entryParameters({ model, program, arenas })),
    "{",
    `    int32_t status = ${statusMacro(model, "NULL_ARGUMENT")};`,
    ...sharedLocals.map((b) => `    ${localLine(b, elementCount(b.shape))}`),
    `    if (${notNull(program, arenas)}) {`,
    ...quadStart(layout),
    ...runs.flatMap((run) => (run.group.several ? runLines(run, layout) : [callText(run.group, layout, [...toldPlaces(run.group, layout), ...(run.group.shared ? ["0", "1"] : [])])])).map((text) => `        ${text}`),
    `        status = ${statusMacro(model, "OK")};`,
    "    }",
    "    return status;",
    "}",
  ];
}

/** Where the names are not those of the function, a comment says which stand for which: those of the function in the order of its text. */
function runLines({ group, names }: Run, { model, program, weights }: Layout): readonly string[] {
  const { buffers } = renamingOf(group.names, names);
  const order = [...weights.keys()];
  const places = arraysOf(group, program).map(({ name }) => placeText(present(program.buffers.find((b) => b.name === buffers.get(name)), name), model, order));
  return [...(group.names === names ? [] : runComments(names)), `${group.name}(${places.join(", ")});`];
}

/** The arrays that a function which several parts run is told of: all but its own locals and what all of them have in common. */
export function arraysOf(group: Group, program: Program): readonly Buffer[] {
  return program.buffers.filter(({ kind, name }) => kind !== "local" && touches(group, name) && !group.common.has(name));
}

function toldPlaces(group: Group, { model, program, weights }: Layout): readonly string[] {
  return toldWeights(group, program).map((buffer) => placeText(buffer, model, [...weights.keys()]));
}

/** Where an array begins, as the entry sees it. */
function placeText({ kind, type, name, place }: Buffer, model: string, weights: readonly string[]): string {
  if (kind === "weight") return `&${weightName(model, weights.indexOf(name))}[0]`;
  return kind === "temp" ? `&${arenaName(type)}[${present(place, "place").offset}]` : name;
}

function callText(group: Group, { program, sharedLocals, arenas }: Pick<Layout, "program" | "sharedLocals" | "arenas">, more: readonly string[]): string {
  return `${group.name}(${[...argumentsOf(group, program, sharedLocals, arenas), ...more].join(", ")});`;
}

/** Where records read or write four elements at once, the arena of i16 begins at an address that 8 divides. */
function quadStart({ dots, quadSums, arenas }: Layout): readonly string[] {
  return (dots.includes(quadSteps) || quadSums.length > 0) && arenas.has("i16") ? [`        ${quadStartLine}`] : [];
}

function notNull(program: Program, arenas: Layout["arenas"]): string {
  const names = [...interfaceOf(program).map(({ name }) => name), ...[...arenas.keys()].map(arenaName)];
  const tests = names.map((name) => `${name} != NULL`);
  return tests.length === 1 ? tests.join("") : tests.map((test) => `(${test})`).join(" && ");
}

/** The entry for one worker and one step; serial steps are the first worker's. */
export function partLines(layout: Layout): readonly string[] {
  const { model, program, steps, arenas } = layout;
  if (steps.length === 0) return [];
  return [
    "",
    ...signatureLines(`int32_t ${partName(model)}`, partParameters(entryParameters({ model, program, arenas }))),
    "{",
    `    int32_t status = ${statusMacro(model, "NULL_ARGUMENT")};`,
    `    if (${notNull(program, arenas)}) {`,
    ...quadStart(layout),
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
    ...groups.map((group) => `                ${callText(group, { program, sharedLocals: [], arenas }, shared ? ["worker", "workers"] : [])}`),
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
