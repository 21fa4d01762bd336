import type { Clock } from "../clock.ts";
import type { ApiVersion } from "../domain/api-version.ts";
import { EtlError, ExitCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { BearerToken } from "./bearer-token.ts";
import { type ExchangeOptions, exchange, type HttpResponse, type Timeouts } from "./exchange.ts";
import { parseHttpDate } from "./http-date.ts";
import type { ServerClock } from "./server-clock.ts";

export interface Ab2dOptions {
  /** The API's address, without `/api/v2`: `https://api.ab2d.cms.gov`. */
  readonly apiUrl: string;
  /** The identity provider's token address. */
  readonly tokenUrl: string;
  readonly apiVersion: ApiVersion;
  readonly credentials: { readonly clientId: string; readonly clientSecret: string };
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** A number in [0, 1) for the jitter between attempts. Default: `Math.random`. */
  readonly random?: () => number;
  /** Seconds of clock time for which one call bears an API that fails without interruption. Default: 900. */
  readonly patience?: number;
  /** Real milliseconds of silence that end an exchange. Default: 90 s for headers, 60 s within a body. */
  readonly timeouts?: Timeouts;
}

export interface ApiRequest {
  readonly method: "GET" | "DELETE";
  /** The path below `/api/vN/fhir`, in segments. */
  readonly path: readonly string[];
  readonly query?: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
}

/** An authenticated connection to one AB2D environment in one API version. No method shows the token. */
export interface Session {
  readonly apiVersion: ApiVersion;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly random: () => number;
  /** Seconds; see {@link Ab2dOptions.patience}. */
  readonly patience: number;
  /**
   * Sends a request to the API, and only there. A 401 or 403 (AB2D's word for an expired token) renews the token and sends once
   * more; the second answer is returned as it is. Throws `REDIRECT_REFUSED`, `TransientError`, what getting a token throws.
   */
  request(request: ApiRequest): Promise<HttpResponse>;
  /** The earlier of our clock and the servers', as far as their answers have told. */
  earliestNow(): Date;
  /** Cuts the connections. */
  close(): Promise<void>;
}

/** Seconds. Longer than a redeployment of the API, shorter than a night. */
export const DEFAULT_PATIENCE = 900;

const SAFE_SEGMENT = /^(?!\.+$)[A-Za-z0-9._$-]+$/;

export interface SessionParts {
  readonly apiUrl: URL;
  readonly bearer: BearerToken;
  readonly server: ServerClock;
  readonly exchangeOptions: ExchangeOptions;
}

/** Joins an address, a token and connections into a session; `authenticate` makes the parts. */
export function createSession(
  { apiVersion, clock, log, signal, random = Math.random, patience = DEFAULT_PATIENCE }: Ab2dOptions,
  { apiUrl, bearer, server, exchangeOptions }: SessionParts,
): Session {
  function urlOf({ path, query }: ApiRequest): URL {
    if (!path.every((segment) => SAFE_SEGMENT.test(segment))) {
      throw new EtlError("Cannot build an API address: a part of its path has an unsafe character", {
        code: "UNSAFE_PATH",
        exitCode: ExitCode.invariantBroken,
      });
    }
    const url = new URL(apiUrl);
    url.pathname = [url.pathname.replace(/\/+$/, ""), "api", apiVersion, "fhir", ...path].join("/");
    url.search = query?.toString() ?? "";
    return url;
  }

  async function send(request: ApiRequest, token: string): Promise<HttpResponse> {
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    const response = await exchange(
      { url: urlOf(request), method: request.method, headers },
      exchangeOptions,
    );
    server.note(parseHttpDate(response.header("date")));
    log.debug("api_answered", {
      method: request.method,
      path: request.path.join("/"),
      status: response.status,
    });
    return response;
  }

  return {
    apiVersion,
    clock,
    log,
    signal,
    random,
    patience,
    async request(request) {
      const token = await bearer.current();
      const response = await send(request, token);
      if (response.status !== 401 && response.status !== 403) return response;
      await response.discard();
      return send(request, await bearer.renew(token));
    },
    earliestNow: () => server.earliestNow(),
    close: () => exchangeOptions.dispatchers.destroy(),
  };
}
