/** Two witnesses of one program compared as functions: every case evaluated at every instance and output element. */
import { evalIndex, holds } from "../../../ir/loop/index-expr.js";
import { type StoreContext, storesOf } from "../../../ir/loop/visit.js";
import type { Case, Instance, PhiTarget, Witness } from "../../../proofs/kernel/witness.js";
import type { SubjectStage } from "../subject.js";

type Env = (name: string) => number;

/** How many points were compared, or undefined if the stories differ at one. */
export function sameStory({ after, witness }: SubjectStage, other: Witness): number | undefined {
  let points = 0;
  for (const store of storesOf(after)) {
    for (const env of pointsOf(store)) {
      points += 1;
      if (toldOf(store, witness, env) !== toldOf(store, other, env)) return undefined;
    }
  }
  for (const { name, shape, kind } of after.buffers) {
    if (kind !== "output") continue;
    for (const env of boxOf(shape.map((extent, axis) => [`d${axis}`, extent] as const))) {
      points += 1;
      if (chosen(witness.finals[name] ?? [], env) !== chosen(other.finals[name] ?? [], env)) return undefined;
    }
  }
  return witness.once.join() === other.once.join() ? points : undefined;
}

function toldOf({ store }: StoreContext, witness: Witness, env: Env): string {
  const producers = (witness.producers[store.name] ?? []).map((cases) => `${chosen(cases, env)}${emptiness(cases, env)}`);
  return [chosen(witness.phi[store.name] ?? [], env), ...producers].join(";");
}

/** The instance that the first case with true conditions names. */
function chosen(cases: readonly Case<Instance | PhiTarget>[], env: Env): string {
  const found = cases.find(({ when }) => when.every((c) => holds(c, env)));
  if (found === undefined) return "nothing";
  const { then } = found;
  if (then === "dead") return "dead";
  const path = "path" in then ? then.path.join(".") : "";
  return `${then.statement}[${then.point.map((e) => evalIndex(e, env)).join(",")}]${path}`;
}

/** Only producers may declare a case empty: for φ and last stores the kernel asks it like any other. */
function emptiness(cases: readonly Case<Instance>[], env: Env): string {
  return cases.some(({ when, empty }) => empty === true && when.every((c) => holds(c, env))) ? " declared empty" : "";
}

function* pointsOf({ loops, conditions }: StoreContext): Generator<Env> {
  for (const env of boxOf(loops.map((loop) => [loop.variable, loop.extent] as const))) if (conditions.every((c) => holds(c, env))) yield env;
}

function* boxOf(axes: readonly (readonly [name: string, extent: number])[]): Generator<Env> {
  const values = axes.map(() => 0);
  const total = axes.reduce((product, [, extent]) => product * extent, 1);
  for (let count = 0; count < total; count++) {
    let rest = count;
    for (let k = axes.length - 1; k >= 0; k--) {
      const extent = axes[k]?.[1] ?? 1;
      values[k] = rest % extent;
      rest = Math.floor(rest / extent);
    }
    yield (name) => values[axes.findIndex(([axis]) => axis === name)] ?? 0;
  }
}
