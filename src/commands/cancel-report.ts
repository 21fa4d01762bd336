import type { ContractNumber } from "../domain/contract-number.ts";
import { ExitCode } from "../errors.ts";
import type { CancelledJob } from "../pipeline/cancel-jobs.ts";
import type { CommandResult } from "./command.ts";

/** What became of the jobs that were to be cancelled, and of the runs that had asked for them. */
export function cancelReport(jobs: readonly CancelledJob[], contract: ContractNumber): CommandResult {
  return {
    text:
      jobs.length === 0
        ? `${contract}  no run has an export job: nothing to cancel.`
        : jobs.map((job) => describe(job, contract)).join("\n"),
    json: {
      contract,
      jobs: jobs.map(({ jobId, outcome, run, hasEndedRun, isAtWork }) => ({
        job_id: jobId,
        outcome,
        run_id: run?.runId ?? null,
        command: run?.command ?? null,
        run_ended: hasEndedRun,
        run_at_work: isAtWork,
      })),
    },
    exitCode: ExitCode.ok,
  };
}

const SAID: Readonly<Record<CancelledJob["outcome"], string>> = {
  cancelled: "is cancelled",
  finished: "had ended before",
  unknown: "is not known to AB2D",
  refused: "is another organization's by these credentials, and was not cancelled",
};

function describe(
  { jobId, outcome, run, hasEndedRun, isAtWork }: CancelledJob,
  contract: ContractNumber,
): string {
  const said = `${contract}  export job ${jobId} ${SAID[outcome]}`;
  if (run === undefined) return `${said}.`;
  const ours = `run ${run.runId} (${run.command})`;
  if (hasEndedRun) return `${said}; ${ours} has ended, the next one starts anew.`;
  if (!isAtWork) return `${said}; ${ours} had ended before, nothing waits for the job.`;
  return outcome === "cancelled"
    ? `${said}; the process that waits for it ends by itself, and the next run asks for the window again.`
    : `${said}; another process is at work for ${ours}: stop it first.`;
}
