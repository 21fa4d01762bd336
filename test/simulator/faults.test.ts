import { Readable } from "node:stream";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { corruptDownload, truncatedGzip } from "../../src/simulator/faults/download-faults.ts";
import { faultNamed } from "../../src/simulator/faults/fault-named.ts";
import { dropConnection, failNext } from "../../src/simulator/faults/request-faults.ts";
import { cutWindow } from "../../src/simulator/faults/start-faults.ts";
import { tokenExpiresEarly } from "../../src/simulator/faults/token-faults.ts";
import {
  declared,
  type Entry,
  jobIdOf,
  outcomeText,
  type Setup,
  setup,
  sha256Of,
} from "./simulator-client.ts";

const EXPORT = "/api/v2/fhir/Patient/$export";
const GZIP = { headers: { "accept-encoding": "gzip" } };

let server: Setup;
beforeEach(async () => {
  server = await setup({ contracts: [{ number: "Z0001", patients: 10 }] });
});
afterEach(() => server.stop());

async function firstFile(): Promise<Entry> {
  return (await server.exported(EXPORT)).manifest.output[0]!;
}
const matches = (body: Buffer, entry: Entry) =>
  body.length === declared(entry).length && sha256Of(body) === declared(entry).sha256;

describe("Fault", () => {
  it("Fault truncateGzip ends downloads cleanly after half of their bytes", async () => {
    const entry = await firstFile();
    server.simulator.setFaults([truncatedGzip({ times: 1 })]);
    const broken = await server.send(entry.url, GZIP);
    expect([broken.status, broken.isComplete]).toEqual([200, true]);
    expect(() => gunzipSync(broken.body)).toThrow();
    expect(await gunzipLeniently(broken.body)).toBeLessThan(declared(entry).length);
    const whole = await server.send(entry.url, GZIP);
    expect(whole.body.length >> 1).toBe(broken.body.length);
    server.simulator.setFaults([truncatedGzip({ times: Number.POSITIVE_INFINITY })]);
    const plain = await server.send(entry.url);
    expect(plain.body).toHaveLength(declared(entry).length >> 1);
  });

  it("Fault corrupt changes a digit in a body that decompresses well", async () => {
    const entry = await firstFile();
    server.simulator.setFaults([corruptDownload({ times: 2 })]);
    for (const body of [
      gunzipSync((await server.send(entry.url, GZIP)).body),
      (await server.send(entry.url)).body,
    ]) {
      expect(body).toHaveLength(declared(entry).length);
      expect(matches(body, entry)).toBe(false);
      for (const line of body.toString().split("\n").slice(0, -1)) JSON.parse(line);
    }
    expect(matches((await server.send(entry.url)).body, entry)).toBe(true);
  });

  it("Fault wrongChecksum and wrongLength make the manifest lie", async () => {
    server.simulator.setFaults(["wrong-checksum"]);
    const checksum = await firstFile();
    expect(declared(checksum).sha256).toBe("0".repeat(64));
    server.simulator.setFaults(["wrong-length"]);
    const length = await firstFile();
    expect((await server.send(length.url)).body).toHaveLength(declared(length).length - 1);
  });

  it("Fault failNext answers matching requests, so many times", async () => {
    const failure = {
      path: /\$export\?_since=2026/,
      status: 503,
      body: "x",
      headers: { "Retry-After": "7" },
      times: 2,
    };
    server.simulator.setFaults([failNext(failure), failNext({ path: /token/, status: 500, times: 1 })]);
    expect((await server.send(EXPORT, { headers: { authorization: "Bearer x" } })).status).toBe(403);
    for (const _ of [1, 2]) {
      const answer = await server.send(`${EXPORT}?_since=2026-01-01T00:00:00Z`, {
        headers: { authorization: "Bearer x" },
      });
      expect([answer.status, answer.body.toString(), answer.headers["retry-after"]]).toEqual([503, "x", "7"]);
    }
    await expect(server.token()).rejects.toThrow();
    expect((await server.send(`${EXPORT}?_since=2026-01-01T00:00:00Z`)).status).toBe(202);
  });

  it("Fault errorFile adds an error file of OperationOutcome lines that says it has EOBs", async () => {
    server.simulator.setFaults(["error-file"]);
    const { manifest } = await server.exported(EXPORT);
    expect(manifest.output).toHaveLength(1);
    const [error] = manifest.error;
    expect(error).toMatchObject({ type: "ExplanationOfBenefit" });
    expect(error!.url).toMatch(/\/Z0001_0001_error\.ndjson$/);
    const { body } = await server.send(error!.url);
    expect(matches(body, error!)).toBe(true);
    for (const line of body.toString().trim().split("\n")) {
      expect(JSON.parse(line)).toMatchObject({ resourceType: "OperationOutcome" });
    }
  });

  it("Fault emptyManifest lists nothing", async () => {
    server.simulator.setFaults(["empty-manifest"]);
    expect((await server.exported(EXPORT)).manifest).toMatchObject({ output: [], error: [] });
  });

  it("Fault expireTokensAfter refuses a token after so many requests", async () => {
    server.simulator.setFaults([tokenExpiresEarly({ afterRequests: 2 })]);
    const headers = { authorization: `Bearer ${await server.token()}` };
    const statuses = [];
    for (let count = 0; count < 3; count++)
      statuses.push((await server.send("/api/v2/fhir/Job/x/$status", { headers })).status);
    expect(statuses).toEqual([404, 404, 403]);
  });

  it("Fault dropConnection loses the connection inside the body, and takes no download", async () => {
    const entry = await firstFile();
    server.simulator.setFaults([dropConnection({ path: /\/file\//, afterBytes: 1000, times: 7 })]);
    for (let count = 0; count < 7; count++) {
      const lost = await server.send(entry.url);
      expect(lost.isComplete).toBe(false);
      expect(lost.body.length).toBeLessThanOrEqual(1000);
    }
    expect(matches((await server.send(entry.url)).body, entry)).toBe(true);
  });

  it("Fault cutWindowTo starts the window later and says so", async () => {
    server.simulator.setFaults([cutWindow({ to: "2026-06-01T00:00:00Z" })]);
    const path = `${EXPORT}?_since=${encodeURIComponent("2026-01-01T00:00:00.000-05:00")}`;
    const cut = await server.send(path);
    expect(cut.headers["since-datetime"]).toBe("2026-05-31T19:00:00.000-05:00");
    server.clock.advance(3000);
    const updates = (await server.lines(path)).map(
      (line) => (JSON.parse(line) as { meta: { lastUpdated: string } }).meta.lastUpdated,
    );
    expect(Math.min(...updates.map((text) => Date.parse(text)))).toBeGreaterThan(
      Date.parse("2026-06-01T00:00:00Z"),
    );
    const later = await server.send(`${EXPORT}?_since=2026-07-01T00:00:00Z`);
    expect(later.headers["since-datetime"]).toBeUndefined();
  });

  it("Fault duplicateLines delivers every third line twice", async () => {
    const plain = await server.lines(EXPORT);
    server.simulator.setFaults(["duplicate-lines"]);
    const doubled = await server.lines(`${EXPORT}?_since=2020-02-13T00:00:00-05:00`);
    expect(doubled).toHaveLength(plain.length + Math.ceil(plain.length / 3));
    expect(new Set(doubled).size).toBe(plain.length);
  });

  it("Fault failJobs ends jobs as FAILED, for good", async () => {
    server.simulator.setFaults(["every-job-fails"]);
    const id = jobIdOf(await server.send(EXPORT));
    server.clock.advance(6000);
    const failed = await server.send(`/api/v2/fhir/Job/${id}/$status`);
    expect(failed.status).toBe(500);
    expect(outcomeText(failed)).toContain("Job failed while processing");
    server.simulator.setFaults([]);
    server.clock.advance(6000);
    expect((await server.send(`/api/v2/fhir/Job/${id}/$status`)).status).toBe(500);
  });

  it("Fault maintenance refuses new jobs without a body, and only those", async () => {
    const entry = await firstFile();
    server.simulator.setFaults(["maintenance"]);
    const refused = await server.send(EXPORT);
    expect([refused.status, refused.body.length, refused.headers["retry-after"]]).toEqual([
      503,
      0,
      undefined,
    ]);
    expect((await server.send("/status")).body.toString()).toBe('{"maintenanceMode":"true"}');
    expect((await server.send(entry.url)).status).toBe(200);
  });

  it("faultNamed() names the known ones when asked for another", () => {
    expect(faultNamed("wrong-length").name).toBe("wrong-length");
    expect(() => faultNamed("none")).toThrow(/wrong-checksum/);
  });
});

/** How many bytes a decompressor gives that does not mind a missing end, as `fetch` in Node 20 does not. */
async function gunzipLeniently(body: Buffer): Promise<number> {
  let bytes = 0;
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  for await (const chunk of Readable.from([body]).compose(gunzip) as AsyncIterable<Buffer>)
    bytes += chunk.length;
  return bytes;
}
