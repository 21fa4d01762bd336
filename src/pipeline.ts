import { recordAuditEvent } from "./control/audit-events.ts";
import { planRun, type RunRequest } from "./control/plan-run.ts";
import { endRun, type LedgerRun, openRun } from "./control/runs.ts";
import { type RunSummary, summarizeRun } from "./control/summarize-run.ts";
import { bringWindow } from "./pipeline/bring-window.ts";
import { type ContractSession, type ExportRequest, withContract } from "./pipeline/contract-session.ts";
import type { Context } from "./pipeline/land-and-load.ts";
import { transaction } from "./postgres/transaction.ts";

export interface SyncRequest extends RunRequest, ExportRequest {}

/**
 * Brings one contract's claims up to date: authenticate, start export, await manifest, download, stage, merge, advance
 * watermark. Safe to run again after any failure: every step asks the ledger first and goes on from there.
 */
export function sync(request: SyncRequest, context: Context): Promise<RunSummary> {
  return withContract(request, context, {
    async plan(tx) {
      const plan = await planRun(request, { now: context.clock.now() }, tx);
      if (plan.givesUp) await endRun(plan.givesUp.runId, { state: "failed", isSuperseded: true }, tx);
      return { ...plan, apiVersion: plan.resumes?.apiVersion ?? request.apiVersion };
    },
    async carryOut({ resumes, since, until, notes }, at) {
      const run = resumes ?? (await openSync({ requestedSince: since, requestedUntil: until }, at));
      await bringWindow(run, at);
      return transaction(at.context.pool, (tx) =>
        summarizeRun(run.runId, { notes, isResumed: resumes !== undefined }, tx),
      );
    },
  });
}

function openSync(
  window: Pick<LedgerRun, "requestedSince" | "requestedUntil">,
  { request, context }: ContractSession,
): Promise<LedgerRun> {
  return transaction(context.pool, async (tx) => {
    const { contract: contractNumber, apiVersion } = request;
    const run = await openRun({ contractNumber, command: "sync", apiVersion, ...window }, tx);
    const detail = { since: window.requestedSince ?? null, until: window.requestedUntil ?? null };
    await recordAuditEvent({ action: "sync_started", contractNumber, runId: run.runId, detail }, tx);
    context.log.info("run_opened", { contract: contractNumber, run_id: run.runId, ...detail });
    return run;
  });
}
