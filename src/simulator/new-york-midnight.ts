import { DateTime } from "luxon";

/** Midnight in New York of the day `date`, with its offset: how V1, and V2 until 2022, print the day of a procedure. */
export function newYorkMidnight(date: string): string {
  return `${date}T00:00:00${DateTime.fromISO(date, { zone: "America/New_York" }).toFormat("ZZ")}`;
}
