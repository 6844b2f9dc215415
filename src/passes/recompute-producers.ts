/**
 * recompute-producers: overlapped tiling. The nest that makes a tensor moves into the tile
 * loop of the nest that reads it and makes, tile by tile, what that tile reads. The tensor
 * shrinks to the rows of one tile; rows that two tiles read are computed for both, or, with
 * `keepHalo`, kept in a circular buffer and computed once.
 *
 * Rewrite: for p { T[p] = e }; for v { … T[v + k] … } becomes for vt { for pw in 0..W { if
 * a·vt + low + pw is a row: T[pw] = e }; for vi { … T[s·vi + k − low] … } }.
 * Requires: only the consumer's nest reads T; T is indexed by a·v plus what the other loops add
 * along one dimension; iterations of both nests are independent.
 * Ensures: a smaller T. φ maps a row computed twice to one row of before.
 * Timing: one nest with a loop more; halo rows again per tile. Refuses: unknown options.
 */
import { viewOf } from "./shared/copies.js";
import { namesOf, nestOf } from "./shared/nests.js";
import { type OptionTable, checkOptions, countOption, flagOption, patternsOption, rulesOf } from "./shared/options.js";
import { remap } from "./shared/remap.js";
import type { Pass, PassOptions, PassResult, Staged } from "../pass.js";
import { type Change, type Move, type Rule, moveFor, name } from "./shared/producer-moves.js";
import { consumedTile, producedRows } from "./shared/producer-rows.js";

const options: OptionTable = {
  rules: {
    kind: "rules",
    about: "the first that names a loop of a nest decides about the nest; without rules nothing moves",
    words: {
      loops: { kind: "patterns", about: "the consumer's loop along which it is tiled", required: true },
      size: { kind: "count", about: "iterations of that loop in one tile; without it each is a tile, and the loop is no longer cut" },
      tensors: { kind: "patterns", about: "buffers whose producers may move (default: all)" },
      keepHalo: { kind: "flag", about: "keep the rows that tiles share in a circular buffer instead of computing them again" },
    },
  },
};

function parseRule(rule: PassOptions): Rule {
  return {
    loops: patternsOption(name, rule, "loops") ?? [],
    tensors: patternsOption(name, rule, "tensors") ?? [/^/],
    size: countOption(name, rule, "size"),
    keepHalo: flagOption(name, rule, "keepHalo"),
  };
}

function run(before: Staged, given: PassOptions): PassResult | undefined {
  checkOptions(name, given, options);
  const rules = rulesOf(name, given, []).map(parseRule);
  const { program } = before;
  const change: Change = {
    view: viewOf(before), names: namesOf(program), tables: { from: new Map(), to: new Map() },
    nodes: program.body.map((node) => [node]), buffers: new Map(program.buffers.map((b) => [b.name, b])), taken: new Set(), rewritten: new Set(),
  };
  program.body.forEach((node, position) => {
    const move = rules.length === 0 ? undefined : moveFor(change, nestOf(node), position, rules);
    if (move !== undefined) apply(change, move);
  });
  if (change.taken.size === 0) return undefined;
  const after = { ...program, buffers: [...change.buffers.values()], body: change.nodes.flat() };
  const { after: result, witness } = remap(before, { after, ...change.tables });
  return { after: result, witness: { ...witness, once: witness.once.filter((buffer) => !change.rewritten.has(buffer)) } };
}

function apply(change: Change, move: Move): void {
  const { consumer, producer, tiling } = move;
  const produced = producedRows(change, move);
  const consumed = consumedTile(change, move);
  change.nodes[producer.position] = [];
  change.nodes[consumer.position] = [{ ...tiling.tile, body: [...produced, ...consumed] }];
  change.taken.add(producer.position).add(consumer.position);
}

export const recomputeProducers: Pass = { name, summary: "make a tensor tile by tile where it is read", options, run };
