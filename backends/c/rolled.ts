/**
 * Loops of a sum that stay loops. Compilers write out a loop over a few taps around vectors whether or not the program marks it
 * as unrolled. Elements that two taps share are then loaded once and kept, and where accumulators fill the registers these
 * go to the stack and back instead, at each tap. So a line above a serial loop of the kind asks for a loop.
 */
import type { Loop, Node, Program } from "../../ir/loop/program.js";
import { loadsOf } from "../../ir/loop/visit.js";

/** Others than gcc may ignore the line. */
export const rolledPragma = "#pragma GCC unroll 1";

/** Taps that compilers write out. */
const mostTaps = 8;

/** The variables of these loops: serial, of a few iterations, alone in another loop, around nothing but lanes of steps of a sum. */
export function rolledLoops({ body }: Program): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: Node, around: Loop | undefined): void => {
    if (node.kind === "store") return;
    if (node.kind === "loop" && around?.body.length === 1 && staysLoop(node)) found.add(node.variable);
    for (const child of node.body) visit(child, node.kind === "loop" ? node : undefined);
  };
  for (const node of body) visit(node, undefined);
  return found;
}

function staysLoop({ mode, extent, body }: Loop): boolean {
  return mode === "serial" && extent > 1 && extent <= mostTaps && body.length === 1 && body.every((node) => isStepOfLanes(node, false));
}

/** Unrolled and vector loops around one store that adds to what it stored, at least one of them a vector loop. */
function isStepOfLanes(node: Node, inLanes: boolean): boolean {
  if (node.kind === "store") return inLanes && loadsOf(node.value).some(({ buffer }) => buffer === node.buffer);
  const [only] = node.body;
  return node.kind === "loop" && node.mode !== "serial" && node.mode !== "parallel" && node.body.length === 1 && only !== undefined && isStepOfLanes(only, inLanes || node.mode === "vector");
}
