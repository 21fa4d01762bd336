import type { ExportWindow } from "../domain/export-window.ts";
import { EtlError, ExitCode } from "../errors.ts";
import { answerError } from "./answer-error.ts";
import type { HttpResponse } from "./exchange.ts";
import { parseHttpDate } from "./http-date.ts";
import { jobIdsIn } from "./job-id.ts";
import { patiently } from "./patiently.ts";
import { type Refusal, readRefusal } from "./refusal.ts";
import type { Session } from "./session.ts";

export type StartedExport =
  | {
      readonly kind: "started";
      readonly jobId: string;
      /** The server's clock when it accepted the job. */
      readonly serverDate: Date | undefined;
      /** The `Since-Datetime` header as it came. Today's server doesn't send it. */
      readonly sinceDatetime: string | undefined;
    }
  /** Other jobs of the organization are running. Empty when AB2D didn't name them. */
  | { readonly kind: "busy"; readonly jobIds: readonly string[] };

const DOING = "start an export";
/** Seconds. */
const CONTACT_PATIENCE = 60;

/**
 * Asks for an export of ExplanationOfBenefit. Tries again after a transient failure, a lost connection included: if the job did
 * start, AB2D answers the next attempt with 429 and its id, returned as `busy`. (The sandbox allows a thousand jobs at once
 * and may then run two.)
 *
 * Throws `EXPORT_REFUSED` (64 for the window, 78 for the rest), `ACCESS_REFUSED` (77), `MAINTENANCE` (75), `JOB_LOCATION_INVALID` and
 * `UNEXPECTED_ANSWER` (76), `API_UNAVAILABLE` (69), and what {@link Session.request} throws.
 */
export function startExport(session: Session, window: ExportWindow): Promise<StartedExport> {
  const query = new URLSearchParams({
    _type: "ExplanationOfBenefit",
    _outputFormat: "application/fhir+ndjson",
    ...(window.since === undefined ? {} : { _since: window.since }),
    ...(window.until === undefined ? {} : { _until: window.until }),
  });
  return patiently({ ...session, contactPatience: CONTACT_PATIENCE }, async () => {
    const response = await session.request({
      method: "GET",
      path: ["Patient", "$export"],
      query,
      headers: { accept: "application/fhir+json", prefer: "respond-async" },
    });
    if (response.status === 200 || response.status === 202) return readStarted(response);
    const jobIds = jobIdsIn(response.header("content-location"));
    const refusal = await readRefusal(response, { now: session.clock.now() });
    const { status, outcome } = refusal;
    if (status === 429 && (jobIds.length > 0 || outcome.meaning === "export-active")) {
      return { kind: "busy", jobIds };
    }
    throw refusalError(refusal);
  });
}

async function readStarted(response: HttpResponse): Promise<StartedExport> {
  await response.discard();
  const jobIds = jobIdsIn(response.header("content-location"));
  const [jobId] = jobIds;
  if (jobId === undefined || jobIds.length > 1) {
    throw new EtlError(
      `Cannot follow the export: AB2D answered ${response.status} with ${jobIds.length} job ids in Content-Location, wanted 1`,
      {
        code: "JOB_LOCATION_INVALID",
        exitCode: ExitCode.protocol,
        hint: "A job may be running: the next run finds it. Check that the API address is AB2D's",
      },
    );
  }
  return {
    kind: "started",
    jobId,
    serverDate: parseHttpDate(response.header("date")),
    sinceDatetime: response.header("since-datetime"),
  };
}

function refusalError(refusal: Refusal): EtlError {
  const { status, outcome } = refusal;
  if (status === 400) {
    const isWindow = outcome.meaning === "since-refused" || outcome.meaning === "until-refused";
    return new EtlError(
      `Cannot ${DOING}: AB2D refused it (400), ${outcome.words ?? "for an unknown reason"}`,
      {
        code: "EXPORT_REFUSED",
        exitCode: isWindow ? ExitCode.usage : ExitCode.configuration,
        hint: isWindow
          ? "Give --since and --until as ISO date-times with an offset. The earliest since is 2020-02-13T00:00:00-05:00 in V1 and V2, 2026-04-01T00:00:00-05:00 in V3"
          : "Check that since and until are ISO date-times with an offset, and the API version",
      },
    );
  }
  if (status === 503 && refusal.isEmpty) {
    return new EtlError(`Cannot ${DOING}: AB2D is under maintenance (503)`, {
      code: "MAINTENANCE",
      exitCode: ExitCode.tryAgainLater,
      hint: "Try again later. Running jobs and downloads go on meanwhile",
    });
  }
  return answerError(refusal, { doing: DOING });
}
