import type { Fault } from "./fault.ts";

const DAY = 86_400_000;

/** A fault of the `Date` header of every answer. */
function dateHeader(name: string, summary: string, text: (now: Date) => string | undefined): Fault {
  return {
    name,
    summary,
    client: "heals",
    arm: (_random, clock) => ({
      after: (reply) => ({ ...reply, headers: { ...reply.headers, Date: text(clock.now()) } }),
    }),
  };
}

export const CLOCK_FAULTS: readonly Fault[] = [
  dateHeader("date-missing", "No answer has a `Date`", () => undefined),
  dateHeader("server-clock-ahead", "The `Date` of every answer is a day ahead", (now) =>
    new Date(now.getTime() + DAY).toUTCString(),
  ),
  dateHeader("server-clock-behind", "The `Date` of every answer is a day behind", (now) =>
    new Date(now.getTime() - DAY).toUTCString(),
  ),
];
