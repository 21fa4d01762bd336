import { cancelExport } from "../ab2d/cancel-export.ts";
import { findUsableJob } from "../control/export-jobs.ts";
import { findOpenRun } from "../control/runs.ts";
import { abandonSeries, findOpenSeries, type LedgerSeries, type SeriesOf } from "../control/series.ts";
import { EtlError } from "../errors.ts";
import { transaction } from "../postgres/transaction.ts";
import type { ContractSession } from "./contract-session.ts";

/** Answers to a cancellation after which nothing is left to cancel. */
const NOTHING_LEFT = new Set(["NOT_CANCELLABLE", "JOB_UNKNOWN", "ACCESS_REFUSED"]);

/**
 * Gives up a contract's unfinished backfill or reconciliation, and cancels the export job that it waits for, which would keep
 * the next one waiting. What it brought stays. Returns the series, if there was one. Throws what {@link cancelExport} throws.
 */
export async function giveUpSeries(
  of: SeriesOf,
  { session, context }: ContractSession,
): Promise<LedgerSeries | undefined> {
  const { series, job } = await transaction(context.pool, async (tx) => {
    const open = await findOpenSeries(of, tx);
    const run = open && (await findOpenRun(open.contractNumber, { seriesId: open.seriesId }, tx));
    return { series: open, job: run && (await findUsableJob(run.runId, tx)) };
  });
  if (job?.state === "started") {
    await cancelExport(session, job.jobId).catch((error: unknown) => {
      if (!(error instanceof EtlError && NOTHING_LEFT.has(error.code))) throw error;
    });
  }
  await transaction(context.pool, (tx) => abandonSeries(of, tx));
  return series;
}
