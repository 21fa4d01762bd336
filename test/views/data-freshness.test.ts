import { describe, expect, it } from "vitest";
import { switchSource } from "../../src/claims/switch-source.ts";
import { transaction } from "../../src/postgres/transaction.ts";
import { type EobOptions, eob } from "../support/eob.ts";
import { CONTRACT } from "../support/load-lines.ts";
import { syncBench } from "../support/sync-bench.ts";
import { OTHER_CONTRACT, type ViewBench, viewBench } from "../support/view-bench.ts";

const claim = (claimId: string, to: string, options: EobOptions = {}) =>
  eob({ claimId, claimGroup: `g${claimId}`, from: to, to, ...options });

const counts = ({ column }: Pick<ViewBench, "column">, contract: string = CONTRACT) =>
  column(
    `select concat_ws(' ', claim_type, service_month::text, claims)
    from ab2d.data_freshness where contract_number = $1 order by claim_type, service_month`,
    [contract],
  );

describe("ab2d.data_freshness", () => {
  it("counts current claims by contract, type and month of the last service day", async () => {
    const bench = await viewBench();
    const shared = claim("1", "2024-02-29");
    await bench.load([
      shared,
      claim("2", "2024-02-01"),
      claim("3", "2024-03-01", { from: "2024-02-28" }),
      claim("4", "2024-02-10", { type: "carrier" }),
      claim("5", "2024-02-10", { status: "cancelled" }),
      claim("6", "2024-02-10", { lastUpdated: "2024-03-02T00:00:00Z", claimGroup: "g2" }),
    ]);
    await bench.load([shared], { contract: OTHER_CONTRACT });
    expect(await counts(bench)).toEqual([
      "carrier 2024-02-01 1",
      "outpatient 2024-02-01 2",
      "outpatient 2024-03-01 1",
    ]);
    expect(await counts(bench, OTHER_CONTRACT)).toEqual(["outpatient 2024-02-01 1"]);
    expect(
      await bench.rows(
        "select contract_number, sum(claims)::int as claims from ab2d.data_freshness group by 1 order by 1",
      ),
    ).toEqual(
      await bench.rows(
        `select contract_number, count(*)::int as claims
        from ab2d.claim join ab2d.claim_contract using (eob_id) group by 1 order by 1`,
      ),
    );
  });

  it("names the newest update of the contract's current claims on each of its rows", async () => {
    const bench = await viewBench();
    await bench.load([
      claim("1", "2024-02-29", { lastUpdated: "2024-04-01T00:00:00Z" }),
      claim("2", "2024-01-01", { lastUpdated: null, type: "carrier" }),
    ]);
    expect(await bench.column("select newest_last_updated from ab2d.data_freshness")).toEqual([
      new Date("2024-04-01T00:00:00Z"),
      new Date("2024-04-01T00:00:00Z"),
    ]);
  });

  it("has one row for a contract without claims, and without runs", async () => {
    const bench = await viewBench();
    await bench.rows("insert into ab2d.contract (contract_number, active_source_system) values ($1, 'ccw')", [
      OTHER_CONTRACT,
    ]);
    await bench.load([]);
    expect(await bench.rows("select * from ab2d.data_freshness order by contract_number")).toEqual([
      {
        contract_number: OTHER_CONTRACT,
        last_run_command: null,
        last_run_state: null,
        last_run_gaps: null,
        last_run_ended_at: null,
        watermark: null,
        newest_last_updated: null,
        claim_type: null,
        service_month: null,
        claims: 0,
      },
      expect.objectContaining({
        contract_number: CONTRACT,
        last_run_command: null,
        claim_type: null,
        claims: 0,
      }),
    ]);
  });

  it("follows a cut-over", async () => {
    const bench = await viewBench();
    await bench.load([claim("1", "2024-02-29"), claim("2", "2024-02-28")]);
    await bench.load([claim("71", "2024-05-01", { version: "v3" })], { apiVersion: "v3" });
    expect(await counts(bench)).toEqual(["outpatient 2024-02-01 2"]);
    await transaction(bench.pool, (tx) => switchSource({ contract: CONTRACT, to: "idr" }, tx));
    expect(await counts(bench)).toEqual(["outpatient 2024-05-01 1"]);
  });

  it("counts for a contract what its own source system has, though it holds more", async () => {
    const bench = await viewBench();
    const shared = claim("1", "2024-02-29");
    await bench.load([shared]);
    await bench.load([shared], { contract: OTHER_CONTRACT });
    await bench.load([claim("71", "2024-05-01", { version: "v3" })], {
      apiVersion: "v3",
      contract: OTHER_CONTRACT,
    });
    await transaction(bench.pool, (tx) => switchSource({ contract: OTHER_CONTRACT, to: "idr" }, tx));
    expect(await bench.column("select eob_id from ab2d.claim order by 1")).toEqual(["71", "outpatient-1"]);
    expect(await counts(bench)).toEqual(["outpatient 2024-02-01 1"]);
    expect(await counts(bench, OTHER_CONTRACT)).toEqual(["outpatient 2024-05-01 1"]);
    expect(
      await bench.column(
        `select concat_ws(' ', contract_number, api_version, versions, current_claims)
        from ab2d.contract_completeness order by 1`,
      ),
    ).toEqual([`${OTHER_CONTRACT} v2 1 0`, `${OTHER_CONTRACT} v3 1 1`, `${CONTRACT} v2 1 1`]);
    expect(
      await bench.column(
        `select concat_ws(' ', contract_number, beneficiary_id, first_service_date, last_service_date)
        from ab2d.beneficiary_contract order by 1`,
      ),
    ).toEqual([
      `${OTHER_CONTRACT} ccw:-10000000005142`,
      `${OTHER_CONTRACT} idr:-10000000005142 2024-05-01 2024-05-01`,
      `${CONTRACT} ccw:-10000000005142 2024-02-29 2024-02-29`,
    ]);
  });

  it("has the watermark and the last run that ended, as the ledger has them", async () => {
    const bench = await syncBench({ patients: 6 });
    await bench.sync();
    const { rows } = bench.database;
    const [first] = await rows("select distinct watermark, last_run_ended_at from ab2d.data_freshness");
    expect(first).toEqual(
      (
        await rows(
          `select watermark.exported_at as watermark, run.completed_at as last_run_ended_at
          from ab2d_etl.watermark join ab2d_etl.run using (run_id)`,
        )
      )[0],
    );
    // A run that is still open changes nothing, nor does one of the other source system or a load by hand.
    await rows(
      `insert into ab2d_etl.run (contract_number, command, api_version, source_system, state, completed_at)
      values
        ($1, 'sync', 'v2', 'ccw', 'open', null),
        ($1, 'sync', 'v3', 'idr', 'failed', '2999-01-01'),
        ($1, 'load', 'v2', 'ccw', 'failed', '2999-01-01')`,
      [bench.contract],
    );
    expect(
      await rows(
        "select distinct watermark, last_run_ended_at, last_run_command, last_run_state from ab2d.data_freshness",
      ),
    ).toEqual([{ ...first, last_run_command: "sync", last_run_state: "complete" }]);
    expect(await rows("select sum(claims)::int as claims from ab2d.data_freshness")).toEqual(
      await rows("select count(*)::int as claims from ab2d.claim"),
    );
  });
});
