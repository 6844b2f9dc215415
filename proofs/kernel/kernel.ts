/**
 * The kernel: makes the obligations of a stage from the text before, the text after
 * and the witness. It keeps `before` with the sources it established itself; a pass
 * hands over `after` and a witness and nothing else, so it can neither choose nor
 * drop an obligation. The law is docs/theorem.md.
 */
import type { Program } from "../../ir/loop/program.js";
import { storesOf } from "../../ir/loop/visit.js";
import { checkBounds } from "./bounds.js";
import { type Claims, type EnabledRules, claims, ground } from "./claims.js";
import { ownPoint } from "./domain.js";
import { ownData, ownDataflow, ownPhi, ownProgram } from "./entry.js";
import { type ModelInterface, checkInterface, checkLeaves } from "./interface.js";
import { checkKinds } from "./kinds.js";
import { checkMemory } from "./memory.js";
import { type Obligation, about } from "./obligation.js";
import { establishFinals, refine, refineFinals } from "./refine.js";
import { type Established, establishSources } from "./sources.js";
import type { Dataflow, Witness } from "./witness.js";

export { type ModelInterface, interfaceOf } from "./interface.js";
export type { Established } from "./sources.js";

export interface StageOptions {
  /** Name of the stage, the first part of every obligation's identifier. */
  readonly stage: string;
  readonly model: ModelInterface;
  /** Rules in force; all, except in the test that shows each rule is needed. */
  readonly enabled?: EnabledRules;
}

export interface CheckedStage {
  readonly obligations: readonly Obligation[];
  /** What the next stage is compared with, once every obligation is proved. */
  readonly established: Established;
}

/** The witness that claims nothing. */
const nothing: Witness = { phi: {}, producers: {}, finals: {}, once: [] };

/** The reference program has no `before`: its sources are established by the same rules. */
export function beginChain(options: StageOptions, reference: Program, dataflow: Dataflow): CheckedStage {
  const into = claims(options.stage, options.enabled);
  const established = establish(into, options.model, reference, ownData(into, dataflow, nothing));
  return { obligations: into.obligations, established };
}

/** All that must hold for `after` to compute, bit for bit, what `before` computes. */
export function checkStage(options: StageOptions, before: Established, after: Program, claimed: Witness): CheckedStage {
  const into = claims(options.stage, options.enabled);
  const witness = ownData(into, claimed, nothing);
  const established = establish(into, options.model, after, witness);
  const [mapped, onto] = witness.backward === true ? [before, established] : [established, before];
  const given = { into, before: onto, after: mapped, phi: ownPhi(into, mapped.stores, onto.stores, witness.phi) };
  refine(given);
  refineFinals(given);
  return { obligations: into.obligations, established };
}

function establish(into: Claims, model: ModelInterface, given: Program, claimed: Dataflow): Established {
  const program = ownProgram(into, given);
  const unread = { stores: new Map(), sources: new Map(), finals: new Map() };
  if (program === undefined) return { program: given, ...unread };
  checkInterface(into, model, program);
  if (!wellFormed(into)) return { program, ...unread };
  checkLeaves(into, model, program);
  checkBounds(into, program);
  checkKinds(into, program);
  checkMemory(into, program);
  const dataflow = ownDataflow(into, program, claimed);
  const established = establishSources(into, program, dataflow);
  establishFinals(into, established, dataflow);
  return established;
}

/** The other rules read names and extents; they make no sense of a malformed text, which is refuted already. */
function wellFormed(into: Claims): boolean {
  const malformed = into.obligations.some((o) => o.kind === "ground" && o.rule === "W0" && !o.holds);
  if (malformed) {
    ground(into, { rule: "W0", detail: "readable", sentence: "The text can be checked further.", subject: about() }, false, "see the other W0 obligations");
  }
  return !malformed;
}

/** The witness that says `program` is itself: what read-back has to live up to. */
export function identityWitness(program: Program, dataflow: Dataflow): Witness {
  const phi = storesOf(program)
    .filter(({ store }) => store.value.kind === "op")
    .map((context) => [context.store.name, [{ when: [], then: { statement: context.store.name, point: ownPoint(context), path: [] } }]] as const);
  return { ...dataflow, phi: Object.fromEntries(phi) };
}
