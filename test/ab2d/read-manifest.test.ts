import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Manifest, readManifest } from "../../src/ab2d/read-manifest.ts";
import { EtlError } from "../../src/errors.ts";
import { JOB_ID, OTHER_JOB_ID } from "./setup.ts";

const SAMPLE = new URL("../../../shared/samples/manifest-v2-2025-02-12.json", import.meta.url);
const BASE = "https://api.ab2d.cms.gov/api/v2/fhir";
const HASH = "5fd25d305ea5d44637ab818c9969ddffdbb3b3d822c131f757dec1d6dcb9d69f";
const CANARY = "canary";

function file(name: string, { jobId = JOB_ID, base = BASE }: { jobId?: string; base?: string } = {}) {
  return {
    type: "ExplanationOfBenefit",
    url: `${base}/Job/${jobId}/file/${name}`,
    extension: [
      { url: "https://ab2d.cms.gov/file_length", valueDecimal: 12 },
      { url: "https://ab2d.cms.gov/checksum", valueString: `sha256:${HASH}` },
    ] as unknown,
  };
}

function manifest(overrides: object = {}): Record<string, unknown> {
  return { transactionTime: "Feb 12, 2025, 12:04:22 AM", request: BASE, output: [], error: [], ...overrides };
}

function read(value: unknown): Manifest {
  return readManifest(typeof value === "string" ? value : JSON.stringify(value), {
    jobId: JOB_ID,
    expiresAt: undefined,
  });
}

function ruleBrokenBy(value: unknown): string {
  try {
    read(value);
  } catch (error) {
    expect(error).toBeInstanceOf(EtlError);
    expect(error).toMatchObject({ code: "MANIFEST_INVALID", exitCode: 76 });
    expect((error as EtlError).cause).toBeUndefined();
    expect((error as EtlError).message + (error as EtlError).hint).not.toContain(CANARY);
    return (error as EtlError).message;
  }
  throw new Error("the manifest was taken");
}

describe("readManifest()", () => {
  it.skipIf(!existsSync(SAMPLE))(
    "reads a manifest that AB2D sent (skipped without the samples folder)",
    () => {
      expect(read(readFileSync(SAMPLE, "utf8"))).toMatchObject({
        jobId: JOB_ID,
        transactionTime: "Feb 12, 2025, 12:04:22 AM",
        transactionInstant: new Date("2025-02-12T00:04:22Z"),
        requested: {
          apiVersion: "v2",
          since: "2020-02-13T00:00:00.000-05:00",
          until: "2025-02-10T00:00:00.000-05:00",
          asksForMore: false,
        },
        outputFiles: [{ name: "Z0000_0001.ndjson", sha256: HASH, byteLength: 28951819 }],
        errorFiles: [],
      });
    },
  );

  it("finds extensions by url in any order, and takes files without", () => {
    const { outputFiles } = read(
      manifest({ output: [file("Z0000_0001.ndjson"), { url: file("Z0000_0002.ndjson").url }] }),
    );
    expect(outputFiles).toEqual([
      { name: "Z0000_0001.ndjson", sha256: HASH, byteLength: 12 },
      { name: "Z0000_0002.ndjson", sha256: undefined, byteLength: undefined },
    ]);
  });

  it("tells error files by their list", () => {
    const { outputFiles, errorFiles } = read(manifest({ error: [file("Z0000_0001_error.ndjson")] }));
    expect(outputFiles).toEqual([]);
    expect(errorFiles).toHaveLength(1);
  });

  it("takes only the name from an address on any host", () => {
    for (const base of ["http://evil.example.org", "https://u:p@evil.example.org/..", "file:///etc", ""]) {
      expect(read(manifest({ output: [file("Z0000_0001.ndjson", { base })] })).outputFiles[0]?.name).toBe(
        "Z0000_0001.ndjson",
      );
    }
  });

  it("takes a manifest without error list and with unknown fields", () => {
    expect(read({ ...manifest({ deleted: [], error: undefined }) }).errorFiles).toEqual([]);
  });

  it.each([
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "..",
    ".",
    "",
    `${CANARY}.ndjson`,
    "Z0000_0001.ndjson/",
    "Z0000_0001.ndjson?x=1",
    "Z0000_0001.ndjson#x",
    "Z0000_0001.ndjson\u0000",
    "Z0000_0001.ndjson\n",
    "Z0000_0001.ndjson.gz",
    "Z0000_001.ndjson",
    "Z0000_0001_Error.ndjson",
    "a\\..\\Z0000_0001.ndjson",
    "C:Z0000_0001.ndjson",
    "-rf_0001.ndjson",
    `${"Z".repeat(300)}_0001.ndjson`,
    "Z0000_0001.ndjsоn",
  ])("refuses the file name %j", (name) => {
    expect(ruleBrokenBy(manifest({ output: [file(name)] }))).toMatch(
      /output\.0\.url (has an unsafe|does not end)/,
    );
  });

  it.each([
    [
      manifest({ output: [file("Z0000_0001.ndjson", { jobId: OTHER_JOB_ID })] }),
      "output.0.url belongs to another job",
    ],
    [
      manifest({ error: [file("Z0000_0001.ndjson", { jobId: CANARY })] }),
      "error.0.url belongs to another job",
    ],
    [manifest({ output: [file("Z0000_0001.ndjson"), file("Z0000_0001.ndjson")] }), "output.1.url repeats"],
    [manifest({ output: [file("Z0000_0001.ndjson"), file("z0000_0001.ndjson")] }), "output.1.url repeats"],
    [
      manifest({ output: [file("Z0000_0001.ndjson")], error: [file("Z0000_0001.ndjson")] }),
      "error.0.url repeats",
    ],
    [manifest({ output: CANARY }), "output is missing or of the wrong type"],
    [manifest({ output: undefined }), "output is missing"],
    [manifest({ output: [{ url: 7 }] }), "output.0.url is missing"],
    [manifest({ transactionTime: undefined }), "transactionTime is missing"],
    [manifest({ request: null }), "request is missing"],
    ["[]", "its JSON object"],
    [`{"${CANARY}`, "its JSON object"],
    ["", "its JSON object"],
  ])("refuses a manifest by rule, case %#", (value, rule) => {
    expect(ruleBrokenBy(value)).toContain(rule);
  });

  it.each([
    [[{ url: "https://ab2d.cms.gov/checksum", valueString: `md5:${CANARY}` }], "sha256"],
    [[{ url: "https://ab2d.cms.gov/checksum" }], "sha256"],
    [[1, 2].map(() => ({ url: "https://ab2d.cms.gov/checksum", valueString: `sha256:${HASH}` })), "sha256"],
    [[{ url: "https://ab2d.cms.gov/file_length", valueDecimal: 1.5 }], "file_length"],
    [[{ url: "https://ab2d.cms.gov/file_length", valueDecimal: -1 }], "file_length"],
    [[{ url: "https://ab2d.cms.gov/file_length", valueDecimal: 1e300 }], "file_length"],
    [[{ url: "https://ab2d.cms.gov/file_length", valueString: "12" }], "file_length"],
  ])("refuses an unusable extension, case %#", (extension, rule) => {
    expect(ruleBrokenBy(manifest({ output: [{ ...file("Z0000_0001.ndjson"), extension }] }))).toContain(rule);
  });
});
