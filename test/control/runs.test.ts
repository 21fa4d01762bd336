import { describe, expect, it } from "vitest";
import { registerContract } from "../../src/control/contracts.ts";
import { endRun, failUnfinishedLoads, openRun, type RunCommand } from "../../src/control/runs.ts";
import { type ContractNumber, parseContractNumber } from "../../src/domain/contract-number.ts";
import { transaction } from "../../src/postgres/transaction.ts";
import { freshDatabase } from "../support/fresh-database.ts";

const contractNumber = parseContractNumber("Z0001") as ContractNumber;

async function setup(command: RunCommand) {
  const database = await freshDatabase();
  const { runId } = await transaction(database.pool, async (tx) => {
    await registerContract(contractNumber, { apiVersion: "v2", attestedOn: undefined }, tx);
    return openRun({ contractNumber, command, apiVersion: "v2" }, tx);
  });
  const end = (as: Parameters<typeof endRun>[1]) => transaction(database.pool, (tx) => endRun(runId, as, tx));
  const audited = () =>
    database.rows("select action, contract_number, run_id from ab2d_etl.audit_event order by audit_event_id");
  return { database, runId, end, audited };
}

describe("endRun()", () => {
  it("writes once into the audit that a run has failed", async () => {
    const { runId, end, audited } = await setup("sync");
    await end({ state: "failed" });
    await end({ state: "failed" });
    expect(await audited()).toEqual([{ action: "sync_failed", contract_number: "Z0001", run_id: runId }]);
  });

  it("tells one that another run takes the place of from one that failed", async () => {
    const { runId, end, audited } = await setup("sync");
    await end({ state: "failed", isSuperseded: true });
    expect(await audited()).toEqual([{ action: "sync_superseded", contract_number: "Z0001", run_id: runId }]);
  });

  it("leaves what is to be written of a complete run to who completes it", async () => {
    const { end, audited } = await setup("sync");
    await end({ state: "complete" });
    expect(await audited()).toEqual([]);
  });
});

describe("failUnfinishedLoads()", () => {
  it("writes into the audit which load it ended", async () => {
    const { database, runId, audited } = await setup("load");
    for (let round = 0; round < 2; round += 1)
      await transaction(database.pool, (tx) => failUnfinishedLoads(contractNumber, tx));
    expect(await audited()).toEqual([{ action: "load_failed", contract_number: "Z0001", run_id: runId }]);
  });
});
