import { existsSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jobIdOf, type Manifest, outcomeText, type Setup, setup } from "./simulator-client.ts";

const SAMPLE = new URL("../../../shared/samples/manifest-v2-2025-02-12.json", import.meta.url);
const UNKNOWN = "00000000-0000-4000-a000-000000000000";

let server: Setup;
beforeEach(async () => {
  server = await setup({
    contracts: [
      { number: "Z0001", patients: 2 },
      { number: "Z0002", patients: 2 },
    ],
    jobSeconds: 20,
  });
});
afterEach(() => server.stop());

async function started(query = ""): Promise<string> {
  return jobIdOf(await server.send(`/api/v2/fhir/Patient/$export${query}`));
}
const poll = (id: string, version = "v2") => server.send(`/api/${version}/fhir/Job/${id}/$status`);
const cancel = (id: string) => server.send(`/api/v2/fhir/Job/${id}/$status`, { method: "DELETE" });

describe("jobStatus()", () => {
  it("jobStatus() tells the progress until the time is up, then gives the manifest", async () => {
    const id = await started();
    const running = await poll(id);
    expect([running.status, running.body.length]).toEqual([202, 0]);
    expect(running.headers).toMatchObject({ "x-progress": "0% complete", "retry-after": "5" });
    server.clock.advance(10_000);
    expect((await poll(id)).headers["x-progress"]).toBe("50% complete");
    server.clock.advance(10_000);
    const complete = await poll(id);
    expect(complete.status).toBe(200);
    expect(complete.headers.expires).toBe("Tue, 24 Nov 2026 12:00:20 GMT");
  });

  it("jobStatus() refuses polls within five seconds of the last accepted one", async () => {
    const id = await started();
    await poll(id);
    for (const milliseconds of [4000, 999]) {
      server.clock.advance(milliseconds);
      const refused = await poll(id);
      expect(refused.status).toBe(429);
      expect(outcomeText(refused)).toBe("OperationOutcome error invalid: You are polling too frequently");
      expect(refused.headers).toMatchObject({ "retry-after": "5" });
      expect(refused.headers["content-location"]).toBeUndefined();
    }
    server.clock.advance(1);
    expect((await poll(id)).status).toBe(202);
  });

  it("jobStatus() gives the manifest in the shape of the real one", async () => {
    const query =
      "?_outputFormat=application%2Ffhir%2Bndjson&_type=ExplanationOfBenefit&_since=2020-02-13T00%3A00%3A00.000-05%3A00";
    const id = await started(query);
    server.clock.advance(20_000);
    const manifest = JSON.parse((await poll(id)).body.toString()) as Manifest;
    expect(manifest).toEqual({
      transactionTime: "Nov 21, 2026, 12:00:00 PM",
      request: `${server.simulator.apiUrl}/api/v2/fhir/Patient/$export${query.replaceAll("%", "%25")}`,
      requiresAccessToken: true,
      output: [
        {
          type: "ExplanationOfBenefit",
          url: `${server.simulator.apiUrl}/api/v2/fhir/Job/${id}/file/Z0001_0001.ndjson`,
          extension: [
            {
              url: "https://ab2d.cms.gov/checksum",
              valueString: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
            },
            { url: "https://ab2d.cms.gov/file_length", valueDecimal: expect.any(Number) as number },
          ],
        },
      ],
      error: [],
    });
    if (existsSync(SAMPLE)) {
      const real = JSON.parse(readFileSync(SAMPLE, "utf8")) as Manifest;
      expect(Object.keys(manifest)).toEqual(Object.keys(real));
      expect(Object.keys(manifest.output[0]!)).toEqual(Object.keys(real.output[0]!));
    }
  });

  it("jobStatus() uses the version of the path for addresses only", async () => {
    const id = await started();
    server.clock.advance(20_000);
    const manifest = JSON.parse((await poll(id, "v1")).body.toString()) as Manifest;
    expect(manifest.output[0]!.url).toContain("/api/v1/fhir/Job/");
  });

  it("jobStatus() still gives the manifest when the files have expired", async () => {
    const id = await started();
    server.clock.advance(100 * 3_600_000);
    expect((await poll(id)).status).toBe(200);
  });

  it("jobStatus() does not know a job that never was, and shows nobody another's", async () => {
    const unknown = await poll(UNKNOWN);
    expect(unknown.status).toBe(404);
    expect(outcomeText(unknown)).toBe(
      `OperationOutcome error invalid: No job with jobUuid ${UNKNOWN} was found`,
    );
    const id = await started();
    const authorization = `Bearer ${await server.token("Z0002")}`;
    const foreign = await server.send(`/api/v2/fhir/Job/${id}/$status`, { headers: { authorization } });
    expect([foreign.status, foreign.body.length]).toEqual([403, 0]);
  });

  it("jobStatus() takes JSON only", async () => {
    const id = await started();
    const accept = "application/fhir+ndjson";
    expect((await server.send(`/api/v2/fhir/Job/${id}/$status`, { headers: { accept } })).status).toBe(406);
  });

  it("jobStatus() cancels a running job, once; a new one may start at once", async () => {
    const id = await started();
    const cancelled = await cancel(id);
    expect([cancelled.status, cancelled.body.length]).toEqual([202, 0]);
    const gone = await poll(id);
    expect(gone.status).toBe(404);
    expect(outcomeText(gone)).toBe("OperationOutcome error deleted: Job is canceled.");
    const again = await cancel(id);
    expect(again.status).toBe(400);
    expect(outcomeText(again)).toBe(
      "OperationOutcome error invalid: Job has a status of CANCELLED, so it cannot be cancelled",
    );
    await started();
  });

  it("jobStatus() does not cancel a job that is complete", async () => {
    const id = await started();
    server.clock.advance(20_000);
    expect(outcomeText(await cancel(id))).toContain(
      "Job has a status of SUCCESSFUL, so it cannot be cancelled",
    );
  });

  it("jobStatus() calls a job of two days cancelled", async () => {
    const slow = await setup({ contracts: [{ number: "Z0001", patients: 1 }], jobSeconds: 3 * 86_400 });
    const id = jobIdOf(await slow.send("/api/v2/fhir/Patient/$export"));
    slow.clock.advance(48 * 3_600_000);
    expect(outcomeText(await slow.send(`/api/v2/fhir/Job/${id}/$status`))).toContain(
      "deleted: Job is canceled.",
    );
    await slow.stop();
  });
});
