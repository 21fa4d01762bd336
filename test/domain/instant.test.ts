import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dateOf, formatInstant, instantOf, MINUS_INFINITY, parseInstant } from "../../src/domain/instant.ts";

/** Any instant from the year 100 to 9999, in microseconds. */
const instant = fc.bigInt({
  min: BigInt(Date.parse("0100-01-01T00:00:00Z")) * 1000n,
  max: BigInt(Date.parse("9999-12-31T23:59:59.999Z")) * 1000n + 999n,
});

describe("parseInstant()", () => {
  it.each([
    ["1970-01-01T00:00:00Z", 0n],
    ["1970-01-01T00:00:00.000001Z", 1n],
    ["1969-12-31T23:59:59.999999Z", -1n],
    ["1970-01-01T01:00:00+01:00", 0n],
    ["1969-12-31T10:00:00-14:00", 0n],
    ["1970-01-01T05:45:00+05:45", 0n],
    ["1970-01-01T00:00:00.9Z", 900_000n],
    ["1970-01-01T00:00:00.123456789Z", 123_456n],
    ["2021-08-17T13:47:58.887-04:00", BigInt(Date.parse("2021-08-17T17:47:58.887Z")) * 1000n],
    ["2024-02-29T00:00:00Z", BigInt(Date.parse("2024-02-29T00:00:00Z")) * 1000n],
    ["0100-01-01T00:00:00Z", BigInt(Date.parse("0100-01-01T00:00:00Z")) * 1000n],
    ["9999-12-31T23:59:59.999999Z", BigInt(Date.parse("9999-12-31T23:59:59.999Z")) * 1000n + 999n],
  ])("reads %s", (text, expected) => {
    expect(parseInstant(text)).toBe(expected);
  });

  it.each([
    "",
    "2024-02-30T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-00-10T00:00:00Z",
    "2024-13-10T00:00:00Z",
    "2024-04-31T00:00:00Z",
    "2024-01-00T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:60:00Z",
    "2024-01-01T23:59:60Z",
    "2024-01-01T00:00:00",
    "2024-01-01T00:00:00z",
    "2024-01-01t00:00:00Z",
    "2024-01-01 00:00:00Z",
    "2024-01-01T00:00Z",
    "2024-01-01",
    "2024-01-01T00:00:00.Z",
    "2024-01-01T00:00:00.1234567890Z",
    "2024-01-01T00:00:00+15:00",
    "2024-01-01T00:00:00+05:60",
    "2024-01-01T00:00:00+0500",
    "2024-01-01T00:00:00−05:00",
    "2024-01-01T00:00:00Z\n",
    " 2024-01-01T00:00:00Z",
    "٢٠٢٤-01-01T00:00:00Z",
    "0024-01-01T00:00:00Z",
    "+02024-01-01T00:00:00Z",
    // In UTC these lie in the year 10000, which has no four-digit text.
    "9999-12-31T23:59:59-00:01",
    "9999-12-31T10:00:00-14:00",
  ])("takes %j for no instant", (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it("never throws, and never takes a text that formats otherwise", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789-+:.TZ") }), (text) => {
        const found = parseInstant(text);
        if (found !== undefined) expect(parseInstant(formatInstant(found))).toBe(found);
      }),
    );
  });
});

describe("formatInstant()", () => {
  it("writes what parseInstant reads back, to the microsecond", () => {
    fc.assert(
      fc.property(instant, (micros) => {
        const text = formatInstant(micros);
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        expect(parseInstant(text)).toBe(micros);
      }),
    );
  });

  it("keeps the order of instants as the order of texts", () => {
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        expect(formatInstant(a) < formatInstant(b)).toBe(a < b);
      }),
    );
  });

  it("writes the instant before all as -infinity", () => {
    expect(formatInstant(MINUS_INFINITY)).toBe("-infinity");
    expect(formatInstant(-1n)).toBe("1969-12-31T23:59:59.999999Z");
  });
});

describe("instantOf() and dateOf()", () => {
  it("agree with each other and with the text of the date", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("0100-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
        (date) => {
          expect(dateOf(instantOf(date))).toEqual(date);
          expect(parseInstant(date.toISOString())).toBe(instantOf(date));
        },
      ),
    );
  });

  it("cuts to the millisecond", () => {
    expect(dateOf(1_999n).getTime()).toBe(1);
  });
});
