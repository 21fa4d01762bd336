import { EtlError, ExitCode } from "../errors.ts";
import { TransientError } from "../retry.ts";
import type { Refusal } from "./refusal.ts";

/**
 * The error of a refusal that has no special meaning to its caller. `doing` says what was attempted ("poll export job …").
 * 401 and 403 give `ACCESS_REFUSED` (77), 429 and 5xx a `TransientError`, all others `UNEXPECTED_ANSWER` (76).
 */
export function answerError(refusal: Refusal, { doing }: { readonly doing: string }): EtlError {
  const { status, outcome } = refusal;
  const message = `Cannot ${doing}: AB2D answered ${status}${outcome.words ? `, ${outcome.words}` : ""}`;
  if (status === 401 || status === 403) {
    return new EtlError(message, {
      code: "ACCESS_REFUSED",
      exitCode: ExitCode.refused,
      hint: "The token was fresh. Likely causes: the contract is unknown or not attested; the credentials are disabled or another contract's; this address is not on the production allow-list; the token address is another environment's; V3 is not enabled for the contract",
    });
  }
  if (status === 429 || status >= 500) {
    return new TransientError(message, {
      code: "API_UNAVAILABLE",
      exitCode: ExitCode.unavailable,
      retryAfter: refusal.retryAfter ?? 0,
    });
  }
  return new EtlError(message, {
    code: "UNEXPECTED_ANSWER",
    exitCode: ExitCode.protocol,
    hint: "Check that the API address is AB2D's and that it serves the configured API version",
  });
}
