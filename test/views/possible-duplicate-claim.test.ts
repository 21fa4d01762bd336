import { describe, expect, it } from "vitest";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { type EobOptions, eob } from "../support/eob.ts";
import { OTHER_CONTRACT, type ViewBench, viewBench } from "../support/view-bench.ts";
import { memberOf, npiOf, US_NPI } from "../tricky-cases/shapes.ts";

const MINE = "1AA0AA0AA00";
const THEIRS = "2BB0BB0BB00";
const ATTENDING: Readonly<Record<ApiVersion, string>> = { v1: "primary", v2: "attending", v3: "attending" };

interface ClaimOptions extends EobOptions {
  readonly controlNumber?: string;
  readonly attending?: string;
}

/** A claim of a family of its own; in V3 with a control number of its own too, unless one is named. */
function claim(
  claimId: string,
  { controlNumber = `CN${claimId}`, attending, ...options }: ClaimOptions = {},
) {
  const { version = "v2" } = options;
  const resource = eob({ claimId, claimGroup: `g${claimId}`, ...options });
  for (const identifier of resource.identifier as { system?: string; value: string }[]) {
    if (identifier.system?.endsWith("CLM-CNTL-NUM")) identifier.value = controlNumber;
  }
  if (attending !== undefined) {
    const provider = { identifier: npiOf(version, attending) };
    resource.careTeam = [memberOf(version, { role: ATTENDING[version], provider })];
  }
  return resource;
}

const pairs = ({ column }: ViewBench) =>
  column(`select concat_ws(' ', reason, eob_id, other_eob_id) from ab2d.possible_duplicate_claim order by 1`);

const V3 = { apiVersion: "v3" } as const;

describe("ab2d.possible_duplicate_claim", () => {
  it("lists two claims of one person with one control number, whatever else differs", async () => {
    const bench = await viewBench();
    const ofTheSame: ClaimOptions = { version: "v3", controlNumber: "CN" };
    await bench.load(
      [
        claim("1", { ...ofTheSame, type: "carrier", from: "2024-01-01", to: "2024-01-02" }),
        claim("2", { ...ofTheSame, type: "outpatient", from: "2024-02-01", to: "2024-02-03" }),
        // Another number; and the same one of another person, of a version that is not final.
        claim("3", { version: "v3", from: "2024-01-01", to: "2024-01-02" }),
        claim("4", { ...ofTheSame, patientId: "8", mbis: [THEIRS] }),
        claim("5", { ...ofTheSame, finalAction: "NotFinalAction" }),
      ],
      V3,
    );
    expect(await pairs(bench)).toEqual(["control_number 1 2"]);
    expect(
      await bench.rows(
        `select person_id, claim_type, service_from::text, service_to::text,
          other_claim_type, other_service_from::text, other_service_to::text
        from ab2d.possible_duplicate_claim`,
      ),
    ).toEqual([
      {
        person_id: "idr:-10000000005142",
        claim_type: "carrier",
        service_from: "2024-01-01",
        service_to: "2024-01-02",
        other_claim_type: "outpatient",
        other_service_from: "2024-02-01",
        other_service_to: "2024-02-03",
      },
    ]);
  });

  it("lists every pair of three once, under one reason", async () => {
    const bench = await viewBench();
    await bench.load(
      ["1", "2", "3"].map((id) => claim(id, { version: "v3", type: "inpatient", controlNumber: "CN" })),
      V3,
    );
    expect(await pairs(bench)).toEqual(["control_number 1 2", "control_number 1 3", "control_number 2 3"]);
  });

  it("lists two institutional claims of one stay", async () => {
    for (const version of ["v1", "v2", "v3"] as const) {
      const bench = await viewBench();
      const stay: ClaimOptions = { version, type: "inpatient", from: "2024-03-01", to: "2024-03-09" };
      const [one, other] = version === "v3" ? ["1", "2"] : ["inpatient-1", "inpatient-2"];
      await bench.load(
        [
          claim("1", { ...stay, attending: "1234567893" }),
          // Who attended is not told; the diagnosis may differ.
          claim("2", { ...stay, diagnoses: ["I10"] }),
          claim("3", { ...stay, to: "2024-03-10" }),
          claim("4", { ...stay, type: "snf" }),
          claim("5", { ...stay, patientId: "8", mbis: [THEIRS] }),
          claim("6", { ...stay, type: "carrier" }),
          claim("7", { ...stay, type: "carrier" }),
        ],
        { apiVersion: version },
      );
      expect(await pairs(bench)).toEqual([`same_stay ${one} ${other}`]);
    }
  });

  it("takes claims of two physicians for two stays", async () => {
    const bench = await viewBench();
    const stay: ClaimOptions = { type: "inpatient" };
    await bench.load([
      claim("1", { ...stay, attending: "1234567893" }),
      claim("2", { ...stay, attending: "1679576722" }),
      claim("3", { ...stay, attending: "1234567893" }),
    ]);
    expect(await pairs(bench)).toEqual(["same_stay inpatient-1 inpatient-3"]);
  });

  it("takes bills of two organisations for two stays", async () => {
    const bench = await viewBench();
    const billedBy = (value: string): ClaimOptions => ({
      version: "v1",
      type: "inpatient",
      fields: { organization: { identifier: { system: US_NPI, value } } },
    });
    await bench.load(
      [
        claim("1", billedBy("1234567893")),
        claim("2", billedBy("1679576722")),
        claim("3", billedBy("1679576722")),
      ],
      { apiVersion: "v1" },
    );
    expect(await pairs(bench)).toEqual(["same_stay inpatient-2 inpatient-3"]);
  });

  it("lists claims of a person's two ids in one source system", async () => {
    const bench = await viewBench();
    await bench.load([
      claim("1", { patientId: "-1", mbis: [MINE] }),
      claim("2", { patientId: "-2", mbis: [MINE] }),
      claim("3", { patientId: "-3", mbis: [THEIRS] }),
    ]);
    expect(await pairs(bench)).toEqual(["same_stay outpatient-1 outpatient-2"]);
  });

  it("lists what a person has of both source systems", async () => {
    const bench = await viewBench();
    const visit: ClaimOptions = { type: "carrier", from: "2024-03-01", to: "2024-03-01", mbis: [MINE] };
    const stay: ClaimOptions = { type: "inpatient", mbis: [MINE] };
    await bench.load([
      claim("1", visit),
      claim("2", { ...visit, mbis: [THEIRS], patientId: "-8" }),
      claim("3", { ...stay, attending: "1234567893" }),
    ]);
    await bench.rows("insert into ab2d.contract (contract_number, active_source_system) values ($1, 'idr')", [
      OTHER_CONTRACT,
    ]);
    const inV3: ClaimOptions = { ...visit, version: "v3", patientId: "5" };
    await bench.load(
      [
        claim("71", inV3),
        claim("72", { ...inV3, diagnoses: ["I10"] }),
        claim("73", { ...inV3, to: "2024-03-02" }),
        claim("74", { ...inV3, type: "dme" }),
        claim("76", { ...stay, version: "v3", patientId: "5", attending: "1679576722" }),
        claim("75", { ...inV3, patientId: "6", mbis: ["3CC0CC0CC00"] }),
      ],
      { ...V3, contract: OTHER_CONTRACT },
    );
    expect(await pairs(bench)).toEqual(["two_sources 71 carrier-1"]);
    expect(await bench.column("select person_id from ab2d.possible_duplicate_claim")).toEqual([
      "ccw:-10000000005142",
    ]);
  });

  it("takes institutional claims of both sources for one stay without a diagnosis in common, and others with any", async () => {
    const bench = await viewBench();
    const mbis = [MINE];
    const day = { from: "2024-03-01", to: "2024-03-01" };
    const visits: readonly ClaimOptions[] = [
      { type: "snf", diagnoses: ["I10"] },
      { type: "carrier", ...day, diagnoses: ["I10", "E119"] },
      { type: "dme", ...day, diagnoses: ["I10"] },
    ];
    await bench.load(visits.map((visit, index) => claim(`${index}`, { ...visit, mbis })));
    await bench.rows("insert into ab2d.contract (contract_number, active_source_system) values ($1, 'idr')", [
      OTHER_CONTRACT,
    ]);
    const inV3 = [["M179"], ["M179", "E119"], ["M179"]];
    await bench.load(
      visits.map((visit, index) =>
        claim(`7${index}`, { ...visit, version: "v3", patientId: "5", mbis, diagnoses: inV3[index]! }),
      ),
      { ...V3, contract: OTHER_CONTRACT },
    );
    expect(await pairs(bench)).toEqual(["two_sources 70 snf-0", "two_sources 71 carrier-1"]);
  });

  it("has nothing to say of the versions of one claim", async () => {
    const bench = await viewBench();
    await bench.load([
      claim("1", { type: "inpatient", claimGroup: "g" }),
      claim("2", { type: "inpatient", claimGroup: "g", lastUpdated: "2024-05-01T00:00:00Z" }),
      claim("3", { type: "inpatient", claimGroup: "h", status: "cancelled" }),
    ]);
    expect(await pairs(bench)).toEqual([]);
  });
});
