import type { Selectable } from "kysely";
import type { ContractNumber } from "../domain/contract-number.ts";
import { EtlError, ExitCode } from "../errors.ts";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/transaction.ts";
import type { RunCommand, RunState } from "./runs.ts";

/** An $export that AB2D accepted. */
export interface LedgerJob {
  readonly jobId: string;
  readonly runId: number;
  readonly state: "started" | "complete" | "failed" | "expired" | "cancelled";
  /** The start of the export: the earlier of our clock before the call and the server's `Date`. */
  readonly exportedAt: Date;
  /** The Since-Datetime header, verbatim. */
  readonly sinceDatetime: string | undefined;
}

export interface NewJob {
  readonly jobId: string;
  readonly runId: number;
  readonly askedAt: Date;
  readonly serverDate: Date | undefined;
  readonly sinceDatetime: string | undefined;
}

/** Notes a job as soon as AB2D has accepted it. The run's lost call, if there was one, is this job now. */
export async function recordJob(job: NewJob, tx: Transaction): Promise<LedgerJob> {
  const exportedAt = job.serverDate && job.serverDate < job.askedAt ? job.serverDate : job.askedAt;
  const row = await tx.db
    .insertInto("ab2d_etl.export_job")
    .values({
      job_id: job.jobId,
      run_id: job.runId,
      exported_at: exportedAt,
      asked_at: job.askedAt,
      server_date: job.serverDate ?? null,
      since_datetime: job.sinceDatetime ?? null,
    })
    // A job that was given up on (a passing 404, a cancellation that came too late) may turn out to be running.
    .onConflict((conflict) =>
      conflict
        .column("job_id")
        .doUpdateSet({ state: "started" })
        .whereRef("ab2d_etl.export_job.run_id", "=", "excluded.run_id"),
    )
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) {
    throw new EtlError(`Cannot take over export job ${job.jobId}: it belongs to another run`, {
      code: "JOB_OF_ANOTHER_RUN",
      exitCode: ExitCode.tryAgainLater,
      hint: "Run again once AB2D has ended it.",
    });
  }
  await tx.db.updateTable("ab2d_etl.run").set({ asked_at: null }).where("run_id", "=", job.runId).execute();
  return ledgerJob(row);
}

/** The run's job that is still worth waiting for or downloading from, if there is one. */
export async function findUsableJob(runId: number, tx: Transaction): Promise<LedgerJob | undefined> {
  const row = await tx.db
    .selectFrom("ab2d_etl.export_job")
    .selectAll()
    .where("run_id", "=", runId)
    .where("state", "in", ["started", "complete"])
    .executeTakeFirst();
  return row && ledgerJob(row);
}

/** The run that a job belongs to; `undefined` for a job that is not ours. */
export async function findRunOfJob(
  jobId: string,
  tx: Transaction,
): Promise<{ readonly runId: number; readonly command: string } | undefined> {
  const row = await tx.db
    .selectFrom("ab2d_etl.export_job")
    .innerJoin("ab2d_etl.run", "ab2d_etl.run.run_id", "ab2d_etl.export_job.run_id")
    .select(["ab2d_etl.run.run_id", "ab2d_etl.run.command"])
    .where("job_id", "=", jobId)
    .executeTakeFirst();
  return row && { runId: row.run_id, command: row.command };
}

/** A job of a contract, and the run that had asked for it. */
export interface ContractJob {
  readonly jobId: string;
  readonly state: LedgerJob["state"];
  readonly runId: number;
  readonly command: RunCommand;
  readonly runState: RunState;
}

/** All jobs of a contract that the ledger knows, in the order in which they were asked for. */
export async function jobsOf(contract: ContractNumber, tx: Transaction): Promise<readonly ContractJob[]> {
  const rows = await tx.db
    .selectFrom("ab2d_etl.export_job")
    .innerJoin("ab2d_etl.run", "ab2d_etl.run.run_id", "ab2d_etl.export_job.run_id")
    .select([
      "job_id",
      "ab2d_etl.export_job.state",
      "ab2d_etl.run.run_id",
      "ab2d_etl.run.command",
      "ab2d_etl.run.state as run_state",
    ])
    .where("contract_number", "=", contract)
    .orderBy("ab2d_etl.export_job.asked_at")
    .execute();
  return rows.map(({ job_id, state, run_id, command, run_state }) => ({
    jobId: job_id,
    state: state as LedgerJob["state"],
    runId: run_id,
    command: command as RunCommand,
    runState: run_state as RunState,
  }));
}

/** Notes that nobody waits for a job of a run that has ended. */
export async function forgetStartedJob(jobId: string, tx: Transaction): Promise<void> {
  await tx.db
    .updateTable("ab2d_etl.export_job")
    .set({ state: "cancelled" })
    .where("job_id", "=", jobId)
    .where("state", "=", "started")
    .execute();
}

/** Notes what AB2D said at a poll, for who asks how far the job is. */
export async function recordProgress(
  jobId: string,
  { percent, polledAt }: { readonly percent: number | undefined; readonly polledAt: Date },
  tx: Transaction,
): Promise<void> {
  await tx.db
    .updateTable("ab2d_etl.export_job")
    .set({ progress_percent: percent ?? null, polled_at: polledAt })
    .where("job_id", "=", jobId)
    .execute();
}

export interface CompletedJob {
  readonly jobId: string;
  readonly transactionTime: string;
  readonly transactionInstant: Date | undefined;
  readonly request: string;
  readonly expiresAt: Date | undefined;
  readonly completedAt: Date;
}

/**
 * Notes that a job is complete, with what its manifest says of it. Where the server sent no `Date`, its transactionTime, the
 * job's creation, says when the export started if our clock is ahead of it.
 */
export async function recordCompletion(job: CompletedJob, tx: Transaction): Promise<LedgerJob> {
  const created = job.transactionInstant ?? null;
  const row = await tx.db
    .updateTable("ab2d_etl.export_job")
    .set((eb) => ({
      state: "complete",
      exported_at: eb
        .case()
        .when("server_date", "is", null)
        .then(eb.fn<Date>("least", ["exported_at", eb.cast<Date>(eb.val(created), "timestamptz")]))
        .else(eb.ref("exported_at"))
        .end(),
      transaction_time: job.transactionTime,
      request: job.request,
      expires_at: job.expiresAt ?? null,
      completed_at: job.completedAt,
    }))
    .where("job_id", "=", job.jobId)
    .returningAll()
    .executeTakeFirstOrThrow();
  return ledgerJob(row);
}

/** Notes that nothing more can be had from a job; the run's next one brings the same window anew. */
export async function abandonJob(
  jobId: string,
  state: "failed" | "expired" | "cancelled",
  tx: Transaction,
): Promise<void> {
  await tx.db.updateTable("ab2d_etl.export_job").set({ state }).where("job_id", "=", jobId).execute();
  await tx.db
    .updateTable("ab2d_etl.output_file")
    .set({ state: "unobtainable" })
    .where("job_id", "=", jobId)
    // What landed but was not loaded goes too: the next job brings the whole window, and the next run sweeps the folder.
    .where("state", "in", ["listed", "landed"])
    .execute();
}

function ledgerJob(row: Selectable<Database["ab2d_etl.export_job"]>): LedgerJob {
  return {
    jobId: row.job_id,
    runId: row.run_id,
    state: row.state as LedgerJob["state"],
    exportedAt: row.exported_at,
    sinceDatetime: row.since_datetime ?? undefined,
  };
}
