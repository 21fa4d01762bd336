import type { DateTime } from "luxon";
import { accepts } from "./accepts.ts";
import { attestationFloor } from "./attestation-floor.ts";
import type { ExportWindow } from "./claim-source.ts";
import { filesExpireAt, removeFiles, settleJob, startJob, statusOf } from "./export-job.ts";
import { type BoundParameters, bindParameters, checkParameters } from "./export-parameters.ts";
import { previousTuesday } from "./previous-tuesday.ts";
import { emptyReply, outcomeReply, problemReply, type Reply } from "./reply.ts";
import type { ApiRequest, Simulation } from "./simulation.ts";

const BUSY =
  "You already have active export requests in progress. Please wait until they complete before submitting a new one.";

/**
 * Answers `Patient/$export` and `Group/{contract}/$export`. Checks in AB2D's order, so that with a job running a bad
 * `_type` gives 429, not 400 (`ApiCommon.checkValidCreateJob`).
 */
export async function startExport(
  simulation: Simulation,
  received: ApiRequest,
  group: string | undefined,
): Promise<Reply> {
  const request = readAt(received, simulation.faults.startUrl(received.url));
  const { contract, apiVersion } = request;
  if (request.method !== "GET") return problemReply(405, "Method Not Allowed", "Only GET starts an export.");
  if (!accepts(request.headers.accept, ["application/fhir+json", "application/json"])) {
    return problemReply(
      406,
      "Not Acceptable",
      "Acceptable representations: [application/json, application/fhir+json].",
    );
  }
  const bound = bindParameters(request.query, apiVersion);
  if ("refusal" in bound) return bound.refusal;
  if (group !== undefined && group !== contract.number) return emptyReply(403);
  const rival = simulation.faults.rival(request.url);
  await settleJobs(simulation);
  // From here on nothing waits: two requests can't both find the contract idle.
  if (rival !== undefined) startRival(simulation, readAt(request, rival));
  const busy = refusalWhenBusy(simulation, request);
  if (busy) return busy;
  const now = simulation.clock.now();
  const bad = checkParameters(bound.parameters, { apiVersion, now });
  if (bad) return bad;
  return accept(simulation, request, { parameters: bound.parameters, now, isRival: false });
}

/** The request as if its path and query were `url`. */
function readAt(request: ApiRequest, url: string): ApiRequest {
  return url === request.url
    ? request
    : { ...request, url, query: new URLSearchParams(url.split(/\?(.*)/s)[1]) };
}

/** Starts somebody else's export, where the contract is idle and the export makes sense. */
function startRival(simulation: Simulation, request: ApiRequest): void {
  const now = simulation.clock.now();
  const bound = bindParameters(request.query, request.apiVersion);
  if ("refusal" in bound || refusalWhenBusy(simulation, request)) return;
  if (checkParameters(bound.parameters, { apiVersion: request.apiVersion, now })) return;
  accept(simulation, request, { parameters: bound.parameters, now, isRival: true });
}

async function settleJobs(simulation: Simulation): Promise<void> {
  for (const job of simulation.jobs.values()) {
    const now = simulation.clock.now().getTime();
    await settleJob(job, now);
    if (statusOf(job, now) !== "IN_PROGRESS" && now >= filesExpireAt(job, simulation.settings)) {
      await removeFiles(simulation, job);
    }
  }
}

function refusalWhenBusy(simulation: Simulation, { contract, apiVersion, origin }: ApiRequest) {
  const now = simulation.clock.now().getTime();
  const active = [...simulation.jobs.values()]
    .filter((job) => job.contract === contract && statusOf(job, now) === "IN_PROGRESS")
    .map(({ id }) => `${origin}/api/${apiVersion}/fhir/Job/${id}/$status`);
  if (active.length < contract.maxParallelJobs) return undefined;
  return outcomeReply(429, BUSY, { headers: { "Retry-After": "5", "Content-Location": active.join(", ") } });
}

interface AcceptOptions {
  readonly parameters: BoundParameters;
  readonly now: Date;
  readonly isRival: boolean;
}

function accept(
  simulation: Simulation,
  request: ApiRequest,
  { parameters, now, isRival }: AcceptOptions,
): Reply {
  const { contract, apiVersion, origin } = request;
  const asked = parameters.since;
  const rounded = simulation.settings.sinceDatetime && asked ? previousTuesday(asked) : undefined;
  const bound = { since: rounded ?? asked, told: rounded };
  const { since, told } = simulation.faults.lowerBound(bound, { asked, now });
  const id = jobId(simulation, apiVersion === "v3");
  const createdAt = now.getTime();
  const after = effectiveSince(simulation, request, { since: since?.toMillis(), createdAt });
  const until = parameters.until?.toMillis();
  const window: ExportWindow = {
    apiVersion,
    asOf: createdAt,
    after,
    // An upper bound below the effective lower one is dropped without a word.
    until: until !== undefined && after !== undefined && until < after ? undefined : until,
    serviceDates: parameters.serviceDates,
  };
  startJob(simulation, { id, contract, window, request: `${origin}${request.url}`, isRival });
  return emptyReply(202, {
    "Content-Location": `${origin}/api/${apiVersion}/fhir/Job/${id}/$status`,
    ...(told ? { "Since-Datetime": told.toFormat("yyyy-MM-dd'T'HH:mm:ss.SSS") + offsetText(told) } : {}),
  });
}

function offsetText(date: DateTime): string {
  return date.offset === 0 ? "Z" : date.toFormat("ZZ");
}

/** The lower bound in force: the default of V2 when none is asked for, and never below the attestation. */
function effectiveSince(
  simulation: Simulation,
  { contract, apiVersion }: ApiRequest,
  { since, createdAt }: { readonly since: number | undefined; readonly createdAt: number },
): number | undefined {
  const asked =
    since ?? (apiVersion === "v2" ? lastDownloadedJob(simulation, contract.number, createdAt) : undefined);
  const floor = attestationFloor(contract.attestedOn);
  if (floor === undefined) return asked;
  return asked === undefined ? floor : Math.max(asked, floor);
}

/** When the contract's last successful job, of any version, was created of whose data files each was downloaded. */
function lastDownloadedJob(simulation: Simulation, contract: string, now: number): number | undefined {
  const jobs = [...simulation.jobs.values()].filter(
    (job) =>
      job.contract.number === contract &&
      statusOf(job, now) === "SUCCESSFUL" &&
      job.files!.every(({ isError, downloads }) => isError || downloads > 0),
  );
  return jobs.at(-1)?.createdAt;
}

function jobId({ random }: Simulation, isV3: boolean): string {
  const digits = Array.from({ length: 32 }, () => random.integer(16).toString(16)).join("");
  const start = isV3 ? "33333333" : digits.slice(0, 8);
  return `${start}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
}
