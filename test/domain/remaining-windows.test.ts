import fc from "fast-check";
import { Duration } from "luxon";
import { describe, expect, it } from "vitest";
import type { ExportWindow } from "../../src/domain/export-window.ts";
import { type Cut, parseWindowLength, remainingWindows } from "../../src/domain/remaining-windows.ts";

const MONTH = Duration.fromISO("P1M");
const SINCE = "2026-01-15T00:00:00.000-05:00";

function cut(length: Duration = MONTH): Cut {
  return { length, floor: SINCE, lastSince: "2026-04-07T00:00:00.000-04:00" };
}

describe("remainingWindows()", () => {
  it("cuts a series into months; the last window starts at lastSince and is open", () => {
    expect(remainingWindows({ since: SINCE, covered: [], cut: cut() })).toEqual([
      { since: "2026-01-15T00:00:00.000-05:00", until: "2026-02-15T00:00:00.000-05:00" },
      { since: "2026-02-15T00:00:00.000-05:00", until: "2026-03-15T00:00:00.000-04:00" },
      { since: "2026-03-15T00:00:00.000-04:00", until: "2026-04-07T00:00:00.000-04:00" },
      { since: "2026-04-07T00:00:00.000-04:00", until: undefined },
    ]);
  });

  it("is one window without a length, and where the series starts after lastSince", () => {
    expect(remainingWindows({ since: SINCE, covered: [] })).toEqual([{ since: SINCE, until: undefined }]);
    const since = "2026-05-01T00:00:00Z";
    expect(remainingWindows({ since, covered: [], cut: cut() })).toEqual([{ since, until: undefined }]);
  });

  it("leaves the first since out where the series has none, and cuts from the floor", () => {
    const [first, second] = remainingWindows({ since: undefined, covered: [], cut: cut() });
    expect(first).toEqual({ since: undefined, until: "2026-02-15T00:00:00.000-05:00" });
    expect(second?.since).toBe("2026-02-15T00:00:00.000-05:00");
  });

  it("goes on after what is covered, fills holes first, and may cut them finer", () => {
    const windows = remainingWindows({ since: SINCE, covered: [], cut: cut() });
    expect(remainingWindows({ since: SINCE, covered: windows.slice(0, 2), cut: cut() })).toEqual(
      windows.slice(2),
    );
    expect(
      remainingWindows({
        since: SINCE,
        covered: [windows[0]!, windows[2]!, windows[3]!],
        cut: cut(Duration.fromISO("P2W")),
      }),
    ).toEqual([
      { since: "2026-02-15T00:00:00.000-05:00", until: "2026-03-01T00:00:00.000-05:00" },
      { since: "2026-03-01T00:00:00.000-05:00", until: "2026-03-15T00:00:00.000-04:00" },
    ]);
    expect(remainingWindows({ since: SINCE, covered: windows, cut: cut() })).toEqual([]);
  });

  it("covers the time line without gap or overlap, whatever was covered in whatever lengths (property)", () => {
    const lengths = fc.constantFrom("P1D", "P1W", "P10D", "P1M", "P3M", "P1Y");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(lengths, fc.nat(40)), { maxLength: 6 }),
        lengths,
        fc.boolean(),
        (history, length, hasSince) => {
          const since = hasSince ? SINCE : undefined;
          const covered: ExportWindow[] = [];
          for (const [text, nth] of history) {
            const windows = remainingWindows({ since, covered, cut: cut(Duration.fromISO(text)) });
            if (windows.length > 0) covered.push(windows[nth % windows.length]!);
          }
          covered.push(...remainingWindows({ since, covered, cut: cut(Duration.fromISO(length)) }));
          const instantOf = (text: string | undefined, open: number): number =>
            text === undefined ? open : new Date(text).getTime();
          const sorted = covered
            .map(({ since, until }) => [instantOf(since, -Infinity), instantOf(until, Infinity)] as const)
            .sort(([a], [b]) => a - b);
          expect(sorted[0]![0]).toBe(instantOf(hasSince ? SINCE : undefined, -Infinity));
          expect(sorted.at(-1)![1]).toBe(Infinity);
          for (const [index, [start]] of sorted.slice(1).entries()) expect(start).toBe(sorted[index]![1]);
          for (const [start, end] of sorted) expect(start).toBeLessThan(end);
        },
      ),
    );
  });
});

describe("parseWindowLength()", () => {
  it.each(["P1M", "p2w", "P30D", "P1Y"])("reads %s", (text) => {
    expect(parseWindowLength(text)?.isValid).toBe(true);
  });

  it.each(["", "1M", "PT1H", "PT24H", "P1M-29D", "P1.5M", "P", "P0D", "-P1M", "P1M2", "month"])(
    "refuses %j",
    (text) => {
      expect(parseWindowLength(text)).toBeUndefined();
    },
  );
});
