import type { HttpResponse } from "./exchange.ts";
import { parseHttpDate } from "./http-date.ts";

const SHORTEST = 1_000;
/** AB2D asks for 5 seconds, and its own sample clients poll every minute: a wrong header must not put a run to sleep. */
const LONGEST = 60_000;

/**
 * Milliseconds that the answer's `Retry-After` asks for, between 1 second and a minute, or `undefined`. A date counts from
 * the answer's own `Date`, so that a wrong clock here does no harm; without that, from `now`.
 */
export function retryAfter(
  response: Pick<HttpResponse, "header">,
  { now }: { readonly now: Date },
): number | undefined {
  const text = response.header("retry-after")?.trim();
  const until = parseHttpDate(text);
  const asked = until
    ? until.getTime() - (parseHttpDate(response.header("date")) ?? now).getTime()
    : text && /^\d{1,10}$/.test(text)
      ? Number(text) * 1000
      : undefined;
  return asked === undefined ? undefined : Math.min(LONGEST, Math.max(SHORTEST, asked));
}
