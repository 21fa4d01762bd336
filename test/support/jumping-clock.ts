import type { Clock } from "../../src/clock.ts";

/** A clock on which a sleep takes no time at all but moves the hands. */
export interface JumpingClock extends Clock {
  /** Every sleep so far, in milliseconds. */
  readonly sleeps: number[];
  /** Moves the hands without a sleep. */
  advance(milliseconds: number): void;
}

/** Makes a {@link JumpingClock}. */
export function jumpingClock(startsAt = new Date("2026-03-04T05:06:07Z")): JumpingClock {
  let time = startsAt.getTime();
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => new Date(time),
    advance(milliseconds) {
      time += milliseconds;
    },
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
      time += milliseconds;
      await new Promise(setImmediate); // Other work gets its turn, as with a real clock.
      signal?.throwIfAborted();
    },
  };
}
