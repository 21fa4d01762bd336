import type { Readable } from "node:stream";
import { request as send } from "undici";
import { EtlError, ExitCode } from "../errors.ts";
import { TransientError } from "../retry.ts";
import { connectionError } from "./connection-error.ts";
import type { Dispatchers } from "./dispatcher.ts";

export interface HttpRequest {
  readonly url: URL;
  readonly method: "GET" | "POST" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  /** The header's text, by lower-case name; a repeated header is joined with commas. */
  header(name: string): string | undefined;
  /** The body's bytes as they came: not decoded. */
  readonly body: Readable;
  /** The body as UTF-8, or `undefined` when it is longer than `limit` bytes. Throws `TransientError` when it breaks off. */
  text(limit: number): Promise<string | undefined>;
  /** Reads the body away, so that its connection can serve again. */
  discard(): Promise<void>;
}

/** Milliseconds of silence after which an exchange is given up. */
export interface Timeouts {
  /** From the request to the answer's headers. */
  readonly headers: number;
  /** Between two pieces of the body. AB2D's load balancer gives up after 60 seconds as well. */
  readonly body: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { headers: 90_000, body: 60_000 };

/** A body that is read as a whole has this many times the silence that is borne: one byte a minute is no silence. */
const SILENCES_OF_A_BODY = 5;

export interface ExchangeOptions {
  readonly dispatchers: Dispatchers;
  readonly signal: AbortSignal;
  readonly timeouts: Timeouts;
}

/**
 * One request and its answer. Nothing is decoded, no redirect is followed, nothing is tried again.
 *
 * Throws `REDIRECT_REFUSED` (76) for any 3xx, `TransientError` when the connection fails, `TLS_REFUSED` (69).
 */
export async function exchange(
  { url, method, headers, body }: HttpRequest,
  { dispatchers, signal, timeouts }: ExchangeOptions,
): Promise<HttpResponse> {
  const { origin } = url;
  signal.throwIfAborted();
  const response = await send(url, {
    method,
    headers,
    body: body ?? null,
    dispatcher: dispatchers.for(url),
    signal,
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.body,
  }).catch((error: unknown) => {
    throw connectionError(error, { origin, signal });
  });
  // An abort before anyone reads would be an uncaught error. Readers still get it.
  response.body.on("error", () => {});

  async function inTime<T>(reading: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      response.body.destroy(
        new TransientError(`Cannot read the answer of ${origin}: it comes too slowly`, {
          code: "CONNECTION_FAILED",
          exitCode: ExitCode.unavailable,
          hint: "Check the network and the proxy",
        }),
      );
    }, timeouts.body * SILENCES_OF_A_BODY);
    try {
      return await reading();
    } finally {
      clearTimeout(timer);
    }
  }

  if (response.statusCode >= 300 && response.statusCode < 400) {
    await inTime(() => response.body.dump());
    throw new EtlError(
      `Cannot use the answer of ${origin}: it is a redirect (${response.statusCode}), and none is followed`,
      {
        code: "REDIRECT_REFUSED",
        exitCode: ExitCode.protocol,
        hint: "A redirect could carry the token elsewhere. Check the configured address, and for a proxy that asks for a login",
      },
    );
  }
  return {
    status: response.statusCode,
    header(name) {
      const value = response.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body: response.body,
    async text(limit) {
      try {
        return await inTime(() => textOf(response.body, limit));
      } catch (error) {
        throw connectionError(error, { origin, signal });
      }
    },
    async discard() {
      await inTime(() => response.body.dump());
    },
  };
}

async function textOf(body: AsyncIterable<Buffer>, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) return undefined; // Leaving the loop destroys the body.
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
