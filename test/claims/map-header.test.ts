import { describe, expect, it } from "vitest";
import type { EobOptions } from "../support/eob.ts";
import { mappedClaim } from "../support/mapped-claim.ts";

const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";
const CODE_SYSTEMS = "https://bluebutton.cms.gov/fhir/CodeSystem/";
const STRUCTURES = "https://bluebutton.cms.gov/fhir/StructureDefinition/";
const MS_DRG =
  "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software";

const coded = (system: string, code: unknown) => ({
  coding: [
    { system: "x", code: "no" },
    { system, code },
  ],
});
const extension = (url: string, code: string) => ({
  extension: [{ url: "x" }, { url, valueCoding: { code } }],
});
const period = (own: object) => ({ start: "2024-02-01", end: "2024-02-03", ...own });
const typeCoding = (system: string, code: string) => ({
  coding: [
    { system: `${VARIABLES}nch_clm_type_cd`, code: "40" },
    { system, code },
  ],
});

describe("mapHeader()", () => {
  it.each<[string, string, EobOptions]>([
    [
      "near_line_record_code",
      "W",
      { version: "v1", fields: { type: typeCoding(`${VARIABLES}nch_near_line_rec_ident_cd`, "W") } },
    ],
    [
      "near_line_record_code",
      "W",
      { version: "v2", fields: extension(`${VARIABLES}nch_near_line_rec_ident_cd`, "W") },
    ],
    [
      "near_line_record_code",
      "W",
      { version: "v3", fields: { supportingInfo: [{ code: coded(`${CODE_SYSTEMS}CLM-NRLN-RIC-CD`, "W") }] } },
    ],
    [
      "claim_query_code",
      "3",
      { version: "v1", fields: { billablePeriod: period(extension(`${VARIABLES}claim_query_cd`, "3")) } },
    ],
    [
      "claim_query_code",
      "3",
      { version: "v2", fields: { billablePeriod: period(extension(`${VARIABLES}claim_query_cd`, "3")) } },
    ],
    [
      "claim_query_code",
      "C",
      { version: "v3", fields: { billablePeriod: period(extension(`${STRUCTURES}CLM-QUERY-CD`, "C")) } },
    ],
    [
      "facility_type_code",
      "1",
      { version: "v1", fields: { facility: extension(`${VARIABLES}clm_fac_type_cd`, "1") } },
    ],
    [
      "facility_type_code",
      "1",
      { version: "v2", fields: { facility: extension(`${VARIABLES}clm_fac_type_cd`, "1") } },
    ],
    [
      "service_classification_code",
      "3",
      { version: "v1", fields: { type: typeCoding(`${VARIABLES}clm_srvc_clsfctn_type_cd`, "3") } },
    ],
    [
      "coverage_part",
      "Part A",
      { version: "v3", fields: { insurance: [{ coverage: { display: "Part A" } }] } },
    ],
    [
      "meta_source",
      "NationalClaimsHistory",
      { version: "v3", fields: { meta: { source: "NationalClaimsHistory" } } },
    ],
    [
      "facility_ccn",
      "220111",
      {
        version: "v1",
        fields: { provider: { identifier: { system: `${VARIABLES}prvdr_num`, value: "220111" } } },
      },
    ],
    [
      "drg_code",
      "205",
      { version: "v1", fields: { diagnosis: [{ packageCode: coded(`${VARIABLES}clm_drg_cd`, "205") }] } },
    ],
    [
      "drg_code",
      "042",
      { version: "v2", fields: { supportingInfo: [{}, { code: coded(`${VARIABLES}clm_drg_cd`, "42") }] } },
    ],
    ["drg_code", "008", { version: "v3", fields: { supportingInfo: [{ code: coded(MS_DRG, "8") }] } }],
  ])("reads %s %s from its place", (column, value, options) => {
    expect(mappedClaim(options).header).toHaveProperty(column, value);
  });

  it.each<[string, EobOptions]>([
    [
      "a number where a code is expected",
      { version: "v3", fields: { supportingInfo: [{ code: coded(MS_DRG, 8) }] } },
    ],
    ["no list", { version: "v3", fields: { supportingInfo: { code: coded(MS_DRG, "8") } } }],
    ["null entries", { version: "v1", fields: { diagnosis: [null, { packageCode: null }] } }],
  ])("has no DRG for %s", (_, options) => {
    expect(mappedClaim(options).header.drg_code).toBeNull();
  });

  it("takes V1's DRG for no diagnosis", () => {
    const diagnosis = [{ packageCode: coded(`${VARIABLES}clm_drg_cd`, "205") }];
    const { header, children } = mappedClaim({ version: "v1", fields: { diagnosis } });
    expect([header.diagnosis_count, children.diagnoses]).toEqual([0, []]);
  });

  it("takes the principal and admitting diagnosis with the lowest sequence, not the first", () => {
    const of = (sequence: number, code: string, ...types: string[]) => ({
      sequence,
      diagnosisCodeableConcept: { coding: [{ system: "http://hl7.org/fhir/sid/icd-10", code }] },
      type: types.map((type) => ({ coding: [{ code: type }] })),
    });
    const diagnosis = [
      of(9, "A09", "principal"),
      of(4, "B20", "principal", "admitting"),
      of(7, "C50", "admitting"),
      of(1, "D64"),
    ];
    expect(mappedClaim({ fields: { diagnosis } }).header).toMatchObject({
      principal_diagnosis_code: "B20",
      admitting_diagnosis_code: "B20",
      diagnosis_count: 4,
    });
  });
});
