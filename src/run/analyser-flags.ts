/**
 * Flags that an analyser needs after the pinned ones. They cost time on the core, so code is
 * compiled without them first, and again only where what the compiler made asks for them.
 */
import { otawaFlags } from "../../backends/c/flags.js";
import { movesPointers } from "../../wcet/bind/otawa-gate.js";
import type { Analyser } from "../evidence/target-files.js";

export interface CompiledFor<T> {
  readonly made: T;
  /** The flags it was compiled with after the pinned ones. */
  readonly extra: readonly string[];
}

/** `imageOf` gives the linked ELF whose function `entry` is to be read. */
export async function compiledFor<T>(analyser: Analyser | undefined, entry: string, compile: (extra: readonly string[]) => Promise<T>, imageOf: (made: T) => Uint8Array): Promise<CompiledFor<T>> {
  const made = await compile([]);
  if (analyser === undefined || !movesPointers(imageOf(made), "the linked ELF", entry)) return { made, extra: [] };
  return { made: await compile(otawaFlags), extra: otawaFlags };
}
