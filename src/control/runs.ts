import type { Selectable } from "kysely";
import { type ApiVersion, type SourceSystem, sourceSystemOf } from "../domain/api-version.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { recordAuditEvent } from "./audit-events.ts";

export type RunCommand = "sync" | "load" | "backfill" | "reconcile";
export type RunState = "open" | "complete" | "complete_with_gaps" | "failed";

/** One window of claims brought for a contract, however many processes it takes. */
export interface LedgerRun {
  readonly runId: number;
  readonly contractNumber: ContractNumber;
  readonly command: RunCommand;
  /** The series that the run is a window of; absent for `sync` and `load`. */
  readonly seriesId: number | undefined;
  readonly apiVersion: ApiVersion;
  readonly sourceSystem: SourceSystem;
  readonly state: RunState;
  readonly requestedSince: string | undefined;
  readonly requestedUntil: string | undefined;
  /** Our clock before the first $export call that is not known to have a job. */
  readonly askedAt: Date | undefined;
  readonly gaps: readonly string[];
}

export interface NewRun {
  readonly contractNumber: ContractNumber;
  readonly command: RunCommand;
  readonly seriesId?: number | undefined;
  readonly apiVersion: ApiVersion;
  readonly requestedSince?: string | undefined;
  readonly requestedUntil?: string | undefined;
}

/** What the audit's actions call a run: `sync`, `load`, `backfill_window` or `reconcile_window`. */
export function activityOf({ command, seriesId }: Pick<LedgerRun, "command" | "seriesId">): string {
  return seriesId === undefined ? command : `${command}_window`;
}

/** Opens a run. */
export async function openRun(run: NewRun, tx: Transaction): Promise<LedgerRun> {
  const row = await tx.db
    .insertInto("ab2d_etl.run")
    .values({
      contract_number: run.contractNumber,
      command: run.command,
      series_id: run.seriesId ?? null,
      api_version: run.apiVersion,
      source_system: sourceSystemOf(run.apiVersion),
      requested_since: run.requestedSince ?? null,
      requested_until: run.requestedUntil ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return ledgerRun(row);
}

/** The run that a contract's `sync`, or the series, has not finished, if there is one. */
export async function findOpenRun(
  contract: ContractNumber,
  { seriesId }: { readonly seriesId: number | undefined },
  tx: Transaction,
): Promise<LedgerRun | undefined> {
  const row = await tx.db
    .selectFrom("ab2d_etl.run")
    .selectAll()
    .where("contract_number", "=", contract)
    .where("state", "=", "open")
    .$if(seriesId === undefined, (query) => query.where("command", "=", "sync"))
    .$if(seriesId !== undefined, (query) => query.where("series_id", "=", seriesId!))
    .executeTakeFirst();
  return row && ledgerRun(row);
}

/** Notes, before the $export call, when we ask; a call whose answer was lost keeps its earlier time. */
export async function recordAsking(runId: number, askedAt: Date, tx: Transaction): Promise<Date> {
  const row = await tx.db
    .updateTable("ab2d_etl.run")
    .set((eb) => ({ asked_at: eb.fn.coalesce("asked_at", eb.val(askedAt)) }))
    .where("run_id", "=", runId)
    .returning("asked_at")
    .executeTakeFirstOrThrow();
  return row.asked_at ?? askedAt;
}

/** Notes that no call of the run is without an answer: the jobs that AB2D has are not its. */
export async function forgetAsking(runId: number, tx: Transaction): Promise<void> {
  await tx.db.updateTable("ab2d_etl.run").set({ asked_at: null }).where("run_id", "=", runId).execute();
}

/** Locks the run's row until the transaction ends, so that only one loader at a time counts what is left of it. */
export async function lockRun(runId: number, tx: Transaction): Promise<LedgerRun> {
  const row = await tx.db
    .selectFrom("ab2d_etl.run")
    .selectAll()
    .where("run_id", "=", runId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return ledgerRun(row);
}

/** Notes why a process stopped that was at work for a run, for who asks in the morning. */
export async function recordFailure(
  runId: number,
  { code, exitCode }: { readonly code: string; readonly exitCode: number },
  tx: Transaction,
): Promise<void> {
  await tx.db
    .updateTable("ab2d_etl.run")
    .set({ error_code: code, exit_code: exitCode })
    .where("run_id", "=", runId)
    .where("state", "in", ["open", "failed"])
    .execute();
}

export interface RunEnd {
  readonly state: Exclude<RunState, "open">;
  readonly gaps?: readonly string[];
  /** Whether it failed because nothing was left to go on with, and a new run takes its place. */
  readonly isSuperseded?: boolean;
}

/**
 * Ends a run, with gaps when there are any. One that has ended stays as it is. The audit event of a run that failed is written
 * here; who completes one knows more to write.
 */
export async function endRun(
  runId: number,
  { state, gaps = [], isSuperseded = false }: RunEnd,
  tx: Transaction,
): Promise<void> {
  const row = await tx.db
    .updateTable("ab2d_etl.run")
    .set({
      state,
      gaps: [...gaps],
      completed_at: new Date(),
      ...(state === "failed" ? {} : { error_code: null, exit_code: null }),
    })
    .where("run_id", "=", runId)
    .where("state", "=", "open")
    .returningAll()
    .executeTakeFirst();
  if (row && state === "failed") await auditEnd(ledgerRun(row), isSuperseded ? "superseded" : "failed", tx);
}

/** Ends the `load` runs of a contract whose process died. Only for the holder of the contract's run lock. */
export async function failUnfinishedLoads(contract: ContractNumber, tx: Transaction): Promise<void> {
  const rows = await tx.db
    .updateTable("ab2d_etl.run")
    .set({ state: "failed", completed_at: new Date() })
    .where("contract_number", "=", contract)
    .where("command", "=", "load")
    .where("state", "=", "open")
    .returningAll()
    .execute();
  for (const row of rows) await auditEnd(ledgerRun(row), "failed", tx);
}

async function auditEnd(run: LedgerRun, end: "failed" | "superseded", tx: Transaction): Promise<void> {
  const { contractNumber, runId } = run;
  await recordAuditEvent({ action: `${activityOf(run)}_${end}`, contractNumber, runId }, tx);
}

function ledgerRun(row: Selectable<Database["ab2d_etl.run"]>): LedgerRun {
  return {
    runId: row.run_id,
    contractNumber: row.contract_number as ContractNumber,
    command: row.command as RunCommand,
    seriesId: row.series_id ?? undefined,
    apiVersion: row.api_version as ApiVersion,
    sourceSystem: row.source_system as SourceSystem,
    state: row.state as RunState,
    requestedSince: row.requested_since ?? undefined,
    requestedUntil: row.requested_until ?? undefined,
    askedAt: row.asked_at ?? undefined,
    gaps: row.gaps,
  };
}
