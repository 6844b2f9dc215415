/**
 * drop-dead-stores: stores into temporaries and locals from which no output is computed
 * go, the whole chain that led to them included. A pooling window that does not divide
 * its image leaves such chains: whole border regions of the convolution before it.
 *
 * Rewrite: liveness along the dataflow, from the stores into outputs back over the
 * producers of their loads; every store not reached goes, then loops, guards, temporaries
 * and weights that nothing is left in or of. Requires: nothing. Ensures: what stays is
 * unchanged; each local left is read. Timing: fewer statements. Refuses: any option.
 */
import { type StoreContext, loadsOf, storesOf } from "../../ir/loop/visit.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { contextsOf } from "./shared/compose.js";
import { onlyOptions } from "./shared/options.js";
import { identityPhi, restrict, rewriteStores } from "./shared/wiring.js";

export const dropDeadStores: Pass = {
  name: "drop-dead-stores",
  summary: "drop computations that no output depends on",
  run: drop,
};

function drop(before: Staged, options: PassOptions): PassResult | undefined {
  onlyOptions(dropDeadStores.name, options, []);
  const live = liveStores(before);
  const rewritten = rewriteStores(before.program, (store) => (live.has(store.name) ? [store] : []));
  const used = usedBuffers(storesOf(rewritten));
  const buffers = rewritten.buffers.filter(({ kind, name }) => kind === "input" || kind === "output" || used.has(name));
  if (live.size === storesOf(before.program).length && buffers.length === before.program.buffers.length) return undefined;
  const { program, dataflow } = restrict({ program: { ...rewritten, buffers }, dataflow: before.dataflow });
  return { after: program, witness: { ...dataflow, phi: identityPhi(program) } };
}

/**
 * The statements that store into an output, or into what a live one loads. By producers
 * and not by buffer: one buffer may hold both elements that are read and some that are not.
 */
function liveStores({ program, dataflow }: Staged): ReadonlySet<string> {
  const contexts = contextsOf(program);
  const outputs = new Set(program.buffers.filter(({ kind }) => kind === "output").map(({ name }) => name));
  const pending = [...contexts.values()].filter(({ store }) => outputs.has(store.buffer)).map(({ store }) => store.name);
  const live = new Set<string>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (live.has(name)) continue;
    live.add(name);
    pending.push(...(dataflow.producers[name] ?? []).flatMap((cases) => cases.map(({ then }) => then.statement)));
  }
  return live;
}

function usedBuffers(contexts: readonly StoreContext[]): ReadonlySet<string> {
  return new Set(contexts.flatMap(({ store }) => [store.buffer, ...loadsOf(store.value).map(({ buffer }) => buffer)]));
}
