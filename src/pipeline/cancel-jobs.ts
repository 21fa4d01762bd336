import { authenticate } from "../ab2d/authenticate.ts";
import { cancelExport } from "../ab2d/cancel-export.ts";
import type { Session } from "../ab2d/session.ts";
import { recordAuditEvent } from "../control/audit-events.ts";
import {
  abandonJob,
  type CancellableJob,
  cancellableJobsOf,
  forgetStartedJob,
} from "../control/export-jobs.ts";
import { takeRunLock } from "../control/run-lock.ts";
import { endRun, lockRun } from "../control/runs.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import { EtlError } from "../errors.ts";
import { transaction } from "../postgres/transaction.ts";
import type { ExportRequest } from "./contract-session.ts";
import type { Context } from "./land-and-load.ts";

export type CancelRequest = Pick<
  ExportRequest,
  "contract" | "apiVersion" | "apiUrl" | "tokenUrl" | "credentials"
> & {
  /** A job to cancel, ours or not; absent: those that the contract's runs wait for or download from. */
  readonly jobId?: string | undefined;
};

/** What AB2D said: it had ended before, it is not known there, or these credentials may not touch it. */
const OUTCOMES = { NOT_CANCELLABLE: "finished", JOB_UNKNOWN: "unknown", ACCESS_REFUSED: "refused" } as const;

export interface CancelledJob {
  readonly jobId: string;
  readonly outcome: "cancelled" | "finished" | "unknown" | "refused";
  /** Our run that had asked for it; `undefined` for a job that is not ours. */
  readonly run: Pick<CancellableJob, "runId" | "command"> | undefined;
  /** Whether the run was ended too; another process that is at work for it notices a cancelled job by itself. */
  readonly hasEndedRun: boolean;
}

/**
 * Cancels export jobs at AB2D, and ends the runs that wait for them or download from them, whatever AB2D says: the next one
 * starts anew. Throws what {@link authenticate} throws, and API_UNAVAILABLE (69).
 */
export async function cancelJobs(request: CancelRequest, context: Context): Promise<readonly CancelledJob[]> {
  const { contract, jobId: named } = request;
  const ours = await transaction(context.pool, (tx) => cancellableJobsOf(contract, tx));
  const jobs =
    named === undefined
      ? ours
      : [ours.find(({ jobId }) => jobId === named) ?? { jobId: named, runId: undefined }];
  if (jobs.length === 0) return [];
  const session = await authenticate({ ...request, ...context });
  try {
    const cancelled: CancelledJob[] = [];
    for (const job of jobs) {
      const { jobId } = job;
      const outcome = await outcomeOf(session, jobId);
      const run = job.runId === undefined ? undefined : job;
      const hasEndedRun = run !== undefined && (await endRunOf(run, contract, context));
      await transaction(context.pool, (tx) =>
        recordAuditEvent(
          {
            action: "job_cancelled",
            contractNumber: contract,
            ...(run ? { runId: run.runId } : {}),
            detail: { job_id: jobId, outcome },
          },
          tx,
        ),
      );
      cancelled.push({ jobId, outcome, run, hasEndedRun });
    }
    return cancelled;
  } finally {
    await session.close();
  }
}

async function outcomeOf(session: Session, jobId: string): Promise<CancelledJob["outcome"]> {
  try {
    await cancelExport(session, jobId);
    return "cancelled";
  } catch (error) {
    const outcome = error instanceof EtlError && OUTCOMES[error.code as keyof typeof OUTCOMES];
    if (outcome) return outcome;
    throw error;
  }
}

async function endRunOf(
  { jobId, runId }: CancellableJob,
  contract: ContractNumber,
  { pool }: Context,
): Promise<boolean> {
  try {
    const lock = await takeRunLock(contract, pool);
    try {
      return await transaction(pool, async (tx) => {
        const { state } = await lockRun(runId, tx);
        // Ended before, or completed by another process a moment ago: what it brought stays as it is.
        if (state !== "open") {
          await forgetStartedJob(jobId, tx);
          return false;
        }
        await abandonJob(jobId, "cancelled", tx);
        await endRun(runId, { state: "failed" }, tx);
        return true;
      });
    } finally {
      await lock.release();
    }
  } catch (error) {
    // The process that waits for the job learns from AB2D that it is cancelled.
    if (error instanceof EtlError && error.code === "RUN_LOCKED") return false;
    throw error;
  }
}
