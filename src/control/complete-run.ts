import { totalLines } from "../domain/line-counts.ts";
import { firstSince } from "../domain/since.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { recordAuditEvent } from "./audit-events.ts";
import { completeSeries } from "./complete-series.ts";
import { attestationDate } from "./contracts.ts";
import { findUsableJob, type LedgerJob } from "./export-jobs.ts";
import { filesOfRun, hasUnfinishedFiles } from "./output-files.ts";
import { countOpenRejectedLines } from "./rejected-lines.ts";
import { activityOf, endRun, type LedgerRun, lockRun } from "./runs.ts";
import { advanceWatermark, readWatermark, type Watermark } from "./watermark.ts";

/** Why a run may lack claims. */
export type Gap = "error_file" | "rejected_line" | "empty_manifest" | "window_cut_short";

/**
 * Completes a run if nothing of it is left to do, in the transaction that loaded its last file: looks for gaps and, when
 * there are none, advances the watermark. Of loaders side by side the last one completes it: the run's row is locked first.
 * Returns whether the run has ended.
 */
export async function completeRun(runId: number, tx: Transaction): Promise<boolean> {
  const run = await lockRun(runId, tx);
  if (run.state !== "open") return true;
  const job = await findUsableJob(runId, tx);
  if (run.command !== "load" && job?.state !== "complete") return false;
  if (await hasUnfinishedFiles(runId, tx)) return false;

  const files = await filesOfRun(runId, tx);
  const previous = await readWatermark(run.contractNumber, run.sourceSystem, tx);
  const gaps = await findGaps(run, { job, previous, files }, tx);
  await endRun(runId, { state: gaps.length > 0 ? "complete_with_gaps" : "complete", gaps }, tx);
  if (gaps.length === 0) await advanceFrom(run, { job, previous, files }, tx);
  const now = await readWatermark(run.contractNumber, run.sourceSystem, tx);
  await recordAuditEvent(
    {
      action: `${activityOf(run)}_completed`,
      contractNumber: run.contractNumber,
      runId,
      detail: {
        gaps,
        files: files.length,
        job_id: job?.jobId ?? null,
        watermark_before: previous?.exportedAt.toISOString() ?? null,
        watermark_after: now?.exportedAt.toISOString() ?? null,
      },
    },
    tx,
  );
  return true;
}

/** Moves the watermark on where the run, or the series that it is the last missing window of, leaves nothing out. */
async function advanceFrom(
  run: LedgerRun,
  { job, previous, files }: GapEvidence,
  tx: Transaction,
): Promise<void> {
  if (run.seriesId !== undefined) {
    await completeSeries(run.seriesId, { previous }, tx);
  } else if (
    job !== undefined &&
    !deliveredNothing(run, { job, files }) &&
    (await continuesFrom(run, previous, tx))
  ) {
    await advanceWatermark(
      { contract: run.contractNumber, source: run.sourceSystem },
      { exportedAt: job.exportedAt, sinceDatetime: job.sinceDatetime, runId: run.runId },
      tx,
    );
  }
}

interface GapEvidence {
  readonly job: LedgerJob | undefined;
  readonly previous: Watermark | undefined;
  readonly files: Awaited<ReturnType<typeof filesOfRun>>;
}

/**
 * Whether the job has not a single line. AB2D ends a job that was interrupted as successful and without files
 * (ContractProcessorImpl), so that this is no proof that nothing was new: the watermark stays, and the next run asks again.
 */
function deliveredNothing(run: LedgerRun, { job, files }: Pick<GapEvidence, "job" | "files">): boolean {
  const data = files.filter((file) => file.jobId === job?.jobId && file.kind === "data");
  return run.command !== "load" && data.every((file) => totalLines(file.counts) === 0);
}

async function findGaps(
  run: LedgerRun,
  { job, previous, files }: GapEvidence,
  tx: Transaction,
): Promise<Gap[]> {
  const gaps: Gap[] = [];
  const ofJob = files.filter((file) => file.jobId === job?.jobId);
  if (ofJob.some((file) => file.kind === "error")) gaps.push("error_file");
  if ((await countOpenRejectedLines(run.runId, tx)) > 0) gaps.push("rejected_line");
  // An earlier job of this run, whose files expired, had data for the same window.
  const hadData = files.length > ofJob.length;
  // A series asks again for a window with an end that came without a line, before it believes that.
  const isAskedAgain = run.seriesId !== undefined && run.requestedUntil !== undefined;
  const isEmpty = deliveredNothing(run, { job, files });
  if (isEmpty && (hadData || (!isAskedAgain && (await holdsClaimsOf(run, job, tx))))) {
    gaps.push("empty_manifest");
  }
  if (job?.sinceDatetime !== undefined && !reachesBack(job.sinceDatetime, boundWanted(run, previous))) {
    gaps.push("window_cut_short");
  }
  return gaps;
}

/**
 * Whether the Since-Datetime that AB2D returned, the true lower bound of its run, is as early as `wanted`. Without `_since`
 * everything was wanted, so that any bound is too late; one that can't be read is no proof.
 */
function reachesBack(sinceDatetime: string, wanted: Date | undefined): boolean {
  const bound = new Date(sinceDatetime).getTime();
  return wanted !== undefined && bound <= wanted.getTime();
}

/** The latest instant from which the run must reach: what was asked for, or the previous run's start if that is later. */
function boundWanted(run: LedgerRun, previous: Watermark | undefined): Date | undefined {
  const asked = run.requestedSince === undefined ? undefined : new Date(run.requestedSince);
  // A series wants all of its window, whatever was brought before.
  if (run.seriesId !== undefined || previous === undefined) return asked;
  if (asked === undefined) return previous.exportedAt;
  return asked > previous.exportedAt ? asked : previous.exportedAt;
}

async function holdsClaimsOf(run: LedgerRun, job: LedgerJob | undefined, tx: Transaction): Promise<boolean> {
  const [row] = await tx.run<{ holds_claims: boolean }>("control/holds_claims_in_window", {
    contract_number: run.contractNumber,
    source_system: run.sourceSystem,
    since: run.requestedSince ?? null,
    // A lastUpdated later than the export itself is no reason to expect the claim in it.
    until: run.requestedUntil ?? job?.exportedAt ?? null,
  });
  return row?.holds_claims ?? false;
}

/**
 * Whether the run's window joins what was brought before: it is open at its end and starts no later than the previous run
 * did, or, before the first complete run, no later than everything. Otherwise the watermark would pass over claims.
 */
async function continuesFrom(
  run: LedgerRun,
  previous: Watermark | undefined,
  tx: Transaction,
): Promise<boolean> {
  if (run.requestedUntil !== undefined) return false;
  if (run.requestedSince === undefined) return true;
  const asked = new Date(run.requestedSince);
  if (previous !== undefined && asked <= previous.exportedAt) return true;
  const first = firstSince(run.apiVersion, await attestationDate(run.contractNumber, tx));
  return first !== undefined && asked <= new Date(first);
}
