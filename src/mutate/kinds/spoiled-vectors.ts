/** Spoiled evaluation of the node vectors: one mutant stands for one change, tried on every vector that it changes. */
import { invariant } from "../../../ir/prelude.js";
import { differenceFrom, type NodeVector, type Spoiling } from "../vectors/vector.js";
import { nodeVectors } from "../vectors/index.js";
import { type MutantKind, type MutantRow, mutantRow } from "../row.js";

/** One change as it applies to one vector. */
export interface SpoiledVector {
  readonly name: string;
  readonly bug: string;
  readonly vector: NodeVector;
  readonly spoiling: Spoiling;
}

/** `spoil` lists the changes that apply to a vector; `equivalents` explains survivors by name. */
export function spoiledRows(kind: MutantKind, spoil: (vector: NodeVector) => readonly SpoiledVector[], equivalents: Readonly<Record<string, string>>): MutantRow[] {
  const wrong = nodeVectors.find((it) => differenceFrom(it) !== "");
  invariant(wrong === undefined, `the vector ${wrong?.name ?? ""} fails before anything is spoiled`);
  const spoiled = nodeVectors.flatMap(spoil);
  const names = new Set(spoiled.map(({ name }) => name));
  return [...names].map((name) => {
    const own = spoiled.filter((it) => it.name === name);
    const noticed = own.find(({ vector, spoiling }) => differenceFrom(vector, spoiling) !== "");
    const equivalent = noticed === undefined ? equivalentOf(name, equivalents) : undefined;
    return mutantRow(kind, name, own[0]?.bug ?? "", noticed?.vector.name ?? "", equivalent === undefined ? {} : { equivalent });
  });
}

/** A name in the table may end in `*`. */
function equivalentOf(name: string, equivalents: Readonly<Record<string, string>>): string | undefined {
  const pattern = Object.keys(equivalents).find((key) => (key.endsWith("*") ? name.startsWith(key.slice(0, -1)) : key === name));
  return pattern === undefined ? undefined : equivalents[pattern];
}
