/**
 * The weights: one constant array per weight buffer, in a file of their own, so that
 * the program stays readable and the numbers need compiling once. Single numbers stand in the
 * header (header-weights.ts).
 */
import type { ElementType } from "../../ir/scalar/types.js";
import { type Elements, type Tensor, printTensorType } from "../../ir/tensor/tensor.js";
import { pushFloat32Lines } from "./float-lines.js";
import { hasNonFinite, weightsInHeader } from "./header-weights.js";
import type { Layout } from "./layout.js";
import { elementTexts, elementsPerLine } from "./literals.js";
import { cTypes, fileNames, macroPrefix, weightName } from "./names.js";
import { halfTypes, mathInclude, weightsNotice } from "./notices.js";
import { type Mark, usedMarks } from "./starts.js";

export function weightsHeaderText({ model, program, weights, starts }: Layout): string {
  const guard = `${macroPrefix(model)}WEIGHTS_H`;
  const defined = weightsInHeader(program, weights);
  const lines = [
    weightsNotice,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    "",
    "#include <stdbool.h>",
    "#include <stdint.h>",
    ...(["f16", "bf16"] as const).flatMap((type) => ([...weights.values()].some((tensor) => tensor.type === type) ? halfTypes[type] : [])),
    "",
    ...usedMarks(starts).flatMap(({ lines }) => [...lines, ""]),
    ...[...weights].flatMap(([name, tensor], k) => {
      const head = arrayHead(weightName(model, k), tensor, starts.get(name));
      return [`/* ${name} ${printTensorType(tensor)} */`, defined.has(name) ? `static ${head} = {${elementTexts(tensor.type, tensor.data)(0)}};` : `extern ${head};`];
    }),
    "",
    "#endif",
  ];
  return `${lines.join("\n")}\n`;
}

function arrayHead(name: string, { type, data }: Tensor, mark: Mark | undefined): string {
  return `const ${cTypes[type]} ${name}[${data.length}]${mark === undefined ? "" : ` ${mark.name}`}`;
}

export function weightsText({ model, program, weights, starts }: Layout): string {
  const defined = weightsInHeader(program, weights);
  const parts = [weightsNotice, `\n#include "${fileNames(model).weightsHeader}"\n`];
  if ([...weights.values()].some(hasNonFinite)) parts.push(`${mathInclude}\n`);
  for (const [k, [name, tensor]] of [...weights].entries()) {
    if (defined.has(name)) continue;
    parts.push(`\n${arrayHead(weightName(model, k), tensor, starts.get(name))} = {\n`);
    pushElements(parts, tensor.type, tensor.data);
    parts.push("};\n");
  }
  return parts.join("");
}

/** The lines of an initialiser without its braces. */
export function pushElements(parts: string[], type: ElementType, data: Elements): void {
  const perLine = elementsPerLine(type);
  if (data instanceof Float32Array) return pushFloat32Lines(parts, data, perLine);
  const text = elementTexts(type, data);
  for (let start = 0; start < data.length; start += perLine) {
    const end = Math.min(start + perLine, data.length);
    let line = "    ";
    for (let k = start; k < end; k++) line += k + 1 < end ? `${text(k)}, ` : text(k);
    parts.push(line, end < data.length ? ",\n" : "\n");
  }
}
