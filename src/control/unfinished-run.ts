import type { ContractNumber } from "../domain/contract-number.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { findUsableJob, type LedgerJob } from "./export-jobs.ts";
import { findOpenRun, type LedgerRun } from "./runs.ts";

/** Milliseconds: AB2D cancels a running job after 48 hours and keeps a complete one's files for 72. */
const LIFE_OF_A_JOB = 120 * 3_600_000;

/** A run that an earlier process began. */
export interface UnfinishedRun {
  readonly run: LedgerRun;
  readonly job: LedgerJob | undefined;
  /**
   * Whether its job can still be had, or may exist unknown to us because AB2D's answer was lost. Otherwise nothing of it is left to
   * go on with, and its window, which may have been too wide for AB2D, is better planned anew.
   */
  readonly canGoOn: boolean;
}

/** The run that a contract's `sync`, or the series, has not finished, if there is one. */
export async function findUnfinishedRun(
  contract: ContractNumber,
  { seriesId, now }: { readonly seriesId: number | undefined; readonly now: Date },
  tx: Transaction,
): Promise<UnfinishedRun | undefined> {
  const run = await findOpenRun(contract, { seriesId }, tx);
  if (run === undefined) return undefined;
  const job = await findUsableJob(run.runId, tx);
  const mayHaveJob = run.askedAt !== undefined && now.getTime() - run.askedAt.getTime() < LIFE_OF_A_JOB;
  return { run, job, canGoOn: job !== undefined || mayHaveJob };
}
