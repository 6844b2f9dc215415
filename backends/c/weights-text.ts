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

/** What stands behind the name of an array that starts where 8 divides the address. */
export const alignedMark = "STARTS_AT_8";

/**
 * Its definition, in the header. On other processors the records need no alignment, and 8 may be less than what a compiler gives
 * an array of its own accord and relies on elsewhere (the ABI of x86-64: 16).
 */
export const alignedMacro: readonly string[] = [
  "#if defined(__GNUC__) && defined(__arm__)",
  `#define ${alignedMark} __attribute__((aligned(8)))`,
  "#else",
  `#define ${alignedMark}`,
  "#endif",
];

/** Weights that a record of four steps or of a pair of floats reads (dot.ts, pair.ts). */
export function alignedWeights({ quads, paired }: Pick<Layout, "quads" | "paired">): ReadonlySet<string> {
  return new Set([...quads, ...paired]);
}

export function weightsHeaderText({ model, program, weights, quads, paired }: Layout): string {
  const guard = `${macroPrefix(model)}WEIGHTS_H`;
  const aligned = alignedWeights({ quads, paired });
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
    ...(aligned.size > 0 ? [...alignedMacro, ""] : []),
    ...[...weights].flatMap(([name, tensor], k) => {
      const head = arrayHead(weightName(model, k), tensor, aligned.has(name));
      return [`/* ${name} ${printTensorType(tensor)} */`, defined.has(name) ? `static ${head} = {${elementTexts(tensor.type, tensor.data)(0)}};` : `extern ${head};`];
    }),
    "",
    "#endif",
  ];
  return `${lines.join("\n")}\n`;
}

function arrayHead(name: string, { type, data }: Tensor, aligned: boolean): string {
  return `const ${cTypes[type]} ${name}[${data.length}]${aligned ? ` ${alignedMark}` : ""}`;
}

export function weightsText({ model, program, weights, quads, paired }: Layout): string {
  const aligned = alignedWeights({ quads, paired });
  const defined = weightsInHeader(program, weights);
  const parts = [weightsNotice, `\n#include "${fileNames(model).weightsHeader}"\n`];
  if ([...weights.values()].some(hasNonFinite)) parts.push(`${mathInclude}\n`);
  for (const [k, [name, tensor]] of [...weights].entries()) {
    if (defined.has(name)) continue;
    parts.push(`\n${arrayHead(weightName(model, k), tensor, aligned.has(name))} = {\n`);
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
