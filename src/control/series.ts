import type { Selectable } from "kysely";
import type { Duration } from "luxon";
import { type ApiVersion, sourceSystemOf } from "../domain/api-version.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import type { ExportWindow } from "../domain/export-window.ts";
import { containsWindow, isCovered, joinedWindows, remainingWindows } from "../domain/remaining-windows.ts";
import { clampSince, nextSince } from "../domain/since.ts";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { recordAuditEvent } from "./audit-events.ts";
import { attestationDate } from "./contracts.ts";
import { abandonJob, findUsableJob } from "./export-jobs.ts";
import { activityOf, endRun, findOpenRun, type LedgerRun, openRun } from "./runs.ts";

export type SeriesCommand = "backfill" | "reconcile";

/** Whose series is meant. */
export interface SeriesOf {
  readonly contract: ContractNumber;
  readonly apiVersion: ApiVersion;
  readonly command: SeriesCommand;
}

/** Windows of one contract that together cover everything since a start, each one a run and an export job of its own. */
export interface LedgerSeries {
  readonly seriesId: number;
  readonly contractNumber: ContractNumber;
  readonly command: SeriesCommand;
  readonly apiVersion: ApiVersion;
  /** The first window's `_since`; `undefined` where V3 leaves it out. */
  readonly requestedSince: string | undefined;
  /** The `_since` of the incremental export that would have run instead; `undefined` before the first complete run. */
  readonly incrementalSince: string | undefined;
  readonly openedAt: Date;
}

/** What a reconciliation found, as counts of claim versions and beneficiaries. */
export interface Finding {
  /** EOBs that any command brought for the contract, in exports that started no earlier than the reconciliation's first. */
  readonly delivered: number;
  /** Claims held only now although they are older than what the next incremental export would have asked for. */
  readonly missed: number;
  readonly missed_by_type: Readonly<Record<string, number>>;
  /** Beneficiaries none of whose claims was held before. */
  readonly missed_beneficiaries: number;
  /** Claims that were held with another text, also older than what the next incremental export would have asked for. */
  readonly changed: number;
  /** Claims that are held and were not delivered: now for the first time, and in all. */
  readonly newly_not_delivered: number;
  readonly not_delivered: number;
  /** Beneficiaries with claims held of which none was delivered. */
  readonly not_delivered_beneficiaries: number;
}

export type NewSeries = Omit<LedgerSeries, "seriesId" | "openedAt">;

/** Opens a series. */
export async function openSeries(series: NewSeries, tx: Transaction): Promise<LedgerSeries> {
  const row = await tx.db
    .insertInto("ab2d_etl.series")
    .values({
      contract_number: series.contractNumber,
      command: series.command,
      api_version: series.apiVersion,
      source_system: sourceSystemOf(series.apiVersion),
      requested_since: series.requestedSince ?? null,
      incremental_since: series.incrementalSince ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return ledgerSeries(row);
}

/**
 * The series of a contract, source and command that is not finished, if there is one. None is opened beside it, so that it is the
 * newest.
 */
export async function findOpenSeries(of: SeriesOf, tx: Transaction): Promise<LedgerSeries | undefined> {
  const newest = await newestSeries(of, tx);
  return newest?.state === "open" ? newest : undefined;
}

/** The newest series of a contract, source and command, whatever its state; V1 and V2 are one source. */
export async function newestSeries(
  { contract, apiVersion, command }: SeriesOf,
  tx: Transaction,
): Promise<(LedgerSeries & { readonly state: string; readonly completedAt: Date | undefined }) | undefined> {
  const row = await tx.db
    .selectFrom("ab2d_etl.series")
    .selectAll()
    .where("contract_number", "=", contract)
    .where("source_system", "=", sourceSystemOf(apiVersion))
    .where("command", "=", command)
    .orderBy("series_id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && { ...ledgerSeries(row), state: row.state, completedAt: row.completed_at ?? undefined };
}

/** Reads a series. */
export async function readSeries(seriesId: number, tx: Transaction): Promise<LedgerSeries> {
  const row = await tx.db
    .selectFrom("ab2d_etl.series")
    .selectAll()
    .where("series_id", "=", seriesId)
    .executeTakeFirstOrThrow();
  return ledgerSeries(row);
}

/** Gives up the unfinished series of a contract, if there is one: what it brought stays, and its open run ends. */
export async function abandonSeries(of: SeriesOf, tx: Transaction): Promise<void> {
  const series = await findOpenSeries(of, tx);
  if (series === undefined) return;
  const { seriesId, contractNumber } = series;
  await tx.db
    .updateTable("ab2d_etl.series")
    .set({ state: "abandoned", completed_at: new Date() })
    .where("series_id", "=", seriesId)
    .execute();
  await tx.db.deleteFrom("ab2d_etl.delivered_eob").where("series_id", "=", seriesId).execute();
  const run = await findOpenRun(contractNumber, { seriesId }, tx);
  if (run) {
    const job = await findUsableJob(run.runId, tx);
    if (job) await abandonJob(job.jobId, "cancelled", tx);
    await endRun(run.runId, { state: "failed" }, tx);
  }
  await recordAuditEvent(
    { action: `${series.command}_abandoned`, contractNumber, detail: { series_id: seriesId } },
    tx,
  );
}

/** Opens the run of one window. */
export async function openWindow(
  { seriesId, contractNumber, command, apiVersion }: LedgerSeries,
  { since, until }: ExportWindow,
  tx: Transaction,
): Promise<LedgerRun> {
  const run = await openRun(
    { contractNumber, command, seriesId, apiVersion, requestedSince: since, requestedUntil: until },
    tx,
  );
  const detail = { series_id: seriesId, since: since ?? null, until: until ?? null };
  await recordAuditEvent(
    { action: `${activityOf(run)}_started`, contractNumber, runId: run.runId, detail },
    tx,
  );
  return run;
}

/** Whether a series is complete, and what a reconciliation found. */
export async function readFinding(
  seriesId: number,
  tx: Transaction,
): Promise<{ readonly isComplete: boolean; readonly finding: Finding | undefined }> {
  const row = await tx.db
    .selectFrom("ab2d_etl.series")
    .select(["state", "finding"])
    .where("series_id", "=", seriesId)
    .executeTakeFirstOrThrow();
  return {
    isComplete: row.state === "complete",
    finding: (row.finding as unknown as Finding | null) ?? undefined,
  };
}

export interface Slicing {
  readonly attestedOn: string | undefined;
  /** The longest window; absent: all that is left between two complete ones is asked for at once. */
  readonly length?: Duration | undefined;
  readonly overlapDays: number;
  /** No window starts after it, less the overlap. */
  readonly now: Date;
  /** Windows to leave out for now: they have been brought in this call, with gaps. */
  readonly except?: readonly ExportWindow[];
}

/** What a series has still to bring, in the order in which to ask for it. */
export interface WindowsLeft {
  readonly bounded: readonly ExportWindow[];
  /**
   * Windows that AB2D has answered once without a single line, joined where they touch. It also ends a job that was interrupted so,
   * and a second answer is the proof.
   */
  readonly unconfirmed: readonly ExportWindow[];
  /** The last one, open at its end. It comes after all others: claims that were changed meanwhile have moved there. */
  readonly open: ExportWindow | undefined;
}

/** Tells what a series, open or about to be, has still to bring. V1 knows no upper bound, so that its one window has no end. */
export async function windowsLeft(
  series: NewSeries & { readonly seriesId?: number },
  { attestedOn, length, overlapDays, now, except = [] }: Slicing,
  tx: Transaction,
): Promise<WindowsLeft> {
  const { seriesId, contractNumber, apiVersion, requestedSince: since } = series;
  const runs = seriesId === undefined ? [] : await completeRuns(seriesId, tx);
  const proven = provenWindows(runs);
  const doubtful = runs.filter((run) => run.until !== undefined && !isCovered(run, proven));
  const failed = seriesId === undefined ? [] : await failedWindows(seriesId, tx);
  // Joined they cost one job; where that was too much for AB2D, one by one.
  const unconfirmed = joinedWindows(doubtful).flatMap((joined) =>
    failed.some((window) => containsWindow(window, joined) && containsWindow(joined, window))
      ? doubtful.filter((window) => containsWindow(joined, window))
      : joined,
  );
  const covered = [...proven, ...unconfirmed, ...except];
  const isWhole = length === undefined || apiVersion === "v1";
  const bounds = { apiVersion, attestedOn: attestedOn ?? (await attestationDate(contractNumber, tx)) };
  const windows = remainingWindows({
    since,
    covered,
    ...(isWhole
      ? {}
      : {
          cut: {
            length,
            floor: clampSince("1970-01-01T00:00:00Z", bounds),
            lastSince: nextSince({ ...bounds, overlapDays, watermark: now }),
          },
        }),
  });
  return {
    bounded: windows.filter(({ until }) => until !== undefined),
    unconfirmed,
    open: windows.find(({ until }) => until === undefined),
  };
}

/** A window of a series that was brought without gaps. */
export interface CompleteRun extends ExportWindow {
  readonly runId: number;
  /** Whether the job that completed the run had a single line. */
  readonly hasLines: boolean;
}

/** Whether the complete runs of a series cover everything, and the one of the last, open window if it is among them. */
export async function coverageOf(
  { seriesId, requestedSince: since }: LedgerSeries,
  tx: Transaction,
): Promise<{ readonly isWhole: boolean; readonly open: CompleteRun | undefined }> {
  const covered = provenWindows(await completeRuns(seriesId, tx));
  const open = covered.find(({ until }) => until === undefined);
  return { isWhole: remainingWindows({ since, covered }).length === 0, open };
}

/** What the runs prove to be brought: the open window's only while no other was brought after it. */
function provenWindows(runs: readonly CompleteRun[]): readonly CompleteRun[] {
  const newest = runs.at(-1);
  return runs.filter((run) => (run.until === undefined ? run === newest : isProven(run, runs)));
}

/**
 * A bounded window is brought when it had lines, or when two answers say that it has none. An open run's answer reaches no further
 * than the start of its job: it is none about time that came later.
 */
function isProven(run: CompleteRun, runs: readonly CompleteRun[]): boolean {
  return (
    run.hasLines || runs.some((other) => isAnswerToo(other) && other !== run && containsWindow(other, run))
  );
}

function isAnswerToo({ until, hasLines }: CompleteRun): boolean {
  return until !== undefined && !hasLines;
}

/** The windows of a series whose export failed. */
async function failedWindows(seriesId: number, tx: Transaction): Promise<readonly ExportWindow[]> {
  const rows = await tx.db
    .selectFrom("ab2d_etl.run")
    .select(["requested_since", "requested_until"])
    .where("series_id", "=", seriesId)
    .where("state", "=", "failed")
    .execute();
  return rows.map((row) => ({
    since: row.requested_since ?? undefined,
    until: row.requested_until ?? undefined,
  }));
}

async function completeRuns(seriesId: number, tx: Transaction): Promise<readonly CompleteRun[]> {
  const rows = await tx.run<{
    run_id: number;
    requested_since: string | null;
    requested_until: string | null;
    has_lines: boolean;
  }>("control/series_runs", { series_id: seriesId });
  return rows.map((row) => ({
    runId: row.run_id,
    since: row.requested_since ?? undefined,
    until: row.requested_until ?? undefined,
    hasLines: row.has_lines,
  }));
}

function ledgerSeries(row: Selectable<Database["ab2d_etl.series"]>): LedgerSeries {
  return {
    seriesId: row.series_id,
    contractNumber: row.contract_number as ContractNumber,
    command: row.command as SeriesCommand,
    apiVersion: row.api_version as ApiVersion,
    requestedSince: row.requested_since ?? undefined,
    incrementalSince: row.incremental_since ?? undefined,
    openedAt: row.opened_at,
  };
}
