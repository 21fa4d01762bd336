import { authenticate } from "../ab2d/authenticate.ts";
import { cancelExport } from "../ab2d/cancel-export.ts";
import { recordAuditEvent } from "../control/audit-events.ts";
import { abandonJob, runningJobsOf } from "../control/export-jobs.ts";
import { takeRunLock } from "../control/run-lock.ts";
import { endRun } from "../control/runs.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import { EtlError } from "../errors.ts";
import { transaction } from "../postgres/transaction.ts";
import type { ExportRequest } from "./contract-session.ts";
import type { Context } from "./land-and-load.ts";

export type CancelRequest = Pick<
  ExportRequest,
  "contract" | "apiVersion" | "apiUrl" | "tokenUrl" | "credentials"
> & {
  /** A job to cancel, ours or not; absent: those that the contract's open runs wait for. */
  readonly jobId?: string | undefined;
};

export interface CancelledJob {
  readonly jobId: string;
  /** `finished`: it had ended before, so that there was nothing to cancel. */
  readonly outcome: "cancelled" | "finished";
  /** The run that had asked for it; `undefined` for a job that is not ours. */
  readonly runId: number | undefined;
  /** Whether the run was ended too; another process that waits for the job ends it by itself. */
  readonly hasEndedRun: boolean;
}

/**
 * Cancels export jobs at AB2D, and ends the runs that wait for them, so that the next one starts anew. Throws what
 * {@link authenticate} and {@link cancelExport} throw.
 */
export async function cancelJobs(request: CancelRequest, context: Context): Promise<readonly CancelledJob[]> {
  const { contract, jobId: named } = request;
  const running = await transaction(context.pool, (tx) => runningJobsOf(contract, tx));
  const jobs =
    named === undefined
      ? running
      : [running.find(({ jobId }) => jobId === named) ?? { jobId: named, runId: undefined }];
  if (jobs.length === 0) return [];
  const session = await authenticate({ ...request, ...context });
  try {
    const cancelled: CancelledJob[] = [];
    for (const { jobId, runId } of jobs) {
      const outcome = await cancelExport(session, jobId).then(
        () => "cancelled" as const,
        (error: unknown) => {
          if (error instanceof EtlError && error.code === "NOT_CANCELLABLE") return "finished" as const;
          throw error;
        },
      );
      const isOurs = outcome === "cancelled" && runId !== undefined;
      const hasEndedRun = isOurs && (await endRunOf({ jobId, runId }, contract, context));
      await transaction(context.pool, (tx) =>
        recordAuditEvent(
          {
            action: "job_cancelled",
            contractNumber: contract,
            ...(runId === undefined ? {} : { runId }),
            detail: { job_id: jobId, outcome },
          },
          tx,
        ),
      );
      cancelled.push({ jobId, outcome, runId, hasEndedRun });
    }
    return cancelled;
  } finally {
    await session.close();
  }
}

async function endRunOf(
  { jobId, runId }: { readonly jobId: string; readonly runId: number },
  contract: ContractNumber,
  { pool }: Context,
): Promise<boolean> {
  try {
    const lock = await takeRunLock(contract, pool);
    try {
      await transaction(pool, async (tx) => {
        await abandonJob(jobId, "cancelled", tx);
        await endRun(runId, { state: "failed" }, tx);
      });
      return true;
    } finally {
      await lock.release();
    }
  } catch (error) {
    // The process that waits for the job learns from AB2D that it is cancelled.
    if (error instanceof EtlError && error.code === "RUN_LOCKED") return false;
    throw error;
  }
}
