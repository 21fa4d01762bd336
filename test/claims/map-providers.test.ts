import { describe, expect, it } from "vitest";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import type { EobOptions } from "../support/eob.ts";
import { mappedClaim } from "../support/mapped-claim.ts";

const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";
const US_NPI = "http://hl7.org/fhir/sid/us-npi";
const ROLES = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimCareTeamRole";

const role = (code: string) => ({ coding: [{ system: ROLES, code }] });
const npi = (value: string) => ({ system: US_NPI, value });
const member = (code: string, provider: object, own: object = {}) => ({
  sequence: 1,
  provider,
  role: role(code),
  ...own,
});

function providersOf(careTeam: unknown, options: EobOptions = {}) {
  return mappedClaim({ ...options, fields: { careTeam, ...options.fields } }).children.providers;
}

describe("mapProviders() identifiers", () => {
  const typed = (value: unknown, code?: string) => ({ identifier: { type: { coding: [{ code }] }, value } });

  it.each([
    ["1234567893", "npi", "1234567893", "npi"],
    ["9999995399", "npi", "9999995399", "npi"],
    ["PCP316413", "npi", null, "npi"],
    ["K25852", "npi", null, "npi"],
    ["8765676", "npi", null, "npi"],
    ["345345345", "npi", null, "npi"],
    ["12345678901", "npi", null, "npi"],
    ["1234567893", "UPIN", null, "upin"],
    ["123456789", "TAX", null, "tax"],
    ["1234567893", undefined, null, "unknown"],
  ])("%s labelled %s gives npi %s", (value, label, wanted, id_type) => {
    expect(providersOf([member("attending", typed(value, label))])).toMatchObject([
      { npi: wanted, id_raw: value, id_type },
    ]);
  });

  it.each([
    [{}],
    [typed(undefined, "npi")],
    [typed("", "npi")],
    [{ identifier: { extension: [{ url: "x", valueCode: "unknown" }] } }],
    [{ reference: "#provider-org" }],
  ])("no value, no row: %j", (provider) => {
    expect(providersOf([member("attending", provider)])).toEqual([]);
    expect(providersOf([member("attending", provider)], { version: "v3" })).toEqual([]);
  });

  it("numbers rows without gaps and keeps the care team's sequence", () => {
    const careTeam = [
      member("attending", {}),
      member("operating", typed("1234567893", "npi"), { sequence: 3 }),
      null,
      member("referring", typed("PIN", "npi"), { sequence: 9 }),
    ];
    expect(providersOf(careTeam)).toMatchObject([
      { provider_number: 1, care_team_sequence: 3, role: "operating" },
      { provider_number: 2, care_team_sequence: 9, role: "referring" },
    ]);
  });

  it("finds V3's NPI inline, then contained, then in the reference", () => {
    const contained = [
      { id: "p1", identifier: [{ system: "x", value: "no" }, npi("1942945159")] },
      { id: "p1", identifier: [npi("1111111111")] },
      { id: "p2", identifier: [] },
    ];
    const found = (provider: object) =>
      providersOf([member("rendering", provider)], { version: "v3", fields: { contained } });
    expect(found({ identifier: npi("1234567893"), reference: "#p1" })).toMatchObject([{ npi: "1234567893" }]);
    expect(found({ reference: "#p1" })).toMatchObject([
      { npi: "1942945159", id_raw: "1942945159", id_type: "npi" },
    ]);
    expect(found({ reference: "#1548226988" })).toMatchObject([{ npi: "1548226988", id_type: "npi" }]);
    expect(
      found({ identifier: { type: { coding: [{ code: "TAX" }] }, value: "123456789" }, reference: "#p2" }),
    ).toMatchObject([{ npi: null, id_raw: "123456789", id_type: "tax" }]);
    expect(found({ reference: "#p2" })).toEqual([]);
    expect(found({ reference: "Practitioner/1548226988" })).toEqual([]);
  });
});

describe("mapProviders() roles", () => {
  it.each<[ApiVersion, EobOptions["type"], string, string]>([
    ["v1", "inpatient", "primary", "attending"],
    ["v1", "inpatient", "assist", "operating"],
    ["v1", "inpatient", "other", "other_operating"],
    ["v1", "carrier", "primary", "rendering"],
    ["v2", "carrier", "performing", "rendering"],
    ["v2", "carrier", "primary", "billing"],
    ["v2", "inpatient", "otheroperating", "other_operating"],
    ["v2", "inpatient", "attending", "attending"],
    ["v3", "carrier", "rendering", "rendering"],
    ["v3", "carrier", "referring", "referring"],
    ["v3", "carrier", "supervising", "other"],
    ["v3", "carrier", "constructor", "other"],
  ])("%s %s %s is %s", (version, type, raw, wanted) => {
    const rows = providersOf([member(raw, { identifier: npi("1234567893") })], {
      version,
      ...(type && { type }),
    });
    expect(rows).toMatchObject([{ role: wanted, role_raw: raw }]);
  });

  it("reads V3's role from CARIN's coding, not from the other one", () => {
    const two = {
      coding: [
        { system: "https://bluebutton.cms.gov/fhir/CodeSystem/x", code: "2" },
        { system: ROLES, code: "attending" },
      ],
    };
    expect(
      providersOf([{ provider: { identifier: npi("1234567893") }, role: two }], { version: "v3" }),
    ).toMatchObject([{ role: "attending" }]);
  });

  it("keeps a provider without role", () => {
    expect(providersOf([{ provider: { identifier: npi("1234567893") } }])).toMatchObject([
      { role: "other", role_raw: null, care_team_sequence: null },
    ]);
  });
});

describe("mapProviders() header organisations", () => {
  it("adds V1's billing organisation and facility behind the care team", () => {
    const fields = {
      careTeam: [member("primary", { identifier: npi("9999995399") })],
      organization: { identifier: npi("8886687770"), display: "COUNTY HOSPITAL" },
      facility: { identifier: npi("8886687771"), display: "COUNTY CLINIC" },
      provider: { identifier: { system: `${VARIABLES}prvdr_num`, value: "220111" } },
    };
    const { header, children } = mappedClaim({ version: "v1", fields });
    expect(children.providers).toMatchObject([
      { provider_number: 1, role: "attending", npi: "9999995399" },
      {
        provider_number: 2,
        role: "billing",
        role_raw: "organization",
        care_team_sequence: null,
        npi: "8886687770",
        provider_name: "COUNTY HOSPITAL",
      },
      { provider_number: 3, role: "facility", npi: "8886687771", provider_name: "COUNTY CLINIC" },
    ]);
    expect(header).toMatchObject({
      attending_npi: "9999995399",
      billing_npi: "8886687770",
      facility_npi: "8886687771",
      facility_ccn: "220111",
    });
    expect(mappedClaim({ version: "v2", fields }).header).toMatchObject({
      facility_npi: null,
      facility_ccn: null,
    });
  });

  it.each([
    ["#1548226988", "1548226988"],
    ["#provider-org", null],
    ["#123456789", null],
    ["Organization/1548226988", null],
  ])("reads V3's billing reference %s", (reference, billing) => {
    const { header, children } = mappedClaim({ version: "v3", fields: { provider: { reference } } });
    expect(header.billing_npi).toBe(billing);
    expect(children.providers).toHaveLength(billing === null ? 0 : 1);
  });

  it("leaves V2's dangling organisation alone", () => {
    expect(mappedClaim({ fields: { provider: { reference: "#1548226988" } } }).children.providers).toEqual(
      [],
    );
  });
});

describe("mapHeader() NPIs", () => {
  it("takes the first valid NPI of a role", () => {
    const careTeam = ["345345345", "1111111111", "2222222222"].map((value) =>
      member("referring", { identifier: npi(value) }),
    );
    expect(mappedClaim({ fields: { careTeam } }).header.referring_npi).toBe("1111111111");
  });

  it("takes a V1 carrier's billing group from its care team, and no physician of a hospital", () => {
    const extension = [
      { url: US_NPI, valueCoding: { code: "1497758544", display: "COUNTY GROUP" } },
      { url: `${VARIABLES}prtcptng_ind_cd`, valueCoding: { code: "1" } },
      { url: `${VARIABLES}carr_line_prvdr_type_cd`, valueCoding: { code: "0" } },
    ];
    const qualification = { coding: [{ system: `${VARIABLES}prvdr_spclty`, code: "41" }] };
    const careTeam = [
      member("primary", { identifier: npi("1923124000") }, { extension, qualification, responsible: true }),
      member("assist", { identifier: npi("1923124001") }),
    ];
    const { header, children } = mappedClaim({ version: "v1", type: "carrier", fields: { careTeam } });
    expect(header).toMatchObject({ billing_npi: "1497758544", attending_npi: null, operating_npi: null });
    expect(children.providers[0]).toMatchObject({
      role: "rendering",
      provider_name: "COUNTY GROUP",
      participating_code: "1",
      provider_type_code: "0",
      specialty_code: "41",
      taxonomy_code: null,
      is_responsible: true,
    });
  });

  it("reads the name, taxonomy and specialty of V3's provider", () => {
    const qualification = {
      coding: [
        { system: "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-PRVDR-SPCLTY-CD", code: "08" },
        { system: "http://nucc.org/provider-taxonomy", code: "207Q00000X" },
      ],
    };
    const careTeam = [
      member(
        "rendering",
        { identifier: npi("1234567893"), display: "DR. X" },
        { qualification, responsible: true },
      ),
    ];
    expect(providersOf(careTeam, { version: "v3" })).toMatchObject([
      { provider_name: "DR. X", specialty_code: "08", taxonomy_code: "207Q00000X", is_responsible: null },
    ]);
  });
});
