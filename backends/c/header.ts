/** The header an application includes: arena sizes, status codes, prototypes. */
import { interfaceNotes } from "./interface-notes.js";
import { type Layout, usesType } from "./layout.js";
import { arenaMacro, macroPrefix, runName, selftestName, statusCodes, statusMacro } from "./names.js";
import { arenaHeading, halfTypes, interfaceNotice, statusNotices } from "./notices.js";
import { entryParameters, selftestParameters, signatureLines } from "./parameters.js";
import { partMacros, partName, partNotice, partParameters } from "./workers.js";

export function headerText(layout: Layout): string {
  const { model, program, arenas, notes } = layout;
  const guard = `${macroPrefix(model)}H`;
  const sizes = [...arenas].map(([type, size]) => `#define ${arenaMacro(model, type)} (${size})`);
  const codes = statusCodes.flatMap((code, k) => [statusNotices[code], `#define ${statusMacro(model, code)} (${k})`]);
  const parts = layout.steps.length === 0 ? [] : [
    ...partMacros(model, layout.steps.length, statusCodes.length),
    "",
    ...partNotice(model),
    ...signatureLines(`int32_t ${partName(model)}`, partParameters(entryParameters(layout)), ";"),
    "",
  ];
  const lines = [
    `#ifndef ${guard}`,
    `#define ${guard}`,
    "",
    "#include <stdbool.h>",
    "#include <stdint.h>",
    ...(["f16", "bf16"] as const).flatMap((type) => (usesType(layout, type) ? halfTypes[type] : [])),
    "",
    ...(sizes.length > 0 ? [arenaHeading, ...sizes, ""] : []),
    ...codes,
    "",
    ...interfaceNotes(notes),
    ...interfaceNotice(model, program.buffers, [...arenas.keys()]),
    ...signatureLines(`int32_t ${runName(model)}`, entryParameters(layout), ";"),
    ...signatureLines(`int32_t ${selftestName(model)}`, selftestParameters(layout), ";"),
    "",
    ...parts,
    "#endif",
  ];
  return `${lines.join("\n")}\n`;
}
