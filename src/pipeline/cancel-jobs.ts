import { authenticate } from "../ab2d/authenticate.ts";
import { cancelExport } from "../ab2d/cancel-export.ts";
import type { Session } from "../ab2d/session.ts";
import { recordAuditEvent } from "../control/audit-events.ts";
import { abandonJob, type ContractJob, forgetStartedJob, jobsOf } from "../control/export-jobs.ts";
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
  readonly run: Pick<ContractJob, "runId" | "command"> | undefined;
  /** Whether the run was ended too. */
  readonly hasEndedRun: boolean;
  /**
   * Whether the run goes on, because another process is at work for the contract: it notices a cancelled job by itself. Neither
   * this nor `hasEndedRun`: the run had ended before.
   */
  readonly isAtWork: boolean;
}

/**
 * Cancels export jobs at AB2D, and ends the runs that wait for them or download from them, whatever AB2D says: the next one
 * starts anew. Throws what {@link authenticate} throws, and API_UNAVAILABLE (69).
 */
export async function cancelJobs(request: CancelRequest, context: Context): Promise<readonly CancelledJob[]> {
  const { contract, jobId: named } = request;
  const ours = (await transaction(context.pool, (tx) => jobsOf(contract, tx))).filter(isCancellable);
  const jobs = named === undefined ? ours : [ours.find(({ jobId }) => jobId === named) ?? { jobId: named }];
  if (jobs.length === 0) return [];
  const session = await authenticate({ ...request, ...context });
  try {
    const cancelled: CancelledJob[] = [];
    for (const job of jobs) {
      const { jobId } = job;
      const outcome = await outcomeOf(session, jobId);
      const run = "runId" in job ? job : undefined;
      const end = run && (await endRunOf(run, contract, context));
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
      cancelled.push({ jobId, outcome, run, hasEndedRun: end === "ended", isAtWork: end === "at_work" });
    }
    return cancelled;
  } finally {
    await session.close();
  }
}

/** What an open run waits for or downloads from, and what an ended one had asked for and nobody has seen end. */
function isCancellable({ state, runState }: ContractJob): boolean {
  return state === "started" || (state === "complete" && runState === "open");
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

/** Ends a job's run; `had_ended` and `at_work` tell why it is not ended here. */
async function endRunOf(
  { jobId, runId, runState }: ContractJob,
  contract: ContractNumber,
  { pool }: Context,
): Promise<"ended" | "had_ended" | "at_work"> {
  if (runState !== "open") {
    // No process works for it, whatever one does for the contract.
    await transaction(pool, (tx) => forgetStartedJob(jobId, tx));
    return "had_ended";
  }
  try {
    const lock = await takeRunLock(contract, pool);
    try {
      return await transaction(pool, async (tx) => {
        const { state } = await lockRun(runId, tx);
        // Completed by another process a moment ago: what it brought stays as it is.
        if (state !== "open") {
          await forgetStartedJob(jobId, tx);
          return "had_ended";
        }
        await abandonJob(jobId, "cancelled", tx);
        await endRun(runId, { state: "failed" }, tx);
        return "ended";
      });
    } finally {
      await lock.release();
    }
  } catch (error) {
    // The process that waits for the job learns from AB2D that it is cancelled.
    if (error instanceof EtlError && error.code === "RUN_LOCKED") return "at_work";
    throw error;
  }
}
