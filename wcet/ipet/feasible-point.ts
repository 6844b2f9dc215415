/**
 * A point that satisfies a linear program, found by propagation: an equation of which one
 * variable is open gives it, one whose open terms have one sign and nothing left makes them
 * zero, and one whose open terms are all in another (a mark's block, and what leaves that
 * block) is subtracted there. Where nothing follows, a variable is taken to be zero, so that
 * control takes one side of a branch, unless an equation then cannot hold. Not every point is
 * found like this; one that is given was compared with every row, exactly.
 */
import type { LinearProgram, Row } from "./linear-program.js";

class Search {
  readonly values: (number | undefined)[];
  /** Rows of each variable. */
  readonly rowsOf: number[][];
  readonly open: number[];
  readonly left: number[];
  /** Rows to look at. */
  pending: number[];
  /** Variables in the order in which they were set. */
  readonly trail: number[] = [];
  /** Of each variable the one that stands for it: where control goes straight on, the counts are equal. */
  readonly same: readonly number[];
  readonly rows: { readonly kind: Row["kind"]; terms: Row["terms"] }[];

  constructor({ costs, rows }: LinearProgram) {
    this.same = representatives(costs.length, rows);
    this.rows = rows.map(({ kind, terms }) => ({ kind, terms: gathered(terms, this.same) }));
    this.values = new Array<number | undefined>(costs.length).fill(undefined);
    this.rowsOf = costs.map(() => []);
    this.rows.forEach(({ terms }, k) => terms.forEach(([v]) => this.rowsOf[v]?.push(k)));
    this.open = this.rows.map(({ terms }) => terms.length);
    this.left = rows.map(({ right }) => right);
    this.pending = rows.map((_, k) => k);
  }

  set(variable: number, value: number): void {
    if (this.values[variable] !== undefined) return;
    this.values[variable] = value;
    this.trail.push(variable);
    for (const k of this.rowsOf[variable] ?? []) {
      const factor = this.factorIn(k, variable);
      if (factor === 0) continue; // it was subtracted
      this.open[k] = (this.open[k] ?? 0) - 1;
      this.left[k] = (this.left[k] ?? 0) - factor * value;
      this.pending.push(k);
    }
  }

  /** Whether nothing contradicts that the variable is zero; it is then. */
  guess(variable: number): boolean {
    const before = this.trail.length;
    this.set(variable, 0);
    if (this.settle()) return true;
    this.pending = [];
    for (const it of this.trail.splice(before).toReversed()) this.unset(it);
    return false;
  }

  unset(variable: number): void {
    for (const k of this.rowsOf[variable] ?? []) {
      const factor = this.factorIn(k, variable);
      if (factor === 0) continue;
      this.open[k] = (this.open[k] ?? 0) + 1;
      this.left[k] = (this.left[k] ?? 0) + factor * (this.values[variable] ?? 0);
    }
    this.values[variable] = undefined;
  }

  factorIn(row: number, variable: number): number {
    return this.rows[row]?.terms.find(([v]) => v === variable)?.[1] ?? 0;
  }

  openIn(row: number): Row["terms"] {
    return this.rows[row]?.terms.filter(([v]) => this.values[v] === undefined) ?? [];
  }

  /** Subtracts equations that hold an open variable from each other, where that leaves fewer open ones. */
  subtractAt(variable: number): void {
    const around = (this.rowsOf[variable] ?? []).filter((k) => this.rows[k]?.kind === "eq");
    for (const less of around) for (const more of around) if ((this.open[less] ?? 0) < (this.open[more] ?? 0)) this.subtract(less, more, variable);
  }

  subtract(less: number, more: number, variable: number): void {
    const ratio = this.factorIn(more, variable) / this.factorIn(less, variable);
    const gone = this.openIn(less);
    const [from, row] = [new Map(this.openIn(more)), this.rows[more]];
    if (row === undefined || !Number.isFinite(ratio) || ratio === 0 || !gone.every(([v, factor]) => from.get(v) === ratio * factor)) return;
    for (const [v] of gone) from.delete(v);
    row.terms = [...from];
    this.open[more] = from.size;
    this.left[more] = (this.left[more] ?? 0) - ratio * (this.left[less] ?? 0);
    this.pending.push(more);
  }

  /** False where an equation cannot hold. */
  settle(): boolean {
    for (let k = this.pending.pop(); k !== undefined; k = this.pending.pop()) {
      const [row, left] = [this.rows[k], this.left[k] ?? 0];
      if (row === undefined || row.kind === "le") continue;
      if (this.open[k] === 0 && left !== 0) return false;
      const free = this.open[k] === 0 ? [] : this.openIn(k);
      const [first] = free;
      if (first === undefined) continue;
      if (left === 0 && free.every(([, factor]) => factor > 0 === first[1] > 0)) free.forEach(([v]) => this.set(v, 0));
      else if (free.length === 1) {
        const value = left / first[1];
        if (value < 0 || !Number.isSafeInteger(value)) return false;
        this.set(first[0], value);
      }
    }
    return true;
  }
}

/** By equations of two variables only. */
function representatives(variables: number, rows: readonly Row[]): readonly number[] {
  const above = Array.from({ length: variables }, (_, v) => v);
  const top = (variable: number): number => {
    let at = variable;
    for (let up = above[at] ?? at; up !== at; up = above[at] ?? at) at = above[at] = above[up] ?? up;
    return at;
  };
  for (const { kind, terms: [first, second, ...rest], right } of rows) {
    if (kind === "eq" && right === 0 && first !== undefined && second !== undefined && rest.length === 0 && first[1] === -second[1]) above[top(first[0])] = top(second[0]);
  }
  return above.map((_, v) => top(v));
}

function gathered(terms: Row["terms"], same: readonly number[]): Row["terms"] {
  const sum = new Map<number, number>();
  for (const [v, factor] of terms) sum.set(same[v] ?? v, (sum.get(same[v] ?? v) ?? 0) + factor);
  return [...sum].filter(([, factor]) => factor !== 0);
}

/** Undefined where none was found, which says nothing of whether there is one. */
export function feasiblePoint(program: LinearProgram): readonly number[] | undefined {
  const search = new Search(program);
  if (!search.settle()) return undefined;
  for (const guessing of [false, true]) {
    for (const variable of program.costs.keys()) {
      if (search.values[variable] !== undefined || search.same[variable] !== variable) continue;
      search.subtractAt(variable);
      if (!search.settle()) return undefined;
      if (guessing && search.values[variable] === undefined) search.guess(variable);
    }
  }
  const point = search.same.map((variable) => search.values[variable] ?? 0);
  return satisfies(program, point) ? point : undefined;
}

/** Whether no variable is negative and every row holds; all numbers are integers that doubles hold. */
function satisfies({ rows }: LinearProgram, point: readonly number[]): boolean {
  return point.every((value) => value >= 0 && Number.isSafeInteger(value)) && rows.every(({ kind, terms, right }) => {
    const sum = terms.reduce((before, [v, factor]) => before + factor * (point[v] ?? 0), 0);
    return Number.isSafeInteger(sum) && (kind === "eq" ? sum === right : sum <= right);
  });
}
