import { describe, expect, it } from "vitest";
import { addressName, codeName, fieldName } from "../../../src/claims/drift/place-name.ts";

describe("fieldName()", () => {
  it.each(["servicedDate", "valueCoding", "_birthDate", "id"])("fieldName() shows %s", (name) => {
    expect(fieldName(name)).toBe(name);
  });

  it.each([
    "1EG4TE5MK73",
    "a1EG4TE5MK73",
    "Smith",
    "jane doe",
    "DOE, JANE",
    "1941-02-03",
    "__proto__",
    "x".repeat(41),
    "",
    "náme",
    "a.b",
    "a\nb",
  ])("fieldName() does not show %j", (name) => {
    expect(fieldName(name)).toBe("?");
  });
});

describe("addressName()", () => {
  it.each([
    ["https://bluebutton.cms.gov/resources/variables/prpayamt"],
    ["https://bluebutton.cms.gov/fhir/StructureDefinition/CLM-QUERY-CD"],
    ["http://hl7.org/fhir/sid/icd-10-cm"],
    ["http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType"],
    ["http://nucc.org/provider-taxonomy"],
  ])("addressName() shows %s", (address) => {
    expect(addressName(address)).toBe(address);
  });

  it.each([
    [
      "https://bluebutton.cms.gov/resources/variables/clm_poa_ind_sw12",
      "https://bluebutton.cms.gov/resources/variables/clm_poa_ind_swN",
    ],
    ["http://hl7.org/fhir/sid/icd-11", "http://hl7.org/fhir/sid/icd-N"],
    ["http://terminology.hl7.org/CodeSystem/v2-0203", "http://terminology.hl7.org/CodeSystem/v2-N"],
    ["https://bluebutton.cms.gov/v3/Patient/-10000000005142", "https://bluebutton.cms.gov/vN/Patient/?"],
    ["https://bluebutton.cms.gov/x/1EG4TE5MK73/y", "https://bluebutton.cms.gov/x/?/y"],
    ["https://bluebutton.cms.gov/x/mbi-1EG4-TE5-MK73", "https://bluebutton.cms.gov/x/?"],
    ["https://bluebutton.cms.gov/x/Jane%20Doe", "https://bluebutton.cms.gov/x/?"],
    ["https://bluebutton.cms.gov/x/ssn123456789a", "https://bluebutton.cms.gov/x/ssnNa"],
  ])("addressName() shows %s without its numbers and data", (address, shown) => {
    expect(addressName(address)).toBe(shown);
  });

  it.each([
    "Jane Doe",
    "DOE, JANE",
    "1EG4TE5MK73",
    "urn:oid:2.16.840.1.113883.4.4",
    "https://example.org/Jane-Doe",
    "https://jane.doe/cms.gov",
    "https://janedoe-cms.gov/x",
    "https://bluebutton.cms.gov/x?mbi=1EG4TE5MK73",
    "https://bluebutton.cms.gov/x#JaneDoe",
    "https://jane:doe@cms.gov/x",
    `https://bluebutton.cms.gov/${"x".repeat(200)}`,
    "",
  ])("addressName() does not show %j", (address) => {
    expect(addressName(address)).toBe("?");
  });
});

describe("codeName()", () => {
  it.each(["NotFinalAction", "otheroperating", "external-first", "71", "1800", "CLM_NRLN_RIC_CD", "A1"])(
    "codeName() shows %s",
    (code) => {
      expect(codeName(code)).toBe(code);
    },
  );

  it.each(["1EG4TE5MK73", "123456789", "Jane Doe", "19410203", "x".repeat(40), "", "E11.9"])(
    "codeName() does not show %j",
    (code) => {
      expect(codeName(code)).toBe("?");
    },
  );
});
