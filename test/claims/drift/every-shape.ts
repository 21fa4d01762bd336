import type { ApiVersion } from "../../../src/domain/api-version.ts";
import { eob } from "../../support/eob.ts";

/** EOBs of the shapes that the mapper reads and that the simulator and CMS's samples seldom or never have. */
export function everyShape(version: ApiVersion): readonly string[] {
  return SHAPES[version].map((fields, index) =>
    JSON.stringify(eob({ version, type: "carrier", claimId: `-${index + 1}`, fields })),
  );
}

type Json = Record<string, unknown>;

const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";
const TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/";
const NPI = "http://hl7.org/fhir/sid/us-npi";
const ICD_OF_DIAGNOSES = ["icd-10", "icd-10-cm", "icd-9-cm"].map((name) => `http://hl7.org/fhir/sid/${name}`);
const ICD_OF_PROCEDURES = [
  "http://hl7.org/fhir/sid/icd-10",
  "http://hl7.org/fhir/sid/icd-9-cm",
  "http://www.cms.gov/Medicare/Coding/ICD10",
  "http://www.cms.gov/Medicare/Coding/ICD9",
];

const concept = (system: string, code: string, display?: string): Json => ({
  coding: [{ system, code, display }],
});
const extension = (url: string, code: string): Json => ({ url, valueCoding: { system: url, code } });

/** Each ICD in a diagnosis and in a procedure of its own, with its name. */
const EVERY_ICD: Json = {
  diagnosis: ICD_OF_DIAGNOSES.map((system, index) => ({
    sequence: index + 1,
    diagnosisCodeableConcept: concept(system, "E119", "A name"),
  })),
  procedure: ICD_OF_PROCEDURES.map((system, index) => ({
    sequence: index + 1,
    date: "2024-02-01",
    procedureCodeableConcept: concept(system, "02HV33Z", "A name"),
  })),
};

const CLIA_AS_CODE: Json = {
  item: [
    {
      sequence: 1,
      locationCodeableConcept: { extension: [extension(`${VARIABLES}carr_line_clia_lab_num`, "11D1343434")] },
    },
  ],
};

const SHAPES: Readonly<Record<ApiVersion, readonly Json[]>> = {
  v1: [
    EVERY_ICD,
    CLIA_AS_CODE,
    {
      facility: { display: "A HOSPITAL", identifier: { system: NPI, value: "1234567893" } },
      diagnosis: [
        {
          sequence: 1,
          extension: [extension(`${VARIABLES}clm_e_poa_ind_sw12`, "Y")],
          diagnosisCodeableConcept: concept("http://hl7.org/fhir/sid/icd-10", "W303XXA"),
        },
      ],
      item: [
        {
          sequence: 1,
          extension: [{ url: `${VARIABLES}rev_cntr_ndc_qty`, valueQuantity: { value: 7, code: "ML" } }],
        },
      ],
    },
  ],
  v2: [
    EVERY_ICD,
    CLIA_AS_CODE,
    {
      careTeam: [
        {
          sequence: 1,
          provider: { identifier: { type: concept(`${TERMINOLOGY}v2-0203`, "UPIN"), value: "K25852" } },
          role: concept("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimCareTeamRole", "referring"),
        },
      ],
    },
  ],
  v3: [
    EVERY_ICD,
    {
      type: {
        coding: [
          { system: "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD", code: "40" },
          { system: "https://bluebutton.cms.gov/resources/codesystem/eob-type", code: "OUTPATIENT" },
        ],
      },
      provider: { reference: "#1234567893", display: "A HOSPITAL" },
      contained: [
        { resourceType: "Organization", id: "group", identifier: [{ system: NPI, value: "1234567893" }] },
      ],
      careTeam: [
        {
          sequence: 1,
          provider: { reference: "#group" },
          role: concept("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimCareTeamRole", "rendering"),
        },
      ],
    },
  ],
};
