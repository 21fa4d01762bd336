import { bearerToken } from "./bearer-token.ts";
import { openDispatchers } from "./dispatcher.ts";
import { DEFAULT_TIMEOUTS } from "./exchange.ts";
import { patiently } from "./patiently.ts";
import { requestToken } from "./request-token.ts";
import { secureUrl } from "./secure-url.ts";
import { serverClock } from "./server-clock.ts";
import { type Ab2dOptions, createSession, DEFAULT_PATIENCE, type Session } from "./session.ts";

/** Seconds. */
const CONTACT_PATIENCE = 15;

/**
 * Gets a first token and returns a session that keeps it fresh: at 80% of its life, and once whenever the API refuses it.
 *
 * Throws `INSECURE_URL`, `INVALID_URL`, `PROXY_INVALID`, `TOKEN_URL_WRONG` (78), `CREDENTIALS_REFUSED` (77), `REDIRECT_REFUSED`,
 * `TOKEN_INVALID` (76), `TLS_REFUSED`, `API_UNAVAILABLE` (69).
 */
export async function authenticate(options: Ab2dOptions): Promise<Session> {
  const { credentials, clock, log, signal, random = Math.random, patience = DEFAULT_PATIENCE } = options;
  const apiUrl = secureUrl(options.apiUrl, { setting: "API address" });
  const tokenUrl = secureUrl(options.tokenUrl, { setting: "token address" });
  const dispatchers = openDispatchers();
  const exchangeOptions = { dispatchers, signal, timeouts: options.timeouts ?? DEFAULT_TIMEOUTS };
  const server = serverClock(clock);
  const bearer = bearerToken(async () => {
    const token = await requestToken(tokenUrl, { credentials, now: () => clock.now(), ...exchangeOptions });
    log.debug("token_obtained", { expires_in_seconds: token.expiresIn });
    server.note(token.serverDate);
    return token;
  }, clock);
  try {
    await patiently({ clock, log, signal, random, patience, contactPatience: CONTACT_PATIENCE }, () =>
      bearer.current(),
    );
  } catch (error) {
    await dispatchers.destroy();
    throw error;
  }
  return createSession(options, { apiUrl, bearer, server, exchangeOptions });
}
