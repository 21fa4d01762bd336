import { describe, expect, it } from "vitest";
import { switchSource } from "../../src/claims/switch-source.ts";
import { transaction } from "../../src/postgres/transaction.ts";
import { type EobOptions, eob } from "../support/eob.ts";
import { CONTRACT } from "../support/load-lines.ts";
import { mayMakeRoles, roleBench, roleNames } from "../support/role-bench.ts";
import { OTHER_CONTRACT, type ViewBench, viewBench } from "../support/view-bench.ts";

const version = (claimId: string, day: number, options: EobOptions = {}) =>
  eob({ claimId, claimGroup: "g", lastUpdated: `2024-03-0${day}T00:00:00Z`, ...options });

async function outcomes({ rows }: Pick<ViewBench, "rows">): Promise<Readonly<Record<string, string>>> {
  const history = await rows<{ eob_id: string; told: string }>(
    `select eob_id, concat_ws(' ', version_number, outcome, current_eob_id) as told from ab2d.claim_history`,
  );
  return Object.fromEntries(history.map(({ eob_id, told }) => [eob_id, told]));
}

describe("ab2d.claim_history", () => {
  it("tells the current version of a family from those it superseded, cancelled ones among them", async () => {
    const bench = await viewBench();
    await bench.load([
      version("1", 1, { status: "cancelled" }),
      version("2", 2),
      version("3", 3),
      eob({ claimId: "4", claimGroup: "other" }),
    ]);
    expect(await outcomes(bench)).toEqual({
      "outpatient-1": "1 superseded outpatient-3",
      "outpatient-2": "2 superseded outpatient-3",
      "outpatient-3": "3 current outpatient-3",
      "outpatient-4": "1 current outpatient-4",
    });
  });

  it("calls all versions of a family cancelled when none is left that counts", async () => {
    const bench = await viewBench();
    await bench.load([version("1", 1, { status: "cancelled" }), version("2", 2, { status: "cancelled" })]);
    expect(await outcomes(bench)).toEqual({ "outpatient-1": "1 cancelled", "outpatient-2": "2 cancelled" });
  });

  it("calls a V3 version not final that CMS tags so", async () => {
    const bench = await viewBench();
    await bench.load(
      [
        eob({ version: "v3", claimId: "1", finalAction: "NotFinalAction" }),
        eob({ version: "v3", claimId: "2" }),
        eob({ version: "v3", claimId: "3", finalAction: null }),
      ],
      { apiVersion: "v3" },
    );
    expect(await outcomes(bench)).toEqual({ 1: "1 not_final", 2: "1 current 2", 3: "1 current 3" });
  });

  it("names the other source system as the reason, before a cut-over and after", async () => {
    const bench = await viewBench();
    await bench.load([version("1", 1), version("2", 2)]);
    await bench.load(
      [
        eob({ version: "v3", claimId: "71" }),
        eob({ version: "v3", claimId: "72", finalAction: "NotFinalAction" }),
      ],
      { apiVersion: "v3" },
    );
    expect(await outcomes(bench)).toEqual({
      "outpatient-1": "1 superseded outpatient-2",
      "outpatient-2": "2 current outpatient-2",
      71: "1 other_source",
      72: "1 not_final",
    });
    await transaction(bench.pool, (tx) => switchSource({ contract: CONTRACT, to: "idr" }, tx));
    expect(await outcomes(bench)).toEqual({
      "outpatient-1": "1 other_source",
      "outpatient-2": "2 other_source",
      71: "1 current 71",
      72: "1 not_final",
    });
  });

  it("calls superseded what a newer version replaced that the reader does not see", async () => {
    if (!(await mayMakeRoles())) return;
    const bench = await viewBench();
    await bench.load([version("1", 1)]);
    await bench.load([version("2", 2)], { contract: OTHER_CONTRACT });
    const roles = await roleBench(bench, roleNames());
    await roles.grant("on");
    const analystOf = async (contract: string) => {
      const login = await roles.login("in role ab2d_analyst");
      await bench.rows("insert into ab2d.contract_analyst values ($1, $2)", [login.name, contract]);
      return login;
    };
    expect(await outcomes(await analystOf(CONTRACT))).toEqual({ "outpatient-1": "1 superseded" });
    expect(await outcomes(await analystOf(OTHER_CONTRACT))).toEqual({
      "outpatient-2": "2 current outpatient-2",
    });
    expect(await outcomes(bench)).toEqual({
      "outpatient-1": "1 superseded outpatient-2",
      "outpatient-2": "2 current outpatient-2",
    });
  });

  it("has one row per version", async () => {
    const bench = await viewBench();
    await bench.load(Array.from({ length: 9 }, (_, number) => version(`${number}`, 1 + (number % 3))));
    expect(await bench.column("select eob_id from ab2d.claim_history order by eob_id")).toEqual(
      await bench.column("select eob_id from ab2d.claim_version order by eob_id"),
    );
  });
});
