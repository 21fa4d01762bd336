import type { Selectable } from "kysely";
import type { Duration } from "luxon";
import { type ApiVersion, sourceSystemOf } from "../domain/api-version.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import type { ExportWindow } from "../domain/export-window.ts";
import { remainingWindows } from "../domain/remaining-windows.ts";
import { clampSince, nextSince } from "../domain/since.ts";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { recordAuditEvent } from "./audit-events.ts";
import { attestationDate } from "./contracts.ts";
import { endRun, findOpenRun, type LedgerRun, openRun } from "./runs.ts";

export type SeriesCommand = "backfill" | "reconcile";

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
  /** EOBs that the full export delivered. */
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

/** The series of a contract and source that is not finished, if there is one; of any command unless one is named. */
export async function findOpenSeries(
  {
    contract,
    apiVersion,
    command,
  }: Pick<LedgerSeries, "apiVersion"> & {
    readonly contract: ContractNumber;
    readonly command?: SeriesCommand;
  },
  tx: Transaction,
): Promise<LedgerSeries | undefined> {
  const row = await tx.db
    .selectFrom("ab2d_etl.series")
    .selectAll()
    .where("contract_number", "=", contract)
    .where("source_system", "=", sourceSystemOf(apiVersion))
    .where("state", "=", "open")
    .$if(command !== undefined, (query) => query.where("command", "=", command!))
    .orderBy("series_id")
    .executeTakeFirst();
  return row && ledgerSeries(row);
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
export async function abandonSeries(
  of: { readonly contract: ContractNumber; readonly apiVersion: ApiVersion; readonly command: SeriesCommand },
  tx: Transaction,
): Promise<void> {
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
  if (run) await endRun(run.runId, { state: "failed" }, tx);
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
    { action: `${command}_window_started`, contractNumber, runId: run.runId, detail },
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
}

/**
 * The windows that a series, open or about to be, has still to bring, in the order in which to ask for them. V1 knows no upper
 * bound, so that its one window has no end.
 */
export async function windowsToBring(
  series: NewSeries & { readonly seriesId?: number },
  { attestedOn, length, overlapDays, now }: Slicing,
  tx: Transaction,
): Promise<readonly ExportWindow[]> {
  const { seriesId, contractNumber, apiVersion, requestedSince: since } = series;
  const covered = seriesId === undefined ? [] : await coveredBy(seriesId, tx);
  if (length === undefined || apiVersion === "v1") return remainingWindows({ since, covered });
  const bounds = { apiVersion, attestedOn: attestedOn ?? (await attestationDate(contractNumber, tx)) };
  return remainingWindows({
    since,
    covered,
    cut: {
      length,
      floor: clampSince("1970-01-01T00:00:00Z", bounds),
      lastSince: nextSince({ ...bounds, overlapDays, watermark: now }),
    },
  });
}

/** Whether the complete runs of a series cover everything, and the one of the last, open window if it is among them. */
export async function coverageOf(
  { seriesId, requestedSince: since }: LedgerSeries,
  tx: Transaction,
): Promise<{ readonly isWhole: boolean; readonly openRunId: number | undefined }> {
  const covered = await coveredBy(seriesId, tx);
  const openRunId = covered.find(({ until }) => until === undefined)?.runId;
  return { isWhole: remainingWindows({ since, covered }).length === 0, openRunId };
}

async function coveredBy(
  seriesId: number,
  tx: Transaction,
): Promise<readonly (ExportWindow & { readonly runId: number })[]> {
  const rows = await tx.db
    .selectFrom("ab2d_etl.run")
    .select(["run_id", "requested_since", "requested_until"])
    .where("series_id", "=", seriesId)
    .where("state", "=", "complete")
    .orderBy("run_id")
    .execute();
  return rows.map((row) => ({
    runId: row.run_id,
    since: row.requested_since ?? undefined,
    until: row.requested_until ?? undefined,
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
