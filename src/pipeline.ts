import { authenticate } from "./ab2d/authenticate.ts";
import { awaitManifest } from "./ab2d/await-manifest.ts";
import type { Manifest } from "./ab2d/read-manifest.ts";
import type { Session } from "./ab2d/session.ts";
import { startExport } from "./ab2d/start-export.ts";
import { recordAuditEvent } from "./control/audit-events.ts";
import { registerContract } from "./control/contracts.ts";
import {
  abandonJob,
  findUsableJob,
  type LedgerJob,
  recordCompletion,
  recordJob,
} from "./control/export-jobs.ts";
import { listFiles, type NewFile } from "./control/output-files.ts";
import { planRun, type RunPlan, type RunRequest } from "./control/plan-run.ts";
import { jobsWithKeptFiles } from "./control/rejected-lines.ts";
import { takeRunLock } from "./control/run-lock.ts";
import { endRun, type LedgerRun, openRun, recordAsking } from "./control/runs.ts";
import { type RunSummary, summarizeRun } from "./control/summarize-run.ts";
import { EtlError, ExitCode } from "./errors.ts";
import { type Context, type LandAndLoadOptions, landAndLoad } from "./land-and-load.ts";
import { sweep } from "./landing/landing-folder.ts";
import { transaction } from "./postgres/transaction.ts";

export interface SyncRequest extends RunRequest, LandAndLoadOptions {
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly credentials: { readonly clientId: string; readonly clientSecret: string };
  /** Seconds between two status calls. */
  readonly pollInterval: number;
}

/**
 * Brings one contract's claims up to date: authenticate, start export, await manifest, download, stage, merge, advance
 * watermark. Safe to run again after any failure: every step asks the ledger first and goes on from there.
 */
export async function sync(request: SyncRequest, outer: Context): Promise<RunSummary> {
  const lock = await takeRunLock(request.contract, outer.pool);
  const context = { ...outer, signal: AbortSignal.any([outer.signal, lock.lost]) };
  try {
    const { plan, keep } = await transaction(context.pool, async (tx) => {
      await registerContract(request.contract, request, tx);
      const planned = await planRun(request, tx);
      const kept = await jobsWithKeptFiles(request.contract, tx);
      return { plan: planned, keep: new Set([...kept, ...(planned.job ? [planned.job.jobId] : [])]) };
    });
    await sweep(request.landingDir, { contract: request.contract, keep });
    report(request, "authenticating", context);
    const session = await authenticate({
      ...request,
      apiVersion: plan.resumes?.apiVersion ?? request.apiVersion,
      ...context,
    });
    try {
      const run = plan.resumes ?? (await openPlannedRun(request, plan, context));
      await bring(run, session, request, context);
      return await transaction(context.pool, (tx) =>
        summarizeRun(run.runId, { notes: plan.notes, isResumed: plan.resumes !== undefined }, tx),
      );
    } finally {
      await session.close();
    }
  } finally {
    context.progress.end();
    await lock.release();
  }
}

/** New jobs that one call starts at most: when files expire or a job that was resumed is gone, the window is asked again. */
const MOST_JOBS = 2;
/** A job with one of these ends is gone, but a new one may do. */
const WORTH_A_NEW_JOB = new Set(["FILE_UNOBTAINABLE", "JOB_UNKNOWN"]);
/** Nothing can be had from such a job, now or later: the next run has to ask anew. */
const ENDS_OF_A_JOB = new Set([
  ...WORTH_A_NEW_JOB,
  "CONTRACT_MISMATCH",
  "JOB_CANCELLED",
  "JOB_FAILED",
  "MANIFEST_INVALID",
  "REQUEST_NOT_HONOURED",
  "UNVERIFIABLE",
]);

async function bring(
  run: LedgerRun,
  session: Session,
  request: SyncRequest,
  context: Context,
): Promise<void> {
  for (let started = 0; ; ) {
    const known = await transaction(context.pool, (tx) => findUsableJob(run.runId, tx));
    if (!known) started += 1;
    let job = known;
    try {
      job ??= await start(run, session, request, context);
      const manifest = await manifestOf(job, run, { session, request, context });
      await transaction(context.pool, (tx) => listManifest(manifest, { run, job: job! }, tx));
      await landAndLoad(run, { session, job }, request, context);
      return;
    } catch (error) {
      if (!(job && error instanceof EtlError && ENDS_OF_A_JOB.has(error.code))) throw error;
      if (error.code === "CONTRACT_MISMATCH") {
        await transaction(context.pool, (tx) => endRun(run.runId, { state: "failed" }, tx));
      }
      const { jobId } = job;
      await transaction(context.pool, (tx) =>
        abandonJob(jobId, error.code === "FILE_UNOBTAINABLE" ? "expired" : "failed", tx),
      );
      const isGoneMeanwhile = known !== undefined && error.code.startsWith("JOB_");
      const isWorthIt = WORTH_A_NEW_JOB.has(error.code) || isGoneMeanwhile;
      if (!isWorthIt || started >= MOST_JOBS) throw error;
      context.log.warn("export_job_lost", { contract: request.contract, job_id: jobId, code: error.code });
    }
  }
}

async function openPlannedRun(
  request: SyncRequest,
  plan: RunPlan,
  { pool, log }: Context,
): Promise<LedgerRun> {
  return transaction(pool, async (tx) => {
    const run = await openRun(
      {
        contractNumber: request.contract,
        command: "sync",
        apiVersion: request.apiVersion,
        requestedSince: plan.since,
        requestedUntil: plan.until,
      },
      tx,
    );
    const detail = { since: plan.since ?? null, until: plan.until ?? null };
    await recordAuditEvent(
      { action: "sync_started", contractNumber: request.contract, runId: run.runId, detail },
      tx,
    );
    log.info("run_opened", { contract: request.contract, run_id: run.runId, ...detail });
    return run;
  });
}

/** AB2D took none of these for a job, so that the run that asked is over. */
const REFUSALS = new Set(["EXPORT_REFUSED", "ACCESS_REFUSED", "MAINTENANCE"]);

async function start(
  run: LedgerRun,
  session: Session,
  request: SyncRequest,
  context: Context,
): Promise<LedgerJob> {
  const { pool, clock, log } = context;
  report(request, "starting the export", context);
  const window = { since: run.requestedSince, until: run.requestedUntil };
  const now = clock.now();
  const firstAskedAt = await transaction(pool, (tx) => recordAsking(run.runId, now, tx));
  try {
    const answer = await startExport(session, window);
    if (answer.kind === "started") {
      log.info("export_started", { contract: request.contract, run_id: run.runId, job_id: answer.jobId });
      return await transaction(pool, (tx) => recordJob({ ...answer, runId: run.runId, askedAt: now }, tx));
    }
    return await adopt(answer.jobIds, { run, firstAskedAt, session, request, context });
  } catch (error) {
    if (error instanceof EtlError && REFUSALS.has(error.code)) {
      await transaction(pool, (tx) => endRun(run.runId, { state: "failed" }, tx));
    }
    throw error;
  }
}

interface Adoption {
  readonly run: LedgerRun;
  readonly firstAskedAt: Date;
  readonly session: Session;
  readonly request: SyncRequest;
  readonly context: Context;
}

/**
 * Takes over a job that AB2D says is running: ours, if the answer to our call was lost, or one that asked for the same window.
 * Only its manifest tells, so it is waited for.
 */
async function adopt(
  jobIds: readonly string[],
  { run, firstAskedAt, session, request, context }: Adoption,
): Promise<LedgerJob> {
  const [jobId, ...others] = jobIds;
  if (jobId !== undefined && others.length === 0) {
    const manifest = await awaitManifest(session, jobId, waiting(request, context));
    // Its creation bounds the watermark: a job of somebody else may be older than our call.
    const created = manifest.transactionInstant;
    const isEqual =
      isOfContract(manifest, run) &&
      manifest.requested.apiVersion === run.apiVersion &&
      asksForSame(manifest, run);
    if (isEqual && created !== undefined) {
      const askedAt = created < firstAskedAt ? created : firstAskedAt;
      context.log.info("export_adopted", { contract: request.contract, run_id: run.runId, job_id: jobId });
      return transaction(context.pool, (tx) =>
        recordJob({ jobId, runId: run.runId, askedAt, serverDate: undefined, sinceDatetime: undefined }, tx),
      );
    }
  }
  const names = jobIds.length === 0 ? "a job that AB2D does not name" : jobIds.join(", ");
  throw new EtlError(
    `Cannot start an export for contract ${run.contractNumber}: AB2D is at work on ${names}, which is not ours`,
    {
      code: "FOREIGN_JOB",
      exitCode: ExitCode.tryAgainLater,
      hint: "Somebody else exports this contract. Wait until that job is done, or agree with them, then run again.",
    },
  );
}

interface ManifestNeeds {
  readonly session: Session;
  readonly request: SyncRequest;
  readonly context: Context;
}

async function manifestOf(
  job: LedgerJob,
  run: LedgerRun,
  { session, request, context }: ManifestNeeds,
): Promise<Manifest> {
  report(request, "waiting for AB2D", context);
  const manifest = await awaitManifest(session, job.jobId, waiting(request, context));
  if (!asksForSame(manifest, run)) {
    throw new EtlError(
      `Cannot use export job ${job.jobId}: its manifest does not echo the request that was sent`,
      {
        code: "REQUEST_NOT_HONOURED",
        exitCode: ExitCode.protocol,
        hint: "AB2D or a proxy on the way changed the request. Nothing was loaded and the watermark did not move.",
      },
    );
  }
  return manifest;
}

async function listManifest(
  manifest: Manifest,
  { run, job }: { readonly run: LedgerRun; readonly job: LedgerJob },
  tx: Parameters<typeof listFiles>[1],
): Promise<void> {
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
  const file =
    (kind: NewFile["kind"]) =>
    (entry: Manifest["outputFiles"][number]): NewFile => ({
      runId: run.runId,
      jobId,
      kind,
      fileName: entry.name,
      expectedByteLength: entry.byteLength,
      expectedSha256: entry.sha256,
      exportedAt: job.exportedAt,
    });
  await listFiles([...manifest.outputFiles.map(file("data")), ...manifest.errorFiles.map(file("error"))], tx);
  await recordCompletion({ ...manifest, completedAt: new Date() }, tx);
}

function waiting(request: SyncRequest, context: Context) {
  return {
    pollInterval: request.pollInterval,
    onProgress: (percent: number | undefined) =>
      context.progress.report({
        contract: request.contract,
        phase: "waiting for AB2D",
        ...(percent === undefined ? {} : { jobPercent: percent }),
      }),
  };
}

function report(
  request: SyncRequest,
  phase: "authenticating" | "starting the export" | "waiting for AB2D",
  context: Context,
): void {
  context.progress.report({ contract: request.contract, phase });
}

/** Whether every file is of the run's contract: AB2D's file names begin with it. */
function isOfContract({ outputFiles, errorFiles }: Manifest, run: LedgerRun): boolean {
  return [...outputFiles, ...errorFiles].every(({ name }) =>
    name.toUpperCase().startsWith(`${run.contractNumber}_`),
  );
}

/** Whether the manifest is of an export of what the run wants: its version, its window, and everything in it. */
function asksForSame({ requested }: Manifest, run: LedgerRun): boolean {
  return (
    (requested.apiVersion === undefined || requested.apiVersion === run.apiVersion) &&
    !requested.asksForMore &&
    sameInstant(requested.since, run.requestedSince) &&
    sameInstant(requested.until, run.requestedUntil)
  );
}

function sameInstant(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return new Date(a).getTime() === new Date(b).getTime();
}
