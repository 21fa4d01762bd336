import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobIdOf, outcomeText, type Setup, setup } from "./simulator-client.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let server: Setup;
beforeEach(async () => {
  server = await setup({
    contracts: [
      { number: "Z0001", patients: 3 },
      { number: "Z0002", patients: 3 },
    ],
    v3AllowList: ["Z0001"],
  });
});
afterEach(() => server.stop());

const start = (query: string, version = "v2") => server.send(`/api/${version}/fhir/Patient/$export${query}`);

describe("startExport()", () => {
  it.each(["v1", "v2", "v3"])("startExport() accepts a job in %s", async (version) => {
    const answer = await start(
      "?_type=ExplanationOfBenefit&_outputFormat=application%2Ffhir%2Bndjson",
      version,
    );
    expect(answer.status).toBe(202);
    expect(answer.body).toHaveLength(0);
    expect(answer.headers).toMatchObject({
      "content-length": "0",
      expires: "0",
      date: "Sat, 21 Nov 2026 12:00:00 GMT",
      "content-location": `${server.simulator.apiUrl}/api/${version}/fhir/Job/${jobIdOf(answer)}/$status`,
    });
    expect(answer.headers["since-datetime"]).toBeUndefined();
    expect(jobIdOf(answer)).toMatch(UUID);
    expect(jobIdOf(answer).startsWith("33333333-")).toBe(version === "v3");
  });

  it("startExport() takes the dollar sign encoded, and Group in V1 and V2", async () => {
    expect((await server.send("/api/v1/fhir/Patient/%24export")).status).toBe(202);
    server.clock.advance(3000);
    expect((await server.send("/api/v2/fhir/Group/Z0001/$export")).status).toBe(202);
    expect((await server.send("/api/v3/fhir/Group/Z0001/$export")).status).toBe(404);
  });

  it("startExport() names the scheme that the proxy has seen", async () => {
    const answer = await server.send("/api/v2/fhir/Patient/$export", {
      headers: { "x-forwarded-proto": "https" },
    });
    expect(answer.headers["content-location"]).toMatch(/^https:\/\/127\.0\.0\.1:\d+\//);
  });

  it("startExport() answers another contract's Group with an empty 403", async () => {
    const answer = await server.send("/api/v2/fhir/Group/Z0002/$export");
    expect([answer.status, answer.body.length]).toEqual([403, 0]);
  });

  it("startExport() keeps contracts that are not on the list out of V3", async () => {
    const authorization = `Bearer ${await server.token("Z0002")}`;
    const answer = await server.send("/api/v3/fhir/Patient/$export", { headers: { authorization } });
    expect(answer.status).toBe(403);
    expect(outcomeText(answer)).toBe("OperationOutcome error invalid: V3 access not enabled for this PDP");
  });

  it.each([
    ["v2", "?_type=Patient", "_type must be ExplanationOfBenefit"],
    ["v2", "?_type=ExplanationOfBenefit,Patient", "_type must be ExplanationOfBenefit"],
    [
      "v2",
      "?_outputFormat=application/fhir%2BNDJSON",
      "An _outputFormat of application/fhir+NDJSON is not valid",
    ],
    [
      "v2",
      "?_outputFormat=application/fhir+ndjson",
      "An _outputFormat of application/fhir ndjson is not valid",
    ],
    ["v2", "?_outputFormat=application/zip", "An _outputFormat of application/zip is not valid"],
    ["v2", "?_since=2026-11-21T12:00:01Z", "You can not use a time after the current time for _since"],
    ["v1", "?_since=2020-02-12T23:59:59-05:00", "_since must be after 2020-02-13T00:00:00-05:00"],
    ["v3", "?_since=2026-03-31T23:59:59-05:00", "_since must be after 2026-04-01T00:00:00-05:00 for V3"],
    [
      "v1",
      "?_until=2026-01-01T00:00:00Z",
      "The _until parameter is only available with version 2 and version 3 of the API",
    ],
    [
      "v2",
      "?_since=2026-02-01T00:00:00Z&_until=2026-01-01T00:00:00Z",
      "_until must be after _since 2026-02-01T00:00:00Z",
    ],
    ["v3", "?_until=2020-01-01T00:00:00Z", "_until must be after 2020-02-13T00:00:00-05:00"],
    ["v3", "?_typeFilter=ExplanationOfBenefit", "Invalid _typeFilter parameter"],
    [
      "v3",
      "?_typeFilter=Patient%3Fservice-date%3Dge2026",
      "_typeFilter must be for the ExplanationOfBenefit resource",
    ],
    [
      "v3",
      "?_typeFilter=ExplanationOfBenefit%3Ffoo%3Dge2026",
      "_typeFilter must be for the service-date parameter",
    ],
    [
      "v3",
      "?_typeFilter=ExplanationOfBenefit%3Fservice-date%3Dxx2026",
      "invalid service-date parameter: xx2026",
    ],
  ])("startExport() refuses in %s %s", async (version, query, text) => {
    const answer = await start(query, version);
    expect(answer.status).toBe(400);
    expect(outcomeText(answer)).toBe(`OperationOutcome error invalid: ${text}`);
  });

  it.each([
    ["without an offset", "?_since=2026-01-01T00:00:00"],
    ["with a day that is none", "?_since=2026-02-30T00:00:00Z"],
    ["whose plus was not encoded", "?_since=2026-01-01T00:00:00.000+00:00"],
  ])("startExport() refuses a date %s, and not by an OperationOutcome", async (_what, query) => {
    const answer = await start(query);
    expect(answer.status).toBe(400);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
  });

  it.each([
    ["the earliest _since", "v2", "?_since=2020-02-13T00:00:00-05:00"],
    ["the earliest _since of V3", "v3", "?_since=2026-04-01T00:00:00-05:00"],
    ["_since equal to now", "v2", "?_since=2026-11-21T12:00:00Z"],
    ["an _until in the future", "v2", "?_until=2027-01-01T00:00:00Z"],
    ["_until equal to _since", "v2", "?_since=2026-01-01T00:00:00Z&_until=2026-01-01T00:00:00Z"],
    ["the other output formats", "v2", "?_outputFormat=ndjson"],
    ["unknown parameters", "v2", "?since=20191015&_typeFilter=nonsense"],
    ["equals signs that were encoded, as no parameter at all", "v1", "?_since%3D2023-01-01T00:00:00"],
  ])("startExport() takes %s", async (_what, version, query) => {
    expect((await start(query, version)).status).toBe(202);
  });

  it("startExport() refuses a second job with the status addresses of the active ones", async () => {
    const first = await start("", "v1");
    const second = await start("?_type=Patient");
    expect(second.status).toBe(429);
    expect(outcomeText(second)).toBe(
      "OperationOutcome error invalid: You already have active export requests in progress. Please wait until they complete before submitting a new one.",
    );
    expect(second.headers).toMatchObject({
      "retry-after": "5",
      "content-location": `${server.simulator.apiUrl}/api/v2/fhir/Job/${jobIdOf(first)}/$status`,
    });
    expect((await start("?_since=nonsense")).status).toBe(400);
    server.clock.advance(2000);
    expect((await start("")).status).toBe(202);
  });

  it("startExport() lists active jobs oldest first when a contract may have several", async () => {
    const many = await setup({ contracts: [{ number: "Z0003", patients: 1, maxParallelJobs: 2 }] });
    const ids = [];
    for (let count = 0; count < 2; count++)
      ids.push(jobIdOf(await many.send("/api/v1/fhir/Patient/$export")));
    const refused = await many.send("/api/v1/fhir/Patient/$export");
    const list = String(refused.headers["content-location"]).split(", ");
    expect(list.map((url) => url.split("/").at(-2))).toEqual(ids);
    await many.stop();
  });

  it("startExport() is for GET and for JSON only", async () => {
    expect((await server.send("/api/v2/fhir/Patient/$export", { method: "POST" })).status).toBe(405);
    const accept = "application/fhir+ndjson";
    expect((await server.send("/api/v2/fhir/Patient/$export", { headers: { accept } })).status).toBe(406);
  });

  it("startExport() records what was asked, without secrets", async () => {
    await start("?_since=2026-01-01T00:00:00Z");
    expect(server.simulator.requests.at(-1)).toMatchObject({
      method: "GET",
      path: "/api/v2/fhir/Patient/$export?_since=2026-01-01T00:00:00Z",
      hasAuthorization: true,
      status: 202,
    });
    expect(JSON.stringify(server.simulator.requests)).not.toContain("Bearer");
  });
});
