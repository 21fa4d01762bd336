import { monthNumber } from "./month-number.ts";

const HTTP_DATE = /^[A-Z][a-z]{2}, (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;

/**
 * Reads the date of an HTTP header (RFC 9110's IMF-fixdate; AB2D's `Expires` doesn't zero-pad the day), or `undefined`.
 * `Date.parse` won't do: it takes the `Expires: 0` of AB2D's 202 for the year 2000.
 */
export function parseHttpDate(text: string | undefined): Date | undefined {
  const match = HTTP_DATE.exec(text ?? "");
  if (!match) return undefined;
  const [, day, month, year, hour, minute, second] = match;
  const date = new Date(
    Date.UTC(Number(year), monthNumber(month!), Number(day), Number(hour), Number(minute), Number(second)),
  );
  return date.getUTCDate() === Number(day) && monthNumber(month!) >= 0 ? date : undefined;
}
