import { describe, expect, it } from "vitest";
import { requestedExport } from "../../src/ab2d/requested-export.ts";

const EXPORT = "https://api.ab2d.cms.gov/api/v2/fhir/Patient/$export";

describe("requestedExport()", () => {
  it.each([
    [
      "encoded twice",
      "?_type=x&_since=2020-02-13T00%253A00%253A00.000%252B05%253A00&_until=2021-01-01T00%253A00%253A00Z",
    ],
    ["encoded once", "?_since=2020-02-13T00%3A00%3A00.000%2B05%3A00&_until=2021-01-01T00%3A00%3A00Z"],
    ["not encoded", "?_since=2020-02-13T00:00:00.000+05:00&_until=2021-01-01T00:00:00Z#fragment"],
  ])("reads a query that is %s", (_what, query) => {
    expect(requestedExport(EXPORT + query)).toMatchObject({
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
    expect(requestedExport(EXPORT + query)).toMatchObject({ since: undefined, until: undefined });
  });

  it.each([
    ["", false],
    [
      "?_type=ExplanationOfBenefit&_outputFormat=application%252Ffhir%252Bndjson&_since=2020-02-13T00:00:00Z",
      false,
    ],
    ["?_type=ExplanationOfBenefit&_typeFilter=ExplanationOfBenefit%253Fservice-date%253Dge2026-10-01", true],
    ["?_since=%25zz", true],
    ["?_type=Patient", true],
    ["?anything", true],
  ])("tells whether %j asks for something else than we do", (query, asksForMore) => {
    expect(requestedExport(EXPORT + query)).toMatchObject({ apiVersion: "v2", asksForMore });
  });

  it.each([
    ["https://api.ab2d.cms.gov/api/v3/fhir/Patient/$export?_type=x", "v3"],
    ["http://127.0.0.1:8080/api/v1/fhir/Patient/%24export", "v1"],
    ["https://api.ab2d.cms.gov/api/v2/fhir/Group/Z0001/$export", undefined],
    ["nonsense", undefined],
  ])("reads the version of %j", (request, apiVersion) => {
    expect(requestedExport(request).apiVersion).toBe(apiVersion);
  });
});
