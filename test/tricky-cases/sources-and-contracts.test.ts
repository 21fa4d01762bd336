import { describe, expect, it } from "vitest";
import { switchSource } from "../../src/claims/switch-source.ts";
import { type ContractNumber, parseContractNumber } from "../../src/domain/contract-number.ts";
import { transaction } from "../../src/postgres/transaction.ts";
import { claimsTables, rowCounts } from "../support/claims-tables.ts";
import { eob } from "../support/eob.ts";
import { freshDatabase } from "../support/fresh-database.ts";
import { CONTRACT, loadLines } from "../support/load-lines.ts";
import { claimsWithRows, currentIds } from "./current-claims.ts";
import { CCW_VERSIONS, inEveryVersion } from "./in-versions.ts";

const OTHER_CONTRACT = parseContractNumber("S1111") as ContractNumber;

describe("tricky cases: sources and contracts", () => {
  it("13 replaces V1 claims by their V2, whichever comes first", async () => {
    const claims = (version: "v1" | "v2") =>
      ["-1", "-2", "-3"].map((claimId) => eob({ version, claimId, claimGroup: `g${claimId}` }));
    const ended: unknown[] = [];
    for (const order of [["v1", "v2"] as const, ["v2", "v1"] as const]) {
      const database = await freshDatabase();
      for (const apiVersion of order) await loadLines(database, claims(apiVersion), { apiVersion });
      expect(await database.rows("select api_version, count(*) from ab2d.claim group by 1")).toEqual([
        { api_version: "v2", count: 3 },
      ]);
      expect(await rowCounts(database)).toMatchObject({ claim_version: 3, claim_line: 3, beneficiary: 1 });
      ended.push(await claimsTables(database));
    }
    expect(ended[0]).toEqual(ended[1]);
  });

  it("14 shows one source of a contract at a time", async () => {
    // Which one is the contract's active source, not the newest loaded (design.md, decision 11).
    for (const version of CCW_VERSIONS) {
      const database = await freshDatabase();
      await loadLines(database, [eob({ version, claimId: "-1" })], { apiVersion: version });
      await loadLines(database, [eob({ version: "v3", claimId: "-3" })], { apiVersion: "v3" });
      expect(await currentIds(database)).toEqual(["outpatient--1"]);
      expect(await claimsWithRows(database)).toEqual(["outpatient--1"]);
      for (const [to, eobId] of [
        ["idr", "-3"],
        ["ccw", "outpatient--1"],
      ] as const) {
        await transaction(database.pool, (tx) => switchSource({ contract: CONTRACT, to }, tx));
        expect(await currentIds(database)).toEqual([eobId]);
        expect(await claimsWithRows(database)).toEqual([eobId]);
      }
      expect(await rowCounts(database)).toMatchObject({ claim_version: 2, beneficiary: 2 });
    }
  });

  it("15 holds a claim of two contracts once, also when one of them is forgotten", async () => {
    await inEveryVersion(async (bench) => {
      await bench.load([bench.eob({ claimId: "-1" }), bench.eob({ claimId: "-2", claimGroup: "g2" })]);
      await bench.load([bench.eob({ claimId: "-1" })], { contract: OTHER_CONTRACT });
      expect(await currentIds(bench)).toHaveLength(2);
      const holders = "select eob_id, contract_number from ab2d.claim_contract order by 1, 2";
      expect(await bench.rows(holders)).toEqual([
        { eob_id: bench.idOf("-1"), contract_number: OTHER_CONTRACT },
        { eob_id: bench.idOf("-1"), contract_number: CONTRACT },
        { eob_id: bench.idOf("-2"), contract_number: CONTRACT },
      ]);
      await transaction(bench.database.pool, (tx) =>
        tx.run("control/forget_contract", { contract_number: CONTRACT }),
      );
      expect(await currentIds(bench)).toEqual([bench.idOf("-1")]);
      expect(await claimsWithRows(bench)).toEqual([bench.idOf("-1")]);
      expect(await bench.rows(holders)).toEqual([
        { eob_id: bench.idOf("-1"), contract_number: OTHER_CONTRACT },
      ]);
    });
  });

  it("59 keeps equal numbers of the two sources apart", async () => {
    // eob_id is the key: V1 and V2 put the claim type before the number, V3 does not (design.md, decision 14).
    for (const version of CCW_VERSIONS) {
      const database = await freshDatabase();
      const same = { claimId: "-1000", claimGroup: null, patientId: "-77" };
      await loadLines(database, [eob({ ...same, version })], { apiVersion: version });
      await loadLines(database, [eob({ ...same, version: "v3" })], {
        apiVersion: "v3",
        contract: OTHER_CONTRACT,
      });
      expect(
        await database.rows(
          "select eob_id, claim_id, claim_family_key, beneficiary_id, patient_id from ab2d.claim order by eob_id",
        ),
      ).toEqual([
        {
          eob_id: "-1000",
          claim_id: "-1000",
          claim_family_key: "idr-claim:-1000",
          beneficiary_id: "idr:-77",
          patient_id: "-77",
        },
        {
          eob_id: "outpatient--1000",
          claim_id: "-1000",
          claim_family_key: "claim:-1000",
          beneficiary_id: "ccw:-77",
          patient_id: "-77",
        },
      ]);
    }
  });
});
