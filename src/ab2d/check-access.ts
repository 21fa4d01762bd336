import { EtlError, ExitCode } from "../errors.ts";
import { answerError } from "./answer-error.ts";
import { statusPath } from "./job-id.ts";
import { readRefusal } from "./refusal.ts";
import type { Session } from "./session.ts";

/** A UUID of version 4 that AB2D's random ones never are. */
const NO_JOB = "00000000-0000-4000-8000-000000000000";

/**
 * Makes sure that AB2D accepts the session's token for its API version: asks for a job that there is not. Starts nothing and
 * counts for nothing. Whether the contract is attested AB2D only says when an export starts (`checkIfContractAttested`).
 *
 * Throws `V3_NOT_ENABLED`, `ACCESS_REFUSED` (77), `UNEXPECTED_ANSWER` (76), `API_UNAVAILABLE` (69), what {@link Session.request} throws.
 */
export async function checkAccess(session: Session): Promise<void> {
  const response = await session.request({
    method: "GET",
    path: statusPath(NO_JOB),
    headers: { accept: "application/json" },
  });
  const refusal = await readRefusal(response, { now: session.clock.now() });
  const { status, outcome } = refusal;
  if (status === 404 && outcome.meaning === "job-unknown") return;
  if (status === 403 && (outcome.meaning === "v3-off" || outcome.meaning === "v3-not-enabled")) {
    throw new EtlError(`Cannot use API version ${session.apiVersion}: ${outcome.words}`, {
      code: "V3_NOT_ENABLED",
      exitCode: ExitCode.refused,
      hint: "Ask the AB2D team to enable V3 for the contract, or set apiVersion to v2 until they have.",
    });
  }
  throw answerError(refusal, { doing: `use API version ${session.apiVersion} with this token` });
}
