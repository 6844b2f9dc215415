/**
 * Chooses a schedule by the bound of the linked binary. Nests hardly touch each other's
 * bound, so one compilation tries a candidate in every nest at once, and the part of the
 * bound inside the loops of each nest says which was best there; what is taken is decided
 * by the bound of the whole. Coordinate descent: the form of the code, shapes of tiles, how
 * much of a sum is written out, the order of lanes, and once more. Nothing random, no clock:
 * equal input, equal schedule.
 */
import type { ScheduleStep } from "../schedule.js";
import { defaultSchedule } from "../schedule.js";
import { type Aim, type Choice, otherFolds, otherOrders, otherShapes, same, stepsFor, stepsOf, usualChoice } from "./choices.js";
import type { CodeForm, Evaluated, Evaluator, Programs } from "./evaluate.js";
import { type FoldNest, foldNestsOf } from "./nests.js";
import { smallCoreSteps } from "./pairs.js";
import { filteringsOf, withTiledSums } from "./filterings.js";
import { quadNestsFor, withQuadSums } from "./quad-sums.js";

export interface SearchRequest {
  readonly evaluator: Evaluator;
  /** What the code may be; the first is that of a build without a search. */
  readonly forms: readonly [CodeForm, ...CodeForm[]];
  /** Programs evaluated at most, those with a known answer too: what is found must not depend on what was kept. */
  readonly limit: number;
  readonly report: (text: string) => void;
  /** What the code is meant to be; default: fast, as a search lowers the bound. */
  readonly aim?: Aim | undefined;
}

/** One nest with one choice, and its part of the bound; undefined: no bound with it. */
export interface Tried {
  readonly site: string;
  readonly choice: Choice;
  readonly cost: number | undefined;
  readonly why?: string;
}

/** All nests as they were then, in this form. */
export interface TriedForm extends CodeForm {
  readonly bound: number | undefined;
}

export interface Found {
  readonly steps: readonly ScheduleStep[];
  readonly bound: number | undefined;
  /** What the code has to be for this bound. */
  readonly form: CodeForm;
  readonly forms: readonly TriedForm[];
  /** In the first form: of the default schedule, and of the untried choices for such a core, in the form that the search began with. */
  readonly before: { readonly default: number | undefined; readonly usual: number | undefined };
  readonly chosen: readonly { readonly site: string; readonly choice: Choice }[];
  readonly tried: readonly Tried[];
}

type Choices = ReadonlyMap<FoldNest, Choice>;

/** The schedule for a small core by the size of its registers alone. */
export function usualSteps(programs: Programs, aim: Aim = "balanced"): readonly ScheduleStep[] {
  const base = baseFor(programs, aim);
  const choices = usualChoices(programs, base, aim);
  return unchosen(programs, base, choices)(stepsOf(choices, base));
}

/** The same, but for nests that the analyser cannot bound that way: those have no tile. Of fast code the form with the lower bound. */
export async function boundedSteps({ aim = "balanced", ...request }: SearchRequest): Promise<readonly ScheduleStep[]> {
  const { search } = await begun({ ...request, aim });
  return search.current.kind === "bound" ? search.steps() : usualSteps(request.evaluator, aim);
}

/**
 * Begun with the untried choices of its aim. Fast code may be the balanced form of them: where borders are a large part of a
 * convolution, one nest with tests outside its register tile takes less time than nine without.
 */
async function begun(request: SearchRequest): Promise<{ readonly search: Search; readonly usual: Evaluated }> {
  const { aim = "fast" } = request;
  const search = new Search({ ...request, aim });
  const usual = await search.start();
  if (aim !== "fast") return { search, usual };
  const other = new Search({ ...request, aim: "balanced" }, search.asked);
  if (sameSteps(search, other)) return { search, usual };
  const otherUsual = await other.start();
  return (boundOf(other.current) ?? Infinity) < (boundOf(search.current) ?? Infinity) ? { search: other, usual: otherUsual } : { search, usual };
}

function sameSteps(a: Search, b: Search): boolean {
  return JSON.stringify(a.steps()) === JSON.stringify(b.steps());
}

/** The steps that choices are put into. Where sums come in pairs, a test around the taps of a border would keep them from it. */
export function baseFor(programs: Programs, aim: Aim): readonly ScheduleStep[] {
  const usual = stepsFor(aim);
  const paired = smallCoreSteps(programs, usual);
  return aim === "balanced" && paired !== usual ? smallCoreSteps(programs, stepsFor("fast")) : paired;
}

/** What steps get whatever is chosen for sums of steps: the nests that have none. */
function unchosen(programs: Programs, base: readonly ScheduleStep[], choices: Choices): (steps: readonly ScheduleStep[]) => readonly ScheduleStep[] {
  const filterings = filteringsOf(programs, base);
  const quads = quadNestsFor(programs, withTiledSums(stepsOf(choices, base), filterings));
  return (steps) => withQuadSums(withTiledSums(steps, filterings), quads);
}

function usualChoices({ before }: Programs, base: readonly ScheduleStep[], aim: Aim): Choices {
  return new Map(foldNestsOf(before("tile-loops", base)).map((nest) => [nest, usualChoice(nest, aim)]));
}

export async function searchSchedule(request: SearchRequest): Promise<Found> {
  const { evaluator, forms: [form] } = request;
  const plain = await evaluator.evaluate(defaultSchedule().steps, form);
  const { search, usual } = await begun(request);
  for (let round = 0; round < 2; round++) {
    const moved = [await search.tryForms(), await search.phase("shapes", otherShapes), await search.phase("sums", otherFolds), await search.phase("orders", otherOrders)];
    if (!moved.includes(true)) break;
  }
  const before = { default: boundOf(plain), usual: boundOf(usual) };
  const about = { before, tried: search.tried, forms: search.triedForms };
  if (before.default !== undefined && before.default <= (boundOf(search.current) ?? Infinity)) return { ...about, steps: defaultSchedule().steps, bound: before.default, form, chosen: [] };
  return { ...about, steps: search.steps(), bound: boundOf(search.current), form: search.form, chosen: [...search.choices].map(([{ site }, choice]) => ({ site, choice })) };
}

function boundOf(found: Evaluated): number | undefined {
  return found.kind === "bound" ? found.bound : undefined;
}

class Search {
  choices: Choices;
  current: Evaluated = { kind: "none", why: "not evaluated" };
  form: CodeForm;
  readonly tried: Tried[] = [];
  readonly triedForms: TriedForm[] = [];
  readonly request: SearchRequest;
  private readonly base: readonly ScheduleStep[];
  private readonly finished: (steps: readonly ScheduleStep[]) => readonly ScheduleStep[];
  asked: number;

  constructor(request: SearchRequest, asked = 0) {
    const { evaluator, aim = "fast" } = request;
    this.request = request;
    this.asked = asked;
    this.base = baseFor(evaluator, aim);
    this.choices = usualChoices(evaluator, this.base, aim);
    this.finished = unchosen(evaluator, this.base, this.choices);
    [this.form] = request.forms;
  }

  steps(choices: Choices = this.choices): readonly ScheduleStep[] {
    return this.finished(stepsOf(choices, this.base));
  }

  async start(): Promise<Evaluated> {
    this.current = await this.evaluate(this.choices);
    const first = this.current;
    if (first.kind === "none") await this.retreat();
    return first;
  }

  /** Nests that have no bound with their usual choice begin without a tile. */
  private async retreat(): Promise<void> {
    const plain = (nest: FoldNest): Choice => ({ tile: nest.lanes.map(() => 1), foldTile: 1, taps: "none", swapped: false, around: "all" });
    const all: Choices = new Map([...this.choices.keys()].map((nest) => [nest, plain(nest)]));
    const wanted = this.choices;
    this.choices = all;
    this.current = await this.evaluate(all);
    await this.tryAll(new Map([...wanted].map(([nest, choice]) => [nest, [choice]])));
  }

  private evaluate(choices: Choices, form = this.form): Promise<Evaluated> {
    const { evaluator, report } = this.request;
    report(`wcet search: candidate ${++this.asked}${this.current.kind === "bound" ? `, best ${this.current.bound.toLocaleString("en")}` : ""}`);
    return evaluator.evaluate(this.steps(choices), form);
  }

  private exhausted(): boolean {
    return this.asked >= this.request.limit;
  }

  /** The choices as they are, in each form that differs from the present one in one respect. */
  async tryForms(): Promise<boolean> {
    const first = this.form;
    for (const form of this.request.forms) {
      if (this.exhausted()) break;
      if ((form.optimisation === this.form.optimisation) === (form.floatCompare === this.form.floatCompare)) continue;
      const found = await this.evaluate(this.choices, form);
      this.triedForms.push({ ...form, bound: boundOf(found) });
      if (found.kind === "bound" && (this.current.kind === "none" || found.bound < this.current.bound)) [this.form, this.current] = [form, found];
    }
    return this.form !== first;
  }

  /** Whether anything got better. */
  phase(_name: string, others: (nest: FoldNest, choice: Choice) => readonly Choice[]): Promise<boolean> {
    return this.tryAll(new Map([...this.choices].map(([nest, choice]) => [nest, others(nest, choice)])));
  }

  private async tryAll(candidates: ReadonlyMap<FoldNest, readonly Choice[]>): Promise<boolean> {
    if (this.current.kind === "none") return false;
    const best = new Map([...this.choices].map(([nest, choice]) => [nest, { choice, cost: costIn(this.current, nest) ?? Infinity }]));
    const most = Math.max(0, ...[...candidates.values()].map((list) => list.length));
    for (let k = 0; k < most && !this.exhausted(); k++) {
      const round = new Map([...candidates].flatMap(([nest, list]) => list.slice(k, k + 1).map((choice) => [nest, choice] as const)));
      for (const { nest, choice, cost } of await this.costs(round)) {
        const known = best.get(nest);
        if (cost !== undefined && known !== undefined && cost < known.cost) best.set(nest, { choice, cost });
      }
    }
    return this.take(new Map([...best].map(([nest, { choice }]) => [nest, choice])));
  }

  /** The candidates of several nests at once; where that has no bound, of half of them at a time. */
  private async costs(round: Choices): Promise<readonly { readonly nest: FoldNest; readonly choice: Choice; readonly cost: number | undefined }[]> {
    if (round.size === 0) return [];
    const found = await this.evaluate(new Map([...this.choices].map(([nest, choice]) => [nest, round.get(nest) ?? choice])));
    if (found.kind === "bound" || round.size === 1 || this.exhausted()) {
      const results = [...round].map(([nest, choice]) => ({ nest, choice, cost: costIn(found, nest) }));
      this.tried.push(...results.map(({ nest: { site }, choice, cost }) => ({ site, choice, cost, ...(found.kind === "none" ? { why: found.why } : {}) })));
      return results;
    }
    const all = [...round];
    const half = Math.ceil(all.length / 2);
    return [...await this.costs(new Map(all.slice(0, half))), ...await this.costs(new Map(all.slice(half)))];
  }

  /** Takes the better choices together if the bound of the whole agrees. */
  private async take(better: Choices): Promise<boolean> {
    if ([...better].every(([nest, choice]) => same(choice, this.choices.get(nest) ?? choice))) return false;
    const found = await this.evaluate(better);
    if (found.kind === "none" || (this.current.kind === "bound" && found.bound >= this.current.bound)) return false;
    this.choices = better;
    this.current = found;
    return true;
  }
}

/** The part of a nest; one without a loop left in the binary has none, and says nothing. */
function costIn(found: Evaluated, { site }: FoldNest): number | undefined {
  return found.kind === "bound" ? found.bySite.get(site) : undefined;
}
