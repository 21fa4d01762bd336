import { bearerToken } from "./bearer-token.ts";
import type { ExchangeOptions } from "./exchange.ts";
import { requestToken } from "./request-token.ts";
import { serverClock } from "./server-clock.ts";
import { type Ab2dOptions, createSession, type Session } from "./session.ts";

export interface OpenSessionOptions extends Omit<Ab2dOptions, "apiUrl" | "tokenUrl" | "timeouts"> {
  readonly apiUrl: URL;
  readonly tokenUrl: URL;
  /** Connections that stay open: whoever opened them closes them. */
  readonly exchangeOptions: ExchangeOptions;
}

/**
 * Gets a token in one attempt, where `authenticate` is patient. `expiresIn` is its life in seconds, when the identity provider
 * tells it. Throws what `requestToken` throws.
 */
export async function openSession({
  apiUrl,
  tokenUrl,
  exchangeOptions,
  ...options
}: OpenSessionOptions): Promise<{ readonly session: Session; readonly expiresIn: number | undefined }> {
  const { credentials, clock } = options;
  let expiresIn: number | undefined;
  const server = serverClock(clock);
  const bearer = bearerToken(async () => {
    const token = await requestToken(tokenUrl, { credentials, now: () => clock.now(), ...exchangeOptions });
    expiresIn = token.expiresIn;
    server.note(token.serverDate);
    return token;
  }, clock);
  await bearer.current();
  const session = createSession(
    { ...options, apiUrl: apiUrl.href, tokenUrl: tokenUrl.href },
    { apiUrl, bearer, server, exchangeOptions },
  );
  return { session, expiresIn };
}
