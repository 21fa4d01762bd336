import type { RunSummary } from "../control/summarize-run.ts";
import { LINE_OUTCOMES, type LineCounts, totalLines } from "../domain/line-counts.ts";
import { ExitCode } from "../errors.ts";
import type { CommandResult } from "./command.ts";
import { table } from "./table.ts";

const GAP_MEANINGS: Readonly<Record<string, string>> = {
  error_file: "AB2D delivered an error file: it dropped claims from this export",
  rejected_line: "lines could not be loaded; they are kept in ab2d_etl.rejected_line with the reason",
  empty_manifest: "AB2D delivered nothing although claims of this window are held",
  window_cut_short:
    "AB2D says that its window starts later than the previous run did: claims in between may be missing",
};

/** What a run did, as a table per file and in total, and what it means for the next one. */
export function runReport({
  run,
  files,
  counts,
  bytes,
  seconds,
  watermark,
  sinceDatetime,
  notes,
  rejections,
  newDrift,
}: RunSummary): CommandResult {
  const data = files
    .filter((file) => file.kind === "data" && file.state !== "unobtainable")
    .sort((a, b) => a.fileName.localeCompare(b.fileName, "en", { numeric: true }));
  const rows = data.map((file) => [
    file.fileName,
    ...countCells(file.counts),
    megabytes(file.byteLength ?? 0),
    (file.loadSeconds ?? 0).toFixed(1),
  ]);
  const total = ["total", ...countCells(counts), megabytes(bytes), seconds.toFixed(1)];
  const body =
    data.length === 0
      ? "  AB2D has no output file for this window."
      : table(
          [
            { heading: "file" },
            { heading: "lines", align: "right" },
            ...LINE_OUTCOMES.map((heading) => ({ heading, align: "right" as const })),
            { heading: "MB", align: "right" },
            { heading: "s", align: "right" },
          ],
          data.length === 1 ? rows : [...rows, total],
          { indent: "  " },
        );
  const window =
    run.command === "load"
      ? "files from disk"
      : `since ${run.requestedSince ?? "the beginning"}${run.requestedUntil ? ` until ${run.requestedUntil}` : ""}`;
  return {
    text: [
      `Run ${run.runId}  ${run.contractNumber}  ${run.apiVersion}  ${window}`,
      "",
      body,
      "",
      ...verdict(run, counts),
      ...(run.command === "sync" && run.state === "complete" && !watermark
        ? ["  No claim of this contract has come yet. If that is not expected, ask the AB2D team."]
        : []),
      ...files
        .filter(({ kind, state }) => kind === "error" && state === "landed")
        .map(
          ({ fileName, lineCount, issueCounts, landedPath }) =>
            `    ${fileName}: ${lineCount} lines (${issueText(issueCounts)}), kept as ${landedPath}`,
        ),
      ...Object.entries(rejections).map(
        ([reason, count]) => `    ${count.toLocaleString("en-US")} lines: ${reason}`,
      ),
      ...driftLines(newDrift, run),
      ...(run.command === "sync" && watermark
        ? [`  Watermark: ${watermark.toISOString()}; the next export starts there, less the overlap.`]
        : []),
      ...notes.map((note) => `  Note: ${note}`),
      `  Peak memory of this process: ${Math.round(peakMemory() / 1e6)} MB.`,
    ].join("\n"),
    json: {
      run_id: run.runId,
      contract: run.contractNumber,
      command: run.command,
      api_version: run.apiVersion,
      state: run.state,
      gaps: run.gaps,
      since: run.requestedSince ?? null,
      until: run.requestedUntil ?? null,
      since_datetime: sinceDatetime ?? null,
      watermark: watermark?.toISOString() ?? null,
      peak_memory_bytes: peakMemory(),
      notes,
      rejections,
      new_drift: newDrift,
      total: { lines: totalLines(counts), ...counts, bytes, seconds },
      files: files.map((file) => ({
        name: file.fileName,
        kind: file.kind,
        state: file.state,
        lines: file.lineCount,
        issues: file.issueCounts,
        verified: file.expectedSha256 !== undefined,
        ...file.counts,
        bytes: file.byteLength ?? null,
        seconds: file.loadSeconds ?? null,
      })),
    },
    exitCode: exitCodeOf(run.state),
  };
}

function driftLines({ places, paths }: RunSummary["newDrift"], { apiVersion }: RunSummary["run"]): string[] {
  if (places === 0) return [];
  const what = places === 1 ? "1 new place" : `${places.toLocaleString("en-US")} new places`;
  const more =
    places > paths.length ? [`    and ${(places - paths.length).toLocaleString("en-US")} more`] : [];
  return [
    `  Drift: ${what} in the claims of ${apiVersion} that the mapper does not know; docs/operations.md says what to do.`,
    ...paths.map((path) => `    ${path}`),
    ...more,
  ];
}

function issueText(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .map(([issue, count]) => `${count.toLocaleString("en-US")} ${issue}`)
      .join(", ") || "empty"
  );
}

function exitCodeOf(state: RunSummary["run"]["state"]): ExitCode {
  if (state === "complete") return ExitCode.ok;
  return state === "complete_with_gaps" ? ExitCode.completeWithGaps : ExitCode.tryAgainLater;
}

function verdict({ state, gaps, command }: RunSummary["run"], counts: LineCounts): string[] {
  if (gaps.length > 0) {
    return [
      command === "load"
        ? "  Complete with gaps: what could be loaded is loaded."
        : "  Complete with gaps: the watermark stays, the next run asks for the same window again.",
      ...gaps.map((gap) => `  - ${GAP_MEANINGS[gap] ?? gap}`),
    ];
  }
  if (state !== "complete") return [`  Not complete (${state}): run the same command again.`];
  if (totalLines(counts) === 0) {
    return command === "load"
      ? ["  Complete: the files hold no lines."]
      : [
          "  Complete: AB2D delivered nothing. The watermark stays, the next run asks for the same window again.",
        ];
  }
  const changed = counts.new + counts.newer;
  if (changed === 0) return ["  Complete: nothing new."];
  return [`  Complete: ${changed.toLocaleString("en-US")} claim versions new or newer.`];
}

/** The most memory that this process has held so far, in bytes. */
function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function countCells(counts: LineCounts): string[] {
  return [totalLines(counts), ...LINE_OUTCOMES.map((outcome) => counts[outcome])].map((value) =>
    value.toLocaleString("en-US"),
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
