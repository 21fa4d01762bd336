import { awaitManifest } from "../ab2d/await-manifest.ts";
import type { Manifest } from "../ab2d/read-manifest.ts";
import { startExport } from "../ab2d/start-export.ts";
import { asEtlError } from "../as-etl-error.ts";
import {
  abandonJob,
  findUsableJob,
  type LedgerJob,
  recordCompletion,
  recordJob,
  recordProgress,
} from "../control/export-jobs.ts";
import { compareListing, listFiles, type NewFile } from "../control/output-files.ts";
import { endRun, type LedgerRun, recordAsking, recordFailure } from "../control/runs.ts";
import { EtlError, ExitCode } from "../errors.ts";
import { type Transaction, transaction } from "../postgres/transaction.ts";
import { adoptJob } from "./adopt-job.ts";
import type { ContractSession } from "./contract-session.ts";
import { landAndLoad } from "./land-and-load.ts";
import { asksForSame, isOfContract } from "./manifest-of-run.ts";

/** New jobs that one call starts at most: when files expire, a job fails or one that was resumed is gone, the window is asked again. */
const MOST_JOBS = 2;
/** Milliseconds before a new job replaces one that AB2D failed to process. */
const PAUSE_AFTER_FAILURE = 60_000;
/**
 * A job with one of these ends is of no more use, but a new one may do. A file that has come three times and never was what the
 * manifest says is no better the fourth time, and AB2D gives it six times only.
 */
const WORTH_A_NEW_JOB = new Set([
  "CHECKSUM_MISMATCH",
  "FILE_UNOBTAINABLE",
  "JOB_FAILED",
  "JOB_UNKNOWN",
  "LENGTH_MISMATCH",
]);
/** Nothing can be had from such a job, now or later: the next run has to ask anew. */
const ENDS_OF_A_JOB = new Set([
  ...WORTH_A_NEW_JOB,
  "CONTRACT_MISMATCH",
  "JOB_CANCELLED",
  "MANIFEST_CHANGED",
  "MANIFEST_INVALID",
  "REQUEST_NOT_HONOURED",
]);

/**
 * Brings one window: start export, await manifest, download, stage, merge, advance watermark. Goes on with the run's job if it
 * has one that can still be used. The run is complete when this resolves; whether with gaps, the ledger says.
 */
export async function bringWindow(run: LedgerRun, at: ContractSession): Promise<void> {
  try {
    await bringByJobs(run, at);
  } catch (error) {
    const { code, exitCode } = asEtlError(error);
    const { pool, log } = at.context;
    try {
      await transaction(pool, (tx) => recordFailure(run.runId, { code, exitCode }, tx));
    } catch (unrecorded) {
      // Thrown is what stopped the run: it says more than that the ledger did not take it.
      const because = asEtlError(unrecorded).code;
      log.warn("failure_not_recorded", { contract: run.contractNumber, run_id: run.runId, code, because });
    }
    throw error;
  }
}

async function bringByJobs(run: LedgerRun, at: ContractSession): Promise<void> {
  const { session, request, context } = at;
  for (let started = 0; ; ) {
    const known = await transaction(context.pool, (tx) => findUsableJob(run.runId, tx));
    if (!known) started += 1;
    let job = known;
    const wait = { hasBegun: false };
    try {
      job ??= await startJob(run, at);
      const manifest = await manifestOf(job, run, { at, wait });
      job = await transaction(context.pool, (tx) => listManifest(manifest, { run, job: job! }, tx));
      await landAndLoad(run, { session, job }, request, context);
      return;
    } catch (error) {
      if (!(job && error instanceof EtlError && ENDS_OF_A_JOB.has(error.code))) throw error;
      await giveUp(job, run, { error, at });
      // Gone before this process asked for it; one that is cancelled while it waits was cancelled on purpose.
      const isGoneMeanwhile = known !== undefined && !wait.hasBegun && error.code.startsWith("JOB_");
      if (!(WORTH_A_NEW_JOB.has(error.code) || isGoneMeanwhile) || started >= MOST_JOBS) throw error;
      const { jobId } = job;
      context.log.warn("export_job_lost", { contract: request.contract, job_id: jobId, code: error.code });
      if (error.code === "JOB_FAILED") {
        context.progress.report({ contract: request.contract, phase: "pausing before another job" });
        await context.clock.sleep(PAUSE_AFTER_FAILURE, context.signal);
      }
    }
  }
}

async function giveUp(
  { jobId }: LedgerJob,
  run: LedgerRun,
  { error, at }: { readonly error: EtlError; readonly at: ContractSession },
): Promise<void> {
  const state =
    error.code === "FILE_UNOBTAINABLE" ? "expired" : error.code === "JOB_CANCELLED" ? "cancelled" : "failed";
  await transaction(at.context.pool, async (tx) => {
    if (error.code === "CONTRACT_MISMATCH") await endRun(run.runId, { state: "failed" }, tx);
    await abandonJob(jobId, state, tx);
  });
}

/** AB2D took none of these for a job, so that the run that asked is over. */
const REFUSALS = new Set(["EXPORT_REFUSED", "ACCESS_REFUSED", "MAINTENANCE"]);

async function startJob(run: LedgerRun, at: ContractSession): Promise<LedgerJob> {
  const { session, request, context } = at;
  const { pool, clock, log } = context;
  context.progress.report({ contract: request.contract, phase: "starting the export" });
  const window = { since: run.requestedSince, until: run.requestedUntil };
  const now = clock.now();
  const firstAskedAt = await transaction(pool, (tx) => recordAsking(run.runId, now, tx));
  try {
    const answer = await startExport(session, window);
    if (answer.kind === "started") {
      log.info("export_started", { contract: request.contract, run_id: run.runId, job_id: answer.jobId });
      return await transaction(pool, (tx) => recordJob({ ...answer, runId: run.runId, askedAt: now }, tx));
    }
    return await adoptJob(answer.jobIds, { run, firstAskedAt, at });
  } catch (error) {
    if (error instanceof EtlError && REFUSALS.has(error.code)) {
      await transaction(pool, (tx) => endRun(run.runId, { state: "failed" }, tx));
    }
    throw error;
  }
}

async function manifestOf(
  job: LedgerJob,
  run: LedgerRun,
  { at, wait }: { readonly at: ContractSession; readonly wait: { hasBegun: boolean } },
): Promise<Manifest> {
  const { session, request, context } = at;
  const { contract, pollInterval } = request;
  context.progress.report({ contract, phase: "waiting for AB2D" });
  const manifest = await awaitManifest(session, job.jobId, {
    pollInterval,
    async onProgress(percent) {
      wait.hasBegun = true;
      context.progress.report({
        contract,
        phase: "waiting for AB2D",
        ...(percent === undefined ? {} : { jobPercent: percent }),
      });
      const polledAt = context.clock.now();
      await transaction(context.pool, (tx) => recordProgress(job.jobId, { percent, polledAt }, tx));
    },
  });
  if (asksForSame(manifest, run)) return manifest;
  throw new EtlError(
    `Cannot use export job ${job.jobId}: its manifest does not echo the request that was sent`,
    {
      code: "REQUEST_NOT_HONOURED",
      exitCode: ExitCode.protocol,
      hint: "AB2D or a proxy on the way changed the request. Nothing was loaded and the watermark did not move.",
    },
  );
}

async function listManifest(
  manifest: Manifest,
  { run, job }: { readonly run: LedgerRun; readonly job: LedgerJob },
  tx: Transaction,
): Promise<LedgerJob> {
  const { jobId } = job;
  if (!isOfContract(manifest, run)) {
    throw new EtlError(
      `Cannot use export job ${jobId}: its files are not of contract ${run.contractNumber}`,
      {
        code: "CONTRACT_MISMATCH",
        exitCode: ExitCode.refused,
        hint: "The credentials belong to another contract. Nothing was downloaded. Give each contract its own credentials file.",
      },
    );
  }
  const completed = await recordCompletion({ ...manifest, completedAt: new Date() }, tx);
  const file =
    (kind: NewFile["kind"]) =>
    (entry: Manifest["outputFiles"][number]): NewFile => ({
      runId: run.runId,
      jobId,
      kind,
      fileName: entry.name,
      expectedByteLength: entry.byteLength,
      expectedSha256: entry.sha256,
      exportedAt: completed.exportedAt,
    });
  const files = [...manifest.outputFiles.map(file("data")), ...manifest.errorFiles.map(file("error"))];
  await compareListing(jobId, files, tx);
  await listFiles(files, tx);
  return completed;
}
