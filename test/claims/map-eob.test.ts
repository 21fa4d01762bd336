import { describe, expect, it } from "vitest";
import { API_VERSIONS, type ApiVersion } from "../../src/domain/api-version.ts";
import { parseInstant } from "../../src/domain/instant.ts";
import type { EobOptions } from "../support/eob.ts";
import { mappedClaim } from "../support/mapped-claim.ts";

const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";
const CODE_SYSTEMS = "https://bluebutton.cms.gov/fhir/CodeSystem/";
const FINAL_ACTION = `${CODE_SYSTEMS}Final-Action`;

function typed(system: string, code: string): Record<string, unknown> {
  return { type: { coding: [{ system, code }] } };
}

describe("mapEob() identity and versions", () => {
  it.each(API_VERSIONS)("maps a minimal EOB of %s", (version) => {
    const { header, children, mbis } = mappedClaim({ version });
    expect(header).toMatchObject({
      source_system: version === "v3" ? "idr" : "ccw",
      api_version: version,
      eob_id: version === "v3" ? "-1000" : "outpatient--1000",
      claim_id: "-1000",
      claim_group_id: version === "v3" ? null : "-77",
      claim_control_number: version === "v3" ? "97500579086776SHU" : null,
      beneficiary_id: version === "v3" ? "idr:-10000000005142" : "ccw:-10000000005142",
      patient_id: "-10000000005142",
      claim_type: "outpatient",
      claim_form: "institutional",
      service_from: "2024-02-01",
      service_to: "2024-02-03",
      is_final: true,
      last_updated: parseInstant("2024-03-01T15:20:30.456Z"),
      principal_diagnosis_code: "E119",
      line_count: 1,
      diagnosis_count: 1,
      procedure_count: 0,
      is_part2_restricted: false,
      meta_source: version === "v3" ? "NCH" : null,
    });
    expect(children.lines).toHaveLength(1);
    expect(mbis).toEqual([{ mbi: "1S00E00DP42", currency: "current" }]);
  });

  it.each<[string, EobOptions]>([
    ["group:-77", {}],
    ["group:-77", { version: "v1" }],
    ["claim:-1000", { claimGroup: null }],
    ["claim:outpatient--1000", { fields: { identifier: undefined } }],
    ["idr-claim:-1000", { version: "v3" }],
    ["idr-claim:-1000", { version: "v3", fields: { identifier: [] } }],
  ])("names the claim family %s", (family, options) => {
    expect(mappedClaim(options).header.claim_family_key).toBe(family);
  });

  it.each<[boolean, EobOptions]>([
    [true, {}],
    [false, { status: "cancelled" }],
    [true, { version: "v3" }],
    [true, { version: "v3", finalAction: null }],
    [false, { version: "v3", finalAction: "NotFinalAction" }],
    [false, { version: "v3", status: "cancelled" }],
  ])("says is_final %s", (isFinal, options) => {
    expect(mappedClaim(options).header.is_final).toBe(isFinal);
  });

  it("reads the Final-Action tag in V3 only", () => {
    expect(mappedClaim({ version: "v3" }).header.final_action).toBe("FinalAction");
    expect(mappedClaim({ version: "v3", finalAction: null }).header.final_action).toBeNull();
    const meta = { tag: [{ system: FINAL_ACTION, code: "Unheard" }] };
    expect(mappedClaim({ fields: { meta } }).header.final_action).toBeNull();
  });

  it.each([
    ["2021-08-17T13:47:58.887-04:00", "2021-08-17T17:47:58.887Z"],
    ["2026-03-05T21:08:59.219+00:00", "2026-03-05T21:08:59.219Z"],
    ["2026-03-05T21:08:59.123456Z", "2026-03-05T21:08:59.123456Z"],
    ["9999-12-31T00:00:00Z", "9999-12-31T00:00:00Z"],
  ])("reads lastUpdated %s", (lastUpdated, utc) => {
    expect(mappedClaim({ lastUpdated }).header.last_updated).toBe(parseInstant(utc));
  });

  it("lets lastUpdated be absent", () => {
    expect(mappedClaim({ lastUpdated: null }).header.last_updated).toBeNull();
  });
});

describe("mapEob() claim type and form", () => {
  const form = {
    v1: "http://hl7.org/fhir/ex-claimtype",
    v2: "http://terminology.hl7.org/CodeSystem/claim-type",
  };

  it.each([
    ["10", "hha", "institutional"],
    ["20", "snf", "institutional"],
    ["30", "snf", "institutional"],
    ["40", "outpatient", "institutional"],
    ["50", "hospice", "institutional"],
    ["60", "inpatient", "institutional"],
    ["64", "inpatient", "institutional"],
    ["72", "carrier", "professional"],
    ["81", "dme", "professional"],
    ["82", "dme", "professional"],
    ["99", "other", null],
    ["constructor", "other", null],
  ])("maps type code %s to %s, %s", (code, claimType, claimForm) => {
    const { header } = mappedClaim({ fields: typed(`${VARIABLES}nch_clm_type_cd`, code) });
    expect([header.claim_type, header.claim_type_code, header.claim_form]).toEqual([
      claimType,
      code,
      claimForm,
    ]);
  });

  it.each<[ApiVersion, string]>([
    ["v1", form.v1],
    ["v2", form.v2],
    ["v3", form.v2],
  ])("takes the wire's form in %s for another type only", (version, system) => {
    const coding = [{ system, code: "professional" }];
    expect(mappedClaim({ version, fields: { type: { coding } } }).header.claim_form).toBe("professional");
    const known = {
      system: version === "v3" ? `${CODE_SYSTEMS}CLM-TYPE-CD` : `${VARIABLES}nch_clm_type_cd`,
      code: "40",
    };
    const both = mappedClaim({ version, fields: { type: { coding: [known, ...coding] } } });
    expect(both.header.claim_form).toBe("institutional");
  });

  it("loads a shared-system claim as other", () => {
    const { header } = mappedClaim({ version: "v3", fields: typed(`${CODE_SYSTEMS}CLM-TYPE-CD`, "1800") });
    expect([header.claim_type, header.claim_type_code]).toEqual(["other", "1800"]);
  });
});

describe("mapEob() members", () => {
  it("calls an MBI without currency unknown", () => {
    const mbis = [
      { mbi: "A", currency: null },
      { mbi: "B", currency: "odd" },
      "C",
      { mbi: "D", currency: "historic" },
    ];
    expect(mappedClaim({ mbis }).mbis).toEqual([
      { mbi: "A", currency: "unknown" },
      { mbi: "B", currency: "unknown" },
      { mbi: "C", currency: "current" },
      { mbi: "D", currency: "historic" },
    ]);
  });

  it("gives each MBI once, with its best currency", () => {
    const mbis = [
      { mbi: "A", currency: null },
      { mbi: "B", currency: "historic" },
      { mbi: "A", currency: "historic" },
      "B",
      "A",
    ];
    expect(mappedClaim({ mbis }).mbis).toEqual([
      { mbi: "A", currency: "current" },
      { mbi: "B", currency: "current" },
    ]);
  });

  it("needs no MBI and takes no other identifier for one", () => {
    expect(mappedClaim({ mbis: [] }).mbis).toEqual([]);
    expect(mappedClaim({ fields: { extension: undefined } }).mbis).toEqual([]);
    const url = "http://hl7.org/fhir/StructureDefinition/elementdefinition-identifier";
    const extension = [
      { url, valueIdentifier: { system: "x", value: "A" } },
      { url },
      { url: "x", valueIdentifier: { system: "http://hl7.org/fhir/sid/us-mbi", value: "A" } },
    ];
    expect(mappedClaim({ fields: { extension } }).mbis).toEqual([]);
  });

  it("keeps two current MBIs: the newest export decides", () => {
    expect(mappedClaim({ mbis: ["A", "B"] }).mbis.map((mbi) => mbi.currency)).toEqual(["current", "current"]);
  });
});
