import { describe, expect, it } from "vitest";
import { API_VERSIONS } from "../../src/domain/api-version.ts";
import { generatedSource } from "../../src/simulator/generated-source.ts";
import { plantedFills } from "../../src/simulator/planted/planted-fills.ts";
import { PLANTED_MEMBERS } from "../../src/simulator/planted/planted-members.ts";

const KEY = { seed: 1, contract: "Z0001" };
const DRAWN = { patients: 12, attestedOn: "2020-01-01" };
const DAY = 86_400_000;
const ANCHORS = [
  "2026-09-28",
  "2026-09-29",
  "2026-09-30",
  "2026-10-01",
  "2026-10-02",
  "2026-12-31",
  "2028-02-29",
];

describe("planted members", () => {
  it("planted members come after those who are drawn, who stay as they are", () => {
    const at = Date.parse("2026-11-06");
    const drawn = generatedSource(KEY, DRAWN).population(at);
    const all = generatedSource(KEY, { ...DRAWN, plantedOn: "2026-09-30" }).population(at);
    expect(all.patients.slice(0, drawn.patients.length)).toEqual(drawn.patients);
    expect(all.patients.slice(drawn.patients.length).map(({ planted }) => planted)).toEqual(PLANTED_MEMBERS);
    for (const version of API_VERSIONS) {
      const claims = drawn.claims[version];
      expect(all.claims[version].slice(0, claims.length)).toEqual(claims);
      expect(new Set(all.claims[version].map(({ eobId }) => eobId)).size).toBe(all.claims[version].length);
    }
    const mbis = all.patients.flatMap(({ currentMbi, historicMbis }) =>
      [currentMbi ?? [], historicMbis].flat(),
    );
    expect(new Set(mbis).size).toBe(mbis.length);
  });

  it.each(ANCHORS)("planted members of %s have all their claims and fills eleven days later", (plantedOn) => {
    const source = generatedSource(KEY, { patients: 0, attestedOn: "2020-01-01", plantedOn });
    const { claims, patients } = source.population(Date.parse(plantedOn) + 11 * DAY);
    for (const { ccwId, planted } of patients) {
      const theirs = claims.v2.filter(({ patientId }) => patientId === ccwId);
      const written = planted!.claims;
      expect(theirs).toHaveLength(written.length + written.filter(({ before }) => before).length);
      expect(theirs.filter(({ isCurrent }) => isCurrent)).toHaveLength(
        written.filter(({ isCancelled }) => !isCancelled).length,
      );
    }
    const fills = PLANTED_MEMBERS.flatMap(({ fills: theirs = [] }) => theirs);
    expect(plantedFills(patients, plantedOn)).toHaveLength(fills.length);
  });

  it.each(API_VERSIONS)("planted members are exported in %s like everybody", async (apiVersion) => {
    const asOf = Date.parse("2026-11-06");
    const source = generatedSource(KEY, { ...DRAWN, plantedOn: "2026-09-30" });
    const ids: string[] = [];
    const window = { apiVersion, asOf, after: undefined, until: undefined, serviceDates: [] };
    for await (const batch of source.batches(window)) {
      for (const line of batch.toString().trimEnd().split("\n")) ids.push(JSON.parse(line).id);
    }
    expect(ids.sort()).toEqual(
      source
        .population(asOf)
        .claims[apiVersion].map(({ eobId }) => eobId)
        .sort(),
    );
  });
});
