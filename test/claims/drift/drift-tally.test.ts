import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDrift } from "../../../src/claims/drift/add-drift.ts";
import { driftTally } from "../../../src/claims/drift/drift-tally.ts";
import { parseEob } from "../../../src/claims/parse-eob.ts";
import type { ApiVersion } from "../../../src/domain/api-version.ts";
import { type EobOptions, eob } from "../../support/eob.ts";

const CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/";
const VARIABLES = "https://bluebutton.cms.gov/resources/variables/";
const STRUCTURES = "https://bluebutton.cms.gov/fhir/StructureDefinition/";
const MBI = "1EG4TE5MK73";

/** The places met in EOBs, each read from a line as the loader does it. */
function placesIn(version: ApiVersion, ...eobs: readonly unknown[]): Record<string, number> {
  const tally = driftTally(version);
  for (const value of eobs) tally.note(parseEob(JSON.stringify(value)));
  return Object.fromEntries(tally.places());
}
const placesOf = (options: EobOptions) => Object.keys(placesIn(options.version ?? "v2", eob(options)));

describe("driftTally()", () => {
  it.each(["v1", "v2", "v3"] as const)("driftTally() finds nothing in a plain claim of %s", (version) => {
    expect(placesOf({ version })).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ["an element", { priority: { text: "x" } }, ["priority"]],
    ["a list", { adjudication: [{ amount: 1 }, { amount: 2 }] }, ["adjudication[]"]],
    [
      "an extension beside those known",
      {
        item: [
          { sequence: 1, extension: [{ url: `${STRUCTURES}CLM-NEW`, valueCoding: { code: MBI } }] },
          { sequence: 2, extension: [{ url: `${STRUCTURES}CLM-PRVDR-TYPE-CD`, valueCoding: { code: "1" } }] },
        ],
      },
      [`item[].extension[url=${STRUCTURES}CLM-NEW].valueCoding`],
    ],
    [
      "an extension where there was none",
      { billablePeriod: { start: "2024-02-01", extension: [{ url: `${STRUCTURES}CLM-NEW` }] } },
      [`billablePeriod.extension[url=${STRUCTURES}CLM-NEW]`],
    ],
    [
      "another kind of value of a known extension",
      {
        item: [
          {
            sequence: 1,
            extension: [{ url: `${STRUCTURES}CLM-PRVDR-TYPE-CD`, valueCodeableConcept: { text: MBI } }],
          },
        ],
      },
      [`item[].extension[url=${STRUCTURES}CLM-PRVDR-TYPE-CD].valueCodeableConcept`],
    ],
    [
      "a code of another system",
      {
        item: [
          { sequence: 1, productOrService: { coding: [{ system: `${CARIN}New`, code: MBI, display: MBI }] } },
        ],
      },
      [`item[].productOrService.coding[system=${CARIN}New]`],
    ],
    [
      "a code without a system",
      { item: [{ sequence: 1, productOrService: { coding: [{ code: "99213" }] } }] },
      ["item[].productOrService.coding[]"],
    ],
    [
      "an identifier of another system, alone or in a list",
      {
        identifier: [{ system: `${CARIN}ids`, value: MBI }, { value: MBI }],
        careTeam: [{ sequence: 1, provider: { identifier: { system: `${CARIN}ids`, value: MBI } } }],
      },
      [
        `identifier[system=${CARIN}ids]`,
        "identifier[]",
        `careTeam[].provider.identifier(system=${CARIN}ids)`,
      ],
    ],
    [
      "information of another category",
      { supportingInfo: [{ sequence: 1, category: { coding: [{ code: "info" }, { code: "CLM_NEW" }] } }] },
      ["supportingInfo[category=CLM_NEW]"],
    ],
    [
      "another contained resource",
      { contained: [{ resourceType: "Observation", id: MBI }] },
      ["contained[resourceType=Observation]"],
    ],
    [
      "a tag",
      { meta: { tag: [{ system: `${CARIN}Tag`, code: "x" }], security: [{ system: `${CARIN}Act` }] } },
      [`meta.tag[system=${CARIN}Tag]`, `meta.security[system=${CARIN}Act]`],
    ],
  ])("driftTally() finds %s", (_what, fields, places) => {
    expect(placesOf({ version: "v3", fields })).toEqual(places);
  });

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ["an object for a list", { item: { sequence: 1 } }, ["item.sequence"]],
    ["a list for an object", { patient: [{ reference: `Patient/${MBI}` }] }, ["patient[]"]],
    ["an object for a text", { status: { value: "active" } }, ["status.value"]],
    ["a text for an object", { patient: MBI }, ["patient (string)"]],
    ["a text for a number", { item: [{ sequence: MBI }] }, ["item[].sequence (string)"]],
    [
      "a number for a text, and texts in a list of codes",
      { type: { coding: [MBI] }, billablePeriod: { start: 20240201 } },
      ["type.coding[] (string)", "billablePeriod.start (number)"],
    ],
  ])("driftTally() finds another JSON type: %s", (_what, fields, places) => {
    expect(placesOf({ version: "v3", fields })).toEqual(places);
  });

  it("driftTally() takes null and the empty for nothing", () => {
    expect(placesOf({ fields: { priority: null, adjudication: [], extension: null, item: [null] } })).toEqual(
      [],
    );
  });

  it("driftTally() finds codes that decide how a claim is read", () => {
    const type = (system: string) => ({ coding: [{ system, code: "99" }] });
    expect(placesOf({ fields: { type: type(`${VARIABLES}nch_clm_type_cd`) } })).toEqual([
      `type.coding[system=${VARIABLES}nch_clm_type_cd].code=99`,
    ]);
    const finalAction = "https://bluebutton.cms.gov/fhir/CodeSystem/Final-Action";
    expect(placesOf({ version: "v3", finalAction: "Superseded" })).toEqual([
      `meta.tag[system=${finalAction}].code=Superseded`,
    ]);
    expect(placesOf({ version: "v3", finalAction: MBI })).toEqual([`meta.tag[system=${finalAction}].code=?`]);
    const role = `${CARIN}C4BBClaimCareTeamRole`;
    expect(
      placesOf({
        version: "v3",
        fields: { careTeam: [{ sequence: 1, role: { coding: [{ system: role, code: "supervisor" }] } }] },
      }),
    ).toEqual([`careTeam[].role.coding[system=${role}].code=supervisor`]);
    const diagnosisType = `${CARIN}C4BBClaimDiagnosisType`;
    const diagnosis = [{ sequence: 1, type: [{ coding: [{ system: diagnosisType, code: "suspected" }] }] }];
    expect(placesOf({ fields: { diagnosis } })).toEqual([
      `diagnosis[].type[].coding[system=${diagnosisType}].code=suspected`,
    ]);
  });

  it("driftTally() knows a numbered family as one place, and a new one as one", () => {
    const indicators = (name: string) => ({
      diagnosis: Array.from({ length: 25 }, (_, index) => ({
        sequence: index + 1,
        extension: [{ url: `${VARIABLES}${name}${index + 1}`, valueCoding: { code: "Y" } }],
      })),
    });
    expect(placesOf({ version: "v1", fields: indicators("clm_poa_ind_sw") })).toEqual([]);
    expect(placesOf({ version: "v1", fields: indicators("clm_new_ind_sw") })).toEqual([
      `diagnosis[].extension[url=${VARIABLES}clm_new_ind_swN].valueCoding`,
    ]);
  });

  it("driftTally() counts EOBs, not occurrences", () => {
    const twice = eob({
      fields: {
        item: [
          { sequence: 1, net: 1 },
          { sequence: 2, net: 2 },
        ],
      },
    });
    const once = eob({ fields: { item: [{ sequence: 1, net: 1 }] } });
    expect(placesIn("v2", twice, once, eob())).toEqual({ "item[].net": 2 });
  });

  it("driftTally() holds as many places as it may, and one for the rest", () => {
    const letters = "abcdefghijklmnopqrstuvwxyz";
    const many = eob({ fields: Object.fromEntries([...letters].map((letter) => [`new${letter}`, 1])) });
    const tally = driftTally("v2", { maxPlaces: 3 });
    for (let count = 0; count < 4; count += 1) tally.note(parseEob(JSON.stringify(many)));
    expect(Object.fromEntries(tally.places())).toEqual({ newa: 4, newb: 4, newc: 4, "(more)": 4 });
  });

  it("driftTally() looks no deeper than it knows", () => {
    const deep = `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`;
    const text = JSON.stringify(eob()).replace(/}$/, `,"priority":${deep}}`);
    const tally = driftTally("v2");
    tally.note(parseEob(text));
    expect([...tally.places().keys()]).toEqual(["priority"]);
  });

  it("driftTally() shows no data, whatever an EOB calls its parts", () => {
    const secret = fc.constantFrom(
      MBI,
      "Jane Doe",
      "DOE, JANE",
      "1941-02-03",
      "-10000000005142",
      "123-45-6789",
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        secret,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(
          fc.oneof(
            secret,
            fc.constantFrom(
              ...["item", "coding", "extension", "url", "system", "code", "identifier", "type", "status"],
              ...[
                "category",
                "supportingInfo",
                "contained",
                "resourceType",
                "careTeam",
                "role",
                "meta",
                "tag",
              ],
            ),
          ),
          tie("value"),
          { maxKeys: 5 },
        ),
      ),
    })).value;
    fc.assert(
      fc.property(fc.constantFrom("v1", "v2", "v3"), json, (version: ApiVersion, value) => {
        const shown = JSON.stringify(
          placesIn(version, { resourceType: "ExplanationOfBenefit", item: [value] }, value),
        );
        expect(shown).not.toMatch(/1EG4|Jane|JANE|1941|5142|6789/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("addDrift()", () => {
  it("addDrift() adds batches up, and keeps as many places as a batch", () => {
    const file = new Map<string, number>();
    const batch = (from: number) =>
      new Map(Array.from({ length: 150 }, (_, index) => [`p${from + index}`, 2]));
    addDrift(file, batch(0));
    addDrift(file, batch(100));
    expect(file.size).toBe(201);
    expect([file.get("p0"), file.get("p149"), file.get("p199"), file.get("(more)")]).toEqual([2, 4, 2, 100]);
  });
});
