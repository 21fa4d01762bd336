import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import split2 from "split2";
import { z } from "zod";
import { openLandedFile } from "./open-landed-file.ts";

/** What an error file tells without its text, which may quote claims. */
export interface ErrorFileSummary {
  /** Lines that are not blank: each stands for claims that AB2D left out. */
  readonly lineCount: number;
  /** How often each `severity code` occurs, by FHIR's own words; `not an OperationOutcome` for a line that is none. */
  readonly issueCounts: Readonly<Record<string, number>>;
}

/** A longer line is no OperationOutcome of AB2D's: it is passed over, not held and not counted. */
const LINES = { maxLength: 16 * 1024 * 1024, skipOverflow: true };

/** FHIR's issue types. Any other word is not repeated: it could come from a claim. */
const ISSUE_TYPES = [
  ...[
    "invalid",
    "structure",
    "required",
    "value",
    "invariant",
    "security",
    "login",
    "unknown",
    "expired",
    "forbidden",
  ],
  ...[
    "suppressed",
    "processing",
    "not-supported",
    "duplicate",
    "multiple-matches",
    "not-found",
    "deleted",
    "too-long",
  ],
  ...[
    "code-invalid",
    "extension",
    "too-costly",
    "business-rule",
    "conflict",
    "transient",
    "lock-error",
    "no-store",
  ],
  ...["exception", "timeout", "incomplete", "throttled", "informational"],
] as const;

const OUTCOME = z.object({
  resourceType: z.literal("OperationOutcome"),
  issue: z
    .array(
      z.object({
        severity: z.enum(["fatal", "error", "warning", "information", "success"]).catch("error"),
        code: z.enum(ISSUE_TYPES).catch("unknown"),
      }),
    )
    .min(1),
});

/** Reads a landed error file line by line. Throws what {@link openLandedFile} throws. */
export async function readErrorFile(path: string): Promise<ErrorFileSummary> {
  let lineCount = 0;
  const issueCounts: Record<string, number> = {};
  await pipeline(Readable.from(await openLandedFile(path)), split2(LINES), async (lines) => {
    for await (const line of lines as AsyncIterable<string>) {
      if (line.trim() === "") continue;
      lineCount += 1;
      for (const issue of issuesOf(line)) issueCounts[issue] = (issueCounts[issue] ?? 0) + 1;
    }
  });
  return { lineCount, issueCounts };
}

function issuesOf(line: string): readonly string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    // The parser's message quotes the line. That it is no JSON is what is counted.
  }
  const outcome = OUTCOME.safeParse(parsed);
  if (!outcome.success) return ["not an OperationOutcome"];
  return outcome.data.issue.map(({ severity, code }) => `${severity} ${code}`);
}
