import { planSeries, type SeriesRequest } from "../control/plan-series.ts";
import { endRun, type LedgerRun } from "../control/runs.ts";
import {
  type Finding,
  type LedgerSeries,
  openSeries,
  openWindow,
  readFinding,
  type WindowsLeft,
  windowsLeft,
} from "../control/series.ts";
import { type RunSummary, summarizeRun } from "../control/summarize-run.ts";
import { findUnfinishedRun } from "../control/unfinished-run.ts";
import { readWatermark } from "../control/watermark.ts";
import { sourceSystemOf } from "../domain/api-version.ts";
import type { ExportWindow } from "../domain/export-window.ts";
import { isCovered } from "../domain/remaining-windows.ts";
import { EtlError, ExitCode } from "../errors.ts";
import { transaction } from "../postgres/transaction.ts";
import { bringWindow } from "./bring-window.ts";
import { type ContractSession, type ExportRequest, withContract } from "./contract-session.ts";
import { giveUpSeries } from "./give-up-series.ts";
import type { Context } from "./land-and-load.ts";

export interface SeriesExportRequest extends SeriesRequest, ExportRequest {}

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
export async function exportSeries(request: SeriesExportRequest, context: Context): Promise<SeriesSummary> {
  const planned = await transaction(context.pool, (tx) =>
    planSeries(request, { now: context.clock.now() }, tx),
  );
  if (planned.done) return summarizeSeries(planned.done, { runs: [], notes: planned.notes }, context);
  return withContract(request, context, {
    plan: async () => ({ apiVersion: planned.opens.apiVersion }),
    async carryOut(_plan, at) {
      if (request.restarts) await giveUpSeries(request, at);
      const { series, notes } = await transaction(at.context.pool, async (tx) => {
        // A window must not start in what is the future for AB2D, whatever our clock says.
        const plan = await planSeries(request, { now: at.session.earliestNow() }, tx);
        return { series: plan.resumes ?? (await openSeries(plan.opens, tx)), notes: plan.notes };
      });
      const runs = await bringWindows(series, request, at);
      return summarizeSeries(series, { runs, notes }, at.context);
    },
  });
}

function summarizeSeries(
  series: LedgerSeries,
  did: Pick<SeriesSummary, "runs" | "notes">,
  { pool }: Pick<Context, "pool">,
): Promise<SeriesSummary> {
  return transaction(pool, async (tx) => {
    const { isComplete, finding } = await readFinding(series.seriesId, tx);
    const source = sourceSystemOf(series.apiVersion);
    const watermark = await readWatermark(series.contractNumber, source, tx);
    return { series, isComplete, finding, watermark: watermark?.exportedAt, ...did };
  });
}

/** Windows with an end first, then those again that came without a line, at last the open one, where changed claims have moved. */
async function bringWindows(
  series: LedgerSeries,
  request: SeriesExportRequest,
  at: ContractSession,
): Promise<readonly RunSummary[]> {
  const runs: RunSummary[] = [];
  const unfinished = await unfinishedRun(series, at);
  if (unfinished) runs.push(await bring(unfinished, at));
  const windowsWithGaps = (): readonly ExportWindow[] =>
    runs.filter(({ run }) => run.gaps.length > 0).map(({ run }) => windowOf(run));
  const left = (): Promise<WindowsLeft> => {
    const slicing = { ...request, now: at.session.earliestNow(), except: windowsWithGaps() };
    return transaction(at.context.pool, (tx) => windowsLeft(series, slicing, tx));
  };
  let number = 0;
  const bringAll = async (windows: readonly ExportWindow[], after: number): Promise<void> => {
    const of = number + windows.length + after;
    for (const window of windows) {
      number += 1;
      const run = await transaction(at.context.pool, (tx) => openWindow(series, window, tx));
      runs.push(await bring(run, { ...at, context: withinSeries(at.context, { number, of }) }));
    }
  };
  for (;;) {
    // Time goes on while windows are brought: what has become one with an end meanwhile comes before the open one, too.
    const { bounded, unconfirmed, open } = await left();
    const withGaps = windowsWithGaps();
    const again = unconfirmed.filter((window) => !isCovered(window, withGaps));
    if (bounded.length > 0) await bringAll(bounded, again.length + 1);
    else if (again.length > 0) await bringAll(again, 1);
    else {
      await bringAll(open ? [open] : [], 0);
      return runs;
    }
  }
}

function windowOf({ requestedSince, requestedUntil }: LedgerRun): ExportWindow {
  return { since: requestedSince, until: requestedUntil };
}

/** The window that an earlier process was at, if it can go on. Otherwise what is left is cut and asked for anew. */
async function unfinishedRun(
  { seriesId, contractNumber }: LedgerSeries,
  { context }: ContractSession,
): Promise<LedgerRun | undefined> {
  return transaction(context.pool, async (tx) => {
    const unfinished = await findUnfinishedRun(contractNumber, { seriesId, now: context.clock.now() }, tx);
    if (unfinished === undefined || unfinished.canGoOn) return unfinished?.run;
    await endRun(unfinished.run.runId, { state: "failed", isSuperseded: true }, tx);
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
