/**
 * Searches around a schedule. Each nest is searched alone, as a program of its own, and nests
 * that are equal but for names once: the model ranks all choices, the best few get a price. The
 * winners together have to beat the schedule on the whole network, or else one after the other;
 * what is kept is proved like any build, and what is refuted or left open is dropped. Nothing
 * random: with a model, equal input gives equal output; measured, a kept answer does.
 */
import type { Program } from "../../ir/loop/program.js";
import { type Programs, continued } from "../optimise/evaluate.js";
import type { ScheduleStep } from "../schedule.js";
import { costOf } from "./cost.js";
import type { Machine } from "./machine.js";
import type { Prices } from "./prices.js";
import { type Choice, type Space, choicesFor, firstChosen, movedTo, stepsWith } from "./space.js";
import { type Task, tasksOf } from "./task.js";

/** The outcome of a proof of a whole schedule. */
export type Proof = "proved" | "refuted" | "undecided";

export interface TuneRequest {
  /** What may be chosen, around the schedule to beat. */
  readonly space: Space;
  readonly machine: Machine;
  readonly programs: Programs;
  readonly prices: Prices;
  readonly prove: (steps: readonly ScheduleStep[]) => Promise<Proof>;
  /** Candidates with a price, at most; and of those, for one nest. */
  readonly limit: number;
  /** `all`: whatever the estimate and the model say of a choice. */
  readonly perNest: number | "all";
  /** How much less than what is there a price has to be, of 1, for a nest and for the network: what lies below is noise. */
  readonly margin: { readonly nest: number; readonly network: number };
  /** Whether the time for the search is over. */
  readonly expired: () => boolean;
  readonly report: (text: string) => void;
}

/** One nest, or several equal ones, with a choice that beat what was there; it has the names of the first. */
export interface Improvement {
  readonly sites: readonly string[];
  readonly choice: Choice;
  /** Of one nest alone. */
  readonly before: number;
  readonly after: number;
}

/** A candidate for a nest, both figures relative to what was there. */
export interface Sighting {
  readonly site: string;
  readonly modelled: number;
  readonly price: number;
}

export interface Dropped {
  refuted: number;
  undecided: number;
  /** Not cheaper on the whole network, though cheaper alone. */
  dearer: number;
  /** No code, or none that the compiler takes. */
  invalid: number;
}

export interface Tuned {
  readonly steps: readonly ScheduleStep[];
  /** Prices of the whole network, in one measurement. */
  readonly before: number;
  readonly after: number;
  readonly kept: readonly Improvement[];
  /** Choices with a price by the model, and candidates with one of `prices`. */
  readonly modelled: number;
  readonly priced: number;
  readonly dropped: Readonly<Dropped>;
  /** How model and prices agree. */
  readonly sightings: readonly Sighting[];
  readonly proved: boolean;
  /** The search was cut short by its limits. */
  readonly cut: boolean;
}

/** A choice for a nest, and the nest with it. */
interface Candidate {
  readonly choice: Choice;
  readonly program: Program;
  readonly cycles: number;
}

/** Candidates of a nest that are looked at closely. */
const finalists = 3;

export async function tune(request: TuneRequest): Promise<Tuned> {
  const search = new Search(request);
  const improvements = await search.improvements();
  return search.together(improvements);
}

class Search {
  private readonly request: TuneRequest;
  private readonly base: readonly ScheduleStep[];
  /** How many of its steps no choice changes. */
  private readonly begin: number;
  private readonly tasks: readonly Task[];
  private readonly sites: readonly string[];
  private readonly dropped: Dropped = { refuted: 0, undecided: 0, dearer: 0, invalid: 0 };
  private readonly sightings: Sighting[] = [];
  private modelled = 0;
  private priced = 0;
  private cut = false;

  constructor(request: TuneRequest) {
    this.request = request;
    this.base = stepsWith(request.space, new Map());
    this.begin = this.base.findIndex(({ pass }) => pass === firstChosen);
    // What a split leaves dead is dropped before the nests are apart: alone, no nest knows who reads it.
    const before = [...this.base.slice(0, this.begin), ...this.base.filter(({ pass }) => pass === deadStores)];
    this.tasks = tasksOf(request.programs.staged(before));
    this.sites = this.tasks.map(({ site }) => site);
  }

  /** Over equal nests, those with most to gain first. */
  async improvements(): Promise<readonly Improvement[]> {
    const found: Improvement[] = [];
    const classes = this.classes();
    for (const [k, { task, sites }] of classes.entries()) {
      if (this.exhausted()) break;
      this.request.report(`nest ${k + 1} of ${classes.length}, ${sites.join(" ")}: ${this.priced} candidates`);
      const better = await this.improve(task, sites);
      if (better !== undefined) found.push(better);
    }
    return found.toSorted((a, b) => gain(b) - gain(a));
  }

  private exhausted(): boolean {
    this.cut ||= this.priced >= this.request.limit || this.request.expired();
    return this.cut;
  }

  private classes(): readonly { readonly task: Task; readonly sites: readonly string[] }[] {
    const byShape = new Map<string, { readonly task: Task; readonly sites: string[]; readonly cycles: number }>();
    for (const task of this.tasks) {
      const known = byShape.get(task.shape);
      if (known === undefined) byShape.set(task.shape, { task, sites: [task.site], cycles: costOf(this.alone(task), this.request.machine).cycles });
      else known.sites.push(task.site);
    }
    return [...byShape.values()].toSorted((a, b) => (b.cycles * b.sites.length) - (a.cycles * a.sites.length));
  }

  /** The nest with a choice, or as the schedule has it. */
  private alone({ staged, site }: Task, choice?: Choice): Program {
    const steps = choice === undefined ? this.base : stepsWith(this.request.space, new Map([[site, choice]]));
    return continued(staged, steps.slice(this.begin).filter(({ pass }) => pass !== deadStores));
  }

  private async improve(task: Task, sites: readonly string[]): Promise<Improvement | undefined> {
    const { prices, margin } = this.request;
    const candidates = this.ranked(task);
    if (candidates.length === 0) return undefined;
    this.priced += candidates.length;
    const [before, ...costs] = await prices.of([this.alone(task), ...candidates.map(({ program }) => program)]);
    this.dropped.invalid += costs.filter((cost) => cost === undefined).length;
    const usual = costOf(this.alone(task), this.request.machine).cycles;
    this.sightings.push(...candidates.flatMap(({ cycles }, k) => {
      const price = costs[k];
      return price === undefined || before === undefined ? [] : [{ site: task.site, modelled: cycles / usual, price: price / before }];
    }));
    const cheaper = candidates.flatMap((candidate, k) => ({ ...candidate, cost: costs[k] ?? Infinity })).filter(({ cost }) => before !== undefined && cost <= before * (1 - margin.nest));
    return this.confirmed(task, sites, cheaper.toSorted((a, b) => a.cost - b.cost).slice(0, finalists));
  }

  /** Of those that were cheaper among many, the cheapest in a closer look at these few, if one still is. */
  private async confirmed(task: Task, sites: readonly string[], candidates: readonly Candidate[]): Promise<Improvement | undefined> {
    if (candidates.length === 0) return undefined;
    const { prices, margin } = this.request;
    const [before = 0, ...costs] = await prices.of([this.alone(task), ...candidates.map(({ program }) => program)], "closely");
    const [best] = candidates.map(({ choice }, k) => ({ choice, after: costs[k] ?? Infinity })).toSorted((a, b) => a.after - b.after);
    return best === undefined || best.after > before * (1 - margin.nest) ? undefined : { sites, before, ...best };
  }

  /** The choices that the model likes best. */
  private ranked(task: Task): readonly Candidate[] {
    const { machine, space, perNest, limit } = this.request;
    const candidates = choicesFor(task.site, space, machine, perNest).flatMap((choice) => {
      const program = this.attempt(() => this.alone(task, choice));
      return program === undefined ? [] : [{ choice, program, cycles: costOf(program, machine).cycles }];
    });
    this.modelled += candidates.length;
    return candidates.toSorted((a, b) => a.cycles - b.cycles).slice(0, Math.min(perNest === "all" ? Infinity : perNest, limit - this.priced));
  }

  private attempt(make: () => Program): Program | undefined {
    try {
      return make();
    } catch {
      this.dropped.invalid++;
      return undefined;
    }
  }

  /** All at once, which is what they mostly are good for; else what each adds to those before it. */
  async together(improvements: readonly Improvement[]): Promise<Tuned> {
    const { programs, prices } = this.request;
    let kept: readonly Improvement[] = [];
    if (improvements.length > 0 && (await this.accepts([], improvements))) kept = improvements;
    else if (improvements.length > 1) {
      for (const improvement of improvements) {
        if (this.request.expired()) break;
        if (await this.accepts(kept, [...kept, improvement])) kept = [...kept, improvement];
      }
    }
    const steps = this.stepsOf(kept);
    const proved = kept.length > 0 || (await this.request.prove(steps)) === "proved";
    this.request.report("comparing with the schedule there was");
    const [before = 0, after = before] = await prices.of(kept.length === 0 ? [programs.after(this.base)] : [programs.after(this.base), programs.after(steps)]);
    const { modelled, priced, sightings, dropped, cut } = this;
    return { steps, before, after, kept, modelled, priced, sightings, dropped, proved, cut };
  }

  private stepsOf(kept: readonly Improvement[]): readonly ScheduleStep[] {
    const choices = new Map(kept.flatMap(({ sites, choice }) => sites.map((site) => [site, movedTo(site, choice)] as const)));
    const inOrder = this.sites.flatMap((site) => { // of the program: the file does not tell what was found first
      const choice = choices.get(site);
      return choice === undefined ? [] : [[site, choice] as const];
    });
    return stepsWith(this.request.space, new Map(inOrder));
  }

  /** Whether these are cheaper on the whole network, and proved. */
  private async accepts(present: readonly Improvement[], wanted: readonly Improvement[]): Promise<boolean> {
    const { programs, prices, prove, margin, report } = this.request;
    report(`${wanted.length} of the nests changed`);
    const steps = this.stepsOf(wanted);
    const changed = this.attempt(() => programs.after(steps));
    if (changed === undefined) return false;
    const [now = Infinity, then = Infinity] = await prices.of([programs.after(this.stepsOf(present)), changed]);
    if (then >= now * (1 - margin.network)) {
      this.dropped.dearer++;
      return false;
    }
    const proof = await prove(steps);
    if (proof !== "proved") this.dropped[proof]++;
    return proof === "proved";
  }
}

const deadStores = "drop-dead-stores";

function gain({ sites, before, after }: Improvement): number {
  return sites.length * (before - after);
}
