import { DateTime } from "luxon";
import { accepts } from "./accepts.ts";
import { type ExportJob, filesExpireAt, settleJob, statusOf } from "./export-job.ts";
import { manifestOf } from "./manifest.ts";
import { emptyReply, jsonReply, outcomeReply, problemReply, type Reply } from "./reply.ts";
import type { ApiRequest, Simulation } from "./simulation.ts";

const POLL_SECONDS = 5;

/** Answers `GET` and `DELETE Job/{id}/$status`. The version in the path shapes URLs only. */
export async function jobStatus(simulation: Simulation, request: ApiRequest, id: string): Promise<Reply> {
  const job = simulation.jobs.get(id);
  if (!job) return outcomeReply(404, `No job with jobUuid ${id} was found`);
  if (job.contract !== request.contract) return emptyReply(403);
  if (request.method === "DELETE") return cancel(simulation, job);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return problemReply(405, "Method Not Allowed", "Only GET and DELETE are supported.");
  }
  if (!accepts(request.headers.accept, ["application/json", "application/fhir+json"])) {
    return problemReply(
      406,
      "Not Acceptable",
      "Acceptable representations: [application/json, application/fhir+json].",
    );
  }
  return poll(simulation, request, job);
}

async function cancel(simulation: Simulation, job: ExportJob): Promise<Reply> {
  await settleJob(job, simulation.clock.now().getTime());
  const status = statusOf(job, simulation.clock.now().getTime());
  if (status !== "IN_PROGRESS") {
    return outcomeReply(400, `Job has a status of ${status}, so it cannot be cancelled`);
  }
  job.isCancelled = true;
  job.abort();
  return emptyReply(202);
}

async function poll(simulation: Simulation, request: ApiRequest, job: ExportJob): Promise<Reply> {
  const polledAt = simulation.clock.now().getTime();
  // Refused polls don't start the five seconds anew.
  if (job.polledAt !== undefined && polledAt < job.polledAt + POLL_SECONDS * 1000) {
    return outcomeReply(429, "You are polling too frequently", {
      headers: { "Retry-After": String(POLL_SECONDS) },
    });
  }
  job.polledAt = polledAt;
  await settleJob(job, polledAt);
  const status = statusOf(job, polledAt);
  if (status === "CANCELLED") return outcomeReply(404, "Job is canceled.", { code: "deleted" });
  if (status === "FAILED") return outcomeReply(500, "Job failed while processing");
  if (status === "IN_PROGRESS") {
    const share = Math.max(0, polledAt - job.startsAt) / Math.max(1, job.completesAt - job.startsAt);
    return emptyReply(202, {
      "X-Progress": `${Math.min(99, Math.floor(share * 100))}% complete`,
      "Retry-After": String(POLL_SECONDS),
    });
  }
  const expires = DateTime.fromMillis(filesExpireAt(job, simulation.settings), {
    zone: "utc",
    locale: "en-US",
  });
  const manifest = simulation.faults.manifest(manifestOf(request, job), job);
  return jsonReply(200, manifest, {
    Expires: expires.toFormat("ccc, d LLL yyyy HH:mm:ss 'GMT'"),
  });
}
