import { DateTime } from "luxon";
import type { ExportJob } from "./export-job.ts";
import type { OutputFile } from "./output-files.ts";
import { randomFor } from "./random.ts";
import type { ApiRequest } from "./simulation.ts";

/** A manifest before it becomes text. */
export interface ManifestDraft {
  readonly transactionTime: string;
  readonly request: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly ManifestEntry[];
  readonly error: readonly ManifestEntry[];
  readonly [unknown: string]: unknown;
}

export interface ManifestEntry {
  readonly type: string;
  readonly url: string;
  readonly extension?: readonly EntryExtension[];
  readonly [unknown: string]: unknown;
}

export interface EntryExtension {
  readonly url: string;
  readonly valueString?: string;
  readonly valueDecimal?: number;
}

export const CHECKSUM = "https://ab2d.cms.gov/checksum";
export const FILE_LENGTH = "https://ab2d.cms.gov/file_length";
/** How AB2D prints an instant for people. */
const HUMAN_TIME = "LLL d, yyyy, h:mm:ss a";

/** The manifest of a successful job, in AB2D's shape. The version in the request's path shapes addresses only. */
export function manifestOf({ apiVersion, origin }: ApiRequest, job: ExportJob): ManifestDraft {
  const files = randomFor(job.id).shuffled(job.files!);
  const entry = ({ name, sha256, length }: OutputFile): ManifestEntry => ({
    type: "ExplanationOfBenefit",
    url: `${origin}/api/${apiVersion}/fhir/Job/${job.id}/file/${name}`,
    extension: [
      { url: CHECKSUM, valueString: `sha256:${sha256}` },
      { url: FILE_LENGTH, valueDecimal: length },
    ],
  });
  return {
    transactionTime: humanTime(job.createdAt, "utc"),
    request: job.request.replaceAll("%", "%25"),
    requiresAccessToken: true,
    output: files.filter(({ isError }) => !isError).map(entry),
    // Error files, too, say that they hold ExplanationOfBenefits.
    error: files.filter(({ isError }) => isError).map(entry),
  };
}

/** `Feb 12, 2025, 12:04:22 AM`: an instant (epoch milliseconds) for people to read, with the zone left out. */
export function humanTime(milliseconds: number, zone: string): string {
  return DateTime.fromMillis(milliseconds, { zone, locale: "en-US" }).toFormat(HUMAN_TIME);
}
