import { emptyReply, jsonReply, type Reply } from "../reply.ts";
import type { Fault, SeenRequest } from "./fault.ts";
import { htmlReply, LOGIN_PAGE } from "./html-reply.ts";
import { answersInstead } from "./request-faults.ts";

export interface RefusedTokenOptions {
  /** Default: three to five, by the seed. */
  readonly afterRequests?: number | undefined;
}

/** Tokens are refused with an empty 403 after some requests, long before their life is over. */
export function tokenExpiresEarly({ afterRequests }: RefusedTokenOptions = {}): Fault {
  return {
    name: "token-expires-early",
    summary:
      "Every token is refused with an empty 403 after a few requests, long before `expires_in` is over",
    client: "heals",
    arm: (random) => ({ before: refusing(afterRequests ?? random.between(3, 5), emptyReply(403)) }),
  };
}

/** Answers with `refusal` to whoever has used a token so often. */
function refusing(afterRequests: number, refusal: Reply): (request: SeenRequest) => Reply | undefined {
  const uses = new Map<string, number>();
  return ({ kind, authorization }) => {
    if (kind === "token" || !authorization?.startsWith("Bearer ")) return undefined;
    const used = uses.get(authorization) ?? 0;
    if (used >= afterRequests) return refusal;
    uses.set(authorization, used + 1);
    return undefined;
  };
}

const isApi = ({ kind }: SeenRequest): boolean => kind !== "token" && kind !== "other";

export const TOKEN_FAULTS: readonly Fault[] = [
  tokenExpiresEarly(),
  {
    name: "token-refused-with-401",
    summary: "Every token is refused with a 401 instead of AB2D's 403 after a few requests",
    client: "heals",
    arm: (random) => ({
      before: refusing(random.between(3, 5), emptyReply(401, { "WWW-Authenticate": "Bearer" })),
    }),
  },
  {
    name: "short-lived-token",
    summary: "Tokens live for 60 seconds, and say so",
    client: "heals",
    arm: () => ({ tokenSeconds: () => 60 }),
  },
  {
    name: "token-life-unsaid",
    summary: "The token endpoint does not say `expires_in`",
    client: "heals",
    arm: () => ({
      after(reply, { kind }) {
        if (kind !== "token" || reply.status !== 200 || typeof reply.body !== "string") return reply;
        if (!reply.headers?.["Content-Type"]?.includes("json")) return reply;
        const { expires_in: _unsaid, ...rest } = JSON.parse(reply.body) as Record<string, unknown>;
        return { ...reply, body: JSON.stringify(rest) };
      },
    }),
  },
  {
    name: "token-endpoint-down",
    summary: "The first one to three calls of the token endpoint are answered 503",
    client: "heals",
    arm(random) {
      let left = random.between(1, 3);
      return { before: ({ kind }) => (kind === "token" && left-- > 0 ? emptyReply(503) : undefined) };
    },
  },
  {
    name: "token-endpoint-html",
    summary: "The token endpoint always answers 200 with the login page of a proxy, in HTML",
    client: "stops",
    arm: () => ({ before: ({ kind }) => (kind === "token" ? htmlReply(200, LOGIN_PAGE) : undefined) }),
  },
  {
    name: "credentials-refused",
    summary: "The token endpoint refuses the credentials, always",
    client: "stops",
    arm: () => ({
      before: ({ kind }) =>
        kind === "token"
          ? jsonReply(401, {
              error: "invalid_client",
              error_description: "The client secret supplied for a confidential client is invalid.",
            })
          : undefined,
    }),
  },
  {
    name: "access-refused",
    summary: "Every call of the API is answered with an empty 403, whatever the token",
    client: "stops",
    arm: () => ({ before: (request) => (isApi(request) ? emptyReply(403) : undefined) }),
  },
  {
    name: "access-refused-now-and-then",
    summary: "About every third call of the API is answered with an empty 403, never the same one twice",
    client: "heals",
    arm(random) {
      const struck = new Set<string>();
      return {
        before(request) {
          // A client may call the same address again only after a refusal, or much later.
          if (!isApi(request) || struck.has(request.url) || !random.chance(0.35)) return undefined;
          struck.add(request.url);
          return emptyReply(403);
        },
      };
    },
  },
  answersInstead({
    name: "server-errors",
    summary: "One to three calls of the API are answered 500, 502, 503 or 504 with a body that is no FHIR",
    kinds: ["start", "status", "download"],
    replies: [500, 502, 503, 504].map((status) => htmlReply(status)),
  }),
];
