import fc from "fast-check";
import { DateTime } from "luxon";
import { afterEach, describe, expect, it } from "vitest";
import { API_VERSIONS, type ApiVersion } from "../../src/domain/api-version.ts";
import {
  clampSince,
  earliestSince,
  firstSince,
  nextSince,
  roundDownToTuesday,
} from "../../src/domain/since.ts";

const NEW_YORK = "America/New_York";
const DAY = 86_400_000;
const OVERLAP_1 = { overlapDays: 1, attestedOn: undefined } as const;

/** A moment from 2021 to 2039, later than the floors of V1 and V2. */
const moment = fc.date({ min: new Date("2021-01-01"), max: new Date("2039-12-31"), noInvalidDate: true });
const offset = fc.integer({ min: -12 * 60, max: 14 * 60 });

function inOffset(date: Date, minutes: number): string {
  return DateTime.fromJSDate(date)
    .setZone(`UTC${minutes < 0 ? "-" : "+"}${hours(minutes)}`)
    .toISO()!
    .replace("Z", "+00:00");
}

function hours(minutes: number): string {
  const absolute = Math.abs(minutes);
  return `${Math.floor(absolute / 60)}:${String(absolute % 60).padStart(2, "0")}`;
}

function instantOfText(text: string): number {
  return DateTime.fromISO(text, { setZone: true }).toMillis();
}

function expectTuesdayMidnight(text: string): void {
  const there = DateTime.fromISO(text).setZone(NEW_YORK);
  expect([there.weekday, there.hour, there.minute, there.second, there.millisecond]).toEqual([2, 0, 0, 0, 0]);
}

describe("roundDownToTuesday()", () => {
  // AB2D's "Long Term API Usage Model" (2021), Examples. December 1st, 2020 was a Tuesday.
  it.each([
    ["2020-12-01T00:00:00.000-05:00", "2020-12-01T00:00:00.000-05:00"],
    ["2020-12-01T00:00:00.000-08:00", "2020-11-30T21:00:00.000-08:00"],
    ["2020-11-30T21:00:00.000-08:00", "2020-11-30T21:00:00.000-08:00"],
    ["2020-12-02T00:00:00.000-05:00", "2020-12-01T00:00:00.000-05:00"],
    ["2020-12-02T00:00:00.000+05:00", "2020-12-01T10:00:00.000+05:00"],
    ["2020-12-03T00:00:00.000-08:00", "2020-11-30T21:00:00.000-08:00"],
  ])("makes of %s the published %s", (since, returned) => {
    expect(roundDownToTuesday(since)).toBe(returned);
    expect(instantOfText(returned)).toBe(Date.parse("2020-12-01T00:00:00.000-05:00"));
  });

  it.each([
    ["a Tuesday's last millisecond", "2026-11-10T23:59:59.999-05:00", "2026-11-10T00:00:00.000-05:00"],
    ["the millisecond before a Tuesday", "2026-11-09T23:59:59.999-05:00", "2026-11-03T00:00:00.000-05:00"],
    ["a Monday, in UTC a Tuesday already", "2026-11-10T04:59:59.999Z", "2026-11-03T05:00:00.000+00:00"],
    ["a Tuesday in UTC", "2026-11-10T05:00:00.000Z", "2026-11-10T05:00:00.000+00:00"],
    ["a New Year", "2027-01-01T00:00:00.000-05:00", "2026-12-29T00:00:00.000-05:00"],
    ["a leap day, itself a Tuesday", "2028-02-29T12:00:00.000-05:00", "2028-02-29T00:00:00.000-05:00"],
    // In 2026 clocks go forward on Sunday 8 March and back on Sunday 1 November, at 02:00.
    [
      "the Monday after the clocks went forward",
      "2026-03-09T12:00:00.000-04:00",
      "2026-03-03T01:00:00.000-04:00",
    ],
    ["the Sunday, an hour after they did", "2026-03-08T03:00:00.000-04:00", "2026-03-03T01:00:00.000-04:00"],
    ["the Tuesday after they did", "2026-03-10T00:00:00.000-04:00", "2026-03-10T00:00:00.000-04:00"],
    ["an hour short of that Tuesday", "2026-03-10T00:00:00.000-03:00", "2026-03-03T02:00:00.000-03:00"],
    [
      "the Monday after the clocks went back",
      "2026-11-02T12:00:00.000-05:00",
      "2026-10-26T23:00:00.000-05:00",
    ],
    ["the first 01:30 of that Sunday", "2026-11-01T01:30:00.000-04:00", "2026-10-27T00:00:00.000-04:00"],
    ["the second 01:30 of that Sunday", "2026-11-01T01:30:00.000-05:00", "2026-10-26T23:00:00.000-05:00"],
    ["the Tuesday after they went back", "2026-11-03T00:00:00.000-05:00", "2026-11-03T00:00:00.000-05:00"],
  ])("rounds %s down", (_, since, rounded) => {
    expect(roundDownToTuesday(since)).toBe(rounded);
  });

  it("gives a Tuesday midnight in New York, at most a week and an hour before, in the offset it was asked in", () => {
    fc.assert(
      fc.property(moment, offset, (date, minutes) => {
        const since = inOffset(date, minutes);
        const rounded = roundDownToTuesday(since);
        expectTuesdayMidnight(rounded);
        const lag = date.getTime() - instantOfText(rounded);
        expect(lag).toBeGreaterThanOrEqual(0);
        expect(lag).toBeLessThan(7 * DAY + 3_600_000);
        expect(rounded.slice(-6)).toBe(since.slice(-6));
        expect(rounded).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000[+-]\d\d:\d\d$/);
      }),
    );
  });

  it("leaves what it has rounded as it is, and keeps the order of times", () => {
    fc.assert(
      fc.property(moment, moment, offset, (a, b, minutes) => {
        const [earlier, later] = a <= b ? [a, b] : [b, a];
        const rounded = roundDownToTuesday(inOffset(earlier, minutes));
        expect(roundDownToTuesday(rounded)).toBe(rounded);
        expect(instantOfText(rounded)).toBeLessThanOrEqual(
          instantOfText(roundDownToTuesday(inOffset(later, minutes))),
        );
      }),
    );
  });

  it.each([
    "",
    "yesterday",
    "2026-11-10",
    "2026-11-10T00:00:00",
    "2026-11-10T00:00:00.000",
    "2026-13-10T00:00:00Z",
    "2026-02-30T00:00:00Z",
  ])("refuses %j, and quotes nothing", (since) => {
    expect(() => roundDownToTuesday(since)).toThrow(RangeError);
    expect(() => roundDownToTuesday(since)).toThrow(
      "a since is an ISO 8601 date-time with an offset, such as 2026-11-10T00:00:00-05:00",
    );
  });
});

describe("earliestSince()", () => {
  it("is where the API's filter starts", () => {
    expect(earliestSince("v1")).toEqual(new Date("2020-02-13T05:00:00Z"));
    expect(earliestSince("v2")).toEqual(new Date("2020-02-13T05:00:00Z"));
    expect(earliestSince("v3")).toEqual(new Date("2026-04-01T05:00:00Z"));
  });
});

describe("nextSince()", () => {
  const overlapDays = fc.constantFrom(0, 1, 2, 7, 30);

  it("is a Tuesday midnight in New York, never after the watermark less the overlap and at most a week before it", () => {
    fc.assert(
      fc.property(
        moment,
        overlapDays,
        fc.constantFrom<ApiVersion>("v1", "v2"),
        (watermark, days, apiVersion) => {
          const since = nextSince({ apiVersion, watermark, overlapDays: days, attestedOn: undefined });
          expectTuesdayMidnight(since);
          // A day of the overlap is one of New York's calendar: 23 to 25 hours.
          const asked = DateTime.fromJSDate(watermark).setZone(NEW_YORK).minus({ days }).toMillis();
          const lag = asked - instantOfText(since);
          expect(lag).toBeGreaterThanOrEqual(0);
          expect(lag).toBeLessThan(7 * DAY + 3_600_000);
        },
      ),
    );
  });

  it("never goes back when the watermark goes forward", () => {
    fc.assert(
      fc.property(moment, moment, overlapDays, (a, b, days) => {
        const [earlier, later] = (a <= b ? [a, b] : [b, a]).map((watermark) =>
          nextSince({ apiVersion: "v2", watermark, overlapDays: days, attestedOn: "2022-06-07" }),
        );
        expect(instantOfText(earlier!)).toBeLessThanOrEqual(instantOfText(later!));
      }),
    );
  });

  it("asks from the Tuesday before where the overlap crosses one", () => {
    const options = { apiVersion: "v2", watermark: new Date("2026-11-10T06:00:00Z") } as const;
    expect(nextSince({ ...options, overlapDays: 0, attestedOn: undefined })).toBe(
      "2026-11-10T00:00:00.000-05:00",
    );
    expect(nextSince({ ...options, overlapDays: 1, attestedOn: undefined })).toBe(
      "2026-11-03T00:00:00.000-05:00",
    );
  });

  it.each([
    ["in March", "2026-03-10T18:00:00Z", "2026-03-03T01:00:00.000-04:00"],
    ["in November", "2026-11-03T18:00:00Z", "2026-10-26T23:00:00.000-05:00"],
  ])("crosses the change of the clocks %s", (_, watermark, since) => {
    expect(nextSince({ apiVersion: "v2", watermark: new Date(watermark), ...OVERLAP_1 })).toBe(since);
    expectTuesdayMidnight(since);
  });

  it.each([
    ["v1", "2020-02-14T00:00:00Z", "2020-02-13T00:00:00.000-05:00"],
    ["v2", "2020-02-20T00:00:00Z", "2020-02-18T00:00:00.000-05:00"],
    ["v2", "2020-02-17T12:00:00Z", "2020-02-13T00:00:00.000-05:00"],
    ["v3", "2026-04-02T00:00:00Z", "2026-04-01T00:00:00.000-05:00"],
    ["v3", "2026-04-15T00:00:00Z", "2026-04-14T00:00:00.000-04:00"],
  ] as const)("is not before what %s accepts, from %s", (apiVersion, watermark, since) => {
    expect(
      nextSince({ apiVersion, watermark: new Date(watermark), overlapDays: 0, attestedOn: undefined }),
    ).toBe(since);
  });

  it("is not before the attestation date, which starts at midnight in New York", () => {
    const watermark = new Date("2026-06-04T12:00:00Z");
    const options = { apiVersion: "v2", watermark, overlapDays: 1 } as const;
    expect(nextSince({ ...options, attestedOn: "2026-06-03" })).toBe("2026-06-03T00:00:00.000-04:00");
    expect(nextSince({ ...options, attestedOn: "2026-06-02" })).toBe("2026-06-02T00:00:00.000-04:00");
    expect(nextSince({ ...options, attestedOn: "2019-01-01" })).toBe("2026-06-02T00:00:00.000-04:00");
  });

  it("lies within what AB2D accepts, whatever the watermark", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("2000-01-01"), max: new Date("2039-12-31"), noInvalidDate: true }),
        fc.constantFrom(...API_VERSIONS),
        (watermark, apiVersion) => {
          const since = instantOfText(nextSince({ apiVersion, watermark, ...OVERLAP_1 }));
          expect(since).toBeGreaterThanOrEqual(earliestSince(apiVersion).getTime());
          expect(
            since <= watermark.getTime() - DAY + 3_600_000 || since === earliestSince(apiVersion).getTime(),
          ).toBe(true);
        },
      ),
    );
  });

  describe("in another time zone of the process", () => {
    const own = process.env.TZ;
    afterEach(() => {
      if (own === undefined) delete process.env.TZ;
      else process.env.TZ = own;
    });

    it("gives the same answers", () => {
      const watermarks = fc.sample(moment, { numRuns: 50, seed: 1 });
      function answers(zone: string): string[] {
        process.env.TZ = zone;
        expect(Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(zone);
        return [
          ...watermarks.map((watermark) => nextSince({ apiVersion: "v2", watermark, ...OVERLAP_1 })),
          ...watermarks.map((watermark) => roundDownToTuesday(watermark.toISOString())),
          firstSince("v1", undefined)!,
          firstSince("v2", "2024-07-01")!,
          clampSince("2020-01-01T00:00:00Z", { apiVersion: "v3", attestedOn: "2027-01-01" }),
        ];
      }
      const here = answers("America/New_York");
      for (const zone of [
        "Pacific/Kiritimati",
        "America/Los_Angeles",
        "Australia/Lord_Howe",
        "Pacific/Pago_Pago",
      ]) {
        expect(answers(zone)).toEqual(here);
      }
    });
  });
});

describe("firstSince()", () => {
  it("is the attestation date, or the earliest that V1 and V2 accept", () => {
    expect(firstSince("v1", undefined)).toBe("2020-02-13T00:00:00.000-05:00");
    expect(firstSince("v2", undefined)).toBe("2020-02-13T00:00:00.000-05:00");
    expect(firstSince("v2", "2019-10-01")).toBe("2020-02-13T00:00:00.000-05:00");
    expect(firstSince("v2", "2024-01-01")).toBe("2024-01-01T00:00:00.000-05:00");
    expect(firstSince("v2", "2024-07-01")).toBe("2024-07-01T00:00:00.000-04:00");
  });

  it("leaves the parameter out in V3, which there alone brings everything", () => {
    expect(firstSince("v3", undefined)).toBeUndefined();
    expect(firstSince("v3", "2027-01-01")).toBeUndefined();
  });
});

describe("clampSince()", () => {
  it("keeps a since in range as it was written", () => {
    for (const since of ["2026-11-12T13:14:15+05:30", "2026-11-12T13:14:15.5Z"]) {
      expect(clampSince(since, { apiVersion: "v2", attestedOn: "2024-01-01" })).toBe(since);
    }
  });

  it("takes the later of the attestation date and the version's floor", () => {
    const early = "2019-01-01T00:00:00Z";
    expect(clampSince(early, { apiVersion: "v3", attestedOn: "2024-01-01" })).toBe(
      "2026-04-01T00:00:00.000-05:00",
    );
    expect(clampSince(early, { apiVersion: "v3", attestedOn: "2026-07-01" })).toBe(
      "2026-07-01T00:00:00.000-04:00",
    );
    expect(clampSince(early, { apiVersion: "v1", attestedOn: undefined })).toBe(
      "2020-02-13T00:00:00.000-05:00",
    );
  });

  it("compares instants, not texts", () => {
    const floor = { apiVersion: "v2", attestedOn: undefined } as const;
    expect(clampSince("2020-02-12T23:00:00-06:00", floor)).toBe("2020-02-12T23:00:00-06:00");
    expect(clampSince("2020-02-13T04:59:59Z", floor)).toBe("2020-02-13T00:00:00.000-05:00");
  });
});
