import type { Random } from "../random.ts";

export interface StrikesOptions {
  /** Exactly so often. Default: one to `most` times. */
  readonly times?: number | undefined;
  /** Default 3. */
  readonly most?: number;
  /** At most so many occasions pass before the first strike. Default 1. */
  readonly patience?: number;
}

/** Asked at each occasion, says whether the fault strikes: a few times at moments that `random` chooses, then never again. */
export function strikes(
  random: Random,
  { times, most = 3, patience = 1 }: StrikesOptions = {},
): () => boolean {
  let left = times ?? random.between(1, most);
  let passing = times === undefined ? random.integer(patience + 1) : 0;
  return () => {
    if (left <= 0) return false;
    if (passing > 0) {
      passing--;
      return false;
    }
    left--;
    if (times === undefined) passing = random.integer(2);
    return true;
  };
}
