import { describe, expect, it } from "vitest";
import { mapEob } from "../../src/claims/map-eob.ts";
import { parseEob } from "../../src/claims/parse-eob.ts";
import type { ClaimLineRow } from "../../src/claims/rows.ts";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { type EobOptions, eob } from "../support/eob.ts";
import { mappedClaim } from "../support/mapped-claim.ts";

const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";
const STRUCTURES = "https://bluebutton.cms.gov/fhir/StructureDefinition/";
const HCPCS = "https://bluebutton.cms.gov/resources/codesystem/hcpcs";
const CPT = "http://www.ama-assn.org/go/cpt";
const HIPPS =
  "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/ProspMedicareFeeSvcPmtGen/HIPPSCodes";
const POS = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set";
const NDC = "http://hl7.org/fhir/sid/ndc";

function lineOf(item: object, options: EobOptions = {}): ClaimLineRow {
  const [line] = mappedClaim({ ...options, items: [{ sequence: 1, ...item }] }).children.lines;
  if (!line) throw new Error("The claim has no line");
  return line;
}

const extension = (url: string, code: string) => ({ extension: [{ url, valueCoding: { code } }] });
const service = (...coding: object[]) => ({ productOrService: { coding } });

describe("mapLines() days", () => {
  it.each([
    [{}, "2024-02-01", "2024-02-03", "claim"],
    [{ servicedDate: "2024-02-02" }, "2024-02-02", "2024-02-02", "line"],
    [{ servicedPeriod: { start: "2024-02-01", end: "2024-02-02" } }, "2024-02-01", "2024-02-02", "line"],
    [{ servicedPeriod: { start: "2024-02-02" } }, "2024-02-02", "2024-02-02", "line"],
    [{ servicedPeriod: {}, servicedDate: "2024-02-02T08:00:00Z" }, "2024-02-02", "2024-02-02", "line"],
    [{ servicedPeriod: "2024-02-02" }, "2024-02-01", "2024-02-03", "claim"],
  ])("of %j", (item, service_from, service_to, service_date_source) => {
    expect(lineOf(item)).toMatchObject({ service_from, service_to, service_date_source });
  });

  it("keeps sequence 6 on the only line, and mixes dates and periods", () => {
    const items = [
      { sequence: 6, servicedDate: "2024-02-02" },
      { sequence: 2, servicedPeriod: { start: "2024-02-03" } },
      null,
    ];
    expect(
      mappedClaim({ items }).children.lines.map((line) => [line.line_number, line.service_from]),
    ).toEqual([
      [6, "2024-02-02"],
      [2, "2024-02-03"],
    ]);
  });
});

describe("mapLines() codes", () => {
  it.each<[ApiVersion, object, object]>([
    [
      "v1",
      { service: { coding: [{ system: HCPCS, code: "M99" }] } },
      { hcpcs_code: "M99", hcpcs_system: "hcpcs" },
    ],
    [
      "v2",
      service({ system: HCPCS, code: "E0110" }, { system: `${VARIABLES}hcpcs_cd`, code: "E0110" }),
      { hcpcs_code: "E0110", hcpcs_system: "hcpcs" },
    ],
    [
      "v2",
      service({ system: `${VARIABLES}hcpcs_cd`, code: "E0110" }),
      { hcpcs_code: "E0110", hcpcs_system: "hcpcs" },
    ],
    [
      "v3",
      service({ system: CPT, code: "99213" }),
      { hcpcs_code: "99213", hcpcs_system: "cpt", hipps_code: null },
    ],
    [
      "v3",
      service({ system: "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", code: "J2270" }),
      { hcpcs_code: "J2270", hcpcs_system: "hcpcs" },
    ],
    [
      "v3",
      service({ system: HIPPS, code: "BB201" }),
      { hcpcs_code: null, hcpcs_system: null, hipps_code: "BB201" },
    ],
    [
      "v3",
      service({ system: "http://terminology.hl7.org/CodeSystem/data-absent-reason", code: "not-applicable" }),
      { hcpcs_code: null, hcpcs_system: null },
    ],
    ["v3", service({ system: CPT, code: 99213 }), { hcpcs_code: null, hcpcs_system: null }],
  ])("HCPCS and HIPPS of %s %j", (version, item, wanted) => {
    expect(lineOf(item, { version })).toMatchObject(wanted);
  });

  it.each([
    ["51270012299", "51270012299"],
    ["00000000000", null],
    ["000000000", null],
    ["987654321", null],
    ["4901234567894", null],
  ])("NDC %s", (ndc_raw, ndc_code) => {
    expect(lineOf({ productOrService: extension(NDC, ndc_raw) })).toMatchObject({ ndc_raw, ndc_code });
    expect(lineOf(extension(NDC, ndc_raw), { version: "v1" })).toMatchObject({ ndc_raw, ndc_code });
    const revenueCenter = { service: extension(`${VARIABLES}rev_cntr_ide_ndc_upc_num`, ndc_raw) };
    expect(lineOf(revenueCenter, { version: "v1" })).toMatchObject({ ndc_raw, ndc_code });
    expect(lineOf({ productOrService: extension(NDC, ndc_raw) }, { version: "v3" }).ndc_raw).toBeNull();
  });

  it.each<[string, ApiVersion, object]>([
    [
      "place_of_service_code",
      "v1",
      { locationCodeableConcept: { coding: [{ system: `${VARIABLES}line_place_of_srvc_cd`, code: "07" }] } },
    ],
    ["place_of_service_code", "v3", { locationCodeableConcept: { coding: [{ system: POS, code: "07" }] } }],
    ["provider_state_code", "v1", { locationAddress: { state: "07" } }],
    ["provider_state_code", "v2", { locationCodeableConcept: extension(`${VARIABLES}prvdr_state_cd`, "07") }],
    ["provider_zip", "v2", { locationCodeableConcept: extension(`${VARIABLES}prvdr_zip`, "07") }],
    [
      "pricing_locality_code",
      "v2",
      { locationCodeableConcept: extension(`${VARIABLES}carr_line_prcng_lclty_cd`, "07") },
    ],
    [
      "pricing_state_code",
      "v1",
      { locationCodeableConcept: extension(`${VARIABLES}dmerc_line_prcng_state_cd`, "07") },
    ],
    ["pricing_state_code", "v2", extension(`${VARIABLES}dmerc_line_prcng_state_cd`, "07")],
    [
      "supplier_type_code",
      "v1",
      { locationCodeableConcept: extension(`${VARIABLES}dmerc_line_supplr_type_cd`, "07") },
    ],
    ["supplier_type_code", "v2", extension(`${VARIABLES}dmerc_line_supplr_type_cd`, "07")],
    [
      "clia_lab_number",
      "v2",
      {
        locationCodeableConcept: {
          extension: [{ url: `${VARIABLES}carr_line_clia_lab_num`, valueIdentifier: { value: "07" } }],
        },
      },
    ],
    [
      "clia_lab_number",
      "v1",
      { locationCodeableConcept: extension(`${VARIABLES}carr_line_clia_lab_num`, "07") },
    ],
  ])("%s of %s", (column, version, item) => {
    expect(lineOf(item, { version })).toHaveProperty(column, "07");
  });

  it("tells V3's carrier codes from its DME codes by the claim type", () => {
    const item = {
      extension: [
        ...extension(`${STRUCTURES}CLM-PRCNG-LCLTY-CD`, "15").extension,
        ...extension(`${STRUCTURES}CLM-PRVDR-TYPE-CD`, "3").extension,
      ],
    };
    expect(lineOf(item, { version: "v3", type: "carrier" })).toMatchObject({
      pricing_locality_code: "15",
      provider_type_code: "3",
      pricing_state_code: null,
      supplier_type_code: null,
    });
    expect(lineOf(item, { version: "v3", type: "dme" })).toMatchObject({
      pricing_locality_code: null,
      provider_type_code: null,
      pricing_state_code: "15",
      supplier_type_code: "3",
    });
  });
});

describe("mapLines() quantities", () => {
  it.each(["0", "234.567", "3.0", "-1", "9007199254740993", "12345678901234567890.10", "1e2"])(
    "keeps %s as received",
    (digits) => {
      const line = JSON.stringify(eob({ items: [{ sequence: 1, quantity: { value: 7777 } }] }));
      const mapped = mapEob(parseEob(line.replace("7777", digits)), { apiVersion: "v2" });
      expect(mapped).toMatchObject({ children: { lines: [{ quantity: digits }] } });
    },
  );

  it.each([undefined, null, true, "ten", "", "01", "+1", {}, []])("takes %j for no number", (value) => {
    expect(lineOf({ quantity: { value } }).quantity).toBeNull();
  });

  it.each<[ApiVersion, object]>([
    [
      "v1",
      {
        service: {
          extension: [{ url: `${VARIABLES}carr_line_ansthsa_unit_cnt`, valueQuantity: { value: 2.4 } }],
        },
      },
    ],
    ["v2", { extension: [{ url: `${VARIABLES}carr_line_ansthsa_unit_cnt`, valueQuantity: { value: 2.4 } }] }],
    ["v3", { extension: [{ url: `${STRUCTURES}CLM-LINE-ANSTHSA-UNIT-CNT`, valueDecimal: 2.4 }] }],
  ])("reads the anesthesia units of %s", (version, item) => {
    expect(lineOf(item, { version }).anesthesia_units).toBe("2.4");
  });

  it("reads V1's NDC quantity and its unit", () => {
    const item = {
      extension: [
        { url: `${VARIABLES}rev_cntr_ndc_qty`, valueQuantity: { value: 77, unit: "Gigagram", code: "GG" } },
      ],
    };
    expect(lineOf(item, { version: "v1" })).toMatchObject({ ndc_quantity: "77", ndc_quantity_unit: "GG" });
  });
});

describe("mapLines() links", () => {
  const careTeam = (
    version: ApiVersion,
    ...members: [sequence: number, role: string, npi: string, specialty?: string][]
  ) => ({
    careTeam: members.map(([sequence, role, npi, specialty]) => ({
      sequence,
      ...extension(`${VARIABLES}carr_line_prvdr_type_cd`, "0"),
      provider: { identifier: { system: "http://hl7.org/fhir/sid/us-npi", value: npi } },
      role: {
        coding: [{ system: "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimCareTeamRole", code: role }],
      },
      qualification: {
        coding: [
          {
            system:
              version === "v3"
                ? "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-PRVDR-SPCLTY-CD"
                : `${VARIABLES}prvdr_spclty`,
            code: specialty,
          },
        ],
      },
    })),
  });

  it.each<[ApiVersion, string, string]>([
    ["v1", "primary", "careTeamLinkId"],
    ["v2", "performing", "careTeamSequence"],
    ["v3", "rendering", "careTeamSequence"],
  ])("follow %s's %s through %s", (version, role, key) => {
    const fields = careTeam(version, [2, role, "1111111111", "41"], [3, role, "2222222222", "08"]);
    expect(lineOf({ [key]: [3] }, { version, type: "carrier", fields })).toMatchObject({
      rendering_npi: "2222222222",
      rendering_specialty_code: "08",
      provider_type_code: version === "v3" ? null : "0",
      care_team_sequences: [3],
    });
  });

  it("pass over who did not render the line", () => {
    const fields = careTeam("v2", [3, "primary", "1111111111", "A5"], [4, "performing", "1923124", "41"]);
    expect(lineOf({ careTeamSequence: [3, 4] }, { type: "carrier", fields })).toMatchObject({
      rendering_npi: null,
      rendering_specialty_code: "41",
      care_team_sequences: [3, 4],
    });
  });

  it("may point nowhere", () => {
    const line = lineOf({ careTeamSequence: [99], diagnosisSequence: [7, 1] });
    expect(line).toMatchObject({
      rendering_npi: null,
      line_diagnosis_code: null,
      care_team_sequences: [99],
      diagnosis_sequences: [7, 1],
    });
  });

  it("name the first linked diagnosis and keep all links", () => {
    expect(lineOf({ diagnosisSequence: [2, 1] }, { diagnoses: ["E11.9", "I10"] })).toMatchObject({
      line_diagnosis_code: "I10",
      diagnosis_sequences: [2, 1],
    });
    expect(lineOf({ diagnosisLinkId: [1] }, { version: "v1" })).toMatchObject({
      line_diagnosis_code: "E119",
      diagnosis_sequences: [1],
    });
    expect(lineOf({})).toMatchObject({
      line_diagnosis_code: null,
      diagnosis_sequences: [],
      care_team_sequences: [],
    });
    expect(lineOf({ diagnosisSequence: ["1", 1.5, null, 1] }).diagnosis_sequences).toEqual([1]);
  });
});
