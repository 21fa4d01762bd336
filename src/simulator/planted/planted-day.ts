import { DateTime } from "luxon";
import type { Day } from "./planted-member.ts";

/** The date (`YYYY-MM-DD`) that `day` is, seen from the date `anchor`. */
export function plantedDay(anchor: string, day: Day): string {
  const [months, days] = typeof day === "number" ? [0, day] : day;
  return DateTime.fromISO(anchor, { zone: "utc" }).plus({ months }).plus({ days }).toISODate()!;
}
