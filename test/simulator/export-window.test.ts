import { afterEach, describe, expect, it } from "vitest";
import { type Setup, setup } from "./simulator-client.ts";

interface Eob {
  readonly id: string;
  readonly meta: { readonly lastUpdated: string };
  readonly billablePeriod: { readonly start: string; readonly end: string };
}

let server: Setup;
afterEach(() => server.stop());

async function ask(path: string): Promise<Eob[]> {
  return (await server.lines(path)).map((line) => JSON.parse(line) as Eob);
}
const instantOf = ({ meta }: Eob) => Date.parse(meta.lastUpdated);
const asQuery = (milliseconds: number) => encodeURIComponent(new Date(milliseconds).toISOString());

describe("ExportWindow", () => {
  it("ExportWindow excludes _since itself and includes _until", async () => {
    server = await setup({ contracts: [{ number: "Z0001", patients: 5 }] });
    const all = (await ask("/api/v1/fhir/Patient/$export")).sort((a, b) => instantOf(a) - instantOf(b));
    const [low, high] = [instantOf(all[20]!), instantOf(all[60]!)];
    const expected = all.filter((eob) => instantOf(eob) > low && instantOf(eob) <= high).map(({ id }) => id);
    const some = await ask(`/api/v2/fhir/Patient/$export?_since=${asQuery(low)}&_until=${asQuery(high)}`);
    expect(some.map(({ id }) => id).sort()).toEqual(expected.sort());
    expect(some.some((eob) => instantOf(eob) === low)).toBe(false);
    expect(some.some((eob) => instantOf(eob) === high)).toBe(true);
  });

  it("ExportWindow starts V2 without _since at the last job whose files were all downloaded", async () => {
    server = await setup({ contracts: [{ number: "Z0001", patients: 30 }] });
    const first = await ask("/api/v1/fhir/Patient/$export");
    // Nothing has happened since: no file at all, which makes this job count in its turn.
    expect(await ask("/api/v2/fhir/Patient/$export")).toEqual([]);
    server.clock.advance(28 * 86_400_000);
    await server.exported("/api/v2/fhir/Patient/$export");
    // That one was not downloaded, so its window comes again.
    const news = await ask("/api/v2/fhir/Patient/$export");
    expect(news.length).toBeGreaterThan(5);
    expect(news.length).toBeLessThan(first.length / 4);
    expect(Math.min(...news.map(instantOf))).toBeGreaterThan(Date.parse("2026-11-21T12:00:00Z"));
    // V1 and V3 know no such default.
    expect((await ask("/api/v1/fhir/Patient/$export")).length).toBeGreaterThanOrEqual(first.length);
    expect((await ask("/api/v3/fhir/Patient/$export")).length).toBeGreaterThanOrEqual(first.length);
  });

  it("ExportWindow never reaches below the attestation, and drops an _until before it", async () => {
    server = await setup({ contracts: [{ number: "Z0001", patients: 20, attestedOn: "2025-06-01" }] });
    const all = await ask("/api/v2/fhir/Patient/$export?_since=2020-02-13T00%3A00%3A00-05%3A00");
    expect(all.length).toBeGreaterThan(20);
    expect(Math.min(...all.map(instantOf))).toBeGreaterThan(Date.parse("2025-06-01T00:00:00-04:00"));
    expect(all.every(({ billablePeriod }) => billablePeriod.end >= "2025-06-01")).toBe(true);
    expect(server.simulator.population("Z0001").claims.v2).toHaveLength(all.length);
    const early = await ask(
      "/api/v2/fhir/Patient/$export?_since=2021-01-01T00:00:00Z&_until=2022-01-01T00:00:00Z",
    );
    expect(early).toHaveLength(all.length);
  });

  it("ExportWindow keeps V3's older claims for exports without _since", async () => {
    server = await setup({ contracts: [{ number: "Z0001", patients: 5 }] });
    const earliest = "2026-04-01T00:00:00-05:00";
    const since = await ask(`/api/v3/fhir/Patient/$export?_since=${encodeURIComponent(earliest)}`);
    const all = await ask("/api/v3/fhir/Patient/$export");
    expect(all.length).toBeGreaterThan(since.length);
    expect(Math.min(...since.map(instantOf))).toBeGreaterThan(Date.parse(earliest));
  });

  it("ExportWindow of V3 can be cut to days of service", async () => {
    server = await setup({ contracts: [{ number: "Z0001", patients: 10 }] });
    const all = await ask("/api/v3/fhir/Patient/$export");
    const filter = encodeURIComponent(
      "ExplanationOfBenefit?service-date=ge2025-03&service-date=lt2025-07-15",
    );
    const some = await ask(`/api/v3/fhir/Patient/$export?_typeFilter=${filter}`);
    const expected = all.filter(
      ({ billablePeriod: { start, end } }) => end >= "2025-03-01" && start <= "2025-07-14",
    );
    expect(some.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
    expect(some.length).toBeGreaterThan(0);
  });
});
