import { describe, expect, it } from "vitest";
import { mapEob } from "../../src/claims/map-eob.ts";
import { parseEob } from "../../src/claims/parse-eob.ts";
import { API_VERSIONS, type ApiVersion } from "../../src/domain/api-version.ts";
import { type EobOptions, eob } from "../support/eob.ts";
import { mappedClaim } from "../support/mapped-claim.ts";

const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";
const CODE_SYSTEMS = "https://bluebutton.cms.gov/fhir/CodeSystem/";
const CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/";
const TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/";
const TAXONOMY = "http://nucc.org/provider-taxonomy";
const US_NPI = "http://hl7.org/fhir/sid/us-npi";
const HIPPS =
  "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/ProspMedicareFeeSvcPmtGen/HIPPSCodes";
const DOLLARS = { value: 66125.51, currency: "USD" };
const NPI_LABEL = { coding: [{ system: `${CARIN}C4BBIdentifierType`, code: "npi" }] };

const coded = (system: string, code: string) => ({ coding: [{ system, code }] });
const coding = (url: string, code: string) => ({ url, valueCoding: { system: url, code } });

/** What BFD writes into a claim and AB2D cuts out of it. */
const CUT: Readonly<Record<ApiVersion, EobOptions["fields"]>> = {
  v1: {
    contained: [{ resourceType: "ReferralRequest", id: "1", status: "completed" }],
    disposition: "1",
    referral: { reference: "#1" },
    information: [{ sequence: 1, category: coded(`${VARIABLES}x`, "clm_freq_cd"), timingDate: "2011-02-26" }],
    hospitalization: { start: "2011-01-01", end: "2011-01-02" },
    insurance: { coverage: { reference: "Coverage/part-b-567834" } },
    totalCost: DOLLARS,
    payment: { amount: DOLLARS },
    benefitBalance: [{ category: coded(`${TERMINOLOGY}benefit-category`, "medical") }],
  },
  v2: {
    contained: [
      { resourceType: "Organization", id: "provider-org", identifier: [{ value: "1111111111" }] },
      { resourceType: "Observation", id: "line-observation-6", valueQuantity: { value: 42 } },
    ],
    subType: { text: "Inpatient" },
    use: "claim",
    insurer: { identifier: { value: "CMS" } },
    outcome: "complete",
    insurance: [{ focal: true, coverage: { reference: "Coverage/part-a-567834" } }],
    total: [{ category: coded(`${TERMINOLOGY}adjudication`, "submitted"), amount: DOLLARS }],
    payment: { amount: DOLLARS },
    benefitBalance: [{ category: coded(`${TERMINOLOGY}ex-benefitcategory`, "1") }],
  },
  v3: {
    contained: [
      { resourceType: "Organization", id: "provider-org", identifier: [{ value: "1111111111" }] },
      { resourceType: "Observation", id: "line-observation-6", valueQuantity: { value: 42 } },
    ],
    use: "claim",
    insurer: { identifier: { value: "CMS" } },
    outcome: "complete",
    adjudication: [{ category: coded(`${CODE_SYSTEMS}Adjudication`, "CLM_OPRTNL_DSPRTNT_AMT") }],
    total: [{ category: coded(`${TERMINOLOGY}adjudication`, "submitted"), amount: DOLLARS }],
    payment: { amount: DOLLARS },
    benefitBalance: [{ category: coded(`${TERMINOLOGY}ex-benefitcategory`, "1") }],
  },
};

/** The same of a line. */
const CUT_FROM_LINE = {
  revenue: coded(`${VARIABLES}rev_cntr`, "0001"),
  category: coded(`${VARIABLES}line_cms_type_srvc_cd`, "1"),
  modifier: [coded("https://bluebutton.cms.gov/resources/codesystem/hcpcs", "LT")],
  informationSequence: [2],
  adjudication: [{ category: coded(`${TERMINOLOGY}adjudication`, "submitted"), amount: DOLLARS }],
  detail: [{ sequence: 1, quantity: { value: 5 } }],
};

describe("claims as BFD writes them", () => {
  it.each(API_VERSIONS)("%s: what AB2D cuts out changes no row", (version) => {
    const item = { sequence: 6, quantity: { value: 1 } };
    const whole = mappedClaim({
      version,
      items: [{ ...item, ...CUT_FROM_LINE }],
      ...(CUT[version] && { fields: CUT[version] }),
    });
    const trimmed = mappedClaim({ version, items: [item] });
    expect(whole.children).toEqual(trimmed.children);
    expect({ ...whole.header, content_sha256: null }).toEqual({ ...trimmed.header, content_sha256: null });
  });

  it("V1: a member whose extensions are repeated for each line is one provider", () => {
    const once = [
      coding(`${VARIABLES}carr_line_prvdr_type_cd`, "0"),
      coding(`${VARIABLES}prtcptng_ind_cd`, "1"),
      { url: US_NPI, valueCoding: { code: "1497758544", display: "COUNTY GROUP" } },
    ];
    const careTeam = [
      {
        sequence: 2,
        extension: [...once, ...once, ...once],
        provider: { identifier: { system: US_NPI, value: "1234567893" } },
        responsible: true,
        role: coded("http://hl7.org/fhir/claimcareteamrole", "primary"),
      },
    ];
    const items = [1, 2, 3].map((sequence) => ({ sequence, careTeamLinkId: [2] }));
    const { header, children } = mappedClaim({ version: "v1", type: "carrier", items, fields: { careTeam } });
    expect(header.billing_npi).toBe("1497758544");
    expect(children.providers).toMatchObject([
      { role: "rendering", npi: "1234567893", participating_code: "1", provider_type_code: "0" },
    ]);
    expect(children.lines.map((line) => [line.rendering_npi, line.provider_type_code])).toEqual([
      ["1234567893", "0"],
      ["1234567893", "0"],
      ["1234567893", "0"],
    ]);
  });

  it("V2: a hospital's physicians have a taxonomy, and no specialty", () => {
    const physicians: [role: string, id: string, taxonomy?: string][] = [
      ["attending", "2222222222", "207R00000X"],
      ["otheroperating", "4444444444"],
      ["performing", "345345345", "207ZH0000X"],
    ];
    const careTeam = physicians.map(([role, value, taxonomy], index) => ({
      sequence: index + 1,
      provider: { identifier: { type: NPI_LABEL, value } },
      role: coded(`${CARIN}C4BBClaimCareTeamRole`, role),
      ...(taxonomy && { qualification: coded(TAXONOMY, taxonomy) }),
    }));
    const { header, children } = mappedClaim({ type: "snf", fields: { careTeam } });
    expect(header).toMatchObject({ attending_npi: "2222222222", other_operating_npi: "4444444444" });
    expect(children.providers).toMatchObject([
      { role: "attending", npi: "2222222222", taxonomy_code: "207R00000X", specialty_code: null },
      { role: "other_operating", npi: "4444444444", taxonomy_code: null, specialty_code: null },
      {
        role: "rendering",
        npi: null,
        id_raw: "345345345",
        taxonomy_code: "207ZH0000X",
        specialty_code: null,
      },
    ]);
  });

  it("a hospital line's quantity is V1's units, and V2's amount of the drug", () => {
    const drug = {
      url: `${VARIABLES}rev_cntr_ndc_qty`,
      valueQuantity: { value: 77, unit: "Gigagram", code: "GG" },
    };
    const units = { url: `${VARIABLES}rev_cntr_unit_cnt`, valueQuantity: { value: 111 } };
    const lineOf = (version: ApiVersion, item: object) =>
      mappedClaim({ version, type: "outpatient", items: [{ sequence: 25, ...item }] }).children.lines;
    expect(lineOf("v1", { quantity: { value: 111 }, extension: [drug] })).toMatchObject([
      { quantity: "111", ndc_quantity: "77", ndc_quantity_unit: "GG" },
    ]);
    expect(lineOf("v2", { quantity: { value: 77 }, extension: [units] })).toMatchObject([
      { quantity: "77", ndc_quantity: null, ndc_quantity_unit: null },
    ]);
  });

  it("V3: a stay's line has no product before its payment group", () => {
    const absent = { system: `${TERMINOLOGY}data-absent-reason`, code: "not-applicable" };
    const items = [
      { sequence: 1, productOrService: { coding: [absent] } },
      { sequence: 2, productOrService: { coding: [absent, { system: HIPPS, code: "NHNC1" }] } },
    ];
    expect(mappedClaim({ version: "v3", type: "snf", items }).children.lines).toMatchObject([
      { hcpcs_code: null, hcpcs_system: null, hipps_code: null },
      { hcpcs_code: null, hcpcs_system: null, hipps_code: "NHNC1" },
    ]);
  });

  it("V3: the order of keys and codings means nothing, and contained resources have ids too", () => {
    const type = {
      coding: [
        { system: `${TERMINOLOGY}claim-type`, code: "institutional" },
        { system: `${CODE_SYSTEMS}EOB-TYPE`, code: "OUTPATIENT" },
        { system: `${CODE_SYSTEMS}CLM-TYPE-CD`, code: "2013" },
      ],
    };
    const fields = {
      type,
      contained: [{ id: "1548226988", resourceType: "Organization" }],
      provider: { reference: "#1548226988" },
    };
    const options: EobOptions = {
      version: "v3",
      claimId: "1071939711298",
      finalAction: "NotFinalAction",
      lastUpdated: "9999-12-31T00:00:00+00:00",
      fields,
    };
    const mapped = mapEob(parseEob(JSON.stringify(backwards(eob(options)))), { apiVersion: "v3" });
    expect(mapped).toEqual(mappedClaim(options));
    expect(mapped).toMatchObject({
      header: {
        eob_id: "1071939711298",
        claim_type: "other",
        claim_type_code: "2013",
        claim_form: "institutional",
        final_action: "NotFinalAction",
        billing_npi: "1548226988",
      },
    });
  });
});

/** `value` with the keys of every object in reverse. */
function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, own]) => [key, backwards(own)]),
  );
}
