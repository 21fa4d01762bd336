import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { openOutputFile } from "../../src/ab2d/open-output-file.ts";
import { FILE, JOB_ID, outcomeAnswer, setupSession, TOKEN, thrown } from "./setup.ts";

const WANTED = { jobId: JOB_ID, name: "Z0000_0001.ndjson" };
const GZIP = gzipSync('{"resourceType":"ExplanationOfBenefit"}\n');

describe("openOutputFile()", () => {
  it("asks for gzip and hands on the bytes as they came", async () => {
    const { api, session } = await setupSession();
    api.script(FILE, { headers: { "content-encoding": "gzip" }, body: GZIP });
    const { body, encoding } = await openOutputFile(session, WANTED);
    expect(encoding).toBe("gzip");
    expect(await buffer(body)).toEqual(GZIP);
    expect(api.requests[0]!.headers).toMatchObject({
      "accept-encoding": "gzip",
      accept: "application/fhir+ndjson",
      authorization: `Bearer ${TOKEN}-1`,
    });
  });

  it.each([
    [undefined, "identity"],
    ["identity", "identity"],
    ["GZIP", "gzip"],
    ["x-gzip", "gzip"],
  ])("goes by the Content-Encoding %j", async (contentEncoding, encoding) => {
    const { api, session } = await setupSession();
    api.script(FILE, { headers: { "content-encoding": contentEncoding ?? "" }, body: "x" });
    const opened = await openOutputFile(session, WANTED);
    opened.body.destroy();
    expect(opened.encoding).toBe(encoding);
  });

  it.each(["br", "deflate", "gzip, gzip", "zstd"])(
    "refuses the Content-Encoding %j",
    async (contentEncoding) => {
      const { api, session } = await setupSession();
      api.script(FILE, { headers: { "content-encoding": contentEncoding }, body: GZIP });
      expect(await thrown(openOutputFile(session, WANTED))).toMatchObject({
        code: "ENCODING_UNSUPPORTED",
        exitCode: 76,
      });
      expect(api.requests).toHaveLength(1);
    },
  );

  it.each([
    [500, "The file has already been download the maximum number of allowed times.", "six times"],
    [500, "The file is not present as it has expired. Please resubmit the job.", "expired"],
    [500, "The file is not present as there was an error. Please resubmit the job.", "lost"],
    [404, "No Job Output with the file name canary exists in our records", "no such file"],
    [404, "canary", "does not have it"],
  ])("says that the file cannot be had: %i %s", async (status, text, words) => {
    const { api, session } = await setupSession();
    api.script(FILE, outcomeAnswer(status, text));
    const error = await thrown(openOutputFile(session, WANTED));
    expect(error).toMatchObject({ code: "FILE_UNOBTAINABLE", exitCode: 75 });
    expect(error.message).toContain(words);
    expect(error.message).not.toContain("canary");
    expect(api.requests).toHaveLength(1);
  });

  it.each([{ status: 403 }, outcomeAnswer(403, "Unauthorized")])(
    "refuses access when a fresh token is refused as well, case %#",
    async (answer) => {
      const { api, session } = await setupSession();
      api.script(FILE, answer);
      expect(await thrown(openOutputFile(session, WANTED))).toMatchObject({
        code: "ACCESS_REFUSED",
        exitCode: 77,
      });
      expect(api.requests).toHaveLength(2);
    },
  );

  it("bears what may pass by itself", async () => {
    const { api, session, clock } = await setupSession();
    api.script(
      FILE,
      outcomeAnswer(500, "An internal error occurred"),
      { status: 503 },
      { status: 429, headers: { "retry-after": "7" } },
      { ending: "refuse" },
      { headers: { "content-encoding": "gzip" }, body: GZIP },
    );
    const { body } = await openOutputFile(session, WANTED);
    expect(await buffer(body)).toEqual(GZIP);
    expect(clock.sleeps).toEqual([500, 1_000, 7_000, 4_000]);
  });

  it("ends a body that falls silent", async () => {
    const { api, session } = await setupSession({ timeouts: { headers: 1_000, body: 300 } });
    api.script(FILE, { body: "{", ending: "stall" });
    const { body } = await openOutputFile(session, WANTED);
    await expect(buffer(body)).rejects.toMatchObject({ code: "UND_ERR_BODY_TIMEOUT" });
  });

  it("ends the body when the signal aborts", async () => {
    const { api, session, abort } = await setupSession();
    api.script(FILE, { body: "{", ending: "stall" });
    const { body } = await openOutputFile(session, WANTED);
    const reading = buffer(body);
    abort.abort(new Error("SIGTERM"));
    await expect(reading).rejects.toThrow("SIGTERM");
    await vi.waitFor(() => expect(body.destroyed).toBe(true));
  });

  it.each(["../Z0000_0001.ndjson", "Z0000_0001.ndjson?x", "%2e%2e", ""])(
    "asks for no file %j",
    async (name) => {
      const { api, session } = await setupSession();
      expect(await thrown(openOutputFile(session, { jobId: JOB_ID, name }))).toMatchObject({
        code: "UNSAFE_PATH",
      });
      expect(api.requests).toEqual([]);
    },
  );
});
