import { z } from "zod";
import { parseJson } from "./parse-json.ts";

/** What a refusal means, as far as its text is one that AB2D's server is known to send. */
export type OutcomeMeaning =
  | "job-failed"
  | "job-cancelled"
  | "job-finished"
  | "job-unknown"
  | "export-active"
  | "polled-too-often"
  | "download-limit"
  | "file-expired"
  | "file-gone"
  | "file-unknown"
  | "not-yours"
  | "v3-off"
  | "v3-not-enabled"
  | "since-refused"
  | "until-refused"
  | "type-refused"
  | "format-refused"
  | "internal-error";

export interface OperationOutcome {
  /** Whether the first issue's code is `deleted`: AB2D's sign of a cancelled job. Otherwise its code says nothing. */
  readonly deleted: boolean;
  readonly meaning: OutcomeMeaning | undefined;
  /** Our own words for the meaning. The server's text is never shown: it can quote what it was sent. */
  readonly words: string | undefined;
}

interface KnownText {
  readonly startsWith: string;
  readonly meaning: OutcomeMeaning;
  readonly words: string;
}

/** Texts of AB2D's server, by their beginnings (its ErrorHandler, JobServiceImpl, ApiCommon; "download" is its spelling). */
const KNOWN_TEXTS: readonly KnownText[] = [
  known("Job failed while processing", "job-failed", "AB2D failed to process the job"),
  known("Job is canceled", "job-cancelled", "the job was cancelled"),
  known("Job is cancelled", "job-cancelled", "the job was cancelled"),
  known("Job has a status of CANCELLED", "job-cancelled", "the job was cancelled"),
  known("Job has a status of SUCCESSFUL", "job-finished", "the job is complete"),
  known("Job has a status of FAILED", "job-finished", "the job has failed"),
  known("No job with jobUuid", "job-unknown", "AB2D knows no such job"),
  known("You already have active export requests", "export-active", "another export job is running"),
  known(
    "You are polling too frequently",
    "polled-too-often",
    "the job was asked for less than 5 seconds ago",
  ),
  known(
    "The file has already been download",
    "download-limit",
    "it was downloaded six times, the most allowed",
  ),
  known(
    "The file is not present as it has expired",
    "file-expired",
    "it expired, 72 hours after the job's end",
  ),
  known("The file is not present as there was an error", "file-gone", "AB2D lost it"),
  known("No Job Output with the file name", "file-unknown", "the job has no such file"),
  known("Invalid filename provided", "file-unknown", "the job has no such file"),
  known("Invalid job UUID provided", "job-unknown", "AB2D knows no such job"),
  known("Unauthorized", "not-yours", "it belongs to another organization"),
  known("The V3 API is currently unavailable", "v3-off", "V3 is switched off"),
  known("V3 access not enabled", "v3-not-enabled", "V3 is not enabled for this contract"),
  known(
    "You can not use a time after the current time for _since",
    "since-refused",
    "_since is in the future",
  ),
  known("_since must be after", "since-refused", "_since is earlier than this API version allows"),
  known("The _until parameter is only available", "until-refused", "_until needs API version v2 or v3"),
  known("_until must be after _since", "until-refused", "_until is earlier than _since"),
  known("_until must be after", "until-refused", "_until is earlier than AB2D allows"),
  known("_type must be", "type-refused", "_type is not ExplanationOfBenefit"),
  known("An _outputFormat of", "format-refused", "_outputFormat is not one that AB2D knows"),
  known("An internal error occurred", "internal-error", "AB2D had an internal error"),
];

const NOTHING: OperationOutcome = { deleted: false, meaning: undefined, words: undefined };

const OUTCOME = z.object({
  resourceType: z.literal("OperationOutcome"),
  issue: z
    .array(
      z.object({
        code: z.unknown().optional(),
        details: z.object({ text: z.unknown().optional() }).optional().catch(undefined),
        diagnostics: z.unknown().optional(),
      }),
    )
    .min(1),
});

/** Reads a FHIR OperationOutcome. AB2D's 401, 403 and 503 have no body, and a proxy's is HTML: those give an outcome that says nothing. */
export function readOperationOutcome(body: string | undefined): OperationOutcome {
  const parsed = OUTCOME.safeParse(parseJson(body));
  const issue = parsed.data?.issue[0];
  if (!issue) return NOTHING;
  const texts = [issue.details?.text, issue.diagnostics].filter((text) => typeof text === "string");
  const match = KNOWN_TEXTS.find(({ startsWith }) => texts.some((text) => text.startsWith(startsWith)));
  return { deleted: issue.code === "deleted", meaning: match?.meaning, words: match?.words };
}

function known(startsWith: string, meaning: OutcomeMeaning, words: string): KnownText {
  return { startsWith, meaning, words };
}
