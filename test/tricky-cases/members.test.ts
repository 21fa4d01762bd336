import { describe, expect, it } from "vitest";
import { rowCounts } from "../support/claims-tables.ts";
import { type EobOptions, eob } from "../support/eob.ts";
import { type FreshDatabase, freshDatabase } from "../support/fresh-database.ts";
import { loadLines } from "../support/load-lines.ts";
import { inEveryVersion } from "./in-versions.ts";

const A = "1AA0AA0AA00";
const B = "2BB0BB0BB00";
const C = "3CC0CC0CC00";
const APRIL = { exportedAt: new Date("2024-04-01T00:00:00Z") };
const MAY = { exportedAt: new Date("2024-05-01T00:00:00Z") };
const JUNE = { exportedAt: new Date("2024-06-01T00:00:00Z") };
const TYPES = ["carrier", "dme", "hha", "hospice", "inpatient", "outpatient", "snf"] as const;

/** The patients that one finds by an MBI, now or formerly theirs. */
async function patientsOf({ rows }: Pick<FreshDatabase, "rows">, mbi: string): Promise<readonly string[]> {
  const found = await rows<{ patient_id: string }>(
    `select patient_id
    from ab2d.beneficiary_identifier
    join ab2d.beneficiary using (beneficiary_id)
    where mbi = $1
    order by patient_id`,
    [mbi],
  );
  return found.map(({ patient_id }) => patient_id);
}

const historic = (...mbis: readonly string[]) => mbis.map((mbi) => ({ mbi, currency: "historic" }));

describe("tricky cases: members", () => {
  it("17 keeps negative ids of claims and patients, of all seven types", async () => {
    await inEveryVersion(async ({ version, source, eob, load, rows }) => {
      const { counts } = await load(
        TYPES.map((type, index) => eob({ type, claimId: `-100000161931${index}`, claimGroup: `-9${index}` })),
      );
      expect(counts).toMatchObject({ new: 7, rejected: 0 });
      const ids = await rows("select eob_id, claim_id, claim_type from ab2d.claim order by claim_type");
      expect(ids).toEqual(
        TYPES.map((type, index) => ({
          eob_id: version === "v3" ? `-100000161931${index}` : `${type}--100000161931${index}`,
          claim_id: `-100000161931${index}`,
          claim_type: type,
        })),
      );
      expect(await rows("select beneficiary_id, patient_id from ab2d.beneficiary")).toEqual([
        { beneficiary_id: `${source}:-10000000005142`, patient_id: "-10000000005142" },
      ]);
    });
  });

  it("18 calls an MBI without identifier-currency unknown, never current", async () => {
    await inEveryVersion(async ({ eob, load, rows }) => {
      await load([eob({ mbis: [{ mbi: A, currency: null }] })]);
      expect(await rows("select mbi, currency, is_current from ab2d.beneficiary_identifier")).toEqual([
        { mbi: A, currency: "unknown", is_current: false },
      ]);
      expect(await rows("select current_mbi from ab2d.beneficiary")).toEqual([{ current_mbi: null }]);
      expect(await patientsOf({ rows }, A)).toEqual(["-10000000005142"]);
    });
  });

  it("19 finds a person by the MBI that another has replaced", async () => {
    // With the former MBI listed as historic, and, as V3 has it, without.
    for (const former of [historic(A), []]) {
      await inEveryVersion(async ({ eob, load, rows, database }) => {
        await load([eob({ mbis: [A] })], APRIL);
        await load([eob({ claimId: "-2", claimGroup: "g2", mbis: [B, ...former] })], MAY);
        expect(await rows("select mbi, is_current from ab2d.beneficiary_identifier order by mbi")).toEqual([
          { mbi: A, is_current: false },
          { mbi: B, is_current: true },
        ]);
        expect(await patientsOf({ rows }, A)).toEqual(await patientsOf({ rows }, B));
        expect(await rowCounts(database)).toMatchObject({ beneficiary: 1, claim: 2 });
      });
    }
  });

  it("20 ends with the newest of three MBIs, loaded in any order", async () => {
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const isHistoricSent of [true, false]) {
      const former = (...mbis: readonly string[]) => (isHistoricSent ? historic(...mbis) : []);
      const exports = [
        { ...APRIL, mbis: [A] },
        { ...MAY, mbis: [B, ...former(A)] },
        { ...JUNE, mbis: [C, ...former(B, A)] },
      ];
      await inEveryVersion(async ({ eob, load, rows }) => {
        for (const step of [0, 1, 2]) {
          for (const [number, { exportedAt, mbis }] of exports.entries()) {
            // Each order happens to a patient of its own, with MBIs of their own.
            const lines = orders.flatMap((order, index) => {
              const own = (entry: (typeof mbis)[number]) =>
                typeof entry === "string" ? `${entry}${index}` : { ...entry, mbi: `${entry.mbi}${index}` };
              return order[step] === number
                ? [
                    eob({
                      claimId: `-${index}`,
                      claimGroup: `g${index}`,
                      patientId: `-7${index}`,
                      mbis: mbis.map(own),
                    }),
                  ]
                : [];
            });
            await load(lines, { exportedAt });
          }
        }
        expect(await rows("select patient_id, current_mbi from ab2d.beneficiary order by 1")).toEqual(
          orders.map((_, index) => ({ patient_id: `-7${index}`, current_mbi: `${C}${index}` })),
        );
        for (const index of orders.keys()) {
          for (const mbi of [A, B, C])
            expect(await patientsOf({ rows }, `${mbi}${index}`)).toEqual([`-7${index}`]);
        }
      });
    }
  });

  it("21 joins patient ids that share an MBI, now or formerly, to one person", async () => {
    // Beneficiary ids stay as they are, and the view person joins them (design.md, decision 14).
    await inEveryVersion(async ({ version, source, eob: own, load, rows, database }) => {
      const claim = (patientId: string, mbis: NonNullable<EobOptions["mbis"]>) =>
        own({ claimId: patientId, claimGroup: `g${patientId}`, patientId, mbis });
      await load(
        [claim("-1", [A]), claim("-2", [B, ...historic(A)]), claim("-3", [C]), claim("-4", [])],
        APRIL,
      );
      // The same two people in the other world, to which nothing leads but an MBI.
      const [other, otherSource] = version === "v3" ? (["v2", "ccw"] as const) : (["v3", "idr"] as const);
      const elsewhere = (patientId: string, mbis: readonly string[]) =>
        eob({ version: other, claimId: patientId, claimGroup: `g${patientId}`, patientId, mbis });
      await loadLines(database, [elsewhere("-8", [B]), elsewhere("-9", [C])], { apiVersion: other, ...MAY });

      const people = await rows<{ person_id: string; ids: readonly string[] }>(
        `select person_id, array_agg(beneficiary_id order by beneficiary_id collate "C") as ids
        from ab2d.person group by person_id order by ids`,
      );
      expect(people.map(({ ids }) => ids)).toEqual(
        [
          [`${otherSource}:-8`, `${source}:-1`, `${source}:-2`].sort(),
          [`${otherSource}:-9`, `${source}:-3`].sort(),
          [`${source}:-4`],
        ].sort((a, b) => (a[0]! < b[0]! ? -1 : 1)),
      );
      // Of the person's MBIs the newest export's is current, whichever of the ids it came with.
      expect(await rows("select distinct current_mbi from ab2d.person order by 1")).toEqual(
        [B, C, null].map((current_mbi) => ({ current_mbi })),
      );
      for (const mbi of [A, B]) {
        const found = await rows("select ids from ab2d.beneficiaries_of($1) as ids order by 1", [mbi]);
        expect(found).toHaveLength(3);
      }
    });
  });

  it("22 loads a claim without any MBI", async () => {
    await inEveryVersion(async ({ eob, load, rows, database }) => {
      await load([
        eob({ claimId: "-1", claimGroup: "g1", mbis: [] }),
        eob({ claimId: "-2", claimGroup: "g2", fields: { extension: undefined } }),
      ]);
      expect(await rowCounts(database)).toMatchObject({ claim: 2, claim_line: 2, beneficiary: 1 });
      expect(await rows("select current_mbi from ab2d.beneficiary")).toEqual([{ current_mbi: null }]);
      expect(await rows("select mbi from ab2d.beneficiary_identifier")).toEqual([]);
    });
  });

  it("23 makes one of two MBIs current that an EOB calls so, and lets the newest export decide", async () => {
    await inEveryVersion(async ({ version, eob, load, rows }) => {
      const current = "select mbi from ab2d.beneficiary_identifier where is_current";
      await load([eob({ mbis: [A, B] })], APRIL);
      const [first] = await rows<{ mbi: string }>(current);
      const otherWay = await freshDatabase();
      await loadLines(otherWay, [eob({ mbis: [B, A] })], { apiVersion: version, ...APRIL });
      expect(await otherWay.rows(current)).toEqual([first]);
      expect(await patientsOf({ rows }, A)).toEqual(await patientsOf({ rows }, B));
      for (const [mbi, exportedAt] of [
        [A, MAY.exportedAt],
        [B, JUNE.exportedAt],
      ] as const) {
        await load([eob({ mbis: [mbi] })], { exportedAt });
        expect(await rows(current)).toEqual([{ mbi }]);
      }
    });
  });
});
