/** Reads the records of four sums or differences of 16 bits (quad-sums.ts): each becomes the loop that it stands for. */
import { variable as variableOf } from "../../ir/loop/index-expr.js";
import type { Load, Loop, Store } from "../../ir/loop/program.js";
import type { Cursor } from "./cursor.js";
import { neighbour, quadStartLines, quadSteps } from "./dot.js";
import type { FileScope, FunctionScope } from "./function-scope.js";
import { quadSumKinds, quadSumLines, quadSumName, quadSumValue } from "./quad-sums.js";
import { readShorts, requireQuad } from "./read-records.js";

/** The definitions that come next, if any; before them where an arena begins, if no record before says it. */
export function readQuadSumDefinitions(cursor: Cursor, { dots, quadSums }: FileScope): void {
  if (!dots.has(quadSteps) && cursor.sees(quadStartLines[0] ?? "")) cursor.expectText(quadStartLines);
  for (const kind of quadSumKinds) {
    if (!cursor.sees(quadSumName(kind), 5)) continue; // behind two lines of the preprocessor, a token each, and three words
    cursor.expectText(quadSumLines(kind));
    quadSums.add(kind);
  }
}

/** `sum4_i16(&y[…], &x[…], &z[…]);` as the store of the loop; undefined where another statement stands. */
export function readQuadSum(cursor: Cursor, scope: FunctionScope, { variable, extent }: Pick<Loop, "variable" | "extent">): Omit<Store, "name" | "origin"> | undefined {
  const kind = quadSumKinds.find((of) => cursor.accept(quadSumName(of)));
  if (kind === undefined) return undefined;
  if (extent !== quadSteps || !scope.file.quadSums.has(kind)) cursor.fail(`no four steps of which ${quadSumName(kind)} is the record, or it is not defined above`);
  const [y, x, z] = [readQuad(cursor, scope, "(", variable), readQuad(cursor, scope, ",", variable), readQuad(cursor, scope, ",", variable)];
  cursor.expect(")", ";");
  if (scope.bound.get(y.buffer)?.constant !== false || scope.file.buffers.get(y.buffer)?.kind !== "temp") cursor.fail(`${y.buffer} has no sums that can be written here`);
  return { kind: "store", buffer: y.buffer, index: y.index, value: quadSumValue(kind, x, z) };
}

/** Behind a bracket or a comma, `&array[subscript]`: the element of a step, where the first starts at an address that 8 divides. */
function readQuad(cursor: Cursor, scope: FunctionScope, before: "(" | ",", variable: string): Load {
  cursor.expect(before);
  const { buffer, load } = readShorts(cursor, scope);
  if (buffer.type !== "i16") cursor.fail(`${buffer.name} is ${buffer.type}`);
  requireQuad(cursor, scope, load, buffer);
  const index = neighbour(buffer, load.index, variableOf(variable)) ?? cursor.fail(`${buffer.name} has no second element`);
  return { ...load, index };
}
