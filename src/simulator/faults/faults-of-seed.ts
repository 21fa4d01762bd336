import { randomFor } from "../random.ts";
import { FAULTS } from "./all-faults.ts";
import type { ClientDuty, Fault } from "./fault.ts";

export interface FaultsOfSeedOptions {
  /** Where to choose from; default: {@link MIXED_FAULTS}. */
  readonly among?: readonly Fault[];
}

/** Two take real time, and one gives claims another last update than {@link Simulator.population} knows. */
const NOT_MIXED = new Set(["stalled-download", "slow-download", "last-updated-future"]);

/** The faults that may come in any company. */
export const MIXED_FAULTS: readonly Fault[] = FAULTS.filter(({ name }) => !NOT_MIXED.has(name));

const DUTIES: readonly (readonly [ClientDuty, number])[] = [
  ["heals", 87],
  ["unseen", 4],
  ["gaps", 4],
  ["stops", 5],
];

const COUNTS = [
  [1, 35],
  [2, 35],
  [3, 20],
  [4, 10],
] as const;

/**
 * One to four faults that belong to `seed`, mostly such as a client heals by itself. With the same seed given to the
 * simulator as `faultSeed`, they strike at the same moments too.
 */
export function faultsOfSeed(
  seed: number,
  { among = MIXED_FAULTS }: FaultsOfSeedOptions = {},
): readonly Fault[] {
  const random = randomFor(seed, "faults of a seed");
  const chosen = new Set<Fault>();
  for (let count = Math.min(random.weighted<number>(COUNTS), among.length); count > 0; count--) {
    const left = among.filter((fault) => !chosen.has(fault));
    const duties = DUTIES.filter(([duty]) => left.some(({ client }) => client === duty));
    const duty = random.weighted(duties);
    chosen.add(random.pick(left.filter(({ client }) => client === duty)));
  }
  return [...chosen];
}
