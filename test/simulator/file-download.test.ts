import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { declared, type Entry, outcomeText, type Setup, setup, sha256Of } from "./simulator-client.ts";

let server: Setup;
let jobId: string;
let entry: Entry;
beforeEach(async () => {
  server = await setup({
    contracts: [
      { number: "Z0001", patients: 2 },
      { number: "Z0002", patients: 2 },
    ],
  });
  const exported = await server.exported("/api/v2/fhir/Patient/$export");
  jobId = exported.jobId;
  entry = exported.manifest.output[0]!;
});
afterEach(() => server.stop());

const download = (headers: Record<string, string> = {}, method = "GET") =>
  server.send(entry.url, { headers, method });

describe("fileDownload()", () => {
  it.each(["gzip", "GZip", "br, gzip", "deflate,gzip;q=0.5, gzip"])(
    "fileDownload() sends gzip when asked by Accept-Encoding %s",
    async (encoding) => {
      const answer = await download({ "accept-encoding": encoding });
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        "content-type": "application/fhir+ndjson",
        "content-encoding": "gzip",
        "content-disposition": 'inline; swaggerDownload="attachment"; filename="Z0001_0001.ndjson"',
        "transfer-encoding": "chunked",
      });
      for (const absent of ["content-length", "etag", "accept-ranges"])
        expect(answer.headers[absent]).toBeUndefined();
      const text = gunzipSync(answer.body);
      expect({ sha256: sha256Of(text), length: text.length }).toEqual(declared(entry));
    },
  );

  it.each(["", "identity", "deflate, br", "gzip;q=1.0", "*"])(
    "fileDownload() decompresses for Accept-Encoding %j",
    async (encoding) => {
      const { headers, body } = await download(encoding ? { "accept-encoding": encoding } : {});
      expect(headers["content-encoding"]).toBeUndefined();
      expect({ sha256: sha256Of(body), length: body.length }).toEqual(declared(entry));
      expect(body.at(-1)).toBe(10);
    },
  );

  it("fileDownload() refuses the seventh download", async () => {
    for (let count = 0; count < 6; count++) expect((await download()).status).toBe(200);
    const refused = await download();
    expect(refused.status).toBe(500);
    expect(outcomeText(refused)).toContain(
      "The file has already been download the maximum number of allowed times.",
    );
  });

  it("fileDownload() counts HEAD as a download, and tells no length", async () => {
    for (let count = 0; count < 6; count++) {
      const answer = await download({}, "HEAD");
      expect([answer.status, answer.body.length]).toEqual([200, 0]);
      expect(answer.headers["content-length"]).toBeUndefined();
    }
    expect((await download()).status).toBe(500);
  });

  it("fileDownload() refuses an expired file", async () => {
    server.clock.advance(72 * 3_600_000);
    const refused = await download();
    expect(refused.status).toBe(500);
    expect(outcomeText(refused)).toContain(
      "The file is not present as it has expired. Please resubmit the job.",
    );
  });

  it.each([
    ["Z0001_0009.ndjson", "No Job Output with the file name Z0001_0009.ndjson exists in our records"],
    ["Z0001_0001.txt", "Invalid filename provided: 'Z0001_0001.txt'"],
  ])("fileDownload() does not know %s", async (name, text) => {
    const answer = await server.send(`/api/v2/fhir/Job/${jobId}/file/${name}`);
    expect(answer.status).toBe(404);
    expect(outcomeText(answer)).toContain(text);
  });

  it("fileDownload() takes the name with .gz too", async () => {
    expect((await server.send(`/api/v2/fhir/Job/${jobId}/file/Z0001_0001.ndjson.gz`)).status).toBe(200);
  });

  it("fileDownload() does not know other jobs, and tells who is not allowed in an OperationOutcome", async () => {
    expect(outcomeText(await server.send("/api/v2/fhir/Job/none/file/Z0001_0001.ndjson"))).toContain(
      "Invalid job UUID",
    );
    const foreign = await download({ authorization: `Bearer ${await server.token("Z0002")}` });
    expect(foreign.status).toBe(403);
    expect(outcomeText(foreign)).toContain("Unauthorized");
  });

  it("fileDownload() sends NDJSON only", async () => {
    expect((await download({ accept: "application/json" })).status).toBe(406);
    expect((await download({ accept: "application/fhir+ndjson" })).status).toBe(200);
  });
});

describe("writeOutputFiles()", () => {
  it("writeOutputFiles() begins a new file between beneficiaries, never inside one", async () => {
    const small = await setup({ contracts: [{ number: "Z0001", patients: 40 }], rollOverBytes: 1_000_000 });
    const { manifest } = await small.exported("/api/v2/fhir/Patient/$export");
    expect(manifest.output.length).toBeGreaterThan(2);
    const seen = new Set<string>();
    for (const { url } of manifest.output) {
      const { body } = await small.send(url);
      const references = body.toString().match(/Patient\/-\d+/g)!;
      // Consecutive: a patient's lines come together.
      const runs = references.filter((reference, index) => reference !== references[index - 1]);
      expect(new Set(runs).size).toBe(runs.length);
      for (const reference of runs) {
        expect(seen.has(reference)).toBe(false);
        seen.add(reference);
      }
    }
    const names = manifest.output.map(({ url }) => url.split("/").at(-1)).sort();
    expect(names).toEqual(names.map((_, index) => `Z0001_${String(index + 1).padStart(4, "0")}.ndjson`));
    await small.stop();
  });
});

describe("fileSource()", () => {
  it("fileSource() serves lines byte for byte, filtered by lastUpdated", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ab2d-served-"));
    const line = (id: string, lastUpdated: string, status = "active") =>
      `{"resourceType":"ExplanationOfBenefit", "id":"carrier-${id}","meta":{"lastUpdated":"${lastUpdated}"},"identifier":[{"system":"https://bluebutton.cms.gov/resources/identifier/claim-group","value":"7"}],"status":"${status}","patient":{"reference":"Patient/-5"},"value":3.0,"text":"a\u2028b"}`;
    const lines = [
      line("1", "2025-01-01T00:00:00.000Z", "cancelled"),
      line("2", "2026-01-01T00:00:00.000-05:00"),
      "not json",
    ];
    await writeFile(join(folder, "served.ndjson"), lines.join("\n"));
    const files = [join(folder, "served.ndjson")];
    const served = await setup({ contracts: [{ number: "Z0009", files }] });
    expect(await served.lines("/api/v1/fhir/Patient/$export")).toEqual(lines);
    expect(await served.lines("/api/v1/fhir/Patient/$export?_since=2026-01-01T04:59:59.999Z")).toEqual(
      lines.slice(1),
    );
    expect(await served.lines("/api/v1/fhir/Patient/$export?_since=2026-01-01T05:00:00Z")).toEqual(
      lines.slice(2),
    );
    const { claims } = served.simulator.population("Z0009");
    expect(claims.v1.map(({ eobId, familyKey, isCurrent }) => ({ eobId, familyKey, isCurrent }))).toEqual([
      { eobId: "carrier-1", familyKey: "group:7", isCurrent: false },
      { eobId: "carrier-2", familyKey: "group:7", isCurrent: true },
    ]);
    await served.stop();
    await rm(folder, { recursive: true });
  });
});
