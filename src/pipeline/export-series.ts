import { planSeries, type SeriesRequest } from "../control/plan-series.ts";
import { endRun, type LedgerRun } from "../control/runs.ts";
import {
  abandonSeries,
  type Finding,
  type LedgerSeries,
  openSeries,
  openWindow,
  readFinding,
  windowsToBring,
} from "../control/series.ts";
import { type RunSummary, summarizeRun } from "../control/summarize-run.ts";
import { findUnfinishedRun } from "../control/unfinished-run.ts";
import { readWatermark } from "../control/watermark.ts";
import { sourceSystemOf } from "../domain/api-version.ts";
import { EtlError, ExitCode } from "../errors.ts";
import { transaction } from "../postgres/transaction.ts";
import { bringWindow } from "./bring-window.ts";
import { type ContractSession, type ExportRequest, withContract } from "./contract-session.ts";
import type { Context } from "./land-and-load.ts";

export interface SeriesExportRequest extends SeriesRequest, ExportRequest {
  /** Gives up an unfinished series and starts anew; what it brought stays. */
  readonly restarts?: boolean;
}

/** What a backfill or reconciliation did in this call, and how it stands. */
export interface SeriesSummary {
  readonly series: LedgerSeries;
  readonly isComplete: boolean;
  /** The windows brought in this call. */
  readonly runs: readonly RunSummary[];
  readonly finding: Finding | undefined;
  readonly watermark: Date | undefined;
  readonly notes: readonly string[];
}

/**
 * Brings a series of windows, the earliest first and each in an export job of its own: a backfill, or a reconciliation. Can be
 * stopped at any moment and run again: windows that are complete are not asked for again, those with gaps are. Stops at the
 * first window that fails; one with gaps keeps none of the others from being brought.
 */
export function exportSeries(request: SeriesExportRequest, context: Context): Promise<SeriesSummary> {
  return withContract(request, context, {
    async plan(tx) {
      if (request.restarts) await abandonSeries(request, tx);
      const { opens } = await planSeries(request, { now: context.clock.now() }, tx);
      return { apiVersion: opens.apiVersion };
    },
    async carryOut(_plan, at) {
      const { series, notes } = await transaction(at.context.pool, async (tx) => {
        // A window must not start in what is the future for AB2D, whatever our clock says.
        const { resumes, opens, notes } = await planSeries(request, { now: at.session.earliestNow() }, tx);
        return { series: resumes ?? (await openSeries(opens, tx)), notes };
      });
      const runs = await bringWindows(series, request, at);
      return transaction(at.context.pool, async (tx) => {
        const { isComplete, finding } = await readFinding(series.seriesId, tx);
        const watermark = await readWatermark(request.contract, sourceSystemOf(series.apiVersion), tx);
        return { series, isComplete, runs, finding, watermark: watermark?.exportedAt, notes };
      });
    },
  });
}

async function bringWindows(
  series: LedgerSeries,
  request: SeriesExportRequest,
  at: ContractSession,
): Promise<readonly RunSummary[]> {
  const { pool } = at.context;
  const unfinished = await unfinishedRun(series, at);
  const runs: RunSummary[] = [];
  if (unfinished) runs.push(await bring(unfinished, at));
  const windows = await transaction(pool, (tx) =>
    windowsToBring(series, { ...request, now: at.session.earliestNow() }, tx),
  );
  for (const [index, window] of windows.entries()) {
    const run = await transaction(pool, (tx) => openWindow(series, window, tx));
    const whole = { ...at, context: withinSeries(at.context, { number: index + 1, of: windows.length }) };
    runs.push(await bring(run, whole));
  }
  return runs;
}

/** The window that an earlier process was at, if it can go on. Otherwise what is left is cut and asked for anew. */
async function unfinishedRun(
  { seriesId, contractNumber }: LedgerSeries,
  { context }: ContractSession,
): Promise<LedgerRun | undefined> {
  return transaction(context.pool, async (tx) => {
    const unfinished = await findUnfinishedRun(contractNumber, { seriesId }, tx);
    if (unfinished === undefined || unfinished.canGoOn) return unfinished?.run;
    await endRun(unfinished.run.runId, { state: "failed" }, tx);
    return undefined;
  });
}

async function bring(run: LedgerRun, at: ContractSession): Promise<RunSummary> {
  await bringWindow(run, at);
  const summary = await transaction(at.context.pool, (tx) => summarizeRun(run.runId, {}, tx));
  const newest = Math.max(...summary.files.map(({ newestLastUpdated }) => newestLastUpdated?.getTime() ?? 0));
  if (run.requestedUntil === undefined || newest <= new Date(run.requestedUntil).getTime()) return summary;
  throw new EtlError(
    `Cannot go on with the windows of contract ${run.contractNumber}: AB2D did not heed the end of the window up to ${run.requestedUntil}`,
    {
      code: "UNTIL_NOT_HONOURED",
      exitCode: ExitCode.protocol,
      hint: "What came is loaded. AB2D ignores the end of a window that ends before the contract's attestation date, and exports everything: give the attestation date with --from and --restart, or as attestedOn in ab2d.yaml.",
    },
  );
}

/** Progress that also tells which window of how many it is about. */
function withinSeries(context: Context, window: { readonly number: number; readonly of: number }): Context {
  const { progress } = context;
  return { ...context, progress: { ...progress, report: (state) => progress.report({ ...state, window }) } };
}
