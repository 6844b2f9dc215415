/**
 * sink-transposes: copies go. Transpose, Reshape, Flatten, Slice, Identity and the like
 * compute nothing, so what they write need not exist.
 *
 * Rewrite: a load of a copy becomes a load of its source, through the composed index map;
 * or, where that map would divide at every access (a flattened tensor) or the copy is an
 * output, the source's stores write the copy instead. Stores nobody reads go.
 * Requires: tensors written once per element; one copy that feeds all instances of the load.
 * Ensures: no more stores, no longer index maps than a C compiler folds.
 * Timing: the copies' nests are gone. Refuses: nothing.
 */
import type { IndexExpr } from "../../ir/loop/index-expr.js";
import { type StoreContext, loadsOf } from "../../ir/loop/visit.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type LoadSite, loadSites } from "./shared/compose.js";
import { type Move, type Shortcut, type View, copied, moveOf, movedIndex, readersOf, shortcutOf, takeMove, takeShortcut, viewOf } from "./shared/copies.js";
import { onlyOptions } from "./shared/options.js";
import { identityPhi, removeDead } from "./shared/wiring.js";

/** Divisions that a C compiler is trusted to fold back into one address: x/c·c + x%c. */
const foldableDivisions = 2;

export const sinkTransposes: Pass = {
  name: "sink-transposes",
  summary: "remove copies: transposes, reshapes, slices, identities",
  run: sink,
};

function sink(before: Staged, options: PassOptions): PassResult | undefined {
  onlyOptions(sinkTransposes.name, options, []);
  let current = before;
  for (let next = step(viewOf(current)); next !== undefined; next = step(viewOf(current))) current = next;
  if (current === before) return undefined;
  const { program, dataflow } = removeDead(current);
  return { after: program, witness: { ...dataflow, phi: identityPhi(program) } };
}

/** One copy or one load fewer; undefined when nothing is left to gain. Each step removes a hop, so this ends. */
function step(view: View): Staged | undefined {
  const copies = [...view.contexts.values()].filter((context) => copied(context) !== undefined);
  for (const copy of copies) {
    const move = moveOf(view, copy);
    if (move !== undefined && movePays(view, move)) return removeDead(takeMove(view, move));
  }
  return throughCopies(view);
}

/** Every load that can skip a copy does. */
function throughCopies(view: View): Staged | undefined {
  let current: View | undefined;
  for (const { reader, at } of loadSites(view.contexts.values())) {
    const now = current ?? view;
    const site = siteIn(now, reader.store.name, at);
    const shortcut = site === undefined ? undefined : shortcutOf(now, site);
    if (site !== undefined && shortcut !== undefined && shortcutPays(site, shortcut)) current = viewOf(takeShortcut(now, site, shortcut));
  }
  return current === undefined ? undefined : removeDead(current);
}

function siteIn(view: View, statement: string, at: number): LoadSite | undefined {
  const reader = view.contexts.get(statement);
  const load = reader === undefined ? undefined : loadsOf(reader.store.value)[at];
  return reader === undefined || load === undefined ? undefined : { reader, load, at };
}

/** No new division in the access, or few, or the access runs no more often than the copy did. */
function shortcutPays({ reader, load }: LoadSite, { load: instead, copy }: Shortcut): boolean {
  const divisions = divisionsOf(instead.index);
  return divisions <= divisionsOf(load.index) || divisions <= foldableDivisions || executions(reader) <= executions(copy);
}

/** Into an output always; elsewhere where the readers would need divisions and the writers would not. */
function movePays(view: View, move: Move): boolean {
  const accesses = accessesOf(view, move);
  const added = accesses.some(({ context, index }) => divisionsOf(movedIndex(move, context, index)) > divisionsOf(index));
  if (move.to.kind === "output") return true;
  if (added || move.to.kind !== "temp") return false;
  return readersOf(view, move.to.name).some((site) => {
    const shortcut = shortcutOf(view, site);
    return shortcut === undefined || divisionsOf(shortcut.load.index) > divisionsOf(site.load.index);
  });
}

interface Access {
  readonly context: StoreContext;
  readonly index: readonly IndexExpr[];
}

/** Stores into and loads from the source of a move, the copy's own aside. */
function accessesOf(view: View, { copy, from }: Move): Access[] {
  return [...view.contexts.values()].filter((context) => context !== copy).flatMap((context) => {
    const { store } = context;
    const loads = loadsOf(store.value).filter(({ buffer }) => buffer === from.name);
    return [...(store.buffer === from.name ? [store] : []), ...loads].map(({ index }) => ({ context, index }));
  });
}

function divisionsOf(index: readonly IndexExpr[]): number {
  return index.reduce((sum, e) => sum + divisionsIn(e), 0);
}

function divisionsIn(e: IndexExpr): number {
  return e.terms.reduce((sum, { atom }) => sum + (atom.kind === "var" ? 0 : 1 + divisionsIn(atom.of)), 0);
}

function executions({ loops }: StoreContext): number {
  return loops.reduce((product, { extent }) => product * extent, 1);
}
