import type { IncomingMessage } from "node:http";
import { jsonReply, type Reply } from "./reply.ts";
import type { Simulation } from "./simulation.ts";

const MAX_FORM_BYTES = 64 * 1024;

/**
 * Answers the token endpoint: client credentials by Basic authentication, parameters in the query or in a form body,
 * as both are in use.
 */
export async function issueToken(simulation: Simulation, request: IncomingMessage): Promise<Reply> {
  if (request.method !== "POST") return refusal(405, "invalid_request", "The endpoint takes POST only.");
  const url = new URL(request.url ?? "", "http://localhost");
  const form = new URLSearchParams(await bodyOf(request));
  const parameter = (name: string): string | null => url.searchParams.get(name) ?? form.get(name);
  const contract = contractOf(simulation, request.headers.authorization);
  if (!contract)
    return refusal(401, "invalid_client", "The client secret supplied for a confidential client is invalid.");
  if (parameter("grant_type") !== "client_credentials") {
    return refusal(
      400,
      "unsupported_grant_type",
      "The grant type is not supported by the authorization server.",
    );
  }
  if (parameter("scope") !== "clientCreds") {
    return refusal(
      400,
      "invalid_scope",
      "One or more scopes are not configured for the authorization server resource.",
    );
  }
  const tokenSeconds = simulation.faults.tokenSeconds(simulation.settings.tokenSeconds);
  const token = [12, 40, 43].map((length) => letters(simulation, length)).join(".");
  const expiresAt = simulation.clock.now().getTime() + tokenSeconds * 1000;
  simulation.tokens.set(token, { contract, expiresAt });
  return jsonReply(200, {
    token_type: "Bearer",
    expires_in: tokenSeconds,
    access_token: token,
    scope: "clientCreds",
  });
}

function contractOf(simulation: Simulation, authorization: string | undefined) {
  const encoded = /^Basic ([A-Za-z0-9+/=_-]+)$/.exec(authorization ?? "")?.[1];
  if (!encoded) return undefined;
  const [clientId, clientSecret] = Buffer.from(encoded, "base64").toString("utf8").split(/:(.*)/s);
  return [...simulation.contracts.values()].find(
    (contract) => contract.clientId === clientId && contract.clientSecret === clientSecret,
  );
}

function refusal(status: number, error: string, description: string): Reply {
  return jsonReply(status, { error, error_description: description });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_FORM_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function letters({ random }: Simulation, length: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return Array.from({ length }, () => random.pick([...alphabet])).join("");
}
