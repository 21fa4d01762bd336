import { describe, expect, it } from "vitest";
import { mapEob } from "../../src/claims/map-eob.ts";
import { parseEob } from "../../src/claims/parse-eob.ts";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { SAMPLE_FILES, sampleLines } from "../support/sample-lines.ts";

type Counts = Record<string, number>;

/** Counts the rows of a sample, and the claims of each type. */
function counted(lines: readonly string[], version: ApiVersion): { rows: Counts; types: Counts } {
  const rows: Counts = { claims: 0, lines: 0, diagnoses: 0, procedures: 0, providers: 0, currentMbis: 0 };
  const types: Counts = {};
  const patients = new Set<string>();
  const add = (counts: Counts, key: string, count: number) => {
    counts[key] = (counts[key] ?? 0) + count;
  };
  for (const line of lines) {
    const mapped = mapEob(parseEob(line), { apiVersion: version });
    if (mapped.kind !== "claim") {
      add(rows, mapped.reason, 1);
      continue;
    }
    add(rows, "claims", 1);
    add(types, mapped.header.claim_type, 1);
    for (const [name, children] of Object.entries(mapped.children)) add(rows, name, children.length);
    add(rows, "currentMbis", mapped.mbis.filter((mbi) => mbi.currency === "current").length);
    patients.add(mapped.header.patient_id);
  }
  rows.patients = patients.size;
  return { rows, types };
}

const TYPES = { outpatient: 369, carrier: 61, hha: 38, inpatient: 27, hospice: 2, snf: 2, dme: 1 };
const ROWS = { claims: 500, lines: 500, diagnoses: 6149, procedures: 71, patients: 79, currentMbis: 500 };
const GOLDEN = {
  v1: { rows: { ...ROWS, providers: 1563 }, types: TYPES },
  v2: { rows: { ...ROWS, providers: 828 }, types: TYPES },
  v3: {
    rows: { claims: 4, lines: 43, diagnoses: 32, procedures: 0, providers: 5, patients: 3, currentMbis: 4 },
    types: { inpatient: 1, carrier: 1, outpatient: 1, other: 1 },
  },
};

describe("mapEob() on CMS's published synthetic data", () => {
  for (const version of ["v1", "v2", "v3"] as const) {
    it(`gives the golden counts of ${version}`, ({ skip }) => {
      const lines = sampleLines(version);
      if (!lines) return skip(`shared/samples/${SAMPLE_FILES[version]} is not beside the checkout`);
      expect(counted(lines, version)).toEqual(GOLDEN[version]);
    });
  }

  it("gives the same claim ids, families and days in V1 and V2", ({ skip }) => {
    const [v1, v2] = (["v1", "v2"] as const).map((version) =>
      sampleLines(version)?.map((line) => {
        const mapped = mapEob(parseEob(line), { apiVersion: version });
        if (mapped.kind !== "claim") return mapped.reason;
        const { eob_id, claim_family_key, beneficiary_id, claim_type, claim_form, last_updated } =
          mapped.header;
        return { eob_id, claim_family_key, beneficiary_id, claim_type, claim_form, last_updated };
      }),
    );
    if (!v1 || !v2) return skip("shared/samples is not beside the checkout");
    expect(v2).toEqual(v1);
  });
});
