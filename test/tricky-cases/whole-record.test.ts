import { describe, expect, it } from "vitest";
import { claimsTables, rowCounts } from "../support/claims-tables.ts";
import { freshDatabase } from "../support/fresh-database.ts";
import { loadLines } from "../support/load-lines.ts";
import { sampleLines } from "../support/sample-lines.ts";
import { currentIds } from "./current-claims.ts";
import { inEveryVersion, inVersions } from "./in-versions.ts";
import { typeOf } from "./shapes.ts";

const EOB_TYPES = {
  v1: "https://bluebutton.cms.gov/resources/codesystem/eob-type",
  v2: "https://bluebutton.cms.gov/resources/codesystem/eob-type",
  v3: "https://bluebutton.cms.gov/fhir/CodeSystem/EOB-TYPE",
};
const TRACKING_NUMBER = "https://bluebutton.cms.gov/identifiers/Unique-Tracking-Number";
const DRIFT = "select json_path, occurrence_count from ab2d_etl.schema_drift order by json_path";
const EARLY = "2024-03-01T10:00:00.000-05:00";
const LATE = "2024-03-02T10:00:00.000-05:00";
const [v1, v2, v3] = [sampleLines("v1"), sampleLines("v2"), sampleLines("v3")];

describe("tricky cases: whole records", () => {
  it("51 leaves Part D out, by type and by code, and the run is whole", async () => {
    // Excluded by policy, which never holds the watermark, instead of rejected (design.md, decision 12).
    await inEveryVersion(async (bench) => {
      const { version, eob, load } = bench;
      const pde = { coding: [{ system: EOB_TYPES[version], code: "PDE" }] };
      const types = [...["1", "2", "3", "4"].map((code) => typeOf(version, code)), pde];
      const { counts, run } = await load([
        eob({ claimId: "-1" }),
        ...types.map((type, index) => eob({ claimId: `-9${index}`, fields: { type } })),
      ]);
      expect(counts).toMatchObject({ new: 1, excluded: 5, rejected: 0 });
      expect(run).toMatchObject({ state: "complete", gaps: [] });
      expect(await currentIds(bench)).toEqual([bench.idOf("-1")]);
      expect(await bench.rows("select 1 from ab2d_etl.eob")).toHaveLength(1);
    });
  });

  it("52 shows by type code and source that a V3 claim is of a shared system", async () => {
    await inVersions(["v3"], async ({ version, eob, load, rows }) => {
      const shared = [
        ["1800", "MCS"],
        ["2000", "FISS"],
        ["2700", "VMS"],
      ];
      const { counts } = await load([
        eob({ claimId: "-1", type: "carrier" }),
        ...shared.map(([code, source], index) =>
          eob({
            claimId: `-${index + 2}`,
            fields: { type: typeOf(version, code!), meta: { lastUpdated: EARLY, source } },
          }),
        ),
      ]);
      expect(counts).toMatchObject({ new: 4, rejected: 0, excluded: 0 });
      expect(
        await rows(
          `select claim_type, claim_type_code, meta_source from ab2d.claim
          where length(claim_type_code) = 4 and meta_source <> 'NCH' order by claim_type_code`,
        ),
      ).toEqual(
        shared.map(([code, source]) => ({ claim_type: "other", claim_type_code: code, meta_source: source })),
      );
      expect(await rows("select meta_source from ab2d.claim where claim_type <> 'other'")).toEqual([
        { meta_source: "NCH" },
      ]);
      expect(await rows(DRIFT)).toEqual(
        shared.map(([code]) => ({
          json_path: expect.stringMatching(new RegExp(`^type\\.coding.*code=${code}$`)),
          occurrence_count: 1,
        })),
      );
    });
  });

  it("53 lets no prior authorisation overwrite a claim of the same id", async () => {
    const zeros = "0000000000000";
    await inEveryVersion(async ({ version, eob, load, rows, database }) => {
      const claim = eob({ id: zeros, claimId: zeros, lastUpdated: EARLY });
      const newer = {
        id: zeros,
        claimId: zeros,
        lastUpdated: LATE,
        diagnoses: ["Z00"],
        mbis: ["9ZZ9ZZ9ZZ99"],
      };
      const tracked = [{ system: TRACKING_NUMBER, value: "00000000000000" }];
      const meta = { lastUpdated: LATE, source: "CWF" };
      const authorisations = [
        eob({ ...newer, fields: { meta } }),
        eob({ ...newer, fields: { identifier: tracked } }),
        eob({ ...newer, fields: { use: "preauthorization" } }),
        eob({ ...newer, fields: { meta, identifier: tracked, use: "preauthorization" } }),
      ];
      await load([claim]);
      const before = await claimsTables(database);
      const { counts, run } = await load(authorisations);
      expect(counts).toMatchObject({ excluded: 4, new: 0, newer: 0 });
      expect(run).toMatchObject({ state: "complete" });
      expect(await claimsTables(database)).toEqual(before);
      // Nor when they come first, or beside it in one file.
      const other = await freshDatabase();
      const options = { apiVersion: version };
      await loadLines(other, authorisations, options);
      expect(await rowCounts(other)).toMatchObject({ claim_version: 0, beneficiary: 0 });
      await loadLines(other, [...authorisations, claim, ...authorisations], options);
      expect(await claimsTables(other)).toEqual(before);
      expect(await rows("select eob_id from ab2d.claim")).toEqual([{ eob_id: zeros }]);
    });
  });

  it("54 keeps a claim marked 42CFRPart2 aside, and the run says so", async () => {
    await inEveryVersion(async (bench) => {
      const security = [
        { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "R" },
        { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "42CFRPart2" },
      ];
      const meta = { lastUpdated: LATE, security };
      const { counts, run } = await bench.load([
        bench.eob({ claimId: "-1" }),
        bench.eob({ claimId: "-2", claimGroup: "g2", patientId: "-9", fields: { meta } }),
      ]);
      expect(counts).toMatchObject({ new: 1, rejected: 1 });
      expect(run).toMatchObject({ state: "complete_with_gaps", gaps: ["rejected_line"] });
      expect(await bench.rows("select reason from ab2d_etl.rejected_line")).toEqual([
        { reason: "part2_restricted" },
      ]);
      expect(await currentIds(bench)).toEqual([bench.idOf("-1")]);
      expect(await bench.rows("select patient_id from ab2d.beneficiary")).toEqual([
        { patient_id: "-10000000005142" },
      ]);
    });
  });

  it("56 loads an EOB with an extension that nobody knows, and counts the place", async () => {
    const url = "https://bluebutton.cms.gov/resources/variables/clm_unheard_cd";
    await inEveryVersion(async ({ eob, load, rows }) => {
      const extension = [...(eob().extension as unknown[]), { url, valueCoding: { system: url, code: "1" } }];
      const claim = (claimId: string, fields = {}) => eob({ claimId, claimGroup: `g${claimId}`, fields });
      await load([claim("-1")]);
      expect(await rows(DRIFT)).toEqual([]);
      for (const [claimId, eobs] of [
        ["-2", 1],
        ["-3", 2],
      ] as const) {
        const { counts } = await load([claim(claimId, { extension })]);
        expect(counts).toMatchObject({ new: 1, rejected: 0 });
        expect(await rows(DRIFT)).toEqual([
          { json_path: expect.stringContaining("clm_unheard_cd"), occurrence_count: eobs },
        ]);
      }
    });
  });

  it("57 loads a claim of an unknown type code as other", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const { counts } = await load([eob({ fields: { type: typeOf(version, "99") } })]);
      expect(counts).toMatchObject({ new: 1, rejected: 0 });
      expect(
        await rows(
          `select claim.claim_type, claim_type_code, claim_form, claim_line.claim_type as line_type
          from ab2d.claim join ab2d.claim_line using (eob_id)`,
        ),
      ).toEqual([
        { claim_type: "other", claim_type_code: "99", claim_form: "institutional", line_type: "other" },
      ]);
      expect(await rows(DRIFT)).toEqual([
        { json_path: expect.stringMatching(/^type\.coding.*code=99$/), occurrence_count: 1 },
      ]);
    });
  });

  it("58 rejects an EOB without a billable period", async () => {
    await inEveryVersion(async (bench) => {
      const { counts, run } = await bench.load([
        bench.eob({ claimId: "-1" }),
        bench.eob({ claimId: "-2", fields: { billablePeriod: undefined } }),
        bench.eob({ claimId: "-3", fields: { billablePeriod: {} } }),
      ]);
      expect(counts).toMatchObject({ new: 1, rejected: 2 });
      expect(run).toMatchObject({ state: "complete_with_gaps" });
      expect(await bench.rows("select distinct reason from ab2d_etl.rejected_line")).toEqual([
        { reason: "billable_period_missing" },
      ]);
      expect(await currentIds(bench)).toEqual([bench.idOf("-1")]);
    });
  });

  it.skipIf(!v1 || !v2 || !v3)(
    "60 gives CMS's published claims their numbers of rows (skipped without shared/samples)",
    async () => {
      const types = { outpatient: 369, carrier: 61, hha: 38, inpatient: 27, hospice: 2, snf: 2, dme: 1 };
      const golden = {
        claim: 500,
        claim_version: 500,
        claim_line: 500,
        claim_diagnosis: 6149,
        claim_procedure: 71,
        beneficiary: 79,
      };
      const wanted = {
        v1: { rows: { ...golden, claim_provider: 1563 }, types },
        // V2 has no organisations in the header.
        v2: { rows: { ...golden, claim_provider: 828 }, types },
        // One is superseded, and one is of a shared system: it is the one that is superseded.
        v3: { rows: { claim: 3, claim_version: 4, claim_line: 33 }, types: undefined },
      };
      await inEveryVersion(async ({ version, load, rows, database }) => {
        const { counts } = await load({ v1, v2, v3 }[version]!);
        expect(counts).toMatchObject({ rejected: 0, excluded: 0 });
        expect(await rowCounts(database)).toMatchObject(wanted[version].rows);
        const byType = await rows<{ claim_type: string; count: number }>(
          "select claim_type, count(*) from ab2d.claim group by 1",
        );
        if (wanted[version].types) {
          expect(Object.fromEntries(byType.map((row) => [row.claim_type, row.count]))).toEqual(types);
        }
      });
    },
  );
});
