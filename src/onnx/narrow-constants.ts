/**
 * Constants of f16 and bf16 stay so in memory. A node on f32 reads them through a Cast (halves.ts),
 * which import evaluates, so that what else is constant is evaluated too and normal forms see the
 * values. Where a node that runs reads such a widened constant, the Cast is put back: the code then
 * holds the 16 bits of the file. A single element is not worth it.
 */
import { present } from "../../ir/prelude.js";
import { isHalf } from "../../ir/scalar/types.js";
import { elementCount } from "../../ir/tensor/tensor.js";
import type { Builder } from "./builder.js";

/** Makes every node that runs read widened constants through a Cast that runs too. */
export function keepNarrow(builder: Builder): void {
  const widened = new Map<string, string>();
  for (const node of builder.nodes.splice(0)) {
    const inputs = node.inputs.map((input) => (input !== null && isWidened(builder, input) ? atRunTime(builder, input, widened) : input));
    builder.nodes.push({ ...node, inputs });
  }
}

/** Is it a constant that import has by widening one of 16 bits? */
function isWidened({ constants, derived, types }: Builder, name: string): boolean {
  const maker = derived.get(name);
  if (maker?.op !== "Cast" || maker.attributes["to"] !== "f32" || !constants.has(name)) return false;
  const narrow = present(types.get(maker.inputs[0] ?? ""), `type of the operand of ${maker.name}`);
  return isHalf(narrow.type) && elementCount(narrow.shape) > 1;
}

/** The tensor that a Cast makes when the model runs, of a constant that its derivation makes at import. */
function atRunTime({ derived, names, nodes, types }: Builder, constant: string, widened: Map<string, string>): string {
  const known = widened.get(constant);
  if (known !== undefined) return known;
  const output = names.tensors.fresh(`${constant}_read`);
  const maker = present(derived.get(constant), constant);
  nodes.push({ ...maker, name: names.nodes.fresh(`${maker.name}_read`), outputs: [output] });
  types.set(output, present(types.get(constant), constant));
  widened.set(constant, output);
  return output;
}
