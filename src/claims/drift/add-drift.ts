import { MAX_PLACES, MORE_PLACES } from "./drift-tally.ts";

/** Adds what a batch of lines met to what its file did, which holds as many places as a batch, and `(more)` for all others. */
export function addDrift(file: Map<string, number>, batch: ReadonlyMap<string, number>): void {
  for (const [met, eobs] of batch) {
    const place = file.has(met) || file.size < MAX_PLACES ? met : MORE_PLACES;
    file.set(place, (file.get(place) ?? 0) + eobs);
  }
}
