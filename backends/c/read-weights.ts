/** Reads the two files of the weights: every array in order, in the header or in the other, count and bits exact. */
import type { Buffer } from "../../ir/loop/program.js";
import { type Tensor, elementCount, printTensorType } from "../../ir/tensor/tensor.js";
import { type SourceText, refuse } from "./lexer.js";
import { cTypes, fileNames, macroPrefix, weightName } from "./names.js";
import { halfTypes, mathInclude, weightsNotice } from "./notices.js";
import { type Scanner, expectExact, readElements, skipSpace } from "./read-arrays.js";
import { type Marks, usedMarks } from "./starts.js";

/** What is read: the weight buffers, as they stand in the text; those with marks have to say where they start. */
export interface WeightArrays {
  readonly model: string;
  readonly buffers: readonly Buffer[];
  readonly starts: Marks;
}

/** The contents of the weight buffers by name. */
export function readWeights(arrays: WeightArrays, header: SourceText, source: SourceText): ReadonlyMap<string, Tensor> {
  const known = readHeader(arrays, header);
  const scanner: Scanner = { source, at: 0 };
  expectExact(scanner, `${weightsNotice}\n#include "${fileNames(arrays.model).weightsHeader}"\n`);
  acceptLines(scanner, [mathInclude]);
  const weights = new Map(arrays.buffers.map((buffer, k) => [buffer.name, known.get(buffer.name) ?? readArray(scanner, buffer, `\n${headOf(arrays, buffer, k)}`)] as const));
  skipSpace(scanner);
  if (scanner.at < source.text.length) refuse("text after the last weight", source, scanner.at);
  return weights;
}

/** `<model>_weights.h`: a declaration of each array, or its definition. */
function readHeader(arrays: WeightArrays, source: SourceText): ReadonlyMap<string, Tensor> {
  const { model, buffers, starts } = arrays;
  const scanner: Scanner = { source, at: 0 };
  const known = new Map<string, Tensor>();
  const guard = `${macroPrefix(model)}WEIGHTS_H`;
  expectExact(scanner, lines([weightsNotice, `#ifndef ${guard}`, `#define ${guard}`, "", "#include <stdbool.h>", "#include <stdint.h>"]));
  for (const type of ["f16", "bf16"] as const) acceptLines(scanner, halfTypes[type]);
  expectExact(scanner, lines(["", ...usedMarks(starts).flatMap((mark) => [...mark.lines, ""])]));
  buffers.forEach((buffer, k) => {
    expectExact(scanner, lines([`/* ${buffer.name} ${printTensorType(buffer)} */`]));
    const head = headOf(arrays, buffer, k);
    if (source.text.startsWith("static ", scanner.at)) known.set(buffer.name, readArray(scanner, buffer, `static ${head}`));
    else expectExact(scanner, `extern ${head};\n`);
  });
  expectExact(scanner, lines(["", "#endif"]));
  if (scanner.at < source.text.length) refuse("text after the end of the header", source, scanner.at);
  return known;
}

function headOf({ model, starts }: WeightArrays, { name, type, shape }: Buffer, k: number): string {
  const mark = starts.get(name);
  return `const ${cTypes[type]} ${weightName(model, k)}[${elementCount(shape)}]${mark === undefined ? "" : ` ${mark.name}`}`;
}

function readArray(scanner: Scanner, { type, shape }: Buffer, head: string): Tensor {
  expectExact(scanner, `${head} = {`);
  const data = readElements(scanner, type, elementCount(shape));
  expectExact(scanner, ";\n");
  return { type, shape, data };
}

/** Consumes these lines where they stand. */
function acceptLines(scanner: Scanner, texts: readonly string[]): void {
  if (scanner.source.text.startsWith(lines(texts), scanner.at)) expectExact(scanner, lines(texts));
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
