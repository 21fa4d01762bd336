import { dateOf, parseInstant } from "../domain/instant.ts";
import { monthNumber } from "./month-number.ts";

/** `Feb 12, 2025, 12:04:22 AM`. `\s` takes the narrow no-break space (U+202F) that Java 20 and later print before AM. */
const FOR_PEOPLE = /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}), (\d{1,2}):(\d{2}):(\d{2})\s([AP])M$/u;

/**
 * Reads a manifest's `transactionTime`, or `undefined`. AB2D prints it for people and without a zone; its servers run in UTC.
 * The parts are read one by one because `new Date(text)` would take this machine's zone. An ISO instant is taken too.
 */
export function parseTransactionTime(text: string): Date | undefined {
  const instant = parseInstant(text);
  if (instant !== undefined) return dateOf(instant);
  const match = FOR_PEOPLE.exec(text);
  if (!match) return undefined;
  const [, month, day, year, hour, minute, second, half] = match;
  const monthIndex = monthNumber(month!);
  if (monthIndex < 0 || Number(hour) < 1 || Number(hour) > 12 || Number(minute) > 59 || Number(second) > 59) {
    return undefined;
  }
  const hour24 = (Number(hour) % 12) + (half === "P" ? 12 : 0);
  const date = new Date(
    Date.UTC(Number(year), monthIndex, Number(day), hour24, Number(minute), Number(second)),
  );
  return date.getUTCDate() === Number(day) ? date : undefined;
}
