import { CHRONIC_CONDITIONS, type CodeWithDisplay } from "./code-sets.ts";
import { mbiOf, patientIds } from "./identifiers.ts";
import { randomFor } from "./random.ts";

/** Whose population: everything that is invented derives from these two. */
export interface PopulationKey {
  readonly seed: number;
  readonly contract: string;
}

/** An invented member of a contract. */
export interface Patient {
  readonly index: number;
  /** The number behind `Patient/` in V1 and V2. */
  readonly ccwId: string;
  /** The number behind `Patient/` in V3. */
  readonly idrId: string;
  /** The MBIs one after the other, each with the instant (epoch milliseconds) from which it is the current one. */
  readonly mbis: readonly { readonly value: string; readonly from: number }[];
  readonly chronicConditions: readonly CodeWithDisplay[];
}

/** The MBIs that AB2D stamps on every claim of a patient at some instant. */
export interface StampedMbis {
  /** Absent for a member whose MBI the enrollment table lacks. */
  readonly current: string | undefined;
  /** Newest first. */
  readonly historic: readonly string[];
}

/** The patient number `index` of a contract. One in fifty has no MBI; two in five change theirs once or twice. */
export function patientOf({ seed, contract }: PopulationKey, index: number): Patient {
  const random = randomFor(seed, contract, index, "patient");
  const ids = patientIds(contract, index);
  const changes = random.weighted([
    [0, 60],
    [1, 28],
    [2, 12],
  ]);
  const instants = Array.from({ length: changes }, () =>
    random.between(Date.UTC(2021, 5, 1), Date.UTC(2029, 5, 1)),
  ).sort((a, b) => a - b);
  const mbis = [0, ...instants].map((from, generation) => ({
    value: mbiOf(contract, index, generation),
    from,
  }));
  return {
    index,
    ccwId: ids.ccw,
    idrId: ids.idr,
    mbis: index % 50 === 29 ? [] : mbis,
    chronicConditions: random
      .shuffled(CHRONIC_CONDITIONS)
      .slice(0, random.between(2, 5))
      .flatMap((codes) => random.shuffled(codes).slice(0, random.between(1, 2))),
  };
}

/** What AB2D knows of a patient's MBIs at `instant`. */
export function mbisAt(patient: Patient, instant: number): StampedMbis {
  const known = patient.mbis.filter(({ from }) => from <= instant).map(({ value }) => value);
  return { current: known.at(-1), historic: known.slice(0, -1).reverse() };
}
