import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { generatedSource } from "../../src/simulator/generated-source.ts";
import type { ClaimTruth, Population } from "../../src/simulator/population.ts";
import { NOW, setup } from "./simulator-client.ts";

const KEY = { seed: 1, contract: "Z0001" };
const FORTNIGHT = 14 * 86_400_000;
const OPTIONS = { patients: 100, attestedOn: "2020-01-01" };
const FULL = { after: undefined, until: undefined, serviceDates: [] };

const source = generatedSource(KEY, OPTIONS);
const now = NOW.getTime();

interface Eob {
  readonly id: string;
  readonly meta: { readonly lastUpdated: string; readonly tag?: readonly { readonly code: string }[] };
  readonly status: string;
  readonly patient: { readonly reference: string };
  readonly identifier: readonly { readonly system?: string; readonly value: string }[];
  readonly extension?: readonly {
    readonly url: string;
    readonly valueIdentifier?: {
      readonly value: string;
      readonly extension: readonly { readonly valueCoding: { readonly code: string } }[];
    };
  }[];
}

async function eobs(apiVersion: ApiVersion, asOf = now, contractSource = source): Promise<Eob[]> {
  const all: Eob[] = [];
  for await (const batch of contractSource.batches({ ...FULL, apiVersion, asOf })) {
    for (const line of batch.toString().split("\n").slice(0, -1)) all.push(JSON.parse(line) as Eob);
  }
  return all;
}

function mbisOf({ extension = [] }: Eob): { value: string; currency: string }[] {
  return extension.flatMap(({ valueIdentifier }) =>
    valueIdentifier
      ? [{ value: valueIdentifier.value, currency: valueIdentifier.extension[0]!.valueCoding.code }]
      : [],
  );
}

const byId = (claims: readonly ClaimTruth[]) => new Map(claims.map((claim) => [claim.eobId, claim]));

describe("population()", () => {
  it("population() is what a full export of each version brings", async () => {
    const truth = source.population(now);
    for (const version of ["v1", "v2", "v3"] as const) {
      const exported = await eobs(version);
      const held = exported.map((eob) => {
        const group = eob.identifier.find(({ system }) => system?.endsWith("claim-group"))?.value;
        const isActive =
          version === "v3"
            ? eob.meta.tag!.some(({ code }) => code === "FinalAction")
            : eob.status === "active";
        return {
          eobId: eob.id,
          familyKey: version === "v3" ? `claim:${eob.id}` : `group:${group}`,
          lastUpdated: new Date(eob.meta.lastUpdated),
          isActive,
          isCurrent: isActive,
          patientId: eob.patient.reference.replace("Patient/", ""),
        };
      });
      expect(byId(held)).toEqual(byId(truth.claims[version]));
      expect(held).toHaveLength(truth.claims[version].length);
    }
  }, 20_000);

  it("population() gives V1 and V2 the same ids and times, and V3 ids of its own", () => {
    const { claims } = source.population(now);
    expect(claims.v1).toEqual(claims.v2);
    const [one, other] = [claims.v2[0]!, claims.v3[0]!];
    expect(one.eobId).toMatch(/^(carrier|dme|hha|hospice|inpatient|outpatient|snf)--\d{14}$/);
    expect(other.eobId).toMatch(/^-\d{14}$/);
    expect(other.patientId).not.toBe(one.patientId);
    expect(new Set(claims.v1.map(({ eobId }) => eobId)).size).toBe(claims.v1.length);
    expect(new Set(claims.v3.map(({ eobId }) => eobId)).size).toBe(claims.v3.length);
  });

  it("population() holds about 35 claims a patient, one to three a family, at most one of them active", () => {
    const { claims } = source.population(now);
    expect(claims.v1.length / OPTIONS.patients).toBeGreaterThan(28);
    expect(claims.v1.length / OPTIONS.patients).toBeLessThan(42);
    for (const [, versions] of families(claims.v1)) {
      expect(versions.filter(({ isActive }) => isActive).length).toBeLessThanOrEqual(1);
    }
    const sizes = [...families(claims.v1).values()].map(({ length }) => length);
    expect(sizes.filter((size) => size === 1).length).toBeGreaterThan(sizes.length / 2);
    expect(Math.max(...sizes)).toBeGreaterThan(2);
  });

  it("population() is a pure function of seed, contract and instant", () => {
    expect(generatedSource(KEY, OPTIONS).population(now)).toEqual(source.population(now));
    const other = generatedSource({ ...KEY, seed: 2 }, OPTIONS).population(now);
    expect(other.claims.v1.map(({ lastUpdated }) => lastUpdated)).not.toEqual(
      source.population(now).claims.v1.map(({ lastUpdated }) => lastUpdated),
    );
    const neighbour = generatedSource({ ...KEY, contract: "Z0002" }, OPTIONS).population(now);
    const ids = new Set(source.population(now).claims.v1.map(({ eobId }) => eobId));
    expect(neighbour.claims.v1.some(({ eobId }) => ids.has(eobId))).toBe(false);
  });

  it("population() of more patients begins with those of fewer", () => {
    const few = generatedSource(KEY, { ...OPTIONS, patients: 7 }).population(now);
    expect(source.population(now).claims.v1.slice(0, few.claims.v1.length)).toEqual(few.claims.v1);
  });

  it("population() lets claims' times cluster on Monday nights and Tuesday mornings in New York, many to the millisecond", () => {
    const times = source.population(now).claims.v1.map(({ lastUpdated }) => lastUpdated);
    const days = new Set(
      times.map((time) =>
        time.toLocaleDateString("en-US", { weekday: "short", timeZone: "America/New_York" }),
      ),
    );
    expect([...days].sort()).toEqual(["Mon", "Tue"]);
    expect(new Set(times.map(Number)).size).toBeLessThan(times.length * 0.75);
  });
});

describe("evolution", () => {
  const STARTS = Array.from({ length: 60 }, (_, index) => Date.UTC(2025, 0, 1) + index * 11 * 86_400_000);

  it.each(STARTS.map((start) => new Date(start).toISOString().slice(0, 10)))(
    "evolution brings new, changed, cancelled and re-delivered claims in the fortnight from %s",
    (day) => {
      const start = Date.parse(day);
      const [before, after] = [source.population(start), source.population(start + FORTNIGHT)];
      const changes = compare(before, after);
      expect(changes.newFamilies).toBeGreaterThan(0);
      expect(changes.adjustments).toBeGreaterThan(0);
      expect(changes.cancelledFamilies).toBeGreaterThan(0);
      expect(changes.redelivered).toBeGreaterThan(0);
      const share = changes.delivered / after.claims.v1.length;
      expect(share).toBeGreaterThan(0.012);
      expect(share).toBeLessThan(0.05);
    },
  );

  it("evolution cancels the old version in the very instant in which the new one appears", () => {
    const superseded = [...families(source.population(now).claims.v1).values()].filter(
      (versions) => versions.length > 1 && versions.some(({ isActive }) => isActive),
    );
    const together = superseded.filter(
      (versions) => new Set(versions.map(({ lastUpdated }) => +lastUpdated)).size === 1,
    );
    expect(together.length).toBeGreaterThan(superseded.length / 5);
  });

  it("evolution changes MBIs without touching claims", async () => {
    const later = now + 26 * FORTNIGHT;
    const early = new Map(source.population(now).patients.map((patient) => [patient.ccwId, patient]));
    const changed = source
      .population(later)
      .patients.filter(({ ccwId, currentMbi }) => early.get(ccwId)?.currentMbi !== currentMbi);
    expect(changed.length).toBeGreaterThan(0);
    const [patient] = changed;
    expect(patient!.historicMbis[0]).toBe(early.get(patient!.ccwId)!.currentMbi);
    const [old, young] = [await eobs("v1", now), await eobs("v1", later)].map((list) =>
      list.filter(({ patient: { reference } }) => reference === `Patient/${patient!.ccwId}`),
    );
    const untouched = young!.find(
      (eob) => old!.find(({ id }) => id === eob.id)?.meta.lastUpdated === eob.meta.lastUpdated,
    )!;
    expect(mbisOf(untouched)).toEqual([
      { value: patient!.currentMbi, currency: "current" },
      ...patient!.historicMbis.map((value) => ({ value, currency: "historic" })),
    ]);
    expect(mbisOf(old!.find(({ id }) => id === untouched.id)!)).toEqual([
      { value: patient!.historicMbis[0], currency: "current" },
      ...patient!.historicMbis.slice(1).map((value) => ({ value, currency: "historic" })),
    ]);
  }, 20_000);

  it("evolution is seen by an incremental export", async () => {
    const server = await setup();
    const held = new Map<string, Eob>();
    const take = (lines: readonly string[]) => {
      for (const line of lines) {
        const eob = JSON.parse(line) as Eob;
        held.set(eob.id, eob);
      }
    };
    take(await server.lines("/api/v2/fhir/Patient/$export?_since=2020-02-13T00%3A00%3A00-05%3A00"));
    server.clock.advance(FORTNIGHT);
    const news = await server.lines(`/api/v2/fhir/Patient/$export?_since=${NOW.toISOString()}`);
    expect(news.length).toBeLessThan(held.size / 20);
    take(news);
    const truth = server.simulator.population("Z0001").claims.v2;
    expect(held.size).toBe(truth.length);
    for (const claim of truth) {
      expect(Date.parse(held.get(claim.eobId)!.meta.lastUpdated)).toBe(claim.lastUpdated.getTime());
      expect(held.get(claim.eobId)!.status).toBe(claim.isActive ? "active" : "cancelled");
    }
    await server.stop();
  }, 20_000);
});

describe("startSimulator()", () => {
  const folder = mkdtempSync(join(tmpdir(), "ab2d-simulator-test-"));
  const saved = process.env.TMPDIR;
  beforeAll(() => {
    process.env.TMPDIR = folder;
  });
  afterAll(() => {
    if (saved === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = saved;
    rmSync(folder, { recursive: true });
  });

  it("startSimulator() keeps its files in a private folder, and removes them when it stops", async () => {
    const server = await setup({ contracts: [{ number: "Z0001", patients: 5 }] });
    await server.exported("/api/v2/fhir/Patient/$export");
    const [own] = readdirSync(folder);
    if (process.platform !== "win32") expect(statSync(join(folder, own!)).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, own!), { recursive: true }).length).toBe(2);
    await server.stop();
    await server.stop();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("startSimulator() stops in the middle of an export", async () => {
    const server = await setup({ contracts: [{ number: "Z0001", patients: 5000 }] });
    await server.send("/api/v2/fhir/Patient/$export");
    await server.stop();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("startSimulator() refuses a contract number that is none", async () => {
    await expect(setup({ contracts: [{ number: "none" }] })).rejects.toMatchObject({
      code: "SIMULATOR_CONTRACT_INVALID",
    });
  });

  it("startSimulator() says which contracts it serves when asked for another", async () => {
    const server = await setup({ contracts: [{ number: "Z0001", patients: 1 }] });
    expect(() => server.simulator.population("Z0002")).toThrow(/Z0001/);
    await server.stop();
  });
});

function families(claims: readonly ClaimTruth[]): Map<string, ClaimTruth[]> {
  const byFamily = new Map<string, ClaimTruth[]>();
  for (const claim of claims)
    byFamily.set(claim.familyKey, [...(byFamily.get(claim.familyKey) ?? []), claim]);
  return byFamily;
}

function compare(before: Population, after: Population) {
  const old = byId(before.claims.v1);
  const oldFamilies = families(before.claims.v1);
  let [newFamilies, adjustments, redelivered, cancelledFamilies, delivered] = [0, 0, 0, 0, 0];
  for (const claim of after.claims.v1) {
    const known = old.get(claim.eobId);
    if (!known) {
      if (oldFamilies.has(claim.familyKey)) adjustments++;
      else newFamilies++;
      delivered++;
    } else if (known.lastUpdated.getTime() !== claim.lastUpdated.getTime()) {
      if (known.isActive === claim.isActive) redelivered++;
      delivered++;
    }
  }
  for (const [family, versions] of families(after.claims.v1)) {
    const wasAlive = oldFamilies.get(family)?.some(({ isActive }) => isActive) ?? false;
    if (wasAlive && !versions.some(({ isActive }) => isActive)) cancelledFamilies++;
  }
  return { newFamilies, adjustments, redelivered, cancelledFamilies, delivered };
}
