import { setTimeout as delay } from "node:timers/promises";

/** Time as the pipeline sees it. Handed in, so that tests and the demo live through days in milliseconds. */
export interface Clock {
  /** The current instant. */
  now(): Date;
  /** Resolves after `milliseconds` of this clock; rejects with the signal's reason when it aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) => rest(milliseconds, signal),
};

export interface AcceleratedClockOptions {
  /** The instant that the clock shows when it is made. */
  readonly startsAt: Date;
  /** Seconds of this clock in one real second. */
  readonly speed: number;
}

/** A clock that runs `speed` times as fast as the machine's and can be set forward; the demo's and the tests' time. */
export interface AcceleratedClock extends Clock {
  /** Sets the clock forward by `milliseconds`. */
  advance(milliseconds: number): void;
}

/** Makes an {@link AcceleratedClock}. */
export function acceleratedClock({ startsAt, speed }: AcceleratedClockOptions): AcceleratedClock {
  const madeAt = performance.now();
  let advanced = 0;
  return {
    now: () => new Date(startsAt.getTime() + advanced + (performance.now() - madeAt) * speed),
    sleep: (milliseconds, signal) => rest(milliseconds / speed, signal),
    advance(milliseconds) {
      advanced += milliseconds;
    },
  };
}

async function rest(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(Math.max(0, milliseconds), undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
