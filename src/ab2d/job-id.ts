import { EtlError, ExitCode } from "../errors.ts";

const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const JOB_ID = new RegExp(`^${UUID}$`);
const STATUS_URL = new RegExp(`/Job/(${UUID})/(?:\\$|%24)status$`);

/** Whether `text` is an export job's id: a UUID in lower case, as AB2D writes it. */
export function isJobId(text: string): boolean {
  return JOB_ID.test(text);
}

/**
 * The job ids in a `Content-Location`: one status address, or on a 429 a comma-separated list. Only the UUIDs are taken, each
 * once; hosts and schemes there are often wrong (http behind a load balancer) and are never dialled.
 */
export function jobIdsIn(contentLocation: string | undefined): string[] {
  const ids = (contentLocation ?? "").split(",").map((url) => STATUS_URL.exec(url.trim())?.[1]);
  return [...new Set(ids.filter((id) => id !== undefined))];
}

/** The path of a job's status. Throws `INVALID_JOB_ID` (64). */
export function statusPath(jobId: string): string[] {
  return ["Job", requireJobId(jobId), "$status"];
}

/** The path of a job's file. Throws `INVALID_JOB_ID` (64). */
export function filePath(jobId: string, name: string): string[] {
  return ["Job", requireJobId(jobId), "file", name];
}

function requireJobId(jobId: string): string {
  if (isJobId(jobId)) return jobId;
  throw new EtlError("Cannot ask for an export job: its id is not a UUID in lower case", {
    code: "INVALID_JOB_ID",
    exitCode: ExitCode.usage,
    hint: "`ab2d status` and `ab2d history --json` tell the ids of export jobs",
  });
}
