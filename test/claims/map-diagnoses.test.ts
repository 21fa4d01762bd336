import { describe, expect, it } from "vitest";
import { API_VERSIONS, type ApiVersion } from "../../src/domain/api-version.ts";
import { mappedClaim } from "../support/mapped-claim.ts";

const ICD = "http://hl7.org/fhir/sid/";
const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";

function diagnosed(own: object, version: ApiVersion = "v2") {
  return mappedClaim({ version, fields: { diagnosis: [{ sequence: 1, ...own }] } }).children.diagnoses;
}

function codedAs(...coding: object[]) {
  return { diagnosisCodeableConcept: { coding } };
}

function typedAs(...codes: string[]) {
  return {
    ...codedAs({ system: `${ICD}icd-10`, code: "E119" }),
    type: codes.map((code) => ({ coding: [{ code }] })),
  };
}

describe("mapDiagnoses()", () => {
  it.each([
    ["E11.9", "E119"],
    ["E119", "E119"],
    ["e119", "E119"],
    ["E119 ", "E119"],
    [" w30.3xxa", "W303XXA"],
  ])("reads %j as %s and keeps what was received", (code_raw, code) => {
    for (const version of API_VERSIONS) {
      expect(diagnosed(codedAs({ system: `${ICD}icd-10`, code: code_raw }), version)).toMatchObject([
        { code, code_raw },
      ]);
    }
  });

  it.each([
    [`${ICD}icd-10`, "ICD-10-CM"],
    [`${ICD}icd-10-cm`, "ICD-10-CM"],
    [`${ICD}icd-9-cm`, "ICD-9-CM"],
    ["http://example.org", null],
    [undefined, null],
  ])("knows the code system by %s, never by the code", (system, code_system) => {
    expect(diagnosed(codedAs({ system, code: "V1234" }))).toMatchObject([{ code: "V1234", code_system }]);
  });

  it("makes one row of two codings", () => {
    const rows = diagnosed(
      codedAs(
        { system: "x", code: "Z" },
        { system: `${ICD}icd-10`, code: "E119", display: "A" },
        { system: `${ICD}icd-10-cm`, code: "E119", display: "B" },
      ),
    );
    expect(rows).toMatchObject([{ code: "E119", code_system: "ICD-10-CM", description: "A" }]);
  });

  it.each([
    [{}],
    [{ sequence: undefined }],
    [codedAs()],
    [
      codedAs(
        { system: `${ICD}icd-10` },
        { system: `${ICD}icd-10`, code: 119 },
        { system: `${ICD}icd-10`, code: " . " },
      ),
    ],
    [codedAs({ system: "http://terminology.hl7.org/CodeSystem/data-absent-reason", code: "unknown" })],
  ])("makes no row without a code: %j", (own) => {
    expect(diagnosed(own)).toEqual([]);
  });

  it.each([
    ['"OBESITY, UNSPECIFIED"', "OBESITY, UNSPECIFIED"],
    ["COUGH", "COUGH"],
    ['""TWICE""', '"TWICE"'],
    ['"OPEN', '"OPEN'],
    ['"', '"'],
    ['""', null],
    ["", null],
    [undefined, null],
  ])("describes %j as %j", (display, description) => {
    expect(diagnosed(codedAs({ system: `${ICD}icd-10`, code: "E669", display }))).toMatchObject([
      { description },
    ]);
  });

  it.each([
    [["principal"], { is_principal: true, is_admitting: false }],
    [["admitting", "principal"], { is_principal: true, is_admitting: true }],
    [["external"], { is_external_cause: true, is_principal: false }],
    [["external-first"], { is_external_cause: true }],
    [["externalcauseofinjury"], { is_external_cause: true, is_reason_for_visit: false }],
    [["reason-for-visit"], { is_reason_for_visit: true }],
    [["patientreasonforvisit"], { is_reason_for_visit: true, is_external_cause: false }],
    [
      ["secondary"],
      { is_principal: false, is_admitting: false, is_external_cause: false, is_reason_for_visit: false },
    ],
  ])("flags type %j", (types, flags) => {
    expect(diagnosed(typedAs(...types))).toMatchObject([{ ...flags, diagnosis_types: types }]);
  });

  it("lists types once, in document order, and other when there is none", () => {
    expect(diagnosed(typedAs("secondary", "principal", "secondary"))[0]?.diagnosis_types).toEqual([
      "secondary",
      "principal",
    ]);
    expect(diagnosed(typedAs())[0]?.diagnosis_types).toEqual(["other"]);
  });

  it("keeps a code that a claim has twice", () => {
    expect(
      mappedClaim({ diagnoses: ["E119", "E119"] }).children.diagnoses.map((row) => row.diagnosis_number),
    ).toEqual([1, 2]);
  });

  it.each<[ApiVersion, object]>([
    ["v1", { extension: [{ url: `${VARIABLES}clm_poa_ind_sw12`, valueCoding: { code: "Y" } }] }],
    ["v2", { extension: [{ url: `${VARIABLES}clm_e_poa_ind_sw1`, valueCoding: { code: "Y" } }] }],
    ["v3", { onAdmission: { coding: [{ system: "x", code: "Y" }] } }],
  ])("reads present on admission of %s", (version, own) => {
    const code = codedAs({ system: `${ICD}icd-10`, code: "E119" });
    expect(diagnosed({ ...code, ...own }, version)).toMatchObject([{ present_on_admission: "Y" }]);
    expect(diagnosed(code, version)).toMatchObject([{ present_on_admission: null }]);
  });
});

describe("mapProcedures()", () => {
  const performed = (own: object, version: ApiVersion = "v2") =>
    mappedClaim({
      version,
      fields: {
        procedure: [
          {
            sequence: 1,
            procedureCodeableConcept: { coding: [{ system: `${ICD}icd-10`, code: "BW03ZZZ" }] },
            ...own,
          },
        ],
      },
    }).children.procedures;

  it.each([
    [`${ICD}icd-10`, "ICD-10-PCS"],
    ["http://www.cms.gov/Medicare/Coding/ICD10", "ICD-10-PCS"],
    [`${ICD}icd-9-cm`, "ICD-9-PCS"],
    ["http://www.cms.gov/Medicare/Coding/ICD9", "ICD-9-PCS"],
  ])("knows the code system by position under %s", (system, code_system) => {
    const rows = performed({
      procedureCodeableConcept: { coding: [{ system, code: "0a.b", display: '"X"' }] },
    });
    expect(rows).toMatchObject([{ code: "0AB", code_raw: "0a.b", code_system, description: "X" }]);
  });

  it("takes the day as written, whatever the offset, and also outside the claim", () => {
    for (const date of ["2016-11-11", "2016-11-11T00:00:00-05:00", "2016-11-11T00:00:00+00:00"]) {
      expect(performed({ date })).toMatchObject([{ procedure_date: "2016-11-11" }]);
    }
    expect(performed({})).toMatchObject([{ procedure_date: null }]);
  });

  it("says in V3 only whether a procedure is principal", () => {
    const type = [
      {
        coding: [
          { system: "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimProcedureType", code: "principal" },
        ],
      },
    ];
    expect(performed({ type }, "v3")).toMatchObject([{ is_principal: true }]);
    expect(performed({}, "v3")).toMatchObject([{ is_principal: false }]);
    expect(performed({ type }, "v2")).toMatchObject([{ is_principal: null }]);
  });
});
