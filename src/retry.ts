import type { Clock } from "./clock.ts";
import { EtlError, type EtlErrorOptions } from "./errors.ts";

export interface TransientErrorOptions extends EtlErrorOptions {
  /** Milliseconds that the other side asked to be left alone. */
  readonly retryAfter?: number;
}

/** A failure that may pass by itself: what {@link retry} tries again unless it is told otherwise. */
export class TransientError extends EtlError {
  override readonly name = "TransientError";
  /** Milliseconds that the other side asked to be left alone; 0 when it asked nothing. */
  readonly retryAfter: number;

  constructor(message: string, { retryAfter = 0, ...options }: TransientErrorOptions) {
    super(message, options);
    this.retryAfter = retryAfter;
  }
}

export interface RetryOptions {
  readonly clock: Clock;
  /** Ends the waiting; {@link retry} then throws the signal's reason. */
  readonly signal: AbortSignal;
  /** A number in [0, 1) for the jitter. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Whether another attempt makes sense. Default: for a {@link TransientError} only. */
  readonly shouldRetry?: (error: unknown) => boolean;
  /** Attempts in all. Default: as many as fit into `giveUpAfter`. */
  readonly attempts?: number;
  /** Milliseconds of clock time, from the first attempt on, in which an attempt may begin. Default: no bound. */
  readonly giveUpAfter?: number;
  /** Upper bound in milliseconds of the first wait; it doubles with every further one. Default: 1000. */
  readonly firstDelay?: number;
  /** Upper bound in milliseconds of any wait that nobody asked for. Default: 60,000. */
  readonly longestDelay?: number;
  /** Told before each wait, with the number of the attempt that failed (from 1) and the wait in milliseconds. */
  readonly onRetry?: (error: unknown, wait: { readonly attempt: number; readonly delay: number }) => void;
}

/**
 * Runs `operation` until it succeeds, with exponential backoff and full jitter (a uniform wait between 0 and the bound,
 * so that clients that failed together don't come back together), never sooner than a `retryAfter` asks.
 * Throws the operation's own last error once attempts or time are used up, and the signal's reason on abort.
 */
export async function retry<T>(
  operation: (attempt: number) => Promise<T>,
  {
    clock,
    signal,
    random = Math.random,
    shouldRetry = (error) => error instanceof TransientError,
    attempts = Number.POSITIVE_INFINITY,
    giveUpAfter = Number.POSITIVE_INFINITY,
    firstDelay = 1_000,
    longestDelay = 60_000,
    onRetry,
  }: RetryOptions,
): Promise<T> {
  const lastStart = clock.now().getTime() + giveUpAfter;
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await operation(attempt);
    } catch (error) {
      signal.throwIfAborted();
      if (attempt >= attempts || !shouldRetry(error)) throw error;
      const jittered = random() * Math.min(longestDelay, firstDelay * 2 ** (attempt - 1));
      const delay = Math.max(jittered, error instanceof TransientError ? error.retryAfter : 0);
      if (clock.now().getTime() + delay > lastStart) throw error;
      onRetry?.(error, { attempt, delay });
      await clock.sleep(delay, signal);
    }
  }
}
