import type { ApiVersion } from "../../domain/api-version.ts";
import { isJsonObject } from "../json-fields.ts";
import { findDrift } from "./find-drift.ts";
import { KNOWN_PATHS } from "./known-paths.ts";
import { type PathNode, pathTree } from "./path-tree.ts";

/** Places that a file's EOBs have beyond those known, each with the number of EOBs that have it. */
export interface DriftTally {
  /** Looks through one EOB. */
  note(eob: unknown): void;
  places(): ReadonlyMap<string, number>;
}

/** What stands for the places beyond as many as are kept. */
export const MORE_PLACES = "(more)";

/** As many places are kept for a file: a mapping that changes has a few, a file of another kind any number. */
export const MAX_PLACES = 200;

const TREES: Readonly<Record<ApiVersion, PathNode>> = {
  v1: pathTree(KNOWN_PATHS.v1),
  v2: pathTree(KNOWN_PATHS.v2),
  v3: pathTree(KNOWN_PATHS.v3),
};

/** Begins a count for EOBs of `apiVersion`. It holds at most `maxPlaces` places, and `(more)` for all others. */
export function driftTally(
  apiVersion: ApiVersion,
  { maxPlaces = MAX_PLACES }: { readonly maxPlaces?: number } = {},
): DriftTally {
  const tree = TREES[apiVersion];
  const tallies = new Map<string, { eobs: number; lastEob: number }>();
  let eobNumber = 0;
  const onDrift = (found: string): void => {
    const place = tallies.has(found) || tallies.size < maxPlaces ? found : MORE_PLACES;
    const tally = tallies.get(place);
    if (!tally) tallies.set(place, { eobs: 1, lastEob: eobNumber });
    else if (tally.lastEob !== eobNumber) {
      tally.eobs += 1;
      tally.lastEob = eobNumber;
    }
  };
  return {
    note(eob) {
      if (!isJsonObject(eob)) return;
      eobNumber += 1;
      findDrift(eob, tree, onDrift);
    },
    places: () => new Map([...tallies].map(([place, { eobs }]) => [place, eobs])),
  };
}
