import type { DateTime } from "luxon";

const TUESDAY = 2;

/**
 * `since` rounded down to a Tuesday 00:00 in New York, in `since`'s own offset: what AB2D's "Long Term API Usage
 * Model" (2021) says the server does. A Tuesday 00:00 in New York stays.
 */
export function previousTuesday(since: DateTime): DateTime {
  const newYork = since.setZone("America/New_York");
  const daysBack = (newYork.weekday - TUESDAY + 7) % 7;
  return newYork.startOf("day").minus({ days: daysBack }).setZone(since.zone);
}
