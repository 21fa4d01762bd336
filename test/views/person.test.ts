import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApiVersion } from "../../src/domain/api-version.ts";
import { type EobOptions, eob } from "../support/eob.ts";
import { type ViewBench, viewBench } from "../support/view-bench.ts";

const A = "1AA0AA0AA00";
const B = "2BB0BB0BB00";
const C = "3CC0CC0CC00";
const APRIL = { exportedAt: new Date("2024-04-01T00:00:00Z") };
const MAY = { exportedAt: new Date("2024-05-01T00:00:00Z") };

const claimOf = (patientId: string, mbis: NonNullable<EobOptions["mbis"]>, version: ApiVersion = "v2") =>
  eob({ version, claimId: patientId, claimGroup: `g${patientId}`, patientId, mbis });
const historic = (mbi: string) => ({ mbi, currency: "historic" });

/** Who is whom: each person's beneficiary ids, in byte order. */
function people({ column }: ViewBench): Promise<readonly (readonly string[])[]> {
  return column<readonly string[]>(
    `select array_agg(beneficiary_id order by beneficiary_id) from ab2d.person group by person_id order by person_id`,
  );
}

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

describe("ab2d.person", () => {
  it("joins a person's ids of both source systems by their MBI, under the first of them", async () => {
    const bench = await viewBench();
    await bench.load([claimOf("-1", [A]), claimOf("-2", [B])]);
    await bench.load([claimOf("71", [A], "v3")], { apiVersion: "v3" });
    expect(
      await bench.rows("select beneficiary_id, person_id, current_mbi from ab2d.person order by 1"),
    ).toEqual([
      { beneficiary_id: "ccw:-1", person_id: "ccw:-1", current_mbi: A },
      { beneficiary_id: "ccw:-2", person_id: "ccw:-2", current_mbi: B },
      { beneficiary_id: "idr:71", person_id: "ccw:-1", current_mbi: A },
    ]);
  });

  it("joins a chain of MBIs, in whatever order the ids come", async () => {
    const links = [claimOf("-3", [A]), claimOf("-1", [B, historic(A)]), claimOf("-2", [C, historic(B)])];
    for (const order of ORDERS) {
      const bench = await viewBench();
      for (const link of order) await bench.load([links[link]], APRIL);
      expect(await people(bench)).toEqual([["ccw:-1", "ccw:-2", "ccw:-3"]]);
      for (const mbi of [A, B, C]) {
        expect(await bench.column("select ab2d.beneficiaries_of($1) order by 1", [mbi])).toEqual([
          "ccw:-1",
          "ccw:-2",
          "ccw:-3",
        ]);
      }
    }
  });

  it("joins two patient ids of one source system", async () => {
    const bench = await viewBench();
    await bench.load([claimOf("-1", [A]), claimOf("-2", [A]), claimOf("-3", [B])]);
    expect(await people(bench)).toEqual([["ccw:-1", "ccw:-2"], ["ccw:-3"]]);
  });

  it("makes no one person of two who share what is no MBI", async () => {
    for (const placeholder of ["UNKNOWN", "00000000000", "1EG4TE5MK7", "1EG4TE5MK733"]) {
      const bench = await viewBench();
      await bench.load([
        claimOf("-1", [A, historic(placeholder)]),
        claimOf("-2", [B, historic(placeholder)]),
        claimOf("-3", [C, historic(B)]),
      ]);
      expect(await people(bench)).toEqual([["ccw:-1"], ["ccw:-2", "ccw:-3"]]);
      expect(await bench.column("select ab2d.beneficiaries_of($1) order by 1", [A])).toEqual(["ccw:-1"]);
      expect(await bench.column("select ab2d.beneficiaries_of($1) order by 1", [C])).toEqual([
        "ccw:-2",
        "ccw:-3",
      ]);
      expect(
        await bench.column(
          "select beneficiary_id from ab2d.beneficiary_identifier where mbi = $1 order by 1",
          [placeholder],
        ),
      ).toEqual(["ccw:-1", "ccw:-2"]);
      expect(await bench.rows("select json_path, occurrence_count from ab2d_etl.schema_drift")).toEqual([
        { json_path: "MBI that does not look like one", occurrence_count: 2 },
      ]);
    }
  });

  it("knows an MBI with blanks, dashes or small letters for the same", async () => {
    const bench = await viewBench();
    await bench.load([claimOf("-1", [A]), claimOf("-2", [" 1aa0-aa0-aa00 "])]);
    expect(await people(bench)).toEqual([["ccw:-1", "ccw:-2"]]);
    expect(await bench.column("select distinct mbi from ab2d.beneficiary_identifier")).toEqual([A]);
    expect(await bench.column("select json_path from ab2d_etl.schema_drift")).toEqual([]);
  });

  it("leaves people without an MBI apart, each with a row", async () => {
    const bench = await viewBench();
    await bench.load([claimOf("-1", []), claimOf("-2", []), claimOf("-3", [A])]);
    expect(
      await bench.rows("select beneficiary_id, person_id, current_mbi from ab2d.person order by 1"),
    ).toEqual([
      { beneficiary_id: "ccw:-1", person_id: "ccw:-1", current_mbi: null },
      { beneficiary_id: "ccw:-2", person_id: "ccw:-2", current_mbi: null },
      { beneficiary_id: "ccw:-3", person_id: "ccw:-3", current_mbi: A },
    ]);
  });

  it("calls current what the newest export to any of the ids does", async () => {
    for (const [older, newer] of [
      [A, B],
      [B, A],
    ] as const) {
      for (const [first, second] of [
        ["v2", "v3"],
        ["v3", "v2"],
      ] as const) {
        const bench = await viewBench();
        await bench.load([claimOf("1", [older, historic(newer)], first)], { apiVersion: first, ...APRIL });
        await bench.load([claimOf("1", [newer, historic(older)], second)], { apiVersion: second, ...MAY });
        expect(await bench.column("select current_mbi from ab2d.person")).toEqual([newer, newer]);
      }
    }
  });

  it("knows a current MBI of an id whose own newest export has none", async () => {
    const bench = await viewBench();
    await bench.load([claimOf("1", [{ mbi: A, currency: null }])], MAY);
    await bench.load([claimOf("2", [A], "v3")], { apiVersion: "v3", ...APRIL });
    expect(await bench.column("select current_mbi from ab2d.person")).toEqual([A, A]);
  });

  it("agrees with a walk through all that is shared, for any ids and MBIs", async () => {
    const bench = await viewBench();
    const letter = (number: number) => String.fromCharCode(97 + number);
    const mbiOf = (number: number) => `1AA0AA0AA0${number}`;
    const held = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 9 })), { maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(held, async (pairs) => {
        await bench.rows("truncate ab2d.patient, ab2d.beneficiary_identifier");
        await bench.rows(
          "insert into ab2d.patient (beneficiary_id, source_system, patient_id) select 'ccw:' || id, 'ccw', id from unnest($1::text[]) as id",
          [Array.from({ length: 8 }, (_, id) => letter(id))],
        );
        await bench.rows(
          `insert into ab2d.beneficiary_identifier (beneficiary_id, mbi, is_current, currency, exported_at)
          select distinct 'ccw:' || id, mbi, false, 'historic', now() from unnest($1::text[], $2::text[]) as held (id, mbi)`,
          [pairs.map(([id]) => letter(id)), pairs.map(([, mbi]) => mbiOf(mbi))],
        );
        const expected = peopleOf(pairs).map((ids) => ids.map((id) => `ccw:${letter(id)}`));
        expect(await people(bench)).toEqual(expected);
        for (const ids of expected) {
          const mbis = pairs.filter(([id]) => ids.includes(`ccw:${letter(id)}`)).map(([, mbi]) => mbiOf(mbi));
          for (const mbi of mbis) {
            expect(await bench.column("select ab2d.beneficiaries_of($1) order by 1", [mbi])).toEqual(ids);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** Eight ids as people: two are one person if they share an MBI or somebody who is both. */
function peopleOf(pairs: readonly (readonly [number, number])[]): readonly (readonly number[])[] {
  const person = Array.from({ length: 8 }, (_, id) => id);
  for (let round = 0; round < 8; round++) {
    for (const [id, mbi] of pairs) {
      for (const [other, otherMbi] of pairs) {
        if (mbi === otherMbi) person[id] = person[other] = Math.min(person[id]!, person[other]!);
      }
    }
  }
  return [...new Set(person)].map((first) => person.flatMap((named, id) => (named === first ? [id] : [])));
}

describe("ab2d.beneficiaries_of()", () => {
  it("finds a person by a former MBI", async () => {
    const bench = await viewBench();
    await bench.load([claimOf("-1", [A])], APRIL);
    await bench.load([claimOf("-1", [B])], MAY);
    for (const mbi of [A, B]) {
      expect(await bench.column("select ab2d.beneficiaries_of($1)", [mbi])).toEqual(["ccw:-1"]);
    }
  });

  it("takes an MBI as a card has it", async () => {
    const bench = await viewBench();
    await bench.load([claimOf("-1", [A])]);
    for (const written of ["1AA0-AA0-AA00", " 1aa0aa0aa00 ", "1aa0-aa0-aa00"]) {
      expect(await bench.column("select ab2d.beneficiaries_of($1)", [written])).toEqual(["ccw:-1"]);
    }
  });

  it("finds nobody by an unknown MBI or none", async () => {
    const bench = await viewBench();
    await bench.load([claimOf("-1", [A]), claimOf("-2", [])]);
    expect(await bench.column("select ab2d.beneficiaries_of($1)", [B])).toEqual([]);
    expect(await bench.column("select ab2d.beneficiaries_of(null)")).toEqual([]);
  });
});
