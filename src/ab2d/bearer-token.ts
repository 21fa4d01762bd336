import type { Clock } from "../clock.ts";
import { TransientError } from "../retry.ts";
import type { AccessToken } from "./request-token.ts";

/** Renewed when this part of its life is over. */
const RENEW_AT = 0.8;

/** The token in use. It lives in a closure, so that neither inspection nor JSON of what holds it shows it. */
export interface BearerToken {
  /** A token that should still be good: renewed when four fifths of its life are over. */
  current(): Promise<string>;
  /** A token other than `refused`. Callers that were refused together share one renewal. */
  renew(refused: string): Promise<string>;
}

/** Keeps a token fresh. `request` gets one; a token without a told life is renewed only when it is refused. */
export function bearerToken(request: () => Promise<AccessToken>, clock: Clock): BearerToken {
  let held: { readonly value: string; readonly requestedAt: number; readonly life: number } | undefined;
  let renewal: Promise<string> | undefined;

  async function fetchToken(): Promise<string> {
    const requestedAt = clock.now().getTime(); // Its life may begin before the answer is here.
    const { value, expiresIn } = await request();
    held = { value, requestedAt, life: (expiresIn ?? Number.POSITIVE_INFINITY) * 1000 };
    return value;
  }

  function renewOnce(): Promise<string> {
    renewal ??= fetchToken().finally(() => {
      renewal = undefined;
    });
    return renewal;
  }

  return {
    async current() {
      if (!held) return renewOnce();
      const { value, requestedAt, life } = held;
      const age = clock.now().getTime() - requestedAt;
      // A negative age: the clock was set back, and the token's real age is unknown.
      if (age >= 0 && age < life * RENEW_AT) return value;
      try {
        return await renewOnce();
      } catch (error) {
        if (error instanceof TransientError && age >= 0 && age < life) return value;
        throw error;
      }
    },
    async renew(refused) {
      return held && held.value !== refused ? held.value : renewOnce();
    },
  };
}
