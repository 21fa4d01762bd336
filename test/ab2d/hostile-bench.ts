import { inspect } from "node:util";
import { expect, onTestFinished } from "vitest";
import { authenticate } from "../../src/ab2d/authenticate.ts";
import type { Ab2dOptions, Session } from "../../src/ab2d/session.ts";
import { EtlError } from "../../src/errors.ts";
import type { Log } from "../../src/log.ts";
import { jumpingClock } from "../support/jumping-clock.ts";
import { hostileAddresses, MARK } from "./hostile-addresses.ts";
import { type RawAnswer, rawServer } from "./raw-server.ts";
import { tokenAnswer } from "./setup.ts";
import { setTraps, watchDialling } from "./traps.ts";

const TOKEN_ANSWER: RawAnswer = { status: 200, body: tokenAnswer("token-canary").body! };

/** An API and an identity provider that say what they are told, traps, and the addresses that try to lead there. */
export async function setUp() {
  const traps = await setTraps();
  const api = await rawServer();
  const identity = await rawServer();
  identity.answer = () => TOKEN_ANSWER;
  const dialling = watchDialling();
  const logged: unknown[] = [];
  const keep = (event: string, fields?: unknown) => void logged.push([event, fields]);
  const log: Log = { debug: keep, info: keep, warn: keep };
  const options: Ab2dOptions = {
    apiUrl: api.url,
    tokenUrl: `${identity.url}/oauth2/v1/token`,
    apiVersion: "v2",
    credentials: { clientId: "client-id", clientSecret: "secret-canary" },
    clock: jumpingClock(),
    log,
    signal: new AbortController().signal,
    random: () => 0.5,
    patience: 0,
  };
  const addresses = hostileAddresses({ ...traps, api: api.host });

  return {
    api,
    identity,
    options,
    addresses,
    async session(): Promise<Session> {
      const session = await authenticate(options);
      onTestFinished(() => session.close());
      return session;
    },
    /** Nothing but the two origins was dialled, each with its own kind of credentials; nothing of `address` is to be read anywhere. */
    expectNoLeak(address: string, outcome: unknown) {
      expect(traps.caught, address).toEqual([]);
      const said = inspect([logged, outcome instanceof EtlError ? [outcome, outcome.hint] : []], {
        depth: 8,
      });
      expect(said.toLowerCase(), address).not.toContain(MARK);
      if (address.trim().length >= 8) expect(said, address).not.toContain(address);
      logged.length = 0;
    },
    expectOwnOriginsOnly() {
      expect(traps.caught).toEqual([]);
      expect([...dialling.connects].sort()).toEqual([api.url, identity.url].sort());
      const pairs = new Set(
        dialling.requests.map(({ origin, authorization }) => `${authorization} ${origin}`),
      );
      expect([...pairs].sort()).toEqual([`Basic ${identity.url}`, `Bearer ${api.url}`]);
      expect([...api.authorizations]).toEqual(["Bearer"]);
      expect([...identity.authorizations]).toEqual(["Basic"]);
    },
  };
}

/** What a call resolves to or the EtlError it throws; any other error is thrown on. */
export async function outcomeOf<T>(promise: Promise<T>): Promise<T | EtlError> {
  return promise.catch((error: unknown) => {
    if (error instanceof EtlError) return error;
    throw error;
  });
}

/** Whether a header with this value is none that an HTTP parser takes: such an answer is a failed connection. */
export function breaksHttp(address: string): boolean {
  return ["\0", "\r", "\n", "\v"].some((character) => address.includes(character));
}
