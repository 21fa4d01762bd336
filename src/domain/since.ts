import { DateTime } from "luxon";
import type { ApiVersion } from "./api-version.ts";

/** The zone in which AB2D's upstream loads weekly, from Tuesday midnight. */
const EASTERN = "America/New_York";
const TUESDAY = 2;

/**
 * The earliest `_since` that AB2D accepts; an earlier one gets a 400. In V3 a missing `_since` means everything.
 * Source: AB2D server, `Constants.java` (V1 and V2: `2020-02-13T00:00:00-05:00`, V3: `2026-04-01T00:00:00-05:00`).
 */
export function earliestSince(version: ApiVersion): Date {
  return new Date(version === "v3" ? "2026-04-01T00:00:00-05:00" : "2020-02-13T00:00:00-05:00");
}

/**
 * Rounds `since` (ISO 8601 with an offset) down to the previous Tuesday 00:00 in America/New_York and writes it in its own
 * offset with milliseconds: the rule that AB2D's guide to the long-term usage model documents, with its six examples.
 * Throws a RangeError when `since` is no date-time with an offset.
 */
export function roundDownToTuesday(since: string): string {
  const asked = DateTime.fromISO(since, { setZone: true });
  if (!asked.isValid || !/(Z|[+-]\d\d:?\d\d)$/i.test(since)) {
    throw new RangeError(
      "a since is an ISO 8601 date-time with an offset, such as 2026-11-10T00:00:00-05:00",
    );
  }
  const midnight = asked.setZone(EASTERN).startOf("day");
  const tuesday = midnight.minus({ days: (midnight.weekday - TUESDAY + 7) % 7 });
  return formatSince(tuesday.setZone(asked.zone));
}

export interface NextSinceOptions {
  readonly apiVersion: ApiVersion;
  /** The start of the last complete run. */
  readonly watermark: Date;
  /** Days asked again before it, for upstream loads in progress and for batches that AB2D left out silently. */
  readonly overlapDays: number;
  /** The contract's attestation date (`YYYY-MM-DD`): AB2D has nothing from before. */
  readonly attestedOn: string | undefined;
}

/** The next export's `_since`: the watermark minus the overlap, rounded down to a Tuesday, not before what AB2D accepts. */
export function nextSince({ apiVersion, watermark, overlapDays, attestedOn }: NextSinceOptions): string {
  const overlapped = DateTime.fromJSDate(watermark).setZone(EASTERN).minus({ days: overlapDays });
  const rounded = DateTime.fromISO(roundDownToTuesday(formatSince(overlapped)), { setZone: true });
  return clampSince(formatSince(rounded), { apiVersion, attestedOn });
}

/**
 * The first export's `_since`: the attestation date, or the earliest that the version accepts. `undefined` for V3 means that
 * the parameter is left out, which there alone brings everything.
 */
export function firstSince(apiVersion: ApiVersion, attestedOn: string | undefined): string | undefined {
  if (apiVersion === "v3") return undefined;
  return clampSince(formatSince(DateTime.fromJSDate(earliestSince(apiVersion)).setZone("UTC-5")), {
    apiVersion,
    attestedOn,
  });
}

/** `since`, or the later of the attestation date and the earliest that AB2D accepts where it lies before them. */
export function clampSince(
  since: string,
  { apiVersion, attestedOn }: Pick<NextSinceOptions, "apiVersion" | "attestedOn">,
): string {
  const asked = DateTime.fromISO(since, { setZone: true });
  const earliest = DateTime.fromJSDate(earliestSince(apiVersion)).setZone("UTC-5");
  const attested = attestedOn === undefined ? earliest : DateTime.fromISO(attestedOn, { zone: EASTERN });
  const floor = attested > earliest ? attested : earliest;
  return asked < floor ? formatSince(floor) : since;
}

/** The first instant of a day (`YYYY-MM-DD`) in America/New_York, as a since is written. */
export function midnightOf(day: string): string {
  return formatSince(DateTime.fromISO(day, { zone: EASTERN }));
}

function formatSince(time: DateTime): string {
  const text = time.toISO({ includeOffset: true, suppressMilliseconds: false });
  if (text === null) throw new RangeError("a since is a valid date-time");
  return text.replace(/Z$/, "+00:00");
}
