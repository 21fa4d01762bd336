import { DateTime, Duration } from "luxon";
import type { ExportWindow } from "./export-window.ts";

/** How to cut what is left. */
export interface Cut {
  /** The longest window. */
  readonly length: Duration;
  /** Where there is nothing before: the earliest instant of the API version, or the attestation date. ISO 8601 with an offset. */
  readonly floor: string;
  /** From here on everything is one window, which may be open at its end. */
  readonly lastSince: string;
}

export interface Series {
  /** The first window's `since`; `undefined` where the parameter is left out, as V3 allows. */
  readonly since: string | undefined;
  readonly covered: readonly ExportWindow[];
  /** Absent: every part that is left is one window. */
  readonly cut?: Cut;
}

const EASTERN = "America/New_York";

/**
 * What of the time from `since` on is not covered yet, in ascending windows; the last one is open. Windows that touch neither
 * overlap nor leave a gap: `_since` is exclusive in AB2D, `_until` inclusive. Boundaries are midnights of New York, so that they
 * read well and a month is a month across changes of the clock.
 */
export function remainingWindows({ since, covered, cut }: Series): readonly ExportWindow[] {
  const gaps = uncovered({ since, until: undefined }, covered);
  return cut === undefined ? gaps : gaps.flatMap((gap) => sliced(gap, cut));
}

/** Windows with those that touch joined into one. */
export function joinedWindows(windows: readonly ExportWindow[]): readonly ExportWindow[] {
  const joined: ExportWindow[] = [];
  for (const window of [...windows].sort((a, b) => start(a) - start(b))) {
    const last = joined.at(-1);
    if (last === undefined || end(last) < start(window))
      joined.push({ since: window.since, until: window.until });
    else if (end(window) > end(last)) joined[joined.length - 1] = { since: last.since, until: window.until };
  }
  return joined;
}

/** Whether windows cover all of another one together. */
export function isCovered(window: ExportWindow, covered: readonly ExportWindow[]): boolean {
  return uncovered(window, covered).length === 0;
}

/** Whether all of `inner` lies in `outer`. */
export function containsWindow(outer: ExportWindow, inner: ExportWindow): boolean {
  return start(outer) <= start(inner) && end(outer) >= end(inner);
}

/** Reads an ISO 8601 duration of calendar units such as `P1M` or `P2W`; `undefined` for anything else. */
export function parseWindowLength(text: string): Duration | undefined {
  const upper = text.toUpperCase();
  if (!/^P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$/.test(upper)) return undefined;
  const length = Duration.fromISO(upper);
  return length.as("days") >= 1 ? length : undefined;
}

/** The parts of `whole` that none of `covered` covers, ascending, each with bounds as they were written. */
function uncovered(whole: ExportWindow, covered: readonly ExportWindow[]): ExportWindow[] {
  let gaps = [whole];
  for (const window of covered) {
    gaps = gaps.flatMap((gap) => {
      if (end(gap) <= start(window) || start(gap) >= end(window)) return [gap];
      const before = start(gap) < start(window) ? [{ since: gap.since, until: window.since }] : [];
      const after = end(window) < end(gap) ? [{ since: window.until, until: gap.until }] : [];
      return [...before, ...after];
    });
  }
  return gaps;
}

function sliced(gap: ExportWindow, { floor, lastSince, length }: Cut): ExportWindow[] {
  const from = DateTime.fromISO(gap.since ?? floor).setZone(EASTERN);
  const last = DateTime.fromISO(lastSince);
  const next = (at: DateTime): DateTime => at.plus(length).startOf("day");
  const cuts: string[] = [];
  for (let at = next(from); at < last && at.toMillis() < end(gap); at = next(at)) cuts.push(format(at));
  if (from < last && last.toMillis() < end(gap)) cuts.push(lastSince);
  return [gap.since, ...cuts].map((since, index) => ({ since, until: [...cuts, gap.until][index] }));
}

function start({ since }: ExportWindow): number {
  return since === undefined ? Number.NEGATIVE_INFINITY : new Date(since).getTime();
}

function end({ until }: ExportWindow): number {
  return until === undefined ? Number.POSITIVE_INFINITY : new Date(until).getTime();
}

function format(time: DateTime): string {
  return time.toISO({ includeOffset: true }) ?? "";
}
