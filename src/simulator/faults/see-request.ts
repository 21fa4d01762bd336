import type { IncomingMessage } from "node:http";
import type { RequestKind, SeenRequest } from "./fault.ts";

const KINDS: readonly (readonly [RegExp, RequestKind])[] = [
  [/^\/oauth2\/[^?]+\/token(\?|$)/, "token"],
  [/^\/api\/v[123]\/fhir\/(Patient|Group\/[^/?]+)\/(\$|%24)export(\?|$)/i, "start"],
  [/^\/api\/v[123]\/fhir\/Job\/[^/?]+\/(\$|%24)status(\?|$)/i, "status"],
  [/^\/api\/v[123]\/fhir\/Job\/[^/?]+\/file\/[^/?]+(\?|$)/, "download"],
];

/** What faults are told of `request`. */
export function seeRequest({ method = "GET", url = "/", headers }: IncomingMessage): SeenRequest {
  const kind = KINDS.find(([pattern]) => pattern.test(url))?.[1] ?? "other";
  return {
    method,
    url,
    kind: kind === "status" && method === "DELETE" ? "cancel" : kind,
    jobId: /\/Job\/([^/?]+)\//.exec(url)?.[1],
    authorization: headers.authorization,
  };
}
