import type { IncomingMessage } from "node:http";
import type { ApiVersion } from "../domain/api-version.ts";
import { authorize } from "./authorize.ts";
import { capabilityStatement } from "./capability-statement.ts";
import type { SeenRequest } from "./faults/fault.ts";
import { fileDownload } from "./file-download.ts";
import { issueToken } from "./issue-token.ts";
import { jobStatus } from "./job-status.ts";
import { emptyReply, jsonReply, outcomeReply, problemReply, type Reply } from "./reply.ts";
import type { ApiRequest, Simulation } from "./simulation.ts";
import { startExport } from "./start-export.ts";

/** The path of the token endpoint: the sandbox's. */
export const TOKEN_PATH = "/oauth2/aus2r7y3gdaFMKBol297/v1/token";

const ADVANCE_PATH = "/simulator/advance";
const VERSIONED_PATH = /^\/api\/(v[123])\/fhir\/(.*)$/;

/** Finds the handler of a request. Authorization comes before everything but the public paths, even before 404. */
export async function routeRequest(
  simulation: Simulation,
  request: IncomingMessage,
  seen: SeenRequest,
): Promise<Reply> {
  const url = request.url ?? "/";
  const [rawPath = "/", rawQuery = ""] = url.split(/\?(.*)/s);
  if (rawPath === TOKEN_PATH) return issueToken(simulation, request);
  if (rawPath === "/health") return emptyReply(200);
  if (rawPath === "/status") return jsonReply(200, { maintenanceMode: "false" });
  if (rawPath === ADVANCE_PATH && simulation.onAdvance)
    return advance(simulation.onAdvance, request, rawQuery);
  const match = VERSIONED_PATH.exec(rawPath);
  const origin = originOf(request);
  const apiVersion = match?.[1] as ApiVersion | undefined;
  if (apiVersion && match?.[2] === "metadata") return capabilityStatement(apiVersion, origin);
  const authorized = authorize(simulation, request.headers.authorization);
  if ("refusal" in authorized) return authorized.refusal;
  const path = decoded(match?.[2] ?? "");
  if (!apiVersion || path === undefined) return notFound(rawPath);
  return routeApiRequest(simulation, {
    method: request.method ?? "GET",
    url,
    apiVersion,
    path,
    // A raw plus is a space here, as on the real server.
    query: new URLSearchParams(rawQuery),
    headers: {
      accept: request.headers.accept,
      "accept-encoding": String(request.headers["accept-encoding"] ?? ""),
    },
    contract: authorized.contract,
    origin,
    seen,
  });
}

async function routeApiRequest(simulation: Simulation, request: ApiRequest): Promise<Reply> {
  const { apiVersion, path, contract } = request;
  const { v3AllowList } = simulation.settings;
  if (apiVersion === "v3" && v3AllowList !== "all" && !v3AllowList.includes(contract.number)) {
    return outcomeReply(403, "V3 access not enabled for this PDP");
  }
  if (path === "Patient/$export") return startExport(simulation, request, undefined);
  const group = /^Group\/([^/]+)\/\$export$/.exec(path)?.[1];
  if (group !== undefined && apiVersion !== "v3") return startExport(simulation, request, group);
  const statusOf = /^Job\/([^/]+)\/\$status$/.exec(path)?.[1];
  if (statusOf !== undefined) return jobStatus(simulation, request, statusOf);
  const [, jobId, fileName] = /^Job\/([^/]+)\/file\/([^/]+)$/.exec(path) ?? [];
  if (jobId !== undefined && fileName !== undefined)
    return fileDownload(simulation, request, { jobId, fileName });
  return notFound(path);
}

function advance(onAdvance: (days: number) => void, { method }: IncomingMessage, query: string): Reply {
  if (method !== "POST") return problemReply(405, "Method Not Allowed", "Only POST sets the clock forward.");
  const asked = new URLSearchParams(query);
  const days = Number(asked.get("days") ?? 0) + Number(asked.get("hours") ?? 0) / 24;
  if (!(days > 0 && days <= 3660))
    return problemReply(
      400,
      "Bad Request",
      "days or hours must be a number, together more than 0 and up to 3660 days.",
    );
  onAdvance(days);
  return emptyReply(204);
}

function notFound(path: string): Reply {
  return problemReply(404, "Not Found", `No static resource ${path}.`);
}

function originOf(request: IncomingMessage): string {
  const scheme = request.headers["x-forwarded-proto"] === "https" ? "https" : "http";
  return `${scheme}://${request.headers.host ?? "127.0.0.1"}`;
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    // A malformed percent sequence names no resource.
    return undefined;
  }
}
