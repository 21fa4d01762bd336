import { EtlError, ExitCode } from "../errors.ts";
import { retry, TransientError } from "../retry.ts";
import type { Session } from "./session.ts";

/** What {@link patiently} needs of a session. */
export interface Patience extends Pick<Session, "clock" | "log" | "signal" | "random" | "patience"> {
  /**
   * Seconds for which a server that does not answer at all is borne; absent: as long as one that does. Before anything is under
   * way, no answer is more often a wrong address than an outage.
   */
  readonly contactPatience?: number;
}

/**
 * Runs one call to the API again while it fails transiently, for `patience` seconds of clock time.
 * Throws `API_UNAVAILABLE` (69) after that, with the last failure as cause; it is no `TransientError`, so nobody retries it again.
 */
export async function patiently<T>(
  { clock, log, signal, random, patience, contactPatience = patience }: Patience,
  operation: (attempt: number) => Promise<T>,
): Promise<T> {
  const startedAt = clock.now().getTime();
  const seconds = (): number => Math.round((clock.now().getTime() - startedAt) / 1000);
  try {
    return await retry(operation, {
      clock,
      signal,
      random,
      giveUpAfter: patience * 1000,
      longestDelay: Math.min(60_000, contactPatience * 250),
      shouldRetry: (error) =>
        error instanceof TransientError &&
        (error.code !== "CONNECTION_FAILED" || seconds() < contactPatience),
      onRetry: (error, { attempt, delay }) =>
        log.info("api_retried", {
          attempt,
          delay_ms: Math.round(delay),
          reason: error instanceof Error ? error.message : undefined,
        }),
    });
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    throw new EtlError(`${error.message}; tried again for ${seconds()} seconds`, {
      code: "API_UNAVAILABLE",
      exitCode: ExitCode.unavailable,
      hint: error.hint ?? "Try again later: what was done so far is kept",
      cause: error,
    });
  }
}
