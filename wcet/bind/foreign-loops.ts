/**
 * Why a loop of a binary has no bound, and what to do: functions without any mark are not
 * the C of a model but library code, which the compiler may have called by itself.
 */
import type { CodeGraph, FunctionGraph } from "../cfg/graph.js";

/** What to do about functions that compilers call or programs link, by name. */
const remedies: readonly (readonly [name: RegExp, remedy: string])[] = [
  [/^(?:__aeabi_)?mem(?:cpy|set|move|clr)[48]?(?:-\w+)?$/, "the compiler made a call of a loop or of a copy: compile with -fno-tree-loop-distribute-patterns"],
  [/^__(?:aeabi_[a-z0-9]*[df][a-z0-9]*|(?:add|sub|mul|div|neg|eq|ne|lt|le|gt|ge|unord|float|fix|extend|trunc)[a-z]*[sd]f[a-z0-9]*)$/, "floating-point arithmetic in software: build for a core that has the instruction"],
  [/^__(?:aeabi_)?u?(?:l?div(?:mod)?|mod)[a-z0-9]*$/, "division in software: build for a core that has the instruction"],
  [/^_{0,2}(?:kernel_|ieee754_)?(?:exp|log|pow|sin|cos|tan|tanh|sqrt|erf|fmod|rem_pio2|scalbn|ldexp|floor|ceil|round)\w*$/, "a function of the mathematical library: the C that obligato writes calls none, so it comes from other code"],
];

/** The reason for the loops with headers at `addresses`, in a function that holds no mark. */
export function foreignLoops(code: CodeGraph, graph: FunctionGraph, addresses: readonly number[]): string {
  const [first, caller] = [addresses[0] ?? graph.address, callerOf(code, graph)];
  const remedy = remedies.find(([name]) => name.test(graph.name))?.[1] ?? "compile its source with the marks, or link none with loops";
  return `${graph.name} (0x${graph.address.toString(16)})${caller === undefined ? "" : `, called at ${caller}`}: ${addresses.length === 1 ? "a loop" : `${addresses.length} loops`} without marks, at 0x${first.toString(16)}: ${remedy}`;
}

function callerOf({ functions }: CodeGraph, { address }: FunctionGraph): string | undefined {
  for (const graph of functions) {
    const at = graph.blocks.find(({ calls }) => calls === address)?.instructions.at(-1)?.address;
    if (at !== undefined) return `${graph.name}+0x${(at - graph.address).toString(16)}`;
  }
  return undefined;
}
