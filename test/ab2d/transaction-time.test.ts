import { describe, expect, it } from "vitest";
import { parseTransactionTime } from "../../src/ab2d/transaction-time.ts";

describe("parseTransactionTime()", () => {
  it.each([
    ["Feb 12, 2025, 12:04:22 AM", "2025-02-12T00:04:22Z"],
    ["Feb 12, 2025, 12:04:22 PM", "2025-02-12T12:04:22Z"],
    ["Jan 29, 2020, 10:28:27 AM", "2020-01-29T10:28:27Z"],
    ["Mar 3, 2020, 10:47:24 PM", "2020-03-03T22:47:24Z"],
    ["Mar 3, 2020, 10:47:24\u202fPM", "2020-03-03T22:47:24Z"],
    ["Feb 29, 2024, 1:00:00 PM", "2024-02-29T13:00:00Z"],
    ["2025-02-12T00:04:22.123-05:00", "2025-02-12T05:04:22.123Z"],
    ["2025-02-12T00:04:22Z", "2025-02-12T00:04:22Z"],
  ])("reads %j as UTC", (text, instant) => {
    expect(parseTransactionTime(text)).toEqual(new Date(instant));
  });

  it.each([
    "",
    "now",
    "Feb 30, 2025, 1:04:22 AM",
    "Foo 1, 2025, 1:04:22 AM",
    "Feb 1, 2025, 13:04:22 AM",
    "Feb 1, 2025, 0:04:22 AM",
    "2025-02-12",
    "2025-02-12T00:04:22",
  ])("returns undefined for %j", (text) => {
    expect(parseTransactionTime(text)).toBeUndefined();
  });
});
