import { DateTime } from "luxon";
import { afterEach, describe, expect, it } from "vitest";
import { previousTuesday } from "../../src/simulator/previous-tuesday.ts";
import { type Setup, setup } from "./simulator-client.ts";

/** The examples of AB2D's "Long Term API Usage Model" (2021): `_since`, and the `Since-Datetime` returned for it. */
const PUBLISHED = [
  ["2020-12-01T00:00:00.000-05:00", "2020-12-01T00:00:00.000-05:00"],
  ["2020-12-01T00:00:00.000-08:00", "2020-11-30T21:00:00.000-08:00"],
  ["2020-11-30T21:00:00.000-08:00", "2020-11-30T21:00:00.000-08:00"],
  ["2020-12-02T00:00:00.000-05:00", "2020-12-01T00:00:00.000-05:00"],
  ["2020-12-02T00:00:00.000+05:00", "2020-12-01T10:00:00.000+05:00"],
  ["2020-12-03T00:00:00.000-08:00", "2020-11-30T21:00:00.000-08:00"],
] as const;

let server: Setup;
afterEach(() => server?.stop());

describe("previousTuesday()", () => {
  it.each(PUBLISHED)("previousTuesday() rounds %s down to %s", (since, rounded) => {
    expect(previousTuesday(DateTime.fromISO(since, { setZone: true })).toISO()).toBe(rounded);
  });

  it.each([
    ["2026-03-09T12:00:00.000Z", "2026-03-03T05:00:00.000Z"],
    ["2026-03-10T03:59:59.999Z", "2026-03-03T05:00:00.000Z"],
    ["2026-03-10T04:00:00.000Z", "2026-03-10T04:00:00.000Z"],
    ["2026-11-03T04:59:59.999Z", "2026-10-27T04:00:00.000Z"],
  ])("previousTuesday() follows New York's clocks: %s gives %s", (since, rounded) => {
    expect(previousTuesday(DateTime.fromISO(since, { setZone: true })).toISO()).toBe(rounded);
  });
});

describe("Since-Datetime", () => {
  it("Since-Datetime tells the rounded _since in the request's own offset, when it is on", async () => {
    server = await setup({ contracts: [{ number: "Z0001", patients: 1 }], sinceDatetime: true });
    for (const [since, rounded] of PUBLISHED) {
      const answer = await server.send(`/api/v1/fhir/Patient/$export?_since=${encodeURIComponent(since)}`);
      expect(answer.headers["since-datetime"]).toBe(rounded);
      server.clock.advance(3000);
    }
    const utc = await server.send("/api/v1/fhir/Patient/$export?_since=2020-12-02T00:00:00Z");
    expect(utc.headers["since-datetime"]).toBe("2020-12-01T05:00:00.000Z");
    server.clock.advance(3000);
    expect((await server.send("/api/v1/fhir/Patient/$export")).headers["since-datetime"]).toBeUndefined();
  });

  it("Since-Datetime is where the window really starts", async () => {
    const path = "/api/v2/fhir/Patient/$export?_since=2026-11-19T00:00:00Z";
    server = await setup({ contracts: [{ number: "Z0001", patients: 60 }] });
    const exact = await server.lines(path);
    await server.stop();
    server = await setup({ contracts: [{ number: "Z0001", patients: 60 }], sinceDatetime: true });
    const rounded = await server.lines(path);
    expect(exact).toHaveLength(0);
    expect(rounded.length).toBeGreaterThan(0);
  });
});
