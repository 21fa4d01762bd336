import { DateTime } from "luxon";

function day(iso: string): DateTime {
  return DateTime.fromISO(iso, { zone: "utc" });
}

/** The day so many days later; earlier, when negative. */
export function daysAfter(iso: string, days: number): string {
  return day(iso).plus({ days }).toISODate()!;
}

/** The first day of the so many months that end with a day. */
export function firstOfMonths(months: number, last: string): string {
  return day(last).minus({ months }).plus({ days: 1 }).toISODate()!;
}

/** The nights between two days. */
export function daysBetween(from: string, to: string): number {
  return day(to).diff(day(from), "days").days;
}

/** Whether a day is one of those from `first` to `last`. */
export function isBetween(day: string, first: string, last: string): boolean {
  return day >= first && day <= last;
}

/** The last of some days. */
export function latest(dates: readonly string[]): string {
  return [...dates].sort().at(-1)!;
}
