import { addLineCounts, type LineCounts, NO_LINES } from "../domain/line-counts.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { findUsableJob } from "./export-jobs.ts";
import { filesOfRun, type LedgerFile } from "./output-files.ts";
import { countRejections } from "./rejected-lines.ts";
import { type LedgerRun, lockRun } from "./runs.ts";
import { type NewDrift, newDriftOf } from "./schema-drift.ts";
import { readWatermark } from "./watermark.ts";

/** What a run did, file by file and in total. */
export interface RunSummary {
  readonly run: LedgerRun;
  readonly files: readonly LedgerFile[];
  readonly counts: LineCounts;
  readonly bytes: number;
  readonly seconds: number;
  /** How many lines were rejected, by reason. */
  readonly rejections: Readonly<Record<string, number>>;
  /** Places of its claims that no run had met before and that are not as the mapper knows them. */
  readonly newDrift: NewDrift;
  /** The Since-Datetime header that AB2D returned, verbatim. */
  readonly sinceDatetime: string | undefined;
  /** From where the next export of this source starts; `undefined` before the first complete run. */
  readonly watermark: Date | undefined;
  /** What the operator should know about how the window was chosen. */
  readonly notes: readonly string[];
  /** Whether an earlier process had begun the run. */
  readonly isResumed: boolean;
}

/** Reads back from the ledger what a run did; the rest is what the plan said of it. */
export async function summarizeRun(
  runId: number,
  { notes = [], isResumed = false }: Partial<Pick<RunSummary, "notes" | "isResumed">>,
  tx: Transaction,
): Promise<RunSummary> {
  const run = await lockRun(runId, tx);
  const files = await filesOfRun(runId, tx);
  const job = await findUsableJob(runId, tx);
  const loaded = files.filter((file) => file.state === "loaded");
  return {
    run,
    files,
    counts: loaded.reduce((sum, file) => addLineCounts(sum, file.counts), NO_LINES),
    bytes: loaded.reduce((sum, file) => sum + (file.byteLength ?? 0), 0),
    seconds: loaded.reduce((sum, file) => sum + (file.loadSeconds ?? 0), 0),
    rejections: await countRejections(runId, tx),
    newDrift: await newDriftOf(runId, tx),
    sinceDatetime: job?.sinceDatetime,
    watermark: (await readWatermark(run.contractNumber, run.sourceSystem, tx))?.exportedAt,
    notes: [...notes, ...unverifiedNotes(files), ...lostNotes(files)],
    isResumed,
  };
}

/** What AB2D did not give a checksum for was compared with less. */
function unverifiedNotes(files: readonly LedgerFile[]): readonly string[] {
  const count = files.filter(({ jobId, expectedSha256 }) => jobId !== undefined && !expectedSha256).length;
  if (count === 0) return [];
  return [
    `AB2D gave no checksum for ${count} of ${files.length} files: whether they are whole rests on ${files.some(({ expectedByteLength }) => expectedByteLength === undefined) ? "the transfer alone" : "their lengths"}.`,
  ];
}

/** Files of a job that another one of the same window took the place of. */
function lostNotes(files: readonly LedgerFile[]): readonly string[] {
  const count = files.filter(({ state }) => state === "unobtainable").length;
  return count === 0
    ? []
    : [`${count} files of an export job could not be had; another job brought the whole window again.`];
}
