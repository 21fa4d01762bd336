import type { Clock } from "../clock.ts";

/** What time the servers think it is, as far as their `Date` headers have told. */
export interface ServerClock {
  /** Notes the `Date` of an answer that has just come. */
  note(date: Date | undefined): void;
  /** The earlier of our clock and theirs: no instant up to it is in the future for either. */
  earliestNow(): Date;
}

/** Makes a {@link ServerClock} that knows nothing yet. */
export function serverClock(clock: Pick<Clock, "now">): ServerClock {
  let behind = 0;
  return {
    note(date) {
      if (date !== undefined) behind = Math.max(0, clock.now().getTime() - date.getTime());
    },
    earliestNow: () => new Date(clock.now().getTime() - behind),
  };
}
