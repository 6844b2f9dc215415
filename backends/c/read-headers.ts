/** Reads the two headers: prototypes, arena sizes and weight declarations must be those of the program. */
import type { Buffer, Program } from "../../ir/loop/program.js";
import { type ElementType, elementTypes } from "../../ir/scalar/types.js";
import { elementCount, printTensorType } from "../../ir/tensor/tensor.js";
import type { InterfaceNotes } from "../backend.js";
import { type Cursor, cursorOver } from "./cursor.js";
import { readInterfaceNotes } from "./interface-notes.js";
import type { SourceText } from "./lexer.js";
import { quadSlack } from "./dot.js";
import { arenaMacro, arenaName, cTypes, macroPrefix, runName, selftestName, statusCodes, statusMacro, weightName } from "./names.js";
import { arenaHeading, halfTypes, interfaceNotice, statusNotices, weightsNotice } from "./notices.js";
import { type Marks, usedMarks } from "./starts.js";
import { partMacros, partName, partNotice, partParameters } from "./workers.js";

function openGuard(cursor: Cursor, guard: string): void {
  cursor.expect(`#ifndef ${guard}`, `#define ${guard}`, "#include <stdbool.h>", "#include <stdint.h>");
  for (const [first = "", ...others] of [halfTypes.f16, halfTypes.bf16]) {
    if (cursor.accept(first)) cursor.expectText(others);
  }
}

function closeGuard(cursor: Cursor): void {
  cursor.expect("#endif");
  if (cursor.peek().kind !== "end") cursor.fail("text after the end of the header");
}

/** What the header has to say besides the program: the number of steps that workers share, 0 where there are none; whether records read four elements at once. */
export interface SourceFacts {
  readonly steps: number;
  readonly hasQuads: boolean;
}

/** `<model>.h`: what it notes of the interface. */
export function readHeader(model: string, program: Program, { steps, hasQuads }: SourceFacts, source: SourceText): InterfaceNotes {
  const cursor = cursorOver(source);
  const arenas = arenaSizes(program, hasQuads);
  openGuard(cursor, `${macroPrefix(model)}H`);
  if (arenas.length > 0) cursor.expectText([arenaHeading]);
  for (const [type, size] of arenas) cursor.expect(`#define ${arenaMacro(model, type)} (${size})`);
  statusCodes.forEach((code, value) => cursor.expect(statusNotices[code], `#define ${statusMacro(model, code)} (${value})`));
  const notes = readInterfaceNotes(cursor);
  cursor.expectText(interfaceNotice(model, program.buffers, arenas.map(([type]) => type)));
  const interfaces = program.buffers.filter(({ kind }) => kind === "input" || kind === "output");
  const entry = [...interfaces.map(arrayTokens), ...arenas.map(([type]) => arenaTokens(model, type))];
  readPrototype(cursor, runName(model), entry);
  const outputs = interfaces.filter(({ kind }) => kind === "output");
  readPrototype(cursor, selftestName(model), [...outputs.map(arrayTokens), ...arenas.map(([type]) => arenaTokens(model, type))]);
  if (steps > 0) {
    cursor.expectText(partMacros(model, steps, statusCodes.length));
    cursor.expectText(partNotice(model));
    readPrototype(cursor, partName(model), [...partParameters([]).map((text) => text.split(" ")), ...entry]);
  }
  closeGuard(cursor);
  return notes;
}

/** What the temporaries of the program need: the end of the last one in each arena, counted from where a quad can begin. */
function arenaSizes({ buffers }: Program, hasQuads: boolean): readonly (readonly [ElementType, number])[] {
  return elementTypes.flatMap((type) => {
    const temps = buffers.filter((b) => b.kind === "temp" && b.type === type);
    const ends = temps.map(({ place, shape }) => (place?.offset ?? 0) + elementCount(shape));
    return ends.length === 0 ? [] : [[type, Math.max(...ends) + (hasQuads && type === "i16" ? quadSlack : 0)] as const];
  });
}

function arrayTokens({ kind, type, name, shape }: Buffer): readonly string[] {
  return [...(kind === "input" ? ["const"] : []), cTypes[type], name, "[", String(elementCount(shape)), "]"];
}

function arenaTokens(model: string, type: ElementType): readonly string[] {
  return [cTypes[type], arenaName(type), "[", arenaMacro(model, type), "]"];
}

function readPrototype(cursor: Cursor, name: string, parameters: readonly (readonly string[])[]): void {
  cursor.expect("int32_t", name, "(");
  parameters.forEach((tokens, k) => cursor.expect(...(k > 0 ? [","] : []), ...tokens));
  if (parameters.length === 0) cursor.expect("void");
  cursor.expect(")", ";");
}

/** `<model>_weights.h`. */
export function readWeightsHeader(model: string, weights: readonly Buffer[], starts: Marks, source: SourceText): void {
  const cursor = cursorOver(source);
  cursor.expectText([weightsNotice]);
  openGuard(cursor, `${macroPrefix(model)}WEIGHTS_H`);
  for (const { lines } of usedMarks(starts)) cursor.expectText(lines);
  weights.forEach((buffer, k) => {
    cursor.expectText([`/* ${buffer.name} ${printTensorType(buffer)} */`]);
    const mark = starts.get(buffer.name);
    cursor.expect("extern", "const", cTypes[buffer.type], weightName(model, k), "[", String(elementCount(buffer.shape)), "]", ...(mark === undefined ? [] : [mark.name]), ";");
  });
  closeGuard(cursor);
}
