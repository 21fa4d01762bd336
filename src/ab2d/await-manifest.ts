import { EtlError, ExitCode } from "../errors.ts";
import { TransientError } from "../retry.ts";
import { answerError } from "./answer-error.ts";
import type { HttpResponse } from "./exchange.ts";
import { parseHttpDate } from "./http-date.ts";
import { statusPath } from "./job-id.ts";
import { patiently } from "./patiently.ts";
import { type Manifest, readManifest } from "./read-manifest.ts";
import { type Refusal, readRefusal } from "./refusal.ts";
import { retryAfter } from "./retry-after.ts";
import type { Session } from "./session.ts";

export interface AwaitManifestOptions {
  /** Seconds between two polls; a longer `Retry-After` wins. AB2D refuses less than 5. */
  readonly pollInterval: number;
  /** Told after each poll of a job that isn't done. The percentage may fall: AB2D restarts jobs when it is deployed. */
  readonly onProgress?: (percent: number | undefined) => void | Promise<void>;
}

/** AB2D cancels a running job after 48 hours but never a queued one. */
const LONGEST_WAIT = 72 * 3_600_000;
/** Milliseconds. AB2D refuses a poll within 5 seconds of the last one that it took, also of one that it answered with an error. */
const SHORTEST_PAUSE = 6_000;
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

type Poll =
  | { readonly kind: "running"; readonly percent: number | undefined; readonly retryAfter: number }
  | { readonly kind: "completed"; readonly manifest: Manifest };

/**
 * Polls an export job, at once and then every `pollInterval`, until it is complete. 429, 5xx and lost connections are borne for
 * the session's patience (15 minutes unless told otherwise) without interruption.
 *
 * Throws `JOB_CANCELLED`, `JOB_UNKNOWN`, `JOB_TIMEOUT` (75), `JOB_FAILED` (69), `MANIFEST_INVALID` and `UNEXPECTED_ANSWER` (76),
 * `ACCESS_REFUSED` (77), `API_UNAVAILABLE` (69), `INVALID_JOB_ID` (64), and what {@link Session.request} throws.
 */
export async function awaitManifest(
  session: Session,
  jobId: string,
  { pollInterval, onProgress }: AwaitManifestOptions,
): Promise<Manifest> {
  const { clock, signal } = session;
  const path = statusPath(jobId);
  const startedAt = clock.now().getTime();
  const interval = pollInterval * 1000;

  async function poll(): Promise<Poll> {
    const response = await session.request({ method: "GET", path, headers: { accept: "application/json" } });
    if (response.status === 200) return { kind: "completed", manifest: await readCompleted(response, jobId) };
    if (response.status === 202) {
      await response.discard();
      const percent = /^\s*(\d{1,3})(?:\.\d+)?\s*%/.exec(response.header("x-progress") ?? "")?.[1];
      return {
        kind: "running",
        percent: percent === undefined ? undefined : Math.min(100, Number(percent)),
        retryAfter: retryAfter(response, { now: clock.now() }) ?? 0,
      };
    }
    throw refusalError(await readRefusal(response, { now: clock.now() }), { jobId, interval });
  }

  for (;;) {
    const answer = await patiently(session, () => poll().catch(notTooSoon));
    if (answer.kind === "completed") return answer.manifest;
    await onProgress?.(answer.percent);
    if (clock.now().getTime() - startedAt >= LONGEST_WAIT) {
      throw new EtlError(`Cannot wait longer for export job ${jobId}: it is not complete after 72 hours`, {
        code: "JOB_TIMEOUT",
        exitCode: ExitCode.tryAgainLater,
        hint: "Run again to go on waiting, or `ab2d cancel` the job and export smaller windows (`ab2d backfill`)",
      });
    }
    await clock.sleep(Math.max(interval, answer.retryAfter), signal);
  }
}

/** Lets the next attempt wait until AB2D takes a poll again. */
function notTooSoon(error: unknown): never {
  if (!(error instanceof TransientError) || error.retryAfter >= SHORTEST_PAUSE) throw error;
  const { message, code, exitCode, hint } = error;
  throw new TransientError(message, {
    code,
    exitCode,
    ...(hint ? { hint } : {}),
    retryAfter: SHORTEST_PAUSE,
  });
}

async function readCompleted(response: HttpResponse, jobId: string): Promise<Manifest> {
  const text = await response.text(MAX_MANIFEST_BYTES);
  if (text === undefined) {
    throw new EtlError(
      `Cannot use the manifest of export job ${jobId}: it is longer than ${MAX_MANIFEST_BYTES} bytes`,
      {
        code: "MANIFEST_INVALID",
        exitCode: ExitCode.protocol,
      },
    );
  }
  return readManifest(text, { jobId, expiresAt: parseHttpDate(response.header("expires")) });
}

function refusalError(
  refusal: Refusal,
  { jobId, interval }: { readonly jobId: string; readonly interval: number },
): EtlError {
  const { status, outcome } = refusal;
  const doing = `get the manifest of export job ${jobId}`;
  if (status === 404 && (outcome.deleted || outcome.meaning === "job-cancelled")) {
    return new EtlError(`Cannot ${doing}: the job was cancelled`, {
      code: "JOB_CANCELLED",
      exitCode: ExitCode.tryAgainLater,
      hint: "Someone cancelled it, or AB2D did after 48 hours. Run again to start a new job",
    });
  }
  if (status === 404) {
    return new EtlError(`Cannot ${doing}: AB2D knows no such job`, {
      code: "JOB_UNKNOWN",
      exitCode: ExitCode.tryAgainLater,
      hint: "Check that the environment is the one where the job was started. Run again to start a new job",
    });
  }
  if (outcome.meaning === "job-failed") {
    return new EtlError(`Cannot ${doing}: ${outcome.words}`, {
      code: "JOB_FAILED",
      exitCode: ExitCode.unavailable,
      hint: "Run again to start a new job; if it fails again, export smaller windows (`ab2d backfill`)",
    });
  }
  const error = answerError(refusal, { doing });
  if (status !== 429) return error;
  // Another poller of the same job: the interval keeps us from starving each other.
  return new TransientError(error.message, {
    code: error.code,
    exitCode: error.exitCode,
    retryAfter: Math.max(interval, refusal.retryAfter ?? 0),
  });
}
