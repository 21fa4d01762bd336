import { describe, expect, it } from "vitest";
import { requestedWindow } from "../../src/ab2d/requested-window.ts";

const EXPORT = "https://api.ab2d.cms.gov/api/v2/fhir/Patient/$export";

describe("requestedWindow()", () => {
  it.each([
    [
      "encoded twice",
      "?_type=x&_since=2020-02-13T00%253A00%253A00.000%252B05%253A00&_until=2021-01-01T00%253A00%253A00Z",
    ],
    ["encoded once", "?_since=2020-02-13T00%3A00%3A00.000%2B05%3A00&_until=2021-01-01T00%3A00%3A00Z"],
    ["not encoded", "?_since=2020-02-13T00:00:00.000+05:00&_until=2021-01-01T00:00:00Z#fragment"],
  ])("reads a query that is %s", (_what, query) => {
    expect(requestedWindow(EXPORT + query)).toEqual({
      since: "2020-02-13T00:00:00.000+05:00",
      until: "2021-01-01T00:00:00Z",
    });
  });

  it.each([
    "",
    "?",
    "?since=2020",
    "?_since%3D2020-02-13T00:00:00Z%26_until%3D2021",
    "?_since=%",
    "?_since=%25zz",
  ])("finds nothing in %j", (query) => {
    expect(requestedWindow(EXPORT + query)).toEqual({ since: undefined, until: undefined });
  });
});
