/** A stream of repeatable numbers. Not for secrets: whoever knows the key knows the stream. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  integer(below: number): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True in `probability` of the calls. */
  chance(probability: number): boolean;
  /** One member of `list`, each as likely as the other. */
  pick<T>(list: readonly T[]): T;
  /** One member of `list`, as likely as its number says. */
  weighted<T>(list: readonly (readonly [T, number])[]): T;
  /** `list` in another order. */
  shuffled<T>(list: readonly T[]): T[];
}

/** The stream that belongs to `key`: the same key gives the same stream on every machine (mulberry32, seeded with FNV-1a). */
export function randomFor(...key: readonly (string | number)[]): Random {
  let state = fnv1a(key.join("/"));
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  const integer = (below: number): number => Math.floor(next() * below);
  return {
    next,
    integer,
    between: (low, high) => low + integer(high - low + 1),
    chance: (probability) => next() < probability,
    pick: (list) => list[integer(list.length)]!,
    weighted(list) {
      let rest = next() * list.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [member, weight] of list) {
        rest -= weight;
        if (rest < 0) return member;
      }
      return list.at(-1)![0];
    },
    shuffled(list) {
      const order = [...list];
      for (let last = order.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        [order[last], order[other]] = [order[other]!, order[last]!];
      }
      return order;
    },
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}
