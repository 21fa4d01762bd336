import type { SeriesPlan } from "../control/plan-series.ts";
import type { Finding, LedgerSeries, SeriesCommand } from "../control/series.ts";
import type { RunSummary } from "../control/summarize-run.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import { addLineCounts, NO_LINES, totalLines } from "../domain/line-counts.ts";
import { ExitCode } from "../errors.ts";
import type { SeriesSummary } from "../pipeline/export-series.ts";
import type { CommandResult } from "./command.ts";
import { runReport } from "./run-report.ts";
import { table } from "./table.ts";

/** What a backfill or reconciliation did, window by window, and what it means. */
export function seriesReport(summary: SeriesSummary): CommandResult {
  const { series, runs, isComplete, finding, watermark, notes } = summary;
  const hasGaps = runs.some(({ run }) => run.gaps.length > 0);
  const text = [
    `${capitalized(series.command)} of ${series.contractNumber}  ${series.apiVersion}  since ${series.requestedSince ?? "the beginning"}`,
    "",
    ...windowLines(runs),
    "",
    ...verdict(summary, hasGaps),
    ...(finding ? findingLines(finding, series) : []),
    ...(watermark
      ? [`  Watermark: ${watermark.toISOString()}; the next export starts there, less the overlap.`]
      : []),
    ...notes.map((note) => `  Note: ${note}`),
  ];
  return {
    text: text.join("\n"),
    json: {
      series_id: series.seriesId,
      contract: series.contractNumber,
      command: series.command,
      api_version: series.apiVersion,
      state: isComplete ? "complete" : "open",
      since: series.requestedSince ?? null,
      watermark: watermark?.toISOString() ?? null,
      finding: finding ?? null,
      notes,
      windows: runs.map((run) => runReport(run).json),
    },
    exitCode: isComplete ? ExitCode.ok : hasGaps ? ExitCode.completeWithGaps : ExitCode.tryAgainLater,
  };
}

/** What a series would ask for. */
export function seriesPlanReport({ resumes, opens, windows, notes }: SeriesPlan): CommandResult {
  const { contractNumber, command, apiVersion } = opens;
  const rows = windows.map(({ since, until }, index) => [
    String(index + 1),
    since ?? "the beginning",
    until ?? "open",
  ]);
  const does = resumes ? "would go on with" : "would ask for";
  return {
    text: [
      `${contractNumber}  ${apiVersion}  ${command} ${does} ${windows.length} ${windows.length === 1 ? "window" : "windows"}`,
      table([{ heading: "", align: "right" }, { heading: "since" }, { heading: "until" }], rows, {
        indent: "  ",
      }),
      ...notes.map((note) => `  note: ${note}`),
    ].join("\n"),
    json: {
      contract: contractNumber,
      command,
      api_version: apiVersion,
      dry_run: true,
      resumes_series: resumes?.seriesId ?? null,
      windows: windows.map(({ since, until }) => ({ since: since ?? null, until: until ?? null })),
      notes,
    },
    exitCode: ExitCode.ok,
  };
}

/** That an unfinished series is given up, or that there is none. */
export function givenUpReport(
  { contract, command }: { readonly contract: ContractNumber; readonly command: SeriesCommand },
  series: LedgerSeries | undefined,
): CommandResult {
  return {
    text:
      series === undefined
        ? `${contract}  no unfinished ${command}: nothing to give up.`
        : `${contract}  the ${command} that was opened at ${series.openedAt.toISOString()} is given up; what it brought stays.`,
    json: { contract, command, given_up: series?.seriesId ?? null },
    exitCode: ExitCode.ok,
  };
}

function windowLines(runs: readonly RunSummary[]): string[] {
  if (runs.length === 0) return ["  No window was left to bring."];
  const cells = ({ counts, bytes }: Pick<RunSummary, "counts" | "bytes">): string[] => [
    ...[totalLines(counts), counts.new, counts.newer, counts.unchanged, counts.rejected].map((count) =>
      count.toLocaleString("en-US"),
    ),
    (bytes / 1e6).toFixed(1),
  ];
  const rows = runs.map((summary) => [
    summary.run.requestedSince?.slice(0, 10) ?? "the beginning",
    summary.run.requestedUntil?.slice(0, 10) ?? "open",
    summary.run.gaps.length > 0 ? summary.run.gaps.join(", ") : summary.run.state,
    ...cells(summary),
  ]);
  const total = {
    counts: runs.reduce((sum, { counts }) => addLineCounts(sum, counts), NO_LINES),
    bytes: runs.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  return [
    table(
      [
        { heading: "since" },
        { heading: "until" },
        { heading: "state" },
        ...["lines", "new", "newer", "unchanged", "rejected", "MB"].map((heading) => ({
          heading,
          align: "right" as const,
        })),
      ],
      runs.length === 1 ? rows : [...rows, ["total", "", "", ...cells(total)]],
      { indent: "  " },
    ),
  ];
}

function verdict({ series, runs, isComplete }: SeriesSummary, hasGaps: boolean): string[] {
  if (isComplete) return [`  Complete: ${runs.length === 1 ? "its window is" : "all windows are"} in.`];
  if (!hasGaps) return ["  Not complete: run the same command again."];
  const detail = runs
    .filter(({ run }) => run.gaps.length > 0)
    .map(({ run }) => `  - run ${run.runId}: ${run.gaps.join(", ")}`);
  return [
    "  Complete with gaps: what came is loaded, the watermark stays.",
    ...detail,
    `  ab2d ${series.command} ${series.contractNumber} asks for the windows with gaps again.`,
  ];
}

function findingLines(finding: Finding, { incrementalSince }: LedgerSeries): string[] {
  const count = (value: number): string => value.toLocaleString("en-US");
  const members = (value: number): string => `${count(value)} ${value === 1 ? "member" : "members"}`;
  const types = Object.entries(finding.missed_by_type).map(([type, missed]) => `${type} ${count(missed)}`);
  const reach =
    incrementalSince === undefined
      ? ["  There was no complete run before: nothing could be missed."]
      : [
          `  The next incremental export would have asked from ${incrementalSince}. Beyond its reach were:`,
          `    missed         ${count(finding.missed)} claims, now loaded${types.length > 0 ? ` (${types.join(", ")})` : ""}; ${members(finding.missed_beneficiaries)} not held at all before`,
          `    changed        ${count(finding.changed)} claims whose text differs, as after a change of MBI`,
        ];
  return [
    ...reach,
    `  Not delivered any more: ${count(finding.not_delivered)} claims (${count(finding.newly_not_delivered)} for the first time); ${members(finding.not_delivered_beneficiaries)} without any.`,
    ...(finding.not_delivered > 0
      ? ["  They stay; ab2d.claim_contract.not_delivered_since marks them. AB2D gives no reason."]
      : []),
  ];
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
