import { DateTime } from "luxon";
import { type Random, randomFor } from "./random.ts";

const NEW_YORK = "America/New_York";
const DAY = 86_400_000;
const FIRST_MONDAY = Date.UTC(2021, 0, 4);

/** How many weekly loads the population knows: from January 2021 to the end of 2029. */
export const LOAD_COUNT = 469;

interface Load {
  readonly startsAt: number;
  readonly offsetMinutes: number;
  readonly batches: readonly number[];
}

const loads = new Map<number, Load>();

/**
 * An instant (epoch milliseconds) inside the load of week `week` (0 = the week of 2021-01-04).
 *
 * AB2D's source is refreshed once a week, from Monday evening to Tuesday morning in New York; most claims of a load
 * share a few instants to the millisecond (64 of the 500 published claims share one).
 */
export function loadInstant(week: number, random: Random): number {
  const load = loadOf(week);
  if (random.chance(0.6)) return random.pick(load.batches);
  return load.startsAt + random.integer(12 * 3_600_000);
}

/** The week whose load is the first to start after the day `isoDate`. */
export function weekAfter(isoDate: string): number {
  return Math.max(0, Math.floor((Date.parse(`${isoDate}T00:00:00Z`) - FIRST_MONDAY) / (7 * DAY)) + 1);
}

/** New York's offset from UTC, in minutes, at an instant that {@link loadInstant} gave. */
export function newYorkOffset(instant: number): number {
  return loadOf(Math.floor((instant - FIRST_MONDAY) / (7 * DAY))).offsetMinutes;
}

function loadOf(week: number): Load {
  const known = loads.get(week);
  if (known) return known;
  // Clocks change on a Sunday, so that one offset holds for the whole of a load.
  const monday = new Date(FIRST_MONDAY + week * 7 * DAY).toISOString().slice(0, 10);
  const start = DateTime.fromISO(`${monday}T18:00`, { zone: NEW_YORK });
  const random = randomFor("load", week);
  const startsAt = start.toMillis();
  const load: Load = {
    startsAt,
    offsetMinutes: start.offset,
    batches: Array.from({ length: 8 }, () => startsAt + random.integer(12 * 3_600_000)),
  };
  loads.set(week, load);
  return load;
}
