/** A supply of names that are unique in one model. */

export interface NameSupply {
  /** Marks a name as used; false when it already was. */
  readonly claim: (name: string) => boolean;
  /** A new name: `hint`, or `hint_2`, `hint_3`, … when that is taken. */
  readonly fresh: (hint: string) => string;
}

export function nameSupply(used: Iterable<string>): NameSupply {
  const names = new Set(used);
  const next = new Map<string, number>();
  const claim = (name: string): boolean => {
    if (names.has(name)) return false;
    names.add(name);
    return true;
  };
  const fresh = (hint: string): string => {
    if (claim(hint)) return hint;
    let k = next.get(hint) ?? 2;
    while (!claim(`${hint}_${k}`)) k++;
    next.set(hint, k + 1); // many nodes share a hint: do not count from 2 again
    return `${hint}_${k}`;
  };
  return { claim, fresh };
}
