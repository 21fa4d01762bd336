import { EtlError, ExitCode } from "../errors.ts";
import { answerError } from "./answer-error.ts";
import { statusPath } from "./job-id.ts";
import { patiently } from "./patiently.ts";
import { readRefusal } from "./refusal.ts";
import type { Session } from "./session.ts";

/**
 * Cancels an export job that is queued or running; a job that is cancelled already is left so. AB2D may still complete a job
 * that it was just finishing.
 *
 * Throws `NOT_CANCELLABLE` (64) for a finished job, `JOB_UNKNOWN` (75), `ACCESS_REFUSED` (77), `INVALID_JOB_ID` (64),
 * `UNEXPECTED_ANSWER` (76), `API_UNAVAILABLE` (69).
 */
export function cancelExport(session: Session, jobId: string): Promise<void> {
  return patiently(session, async () => {
    const response = await session.request({
      method: "DELETE",
      path: statusPath(jobId),
      headers: { accept: "application/json" },
    });
    if (response.status >= 200 && response.status < 300) return response.discard();
    const refusal = await readRefusal(response, { now: session.clock.now() });
    const { status, outcome } = refusal;
    if (outcome.deleted || outcome.meaning === "job-cancelled") return;
    const doing = `cancel export job ${jobId}`;
    if (status === 400 && outcome.meaning === "job-finished") {
      throw new EtlError(`Cannot ${doing}: ${outcome.words}`, {
        code: "NOT_CANCELLABLE",
        exitCode: ExitCode.usage,
        hint: "Only a queued or running job can be cancelled",
      });
    }
    if (status === 404) {
      throw new EtlError(`Cannot ${doing}: AB2D knows no such job`, {
        code: "JOB_UNKNOWN",
        exitCode: ExitCode.tryAgainLater,
        hint: "Check the job's id and the environment it was started in",
      });
    }
    throw answerError(refusal, { doing });
  });
}
