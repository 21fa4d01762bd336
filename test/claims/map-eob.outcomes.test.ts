import { describe, expect, it } from "vitest";
import { mapEob } from "../../src/claims/map-eob.ts";
import { parseEob } from "../../src/claims/parse-eob.ts";
import { API_VERSIONS } from "../../src/domain/api-version.ts";
import { type EobOptions, eob } from "../support/eob.ts";
import { mappedClaim } from "../support/mapped-claim.ts";

const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";
const CODE_SYSTEMS = "https://bluebutton.cms.gov/fhir/CodeSystem/";

function outcomeOf(options: EobOptions): string {
  const mapped = mapEob(parseEob(JSON.stringify(eob(options))), { apiVersion: options.version ?? "v2" });
  return mapped.kind === "claim" ? "claim" : `${mapped.kind}: ${mapped.reason}`;
}

function typed(system: string, code: string): Record<string, unknown> {
  return { type: { coding: [{ system, code }] } };
}

describe("mapEob() leaves out", () => {
  it.each<[string, EobOptions]>([
    ["part_d", { fields: typed("https://bluebutton.cms.gov/resources/codesystem/eob-type", "PDE") }],
    [
      "part_d",
      { version: "v1", fields: typed("https://bluebutton.cms.gov/resources/codesystem/eob-type", "PDE") },
    ],
    ["part_d", { version: "v3", fields: typed(`${CODE_SYSTEMS}EOB-TYPE`, "PDE") }],
    ["part_d", { fields: typed(`${VARIABLES}nch_clm_type_cd`, "4") }],
    [
      "part_d",
      { version: "v3", fields: { ...typed(`${CODE_SYSTEMS}CLM-TYPE-CD`, "1"), billablePeriod: undefined } },
    ],
    ["prior_authorization", { fields: { use: "preauthorization" } }],
    ["prior_authorization", { fields: { use: "predetermination" } }],
    ["prior_authorization", { version: "v3", fields: { meta: { source: "CWF" } } }],
    [
      "prior_authorization",
      {
        version: "v3",
        fields: {
          identifier: [
            { system: "https://bluebutton.cms.gov/identifiers/Unique-Tracking-Number", value: "0000" },
          ],
        },
      },
    ],
  ])("%s by policy", (reason, options) => {
    expect(outcomeOf(options)).toBe(`excluded: ${reason}`);
  });

  it("no claim whose service classification is 1 to 4", () => {
    expect(outcomeOf({ version: "v1", fields: typed(`${VARIABLES}clm_srvc_clsfctn_type_cd`, "3") })).toBe(
      "claim",
    );
  });
});

describe("mapEob() rejects", () => {
  const icd10 = "http://hl7.org/fhir/sid/icd-10";
  const coded = (sequence?: unknown) => ({
    sequence,
    diagnosisCodeableConcept: { coding: [{ system: icd10, code: "E119" }] },
  });
  const procedure = (sequence?: unknown, date?: string) => ({
    sequence,
    date,
    procedureCodeableConcept: { coding: [{ system: icd10, code: "BW03ZZZ" }] },
  });

  it.each<[string, EobOptions]>([
    ["not_an_eob", { fields: { resourceType: "OperationOutcome" } }],
    ["not_an_eob", { fields: { resourceType: undefined } }],
    ["id_missing", { id: "" }],
    ["id_missing", { fields: { id: 12 } }],
    [
      "part2_restricted",
      { version: "v3", fields: { meta: { security: [null, { code: "R" }, { code: "42CFRPart2" }] } } },
    ],
    ["patient_missing", { patientId: "" }],
    ["patient_missing", { fields: { patient: { display: "x" } } }],
    ["status_missing", { fields: { status: undefined } }],
    ["final_action_unknown", { version: "v3", finalAction: "MaybeFinalAction" }],
    ["last_updated_invalid", { lastUpdated: "yesterday" }],
    ["last_updated_invalid", { lastUpdated: "2024-03-01" }],
    ["billable_period_missing", { fields: { billablePeriod: undefined } }],
    ["billable_period_missing", { fields: { billablePeriod: { start: 20240201 } } }],
    ["date_invalid", { from: "2023-02-29" }],
    ["date_invalid", { to: "2024-13-01" }],
    ["date_invalid", { to: "2024-02" }],
    ["date_invalid", { from: "0000-01-01" }],
    ["date_invalid", { items: [{ sequence: 1, servicedDate: "2024-04-31" }] }],
    ["date_invalid", { items: [{ sequence: 1, servicedPeriod: { start: "2024-04-01", end: "soon" } }] }],
    ["date_invalid", { fields: { procedure: [procedure(1, "2016-11-31T00:00:00-05:00")] } }],
    ["sequence_missing", { items: [{}] }],
    ["sequence_missing", { items: [{ sequence: "1" }] }],
    ["sequence_missing", { items: [{ sequence: 1.5 }] }],
    ["sequence_missing", { items: [{ sequence: 2 ** 31 }] }],
    ["sequence_missing", { fields: { diagnosis: [coded()] } }],
    ["sequence_missing", { fields: { procedure: [procedure()] } }],
    ["sequence_duplicate", { items: [{ sequence: 1 }, { sequence: 2 }, { sequence: 1 }] }],
    ["sequence_duplicate", { fields: { diagnosis: [coded(3), coded(3)] } }],
    ["sequence_duplicate", { fields: { procedure: [procedure(0), procedure(-0)] } }],
    ["text_not_storable", { id: "a\0b" }],
    ["text_not_storable", { id: "a\ud800" }],
    ["text_not_storable", { diagnoses: ["E\udc00"] }],
    ["text_not_storable", { mbis: ["1S00\0"] }],
    ["text_not_storable", { items: [{ sequence: 1, locationAddress: { state: "\0" } }] }],
  ])("%s", (reason, options) => {
    expect(outcomeOf(options)).toBe(`rejected: ${reason}`);
  });

  it.each([undefined, null, 1, "x", true, []])("not_an_object: %j", (value) => {
    expect(mapEob(value, { apiVersion: "v2" })).toEqual({ kind: "rejected", reason: "not_an_object" });
  });

  it.each([
    ["1e31", "number_invalid"],
    ["-1.1e30", "number_invalid"],
    ["0e101", "number_invalid"],
    ["1e-101", "number_invalid"],
    [`0.${"1".repeat(100)}`, "number_invalid"],
    ["1e30", undefined],
    ["-1e30", undefined],
    ["1E-100", undefined],
    [`0.${"1".repeat(99)}`, undefined],
  ])("quantity %s: %s", (digits, reason) => {
    const line = JSON.stringify(eob({ items: [{ sequence: 1, quantity: { value: 7777 } }] })).replace(
      "7777",
      digits,
    );
    const mapped = mapEob(parseEob(line), { apiVersion: "v2" });
    expect(mapped.kind === "claim" ? undefined : mapped.reason).toBe(reason);
    if (mapped.kind === "claim") expect(mapped.children.lines[0]?.quantity).toBe(digits);
  });

  it("no EOB for what it does not map", () => {
    const fields = {
      diagnosis: [{ packageCode: { coding: [] } }, null, "x"],
      procedure: {},
      careTeam: "x",
      unheard: { "\0": "\0" },
      supportingInfo: [null],
      contained: [3],
      insurance: null,
    };
    for (const version of API_VERSIONS) expect(outcomeOf({ version, fields })).toBe("claim");
  });

  it("no billable period with one end: it stands for both", () => {
    const days = (billablePeriod: unknown) => {
      const { service_from, service_to } = mappedClaim({ fields: { billablePeriod } }).header;
      return [service_from, service_to];
    };
    expect(days({ start: "2024-02-29" })).toEqual(["2024-02-29", "2024-02-29"]);
    expect(days({ end: "2024-02-29T00:00:00-05:00" })).toEqual(["2024-02-29", "2024-02-29"]);
  });
});
