import { describe, expect, it } from "vitest";
import { awaitManifest } from "../../src/ab2d/await-manifest.ts";
import { JOB_ID, outcomeAnswer, SECRET, STATUS, setupSession, TOKEN, thrown } from "./setup.ts";

const MANIFEST = {
  transactionTime: "Feb 12, 2025, 12:04:22 AM",
  request: "https://api.ab2d.cms.gov/api/v2/fhir/Patient/$export",
  requiresAccessToken: true,
  output: [],
  error: [],
};
const COMPLETE = { headers: { expires: "Wed, 4 Mar 2026 22:47:24 GMT" }, body: JSON.stringify(MANIFEST) };
const POLLING = { pollInterval: 30 };

function running(progress = "7% complete", headers: Record<string, string> = { "retry-after": "5" }) {
  return { status: 202, headers: { "x-progress": progress, ...headers } };
}

describe("awaitManifest()", () => {
  it("polls at once, then every poll interval, and tells the progress", async () => {
    const { api, session, clock } = await setupSession();
    api.script(STATUS, running("0% complete"), running("37% complete"), running("nonsense"), COMPLETE);
    const progress: unknown[] = [];
    const manifest = await awaitManifest(session, JOB_ID, {
      pollInterval: 30,
      onProgress(percent) {
        progress.push(percent);
      },
    });
    expect(manifest).toMatchObject({ jobId: JOB_ID, expiresAt: new Date("2026-03-04T22:47:24Z") });
    expect(clock.sleeps).toEqual([30_000, 30_000, 30_000]);
    expect(progress).toEqual([0, 37, undefined]);
  });

  it.each([
    ["seconds", { "retry-after": "45" }, 45_000],
    [
      "a date, counted from the server's own clock",
      {
        "retry-after": "Sat, 1 Jan 2000 00:00:50 GMT",
        date: "Sat, 01 Jan 2000 00:00:00 GMT",
      },
      50_000,
    ],
    ["a date without a Date", { "retry-after": "Wed, 04 Mar 2026 05:06:47 GMT", date: "" }, 40_000],
    ["an hour", { "retry-after": "3600" }, 60_000],
    ["absurdly long", { "retry-after": "9999999999" }, 60_000],
    ["less than the interval", { "retry-after": "5" }, 10_000],
    ["a date in the past", { "retry-after": "Sat, 1 Jan 2000 00:02:00 GMT" }, 10_000],
    ["nonsense", { "retry-after": "-1" }, 10_000],
  ])("waits as long as Retry-After asks when it is %s", async (_what, headers, wait) => {
    const { api, session, clock } = await setupSession();
    api.script(STATUS, running("1% complete", headers), COMPLETE);
    await awaitManifest(session, JOB_ID, { pollInterval: 10 });
    expect(clock.sleeps).toEqual([wait]);
  });

  it("bears 429, 5xx and lost connections", async () => {
    const { api, session, clock } = await setupSession();
    api.script(
      STATUS,
      outcomeAnswer(429, "You are polling too frequently", { headers: { "retry-after": "5" } }),
      outcomeAnswer(500, "An internal error occurred"),
      { status: 502, body: "<html>" },
      { status: 503 },
      { status: 504 },
      { ending: "refuse" },
      { headers: {}, body: "{", ending: "reset" },
      running(),
      COMPLETE,
    );
    expect(await awaitManifest(session, JOB_ID, POLLING)).toMatchObject({ jobId: JOB_ID });
    expect(clock.sleeps[0]).toBe(30_000);
    expect(clock.sleeps).toHaveLength(8);
    expect(Math.min(...clock.sleeps)).toBeGreaterThan(5_000);
  });

  it("gives up after 15 minutes of failure without interruption", async () => {
    const { api, session, clock } = await setupSession();
    api.script(STATUS, { status: 502 });
    const began = clock.now().getTime();
    expect(await thrown(awaitManifest(session, JOB_ID, POLLING))).toMatchObject({
      code: "API_UNAVAILABLE",
      exitCode: 69,
    });
    const minutes = (clock.now().getTime() - began) / 60_000;
    expect(minutes).toBeGreaterThan(13);
    expect(minutes).toBeLessThanOrEqual(15);
  });

  it("counts the 15 minutes anew after each good answer", async () => {
    const { api, session, clock } = await setupSession({ patience: 60 });
    const failing = { status: 502, headers: { "retry-after": "50" } };
    api.script(STATUS, failing, running(), failing, running(), failing, COMPLETE);
    await awaitManifest(session, JOB_ID, POLLING);
    expect(clock.sleeps).toEqual([50_000, 30_000, 50_000, 30_000, 50_000]);
  });

  it("renews an expired token while it polls", async () => {
    const { api, session } = await setupSession();
    api.script(STATUS, running(), { status: 403 }, running(), { status: 403 }, COMPLETE);
    await awaitManifest(session, JOB_ID, POLLING);
    expect(api.requests.at(-1)!.headers.authorization).toBe(`Bearer ${TOKEN}-3`);
  });

  it.each([
    ["the code deleted", outcomeAnswer(404, "Job is canceled.", { code: "deleted" }), "JOB_CANCELLED", 75],
    ["the text alone", outcomeAnswer(404, "Job is canceled."), "JOB_CANCELLED", 75],
    ["an unknown job", outcomeAnswer(404, `No job with jobUuid ${JOB_ID} was found`), "JOB_UNKNOWN", 75],
    ["a 404 of anyone else", { status: 404, body: "<html>" }, "JOB_UNKNOWN", 75],
    ["a failed job", outcomeAnswer(500, "Job failed while processing"), "JOB_FAILED", 69],
    ["a refusal", { status: 403 }, "ACCESS_REFUSED", 77],
    ["a redirect", { status: 302, headers: { location: "http://evil.example.org" } }, "REDIRECT_REFUSED", 76],
    ["an answer nobody knows", { status: 418 }, "UNEXPECTED_ANSWER", 76],
    ["no JSON", { body: `<html>${SECRET}` }, "MANIFEST_INVALID", 76],
  ] as const)("ends at %s", async (_what, answer, code, exitCode) => {
    const { api, session, clock } = await setupSession();
    api.script(STATUS, running(), answer);
    expect(await thrown(awaitManifest(session, JOB_ID, POLLING))).toMatchObject({ code, exitCode });
    expect(clock.sleeps).toEqual([30_000]);
  });

  it("refuses a manifest of more than 64 MiB", async () => {
    const { api, session } = await setupSession();
    api.script(STATUS, { body: Buffer.alloc(64 * 1024 * 1024 + 1, " ") });
    const error = await thrown(awaitManifest(session, JOB_ID, POLLING));
    expect(error).toMatchObject({ code: "MANIFEST_INVALID", exitCode: 76 });
    expect(error.message).toContain("67108864 bytes");
  });

  it("stops waiting after 72 hours", async () => {
    const { api, session, clock } = await setupSession();
    api.script(STATUS, running("0% complete", { "retry-after": "600" }));
    const began = clock.now().getTime();
    expect(await thrown(awaitManifest(session, JOB_ID, POLLING))).toMatchObject({
      code: "JOB_TIMEOUT",
      exitCode: 75,
    });
    expect((clock.now().getTime() - began) / 3_600_000).toBe(72);
  });

  it("throws the signal's reason when aborted while it waits", async () => {
    const { api, session, abort } = await setupSession();
    api.script(STATUS, running());
    const reason = new Error("SIGTERM");
    const waiting = awaitManifest(session, JOB_ID, {
      pollInterval: 30,
      onProgress: () => abort.abort(reason),
    });
    await expect(waiting).rejects.toBe(reason);
    expect(api.requests).toHaveLength(1);
  });

  it.each(["", "..", "../x", JOB_ID.toUpperCase(), `${JOB_ID}/file/x`])(
    "asks for no job %j",
    async (jobId) => {
      const { api, session } = await setupSession();
      expect(await thrown(awaitManifest(session, jobId, POLLING))).toMatchObject({
        code: "INVALID_JOB_ID",
        exitCode: 64,
      });
      expect(api.requests).toEqual([]);
    },
  );
});
