/** Reads the weights file: every array in order, count and bits exact. */
import type { Buffer } from "../../ir/loop/program.js";
import { type Tensor, elementCount } from "../../ir/tensor/tensor.js";
import { type SourceText, refuse } from "./lexer.js";
import { cTypes, fileNames, weightName } from "./names.js";
import { mathInclude, weightsNotice } from "./notices.js";
import type { Marks } from "./starts.js";
import { type Scanner, expectExact, readElements, skipSpace } from "./read-arrays.js";

/** The contents of the weight buffers by name; those with marks have to say where they start. */
export function readWeights(model: string, buffers: readonly Buffer[], starts: Marks, source: SourceText): ReadonlyMap<string, Tensor> {
  const scanner: Scanner = { source, at: 0 };
  expectExact(scanner, `${weightsNotice}\n#include "${fileNames(model).weightsHeader}"\n`);
  if (source.text.startsWith(mathInclude, scanner.at)) expectExact(scanner, `${mathInclude}\n`);
  const weights = new Map<string, Tensor>();
  buffers.forEach(({ name, type, shape }, k) => {
    const length = elementCount(shape);
    const mark = starts.get(name);
    expectExact(scanner, `\nconst ${cTypes[type]} ${weightName(model, k)}[${length}]${mark === undefined ? "" : ` ${mark.name}`} = {`);
    weights.set(name, { type, shape, data: readElements(scanner, type, length) });
    expectExact(scanner, ";\n");
  });
  skipSpace(scanner);
  if (scanner.at < source.text.length) refuse("text after the last weight", source, scanner.at);
  return weights;
}
