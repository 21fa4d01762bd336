import { EtlError, ExitCode } from "../errors.ts";
import { retry, TransientError } from "../retry.ts";
import type { Session } from "./session.ts";

/** What {@link patiently} needs of a session. */
export type Patience = Pick<Session, "clock" | "log" | "signal" | "random" | "patience">;

/**
 * Runs one call to the API again while it fails transiently, for `patience` seconds of clock time.
 * Throws `API_UNAVAILABLE` (69) after that, with the last failure as cause; it is no `TransientError`, so nobody retries it again.
 */
export async function patiently<T>(
  { clock, log, signal, random, patience }: Patience,
  operation: (attempt: number) => Promise<T>,
): Promise<T> {
  try {
    return await retry(operation, {
      clock,
      signal,
      random,
      giveUpAfter: patience * 1000,
      onRetry: (error, { attempt, delay }) =>
        log.warn("api_retried", {
          attempt,
          delay_ms: Math.round(delay),
          reason: error instanceof Error ? error.message : undefined,
        }),
    });
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    throw new EtlError(`${error.message}; tried again for ${patience} seconds`, {
      code: "API_UNAVAILABLE",
      exitCode: ExitCode.unavailable,
      hint: error.hint ?? "Try again later: what was done so far is kept",
      cause: error,
    });
  }
}
