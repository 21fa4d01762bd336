import type { Clock } from "../clock.ts";
import type { ExchangeOptions } from "./exchange.ts";
import { parseHttpDate } from "./http-date.ts";
import { publicGet } from "./public-get.ts";

/** What an AB2D server says of itself without a token. */
export interface Health {
  /** 200: well; 500: its database, disk or memory is not; 403: the address that asks is not on the allow-list (HealthAPI.java). */
  readonly status: number;
  /** How long the answer took. */
  readonly milliseconds: number;
  /** Seconds by which the server's clock is ahead of ours, to the second; `undefined` when it does not tell the time. */
  readonly clockSkew: number | undefined;
}

/** Asks an AB2D server how it is, and compares clocks by the way. Throws what an exchange throws; any status is an answer. */
export async function checkHealth(
  apiUrl: URL,
  { clock, ...options }: ExchangeOptions & { readonly clock: Clock },
): Promise<Health> {
  const askedAt = clock.now().getTime();
  const response = await publicGet(apiUrl, "/health", options);
  const answeredAt = clock.now().getTime();
  await response.discard();
  const serverDate = parseHttpDate(response.header("date"));
  return {
    status: response.status,
    milliseconds: answeredAt - askedAt,
    clockSkew: serverDate && skewSeconds(serverDate, { askedAt, answeredAt }),
  };
}

/** The header's second has begun somewhere between the question and the answer, and is cut: whatever explains it is no skew. */
function skewSeconds(
  serverDate: Date,
  { askedAt, answeredAt }: { readonly askedAt: number; readonly answeredAt: number },
): number {
  const earliest = serverDate.getTime() - answeredAt;
  const latest = serverDate.getTime() + 999 - askedAt;
  if (earliest > 0) return Math.ceil(earliest / 1000);
  return latest < 0 ? Math.floor(latest / 1000) : 0;
}
