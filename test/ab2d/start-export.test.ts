import { describe, expect, it } from "vitest";
import { startExport } from "../../src/ab2d/start-export.ts";
import { JOB_ID, OTHER_JOB_ID, outcomeAnswer, START, setupSession, statusUrl, thrown } from "./setup.ts";

const WINDOW = { since: "2020-02-13T00:00:00+10:00", until: "2021-01-01T00:00:00.000Z" };
const ACTIVE =
  "You already have active export requests in progress. Please wait until they complete before submitting a new one.";

function accepted(headers: Record<string, string> = {}) {
  return { status: 202, headers: { "content-location": statusUrl(JOB_ID), ...headers } };
}

describe("startExport()", () => {
  it("encodes the window so that no character of it is lost", async () => {
    const { api, session } = await setupSession();
    api.script(START, accepted());
    await startExport(session, WINDOW);
    const [request] = api.requests;
    expect(request!.rawQuery).toBe(
      "_type=ExplanationOfBenefit&_outputFormat=application%2Ffhir%2Bndjson" +
        "&_since=2020-02-13T00%3A00%3A00%2B10%3A00&_until=2021-01-01T00%3A00%3A00.000Z",
    );
    expect(request!.headers).toMatchObject({ prefer: "respond-async", accept: "application/fhir+json" });
  });

  it("leaves out an absent bound", async () => {
    const { api, session } = await setupSession();
    api.script(START, accepted());
    await startExport(session, { since: undefined, until: undefined });
    expect([...api.requests[0]!.query.keys()]).toEqual(["_type", "_outputFormat"]);
  });

  it("returns the job's id, the server's date and Since-Datetime as it came", async () => {
    const { api, session } = await setupSession();
    api.script(
      START,
      accepted({ date: "Wed, 4 Mar 2026 05:06:00 GMT", "since-datetime": "2020-12-14T21:00-08:00" }),
    );
    expect(await startExport(session, WINDOW)).toEqual({
      kind: "started",
      jobId: JOB_ID,
      serverDate: new Date("2026-03-04T05:06:00Z"),
      sinceDatetime: "2020-12-14T21:00-08:00",
    });
  });

  it("leaves the dates undefined when the server sends none", async () => {
    const { api, session } = await setupSession();
    api.script(START, accepted({ date: "", expires: "0" }));
    expect(await startExport(session, WINDOW)).toEqual({
      kind: "started",
      jobId: JOB_ID,
      serverDate: undefined,
      sinceDatetime: undefined,
    });
  });

  it.each([
    ["http and port 80", `http://sandbox.ab2d.cms.gov:80/api/v2/fhir/Job/${JOB_ID}/$status`],
    ["another host", `https://evil.example.org/Job/${JOB_ID}/$status`],
    ["an encoded dollar", `https://api.ab2d.cms.gov/api/v2/fhir/Job/${JOB_ID}/%24status`],
    ["a user", `https://api.ab2d.cms.gov@evil.example.org/Job/${JOB_ID}/$status`],
    ["no host", `/api/v2/fhir/Job/${JOB_ID}/$status`],
    ["a traversal before the job", `https://a.example.org/../../etc/Job/${JOB_ID}/$status`],
  ])("takes only the id from a Content-Location with %s", async (_what, location) => {
    const { api, session } = await setupSession();
    api.script(START, accepted({ "content-location": location }));
    expect(await startExport(session, WINDOW)).toMatchObject({ kind: "started", jobId: JOB_ID });
  });

  it.each([
    ["none", ""],
    ["no UUID", "https://api.ab2d.cms.gov/api/v2/fhir/Job/../admin/$status"],
    ["more after the status", `${statusUrl(JOB_ID)}/../../admin`],
    ["an upper-case UUID", statusUrl(JOB_ID.toUpperCase())],
    ["two jobs", `${statusUrl(JOB_ID)}, ${statusUrl(OTHER_JOB_ID)}`],
    ["an encoded slash", `https://a.example.org/Job%2f${JOB_ID}/$status`],
  ])("cannot follow a 202 whose Content-Location has %s", async (_what, location) => {
    const { api, session } = await setupSession();
    api.script(START, accepted({ "content-location": location }));
    expect(await thrown(startExport(session, WINDOW))).toMatchObject({
      code: "JOB_LOCATION_INVALID",
      exitCode: 76,
    });
  });

  it("returns the ids of running jobs on 429, each once, whatever addresses they come in", async () => {
    const { api, session, clock } = await setupSession();
    const list = [
      `http://evil.example.org/Job/${JOB_ID}/$status`,
      statusUrl(OTHER_JOB_ID, { base: "https://user:pass@evil.example.org/.." }),
      "https://api.ab2d.cms.gov/api/v2/fhir/Job/../../etc/passwd/$status",
      "javascript:alert(1)",
      statusUrl(JOB_ID),
    ].join(", ");
    api.script(
      START,
      outcomeAnswer(429, ACTIVE, { headers: { "content-location": list, "retry-after": "5" } }),
    );
    expect(await startExport(session, WINDOW)).toEqual({ kind: "busy", jobIds: [JOB_ID, OTHER_JOB_ID] });
    expect(clock.sleeps).toEqual([]);
  });

  it("takes a list of a thousand jobs, as the sandbox can send", async () => {
    const { api, session } = await setupSession();
    const ids = Array.from({ length: 600 }, (_, index) => JOB_ID.slice(0, -4) + String(1000 + index));
    const list = ids
      .map((id) => statusUrl(id, { base: "https://sandbox.ab2d.cms.gov/api/v2/fhir" }))
      .join(", ");
    api.script(START, outcomeAnswer(429, ACTIVE, { headers: { "content-location": list } }));
    expect(await startExport(session, WINDOW)).toEqual({ kind: "busy", jobIds: ids });
  });

  it("is busy without ids when AB2D says so but names no job", async () => {
    const { api, session } = await setupSession();
    api.script(START, outcomeAnswer(429, ACTIVE));
    expect(await startExport(session, WINDOW)).toEqual({ kind: "busy", jobIds: [] });
  });

  it("tries again after a 429 of anyone else", async () => {
    const { api, session, clock } = await setupSession();
    api.script(START, { status: 429, headers: { "retry-after": "30" } }, accepted());
    expect(await startExport(session, WINDOW)).toMatchObject({ kind: "started" });
    expect(clock.sleeps).toEqual([30_000]);
  });

  it("finds the job that a lost connection had started as busy", async () => {
    const { api, session } = await setupSession();
    api.script(
      START,
      { ending: "refuse" },
      outcomeAnswer(429, ACTIVE, { headers: { "content-location": statusUrl(JOB_ID) } }),
    );
    expect(await startExport(session, WINDOW)).toEqual({ kind: "busy", jobIds: [JOB_ID] });
  });

  it.each([
    ["You can not use a time after the current time for _since", 64, "_since is in the future"],
    ["_since must be after 2020-02-13T00:00:00-05:00", 64, "_since is earlier"],
    ["_since must be after 2026-04-01T00:00:00-05:00 for V3", 64, "_since is earlier"],
    ["_until must be after _since 2020", 64, "_until is earlier than _since"],
    ["The _until parameter is only available with version 2 and version 3 of the API", 64, "_until needs"],
    ["_type must be ExplanationOfBenefit", 78, "_type is not"],
    ["An _outputFormat of canary is not valid", 78, "_outputFormat is not"],
    ["canary text that nobody knows", 78, "for an unknown reason"],
  ])("says what was refused: %s", async (text, exitCode, words) => {
    const { api, session } = await setupSession();
    api.script(START, outcomeAnswer(400, text));
    const error = await thrown(startExport(session, WINDOW));
    expect(error).toMatchObject({ code: "EXPORT_REFUSED", exitCode });
    expect(error.message).toContain(words);
    expect(error.message + error.hint).not.toContain("canary");
    expect(api.requests).toHaveLength(1);
  });

  it("takes a 400 that is no OperationOutcome", async () => {
    const { api, session } = await setupSession();
    api.script(START, { status: 400, body: '{"type":"about:blank","title":"Bad Request"}' });
    expect(await thrown(startExport(session, WINDOW))).toMatchObject({
      code: "EXPORT_REFUSED",
      exitCode: 78,
    });
  });

  it.each([401, 403])("refuses access on %i with a fresh token, with the likely causes", async (status) => {
    const { api, session } = await setupSession();
    api.script(START, { status });
    const error = await thrown(startExport(session, WINDOW));
    expect(error).toMatchObject({ code: "ACCESS_REFUSED", exitCode: 77 });
    for (const cause of ["attested", "disabled", "allow-list", "environment", "V3"])
      expect(error.hint).toContain(cause);
    expect(api.requests).toHaveLength(2);
  });

  it("says that V3 is not enabled when AB2D says so", async () => {
    const { api, session } = await setupSession({ apiVersion: "v3" });
    api.script(START.replace("v2", "v3"), outcomeAnswer(403, "V3 access not enabled for this PDP"));
    const error = await thrown(startExport(session, WINDOW));
    expect(error.code).toBe("ACCESS_REFUSED");
    expect(error.message).toContain("V3 is not enabled");
  });

  it("says that AB2D is under maintenance on an empty 503", async () => {
    const { api, session } = await setupSession();
    api.script(START, { status: 503 });
    expect(await thrown(startExport(session, WINDOW))).toMatchObject({ code: "MAINTENANCE", exitCode: 75 });
    expect(api.requests).toHaveLength(1);
  });

  it("tries again after 500, 502, 504 and a 503 with a body", async () => {
    const { api, session, logged } = await setupSession();
    const busy = { status: 503, body: "<html>" };
    api.script(START, { status: 500 }, { status: 502 }, { status: 504 }, busy, accepted());
    expect(await startExport(session, WINDOW)).toMatchObject({ kind: "started" });
    expect(logged.filter(({ event }) => event === "api_retried")).toHaveLength(4);
  });

  it.each([404, 405, 406, 418])("does not try again after %i", async (status) => {
    const { api, session } = await setupSession();
    api.script(START, { status });
    expect(await thrown(startExport(session, WINDOW))).toMatchObject({
      code: "UNEXPECTED_ANSWER",
      exitCode: 76,
    });
    expect(api.requests).toHaveLength(1);
  });
});
