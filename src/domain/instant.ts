/** An instant in microseconds since 1970-01-01T00:00:00Z: the precision of PostgreSQL's timestamptz. */
export type Instant = bigint;

/** Before every instant: the export start of a stray file. PostgreSQL's `-infinity`. */
export const MINUS_INFINITY: Instant = -(2n ** 63n);

/** Milliseconds to where ISO 8601 runs out of four-digit years. */
const YEAR_10000 = Date.UTC(10_000, 0);

const ISO_INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;

/**
 * Reads an ISO 8601 date-time with an offset (`2021-08-17T13:47:58.887-04:00`), which is how FHIR writes an instant.
 * Digits beyond the microsecond are cut. Returns `undefined` when `text` is anything else, or lies after the year 9999 in UTC.
 */
export function parseInstant(text: string): Instant | undefined {
  const match = ISO_INSTANT.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", offset = "Z"] = match;
  const milliseconds = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second!);
  const utc = new Date(milliseconds);
  const isRealDate = utc.getUTCMonth() === +month! - 1 && utc.getUTCDate() === +day!;
  if (!isRealDate || +year! < 100 || +hour! > 23 || +minute! > 59 || +second! > 59) return undefined;
  const offsetMinutes =
    offset === "Z"
      ? 0
      : (offset.startsWith("-") ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6)));
  const inUtc = milliseconds - offsetMinutes * 60_000;
  if (inUtc >= YEAR_10000) return undefined;
  const micros = BigInt(fraction.slice(0, 6).padEnd(6, "0"));
  return BigInt(inUtc) * 1000n + micros;
}

/** The instant of a JavaScript date. */
export function instantOf(date: Date): Instant {
  return BigInt(date.getTime()) * 1000n;
}

/** The JavaScript date of an instant, cut to the millisecond. */
export function dateOf(instant: Instant): Date {
  return new Date(Number(instant / 1000n));
}

/** An instant as PostgreSQL reads it: ISO 8601 in UTC with microseconds, or `-infinity`. */
export function formatInstant(instant: Instant): string {
  if (instant === MINUS_INFINITY) return "-infinity";
  const micros = ((instant % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((instant - micros) / 1000n)).toISOString().slice(0, 19);
  return `${seconds}.${micros.toString().padStart(6, "0")}Z`;
}
