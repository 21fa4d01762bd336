import { calendarDate } from "./calendar-date.ts";
import { type JsonObject, textAt } from "./json-fields.ts";

/** First and last day of a service. */
export interface ServicePeriod {
  readonly from: string;
  readonly to: string;
}

/**
 * The days of a FHIR Period. An open end is the other end's day; `undefined` when both are absent.
 * Throws `Rejection` (`date_invalid`).
 */
export function servicePeriod(period: JsonObject | undefined): ServicePeriod | undefined {
  const start = textAt(period, "start");
  const end = textAt(period, "end");
  const first = start ?? end;
  if (first === null) return undefined;
  const from = calendarDate(first);
  return { from, to: end === null || end === first ? from : calendarDate(end) };
}
