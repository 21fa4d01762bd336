import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { generatedSource } from "../../src/simulator/generated-source.ts";
import { NOW } from "./simulator-client.ts";

const SAMPLES = new URL("../../../shared/samples/", import.meta.url);
const SAMPLE_FILES: Readonly<Record<ApiVersion, string>> = {
  v1: "ab2d-v1-stu3-500.ndjson",
  v2: "ab2d-v2-r4-500.ndjson",
  v3: "ab2d-v3-r4-approx-4.ndjson",
};
const VERSIONS = ["v1", "v2", "v3"] as const;

/** What the published samples lack and the server's filter lets through, with the reason: the analyst's column it feeds. */
const BEYOND_THE_SAMPLES: Readonly<Record<ApiVersion, readonly (readonly [RegExp, string])[]>> = {
  v1: [
    [
      /^careTeam\[\]\.(extension|responsible|qualification)/,
      "claim_provider: specialty, participation, type, billing group",
    ],
    [/^organization\.display$/, "claim_provider.provider_name"],
    [/^extension\[\]\.(url=.*prpayamt|valueMoney)/, "an amount that today's V1 filter lets through"],
    [/^diagnosis\[\]\.extension/, "claim_diagnosis.present_on_admission"],
    [/^item\[\]\.(careTeam|diagnosis|procedure)LinkId/, "claim_line: rendering_npi, line_diagnosis_code"],
    [/^item\[\]\.extension.*(url$|ndc|value)/, "claim_line: ndc_code, ndc_quantity"],
    [/^item\[\]\.service\.extension/, "claim_line: ndc_raw of hospitals, anesthesia_units"],
    [/^item\[\]\.servicedDate$/, "claim_line.service_from of institutional lines"],
    [
      /^item\[\]\.locationCodeableConcept\.extension.*(prvdr_zip|clia|valueIdentifier)/,
      "claim_line: zip, CLIA number",
    ],
  ],
  v2: [
    [/^extension\[\]\.(valueCoding|url=.*near_line)/, "claim_version.near_line_record_code"],
    [/^supportingInfo/, "claim_version.drg_code"],
    [
      /^careTeam\[\]\.(extension|responsible|qualification|provider\.display)/,
      "claim_provider: specialty, taxonomy, group's name",
    ],
    [/^careTeam\[\]\.role.*claimcareteamrole$/, "claim_version.billing_npi: the role primary"],
    [/^diagnosis\[\]\.extension/, "claim_diagnosis.present_on_admission, of two kinds"],
    [/^diagnosis\[\]\.diagnosisCodeableConcept.*icd-10-cm$/, "two codings for one diagnosis"],
    [/^procedure\[\].*Coding\/ICD10$/, "claim_procedure.code_system: a second coding"],
    [/^item\[\]\.(careTeam|diagnosis|procedure)Sequence/, "claim_line: rendering_npi, line_diagnosis_code"],
    [
      /^item\[\]\.productOrService\.(extension|coding.*hcpcs_cd)/,
      "claim_line: ndc_code; a HCPCS under two systems",
    ],
    [/^item\[\]\.extension/, "claim_line: anesthesia_units, pricing_state_code, supplier_type_code"],
    [/^item\[\]\.servicedDate$/, "claim_line.service_from of institutional lines"],
    [
      /^item\[\]\.locationCodeableConcept\.extension.*(prvdr_zip|clia|valueIdentifier)/,
      "claim_line: zip, CLIA number",
    ],
  ],
  v3: [
    [/^provider\.reference$/, "claim_version.billing_npi"],
    [
      /^careTeam\[\]\.(qualification|provider\.(identifier|display))/,
      "claim_provider: npi, name, specialty, taxonomy",
    ],
    [/^careTeam\[\]\.role.*claimcareteamrole$/, "a second coding of the role"],
    [/^procedure\[\]/, "claim_procedure"],
    [/^item\[\]\.(careTeam|procedure)Sequence/, "claim_line.rendering_npi, seldom"],
    [
      /^item\[\]\.productOrService.*(HIPPSCodes|data-absent-reason|display)$/,
      "claim_line.hipps_code; no product at all",
    ],
    [/^item\[\]\.extension/, "claim_line: anesthesia_units, pricing_locality_code, provider_type_code"],
    [/^item\[\]\.locationCodeableConcept/, "claim_line.place_of_service_code"],
    [/^item\[\]\.servicedPeriod/, "periods and single days in one claim"],
  ],
};

/** In the samples, and not to be invented. */
const NOT_GENERATED = [
  // Older than the tag Final-Action, which takes its place on the wire.
  "meta.tag[].system=https://bluebutton.cms.gov/fhir/CodeSystem/Adjudication-Status",
];

const generated = new Map<ApiVersion, readonly string[]>();
async function linesOf(apiVersion: ApiVersion): Promise<readonly string[]> {
  const known = generated.get(apiVersion);
  if (known) return known;
  const source = generatedSource({ seed: 1, contract: "Z0001" }, { patients: 100, attestedOn: "2020-01-01" });
  const lines: string[] = [];
  const window = { apiVersion, asOf: NOW.getTime(), after: undefined, until: undefined, serviceDates: [] };
  for await (const batch of source.batches(window)) lines.push(...batch.toString().split("\n").slice(0, -1));
  generated.set(apiVersion, lines);
  return lines;
}

/** Key paths of all lines; a `url` or `system` counts once more with its value. */
function pathsOf(lines: readonly string[]): Set<string> {
  const paths = new Set<string>();
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      for (const member of value) visit(member, `${path}[]`);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        const place = path === "" ? key : `${path}.${key}`;
        visit(member, place);
        if (key === "url" || key === "system")
          paths.add(`${place}=${String(member).replace(/(poa_ind_sw)\d+$/, "$1N")}`);
      }
    } else {
      paths.add(path);
    }
  };
  for (const line of lines) visit(JSON.parse(line), "");
  return paths;
}

const hasSamples = existsSync(SAMPLES);
if (!hasSamples)
  process.stderr.write("shared/samples is absent: shapes are not compared with the published ones\n");

describe.runIf(hasSamples)("renderClaim() beside the published samples", () => {
  const sampleOf = (version: ApiVersion) =>
    readFileSync(new URL(SAMPLE_FILES[version], SAMPLES), "utf8").split("\n").slice(0, -1);

  it.each(VERSIONS)("renderClaim() has every key, URL and system of the %s sample", async (version) => {
    const ours = pathsOf(await linesOf(version));
    const missing = [...pathsOf(sampleOf(version))].filter((path) => !ours.has(path));
    expect(missing.filter((path) => !NOT_GENERATED.includes(path))).toEqual([]);
  });

  it.each(VERSIONS)(
    "renderClaim() has nothing beyond the %s sample but for a named reason",
    async (version) => {
      const theirs = pathsOf(sampleOf(version));
      const extra = [...pathsOf(await linesOf(version))].filter((path) => !theirs.has(path));
      const reasons = BEYOND_THE_SAMPLES[version];
      expect(extra.filter((path) => !reasons.some(([pattern]) => pattern.test(path)))).toEqual([]);
      expect(reasons.filter(([pattern]) => !extra.some((path) => pattern.test(path)))).toEqual([]);
    },
  );

  it.each(VERSIONS)("renderClaim() orders the keys of %s as the sample does", async (version) => {
    const order = (lines: readonly string[]) =>
      new Set(
        lines.flatMap((line) => {
          const keys = Object.keys(JSON.parse(line) as object);
          return keys.slice(1).map((key, index) => `${keys[index]} < ${key}`);
        }),
      );
    const before = new Map<string, Set<string>>();
    for (const pair of order(sampleOf(version))) {
      const [first, second] = pair.split(" < ");
      before.set(first!, (before.get(first!) ?? new Set()).add(second!));
    }
    const isBefore = (first: string, second: string, seen = new Set<string>()): boolean => {
      if (seen.has(first)) return false;
      seen.add(first);
      return [...(before.get(first) ?? [])].some((next) => next === second || isBefore(next, second, seen));
    };
    const reversed = [...order(await linesOf(version))].filter((pair) => {
      const [first, second] = pair.split(" < ");
      return isBefore(second!, first!);
    });
    expect(reversed).toEqual([]);
  });
});

describe("renderClaim()", () => {
  it.each([
    ["v1", 4500, 6500],
    ["v2", 5500, 7800],
    ["v3", 4500, 6500],
  ] as const)("renderClaim() makes %s lines of a realistic size", async (version, low, high) => {
    const sizes = (await linesOf(version)).map((line) => Buffer.byteLength(line)).sort((a, b) => a - b);
    expect(sizes[sizes.length >> 1]).toBeGreaterThan(low);
    expect(sizes[sizes.length >> 1]).toBeLessThan(high);
  });

  it.each([
    ["v1", "decimals as text", /"quantity":\{"value":3\.0\}.*|"value":234\.567/],
    [
      "v1",
      "a DRG without sequence",
      /\{"packageCode":\{"coding":\[\{"system":"[^"]+clm_drg_cd","code":"\d{3}"/,
    ],
    ["v1", "an admitting principal diagnosis", /"code":"admitting".{0,200}"code":"principal"/],
    ["v1", "literal quotes in a text", /"display":"\\"[A-Z]/],
    [
      "v1",
      "an entry of the care team that names nobody",
      /"identifier":\{"system":"http:\/\/hl7\.org\/fhir\/sid\/us-npi"\}/,
    ],
    ["v1", "cancelled versions", /"status":"cancelled"/],
    ["v1", "New York's two offsets", /-04:00"|-05:00"/],
    ["v2", "a PIN that is called an NPI", /"code":"npi"[^}]*\}\]\},"value":"(PCP316413|K25852|8765676)"/],
    ["v2", "UPINs without a value", /"code":"UPIN","display":"[^"]+"\}\]\}\}/],
    ["v2", "HCPCS under two systems", /hcpcs","code":"(\w{5})"\},\{"system":"[^"]+hcpcs_cd","code":"\1"/],
    ["v3", "dotted codes", /"code":"E11\.\d/],
    ["v3", "a code without its dot", /"code":"S8290X"/],
    ["v3", "superseded versions that are active", /"NotFinalAction".*"status":"active"/],
    ["v3", "a DRG without leading zeros", /"code":"drg".{0,250}"code":"(42|65)"/],
    ["v3", "a product that is absent", /data-absent-reason","code":"not-applicable"/],
    ["v3", "names beyond ASCII", /NÚÑEZ/],
    ["v3", "present on admission", /"onAdmission":/],
  ] as const)("renderClaim() shows in %s %s", async (version, _what, pattern) => {
    expect((await linesOf(version)).some((line) => pattern.test(line))).toBe(true);
  });

  it.each(VERSIONS)("renderClaim() leaves no mark of its own in %s", async (version) => {
    for (const line of await linesOf(version)) expect(line).not.toMatch(/~#|undefined|NaN/);
  });

  it("renderClaim() has claims of one to fourteen lines, some with gaps in their numbers", async () => {
    const numbers = (await linesOf("v2")).map((line) =>
      (JSON.parse(line) as { item: { sequence: number }[] }).item.map(({ sequence }) => sequence),
    );
    const counts = numbers.map(({ length }) => length);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([1, 14]);
    expect(numbers.some((list) => list.at(-1)! - list[0]! + 1 > list.length)).toBe(true);
    expect(numbers.every((list) => new Set(list).size === list.length)).toBe(true);
  });

  it("renderClaim() links lines to people and diagnoses that are there", async () => {
    for (const line of await linesOf("v2")) {
      const eob = JSON.parse(line) as {
        careTeam?: { sequence: number }[];
        diagnosis: { sequence: number }[];
        item: { careTeamSequence?: number[]; diagnosisSequence?: number[] }[];
      };
      const people = new Set(eob.careTeam?.map(({ sequence }) => sequence));
      const diagnoses = new Set(eob.diagnosis.map(({ sequence }) => sequence));
      for (const item of eob.item) {
        for (const sequence of item.careTeamSequence ?? []) expect(people.has(sequence)).toBe(true);
        for (const sequence of item.diagnosisSequence ?? []) expect(diagnoses.has(sequence)).toBe(true);
      }
    }
  });

  it("renderClaim() tells one story in V1 and V2: the same diagnoses", async () => {
    interface Diagnosis {
      readonly sequence?: number;
      readonly diagnosisCodeableConcept?: { readonly coding: readonly { readonly code: string }[] };
    }
    const codesOf = (line: string) =>
      (JSON.parse(line) as { id: string; diagnosis: Diagnosis[] }).diagnosis
        .flatMap(({ diagnosisCodeableConcept }) => diagnosisCodeableConcept?.coding[0]?.code ?? [])
        .sort();
    const idOf = (line: string) => (JSON.parse(line) as { id: string }).id;
    const v2 = new Map((await linesOf("v2")).map((line) => [idOf(line), codesOf(line)]));
    for (const line of await linesOf("v1")) expect(codesOf(line)).toEqual(v2.get(idOf(line)));
  });
});
