import { emptyReply, type Reply } from "./reply.ts";
import type { ServedContract, Simulation } from "./simulation.ts";

/**
 * The contract that an `Authorization` header speaks for, or the refusal: 401 when the header is missing or not
 * `Bearer ` and a token, 403 when the token is unknown or has expired. Neither has a body.
 */
export function authorize(
  simulation: Simulation,
  authorization: string | undefined,
): { readonly contract: ServedContract } | { readonly refusal: Reply } {
  if (!authorization?.startsWith("Bearer ") || authorization.length === "Bearer ".length) {
    return { refusal: emptyReply(401) };
  }
  const token = simulation.tokens.get(authorization.slice("Bearer ".length));
  if (!token || simulation.clock.now().getTime() >= token.expiresAt) return { refusal: emptyReply(403) };
  return { contract: token.contract };
}
