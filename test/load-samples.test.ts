import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { claimsTables, rowCounts } from "./support/claims-tables.ts";
import { freshDatabase } from "./support/fresh-database.ts";
import { loadContents, loadLines, ndjson } from "./support/load-lines.ts";
import { sampleLines } from "./support/sample-lines.ts";

const v1 = sampleLines("v1");
const v2 = sampleLines("v2");
const v3 = sampleLines("v3");
const missing = "the published samples are not beside the checkout (shared/samples)";

const V1_ROWS = {
  claim: 500,
  claim_version: 500,
  claim_line: 500,
  claim_diagnosis: 6149,
  claim_procedure: 71,
  claim_provider: 1563,
  beneficiary: 79,
};
const V2_ROWS = { ...V1_ROWS, claim_provider: 828 };

describe.skipIf(!v1 || !v2 || !v3)(`load() of CMS's published samples (skipped when ${missing})`, () => {
  it("gives the rows of V1", async () => {
    const database = await freshDatabase();
    const { counts } = await loadLines(database, v1!, { apiVersion: "v1" });
    expect(counts).toMatchObject({ new: 500, rejected: 0 });
    expect(await rowCounts(database)).toEqual(V1_ROWS);
  });

  it("gives the rows of V2, from gzip too", async () => {
    const database = await freshDatabase();
    await loadContents(database, { "v2.ndjson.gz": gzipSync(ndjson(v2!)) });
    expect(await rowCounts(database)).toEqual(V2_ROWS);
  });

  it("gives V3 claims, of which the one tagged NotFinalAction is not current", async () => {
    const database = await freshDatabase();
    await loadLines(database, v3!, { apiVersion: "v3" });
    expect(await rowCounts(database)).toMatchObject({ claim: 3, claim_version: 4, claim_line: 33 });
  });

  it("ends with V2 when both are loaded, in either order", async () => {
    const forward = await freshDatabase();
    await loadLines(forward, v1!, { apiVersion: "v1" });
    expect((await loadLines(forward, v2!)).counts).toMatchObject({ newer: 500 });
    const backward = await freshDatabase();
    await loadLines(backward, v2!);
    expect((await loadLines(backward, v1!, { apiVersion: "v1" })).counts).toMatchObject({ stale: 500 });
    expect(await rowCounts(forward)).toEqual(V2_ROWS);
    expect(await claimsTables(forward)).toEqual(await claimsTables(backward));
  });

  it("rejects a file that is loaded as another version than it is", async () => {
    for (const [lines, apiVersion] of [
      [v1!, "v2"],
      [v1!, "v3"],
      [v2!, "v1"],
      [v3!, "v2"],
    ] as const) {
      const database = await freshDatabase();
      const { counts } = await loadLines(database, lines, { apiVersion });
      expect(counts.rejected).toBe(lines.length);
      expect(await database.rows("select distinct reason from ab2d_etl.rejected_line")).toEqual([
        { reason: "api_version_mismatch" },
      ]);
    }
  });

  it("changes nothing the second time, whatever the file's form", async () => {
    const database = await freshDatabase();
    await loadLines(database, v2!);
    const before = await claimsTables(database);
    const bundle = {
      resourceType: "Bundle",
      type: "collection",
      entry: v2!.map((line) => ({ resource: JSON.parse(line) as unknown })),
    };
    const forms = {
      "again.ndjson": v2!,
      "again.ndjson.gz": gzipSync(ndjson(v2!)),
      "crlf.ndjson": `${v2!.join("\r\n")}\r\n`,
      "bundle.json": JSON.stringify(bundle),
      "pretty.json": JSON.stringify(bundle, null, 2),
      "array.json": `[${v2!.join(",")}]`,
    };
    for (const [name, content] of Object.entries(forms)) {
      const { counts } = await loadContents(database, { [name]: content });
      expect({ name, unchanged: counts.unchanged }).toEqual({ name, unchanged: 500 });
    }
    expect(await claimsTables(database)).toEqual(before);
  });
});
