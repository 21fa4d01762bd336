import { checkAccess } from "../../ab2d/check-access.ts";
import type { ExchangeOptions } from "../../ab2d/exchange.ts";
import { openSession } from "../../ab2d/open-session.ts";
import type { Session } from "../../ab2d/session.ts";
import type { Credentials } from "../../credentials.ts";
import type { ApiVersion } from "../../domain/api-version.ts";
import type { Door } from "../command.ts";
import { type Check, failureOf, ok, skipped, warning } from "./check.ts";

export interface CheckContractOptions extends Pick<Door, "clock" | "log" | "signal"> {
  readonly apiUrl: URL | undefined;
  readonly tokenUrl: URL | undefined;
  readonly apiVersion: ApiVersion;
  readonly credentials: Credentials | undefined;
  /** Whether the API answered at all. */
  readonly isReachable: boolean;
  readonly exchangeOptions: ExchangeOptions;
}

const TOKEN = "token";
const ACCESS = "access";
/** Seconds. A token that is renewed at four fifths of less than that hardly lasts from one poll to the next. */
const SHORT_LIFE = 120;

/** Checks that credentials give a token, and that the API takes it for the contract's API version. Starts no export. */
export async function checkContract({
  apiUrl,
  tokenUrl,
  credentials,
  isReachable,
  ...options
}: CheckContractOptions): Promise<readonly Check[]> {
  const { signal, apiVersion } = options;
  if (tokenUrl === undefined) return [skipped(TOKEN, "token address"), skipped(ACCESS, TOKEN)];
  if (credentials === undefined) return [skipped(TOKEN, "credentials"), skipped(ACCESS, TOKEN)];
  let session: Session;
  let token: Check;
  try {
    // Without an address of the API the session is never used.
    const opened = await openSession({ apiUrl: apiUrl ?? tokenUrl, tokenUrl, credentials, ...options });
    session = opened.session;
    token = tokenCheck(opened.expiresIn);
  } catch (error) {
    signal.throwIfAborted();
    return [failureOf(TOKEN, error), skipped(ACCESS, TOKEN)];
  }
  if (apiUrl === undefined) return [token, skipped(ACCESS, "API address")];
  if (!isReachable) return [token, skipped(ACCESS, "health")];
  try {
    await checkAccess(session);
    const limit = "whose contract it is and whether that is attested shows only when an export starts";
    return [token, ok(ACCESS, `API ${apiVersion} takes the token; ${limit}`)];
  } catch (error) {
    signal.throwIfAborted();
    return [token, failureOf(ACCESS, error)];
  }
}

function tokenCheck(expiresIn: number | undefined): Check {
  if (expiresIn === undefined) return ok(TOKEN, "obtained; how long it lives is not told");
  const found = `obtained, lives ${expiresIn.toLocaleString("en-US")} s`;
  return expiresIn >= SHORT_LIFE
    ? ok(TOKEN, found)
    : warning(TOKEN, found, "It works, but each status call may need a new one. Ask the AB2D team about it.");
}
