import { sourceSystemOf } from "../domain/api-version.ts";
import { type ChangeColumns, changesIn } from "../domain/fingerprint-changes.ts";
import { firstSince } from "../domain/since.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { recordAuditEvent } from "./audit-events.ts";
import { attestationDate } from "./contracts.ts";
import { findUsableJob } from "./export-jobs.ts";
import { addToFingerprints } from "./fingerprints.ts";
import { coverageOf, type Finding, type LedgerSeries, readSeries } from "./series.ts";
import { advanceWatermark, type Watermark } from "./watermark.ts";

/**
 * Completes a series if its windows cover everything, in the transaction that completes the last of them: what a
 * reconciliation found is noted, and the watermark moves to the start of the run of the open window. The windows before it
 * are bounded, so that nothing later than their ends is missing from them.
 */
export async function completeSeries(
  seriesId: number,
  { previous }: { readonly previous: Watermark | undefined },
  tx: Transaction,
): Promise<void> {
  const series = await readSeries(seriesId, tx);
  const { isWhole, open } = await coverageOf(series, tx);
  if (!isWhole || open === undefined) return;
  const job = await findUsableJob(open.runId, tx);
  // An open window without a line proves nothing of its time: what is known ends where it starts.
  const start = open.since === undefined ? undefined : new Date(open.since);
  const exportedAt = open.hasLines ? job?.exportedAt : start;
  const finding = series.command === "reconcile" ? await findDifferences(series, tx) : undefined;
  await tx.db
    .updateTable("ab2d_etl.series")
    .set({ state: "complete", completed_at: new Date(), finding: finding ? JSON.stringify(finding) : null })
    .where("series_id", "=", seriesId)
    .execute();
  const { command, contractNumber, requestedSince } = series;
  const { missed_by_type: _, ...counts } = finding ?? { missed_by_type: {} };
  const detail = { series_id: seriesId, since: requestedSince ?? null, ...counts };
  await recordAuditEvent({ action: `${command}_completed`, contractNumber, runId: open.runId, detail }, tx);
  if (job !== undefined && exportedAt !== undefined && (await joins(series, previous, tx))) {
    await advanceWatermark(
      { contract: series.contractNumber, source: sourceSystemOf(series.apiVersion) },
      { exportedAt, sinceDatetime: job.sinceDatetime, runId: open.runId },
      tx,
    );
  }
}

/**
 * Whether the series starts no later than what was brought before ends, or where the contract's claims begin. Before the first
 * complete run, the start of a backfill is the operator's word for that.
 */
async function joins(
  { requestedSince, contractNumber, apiVersion, command }: LedgerSeries,
  previous: Watermark | undefined,
  tx: Transaction,
): Promise<boolean> {
  if (requestedSince === undefined || (previous === undefined && command === "backfill")) return true;
  const first = firstSince(apiVersion, await attestationDate(contractNumber, tx));
  const starts = new Date(requestedSince);
  return (
    (previous !== undefined && starts <= previous.exportedAt) ||
    (first !== undefined && starts <= new Date(first))
  );
}

type FindingRow = Omit<Finding, "newly_not_delivered">;

async function findDifferences(series: LedgerSeries, tx: Transaction): Promise<Finding> {
  const of = {
    series_id: series.seriesId,
    contract_number: series.contractNumber,
    source_system: sourceSystemOf(series.apiVersion),
  };
  const marked = await tx.run<ChangeColumns & { readonly count: number }>("control/mark_not_delivered", {
    ...of,
    opened_at: series.openedAt,
    since: series.requestedSince ?? null,
  });
  await addToFingerprints(changesIn(marked), tx);
  const newly_not_delivered = marked[0]?.count ?? 0;
  const [counts] = await tx.run<FindingRow>("control/reconciliation_finding", {
    ...of,
    incremental_since: series.incrementalSince ?? null,
  });
  await tx.db.deleteFrom("ab2d_etl.delivered_eob").where("series_id", "=", series.seriesId).execute();
  return { ...counts!, newly_not_delivered };
}
