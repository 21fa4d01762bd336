import { z } from "zod";
import { EtlError, ExitCode } from "../errors.ts";
import { TransientError } from "../retry.ts";
import { type ExchangeOptions, exchange } from "./exchange.ts";
import { parseHttpDate } from "./http-date.ts";
import { parseJson } from "./parse-json.ts";
import { retryAfter } from "./retry-after.ts";

/** An access token and its life in seconds, when the identity provider tells it. */
export interface AccessToken {
  readonly value: string;
  readonly expiresIn: number | undefined;
  /** The identity provider's clock. */
  readonly serverDate: Date | undefined;
}

export interface RequestTokenOptions extends ExchangeOptions {
  readonly credentials: { readonly clientId: string; readonly clientSecret: string };
  readonly now: () => Date;
}

const TOKEN_ANSWER = z.object({
  // Visible ASCII only: it becomes a header.
  access_token: z
    .string()
    .max(16_384)
    .regex(/^[\x21-\x7e]+$/),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .optional(),
  expires_in: z.coerce.number().positive().optional(),
});

const MAX_TOKEN_ANSWER_BYTES = 64 * 1024;

/**
 * Asks the identity provider for a token: OAuth 2.0 client credentials with scope `clientCreds`, the id and secret in a Basic
 * header, parameters in the form body (as AB2D's own end-to-end test sends them).
 *
 * Throws `CREDENTIALS_REFUSED` (77), `TOKEN_URL_WRONG` (78), `TOKEN_INVALID` (76), `TransientError` for 429, 5xx and the network.
 */
export async function requestToken(
  tokenUrl: URL,
  { credentials, now, ...options }: RequestTokenOptions,
): Promise<AccessToken> {
  const basic = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`, "utf8").toString("base64");
  const response = await exchange(
    {
      url: tokenUrl,
      method: "POST",
      headers: {
        accept: "application/json",
        authorization: `Basic ${basic}`,
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: "clientCreds" }).toString(),
    },
    options,
  );
  const { status } = response;
  if (status === 200) {
    const serverDate = parseHttpDate(response.header("date"));
    return { ...readToken(await response.text(MAX_TOKEN_ANSWER_BYTES), tokenUrl), serverDate };
  }
  await response.discard();
  const message = `Cannot get a token from ${tokenUrl.origin}: it answered ${status}`;
  if (status === 400 || status === 401 || status === 403) {
    throw new EtlError(message, {
      code: "CREDENTIALS_REFUSED",
      exitCode: ExitCode.refused,
      hint: "Check the client id and secret, that the credentials are not revoked, and that they belong to this environment (sandbox and production have different ones)",
    });
  }
  if (status === 404 || status === 405) {
    throw new EtlError(message, {
      code: "TOKEN_URL_WRONG",
      exitCode: ExitCode.configuration,
      hint: "Check the token address: its path differs between sandbox and production",
    });
  }
  if (status === 429 || status >= 500) {
    throw new TransientError(message, {
      code: "API_UNAVAILABLE",
      exitCode: ExitCode.unavailable,
      retryAfter: retryAfter(response, { now: now() }) ?? 0,
    });
  }
  throw new EtlError(message, { code: "TOKEN_INVALID", exitCode: ExitCode.protocol });
}

function readToken(text: string | undefined, tokenUrl: URL): Omit<AccessToken, "serverDate"> {
  const answer = TOKEN_ANSWER.safeParse(parseJson(text));
  if (!answer.success) {
    // The validator's own words are left out: the answer holds a token.
    throw new EtlError(
      `Cannot use the token answer of ${tokenUrl.origin}: it is not a bearer token in JSON`,
      {
        code: "TOKEN_INVALID",
        exitCode: ExitCode.protocol,
        hint: "Check the token address, and for a proxy that asks for a login",
      },
    );
  }
  return { value: answer.data.access_token, expiresIn: answer.data.expires_in };
}
