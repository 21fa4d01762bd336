import { awaitManifest } from "../ab2d/await-manifest.ts";
import type { Manifest } from "../ab2d/read-manifest.ts";
import { findRunOfJob, type LedgerJob, recordJob } from "../control/export-jobs.ts";
import { forgetAsking, type LedgerRun } from "../control/runs.ts";
import { EtlError, ExitCode } from "../errors.ts";
import { transaction } from "../postgres/transaction.ts";
import type { ContractSession } from "./contract-session.ts";
import { asksForSame, isOfContract } from "./manifest-of-run.ts";

interface Adoption {
  readonly run: LedgerRun;
  /** Our clock before the first call that is not known to have a job. */
  readonly firstAskedAt: Date;
  readonly at: ContractSession;
}

/** How a job may end that was looked at only to learn whose it is: it is none that can be used. */
const OF_NO_USE = new Set([
  "JOB_CANCELLED",
  "JOB_FAILED",
  "JOB_UNKNOWN",
  "MANIFEST_INVALID",
  "ACCESS_REFUSED",
]);

/**
 * Takes over a job that AB2D says is running: ours, if the answer to our call was lost, or one that asked for the same window.
 * Only its manifest tells, so each job is waited for, a job of another of our runs apart. Throws FOREIGN_JOB (75) with their
 * names when none will do.
 */
export async function adoptJob(jobIds: readonly string[], adoption: Adoption): Promise<LedgerJob> {
  const { run, firstAskedAt, at } = adoption;
  const { pool, log } = at.context;
  const names: string[] = [];
  for (const jobId of jobIds) {
    const owner = await transaction(pool, (tx) => findRunOfJob(jobId, tx));
    const isOfAnotherRun = owner !== undefined && owner.runId !== run.runId;
    names.push(isOfAnotherRun ? `${jobId} (of our run ${owner.runId}, ${owner.command})` : jobId);
    if (isOfAnotherRun) continue;
    const created = await creationOfEqual(jobId, adoption);
    if (created === undefined) continue;
    // Its creation bounds the watermark: a job of somebody else may be older than our call.
    const askedAt = created < firstAskedAt ? created : firstAskedAt;
    log.info("export_adopted", { contract: run.contractNumber, run_id: run.runId, job_id: jobId });
    return transaction(pool, (tx) =>
      recordJob({ jobId, runId: run.runId, askedAt, serverDate: undefined, sinceDatetime: undefined }, tx),
    );
  }
  // Each was looked at, so that none of them is the answer to a call of ours that was lost.
  if (jobIds.length > 0) await transaction(pool, (tx) => forgetAsking(run.runId, tx));
  throw new EtlError(
    `Cannot start an export for contract ${run.contractNumber}: another job of the organization was in the way: ${names.join(", ") || "AB2D does not name it"}; this run can't use it`,
    {
      code: "FOREIGN_JOB",
      exitCode: ExitCode.tryAgainLater,
      hint: "Run again once it has ended. One of our own runs: `ab2d cancel` ends it. Otherwise somebody else exports this contract: agree with them.",
    },
  );
}

/** When a job was created that exports just what the run wants; `undefined` for any other. */
async function creationOfEqual(jobId: string, { run, at }: Adoption): Promise<Date | undefined> {
  const { session, request, context } = at;
  let manifest: Manifest;
  try {
    manifest = await awaitManifest(session, jobId, {
      pollInterval: request.pollInterval,
      onProgress: (percent) =>
        context.progress.report({
          contract: request.contract,
          phase: "waiting for AB2D",
          ...(percent === undefined ? {} : { jobPercent: percent }),
        }),
    });
  } catch (error) {
    if (error instanceof EtlError && OF_NO_USE.has(error.code)) return undefined;
    throw error;
  }
  const isEqual =
    isOfContract(manifest, run) &&
    manifest.requested.apiVersion === run.apiVersion &&
    asksForSame(manifest, run);
  return isEqual ? manifest.transactionInstant : undefined;
}
