import pLimit from "p-limit";
import type pg from "pg";
import type { Timeouts } from "../ab2d/exchange.ts";
import { openOutputFile } from "../ab2d/open-output-file.ts";
import type { Session } from "../ab2d/session.ts";
import type { Clock } from "../clock.ts";
import { completeRun } from "../control/complete-run.ts";
import type { LedgerJob } from "../control/export-jobs.ts";
import {
  filesOfRun,
  type LedgerFile,
  recordLanding,
  recordLoaded,
  recordLoss,
  takeLandedFile,
} from "../control/output-files.ts";
import type { LedgerRun } from "../control/runs.ts";
import type { FileOrigin } from "../domain/file-origin.ts";
import { EtlError, ExitCode, errorCode, sqlstate } from "../errors.ts";
import { download } from "../landing/download.ts";
import { landingFolder, removeLandedFile } from "../landing/landing-folder.ts";
import type { Pace } from "../landing/pace.ts";
import { readErrorFile } from "../landing/read-error-file.ts";
import { verifyLandedFile } from "../landing/verify-landed-file.ts";
import type { Log } from "../log.ts";
import { transaction } from "../postgres/transaction.ts";
import type { Progress } from "../progress.ts";
import { retry } from "../retry.ts";
import { ReplacedMeanwhile } from "../staging/stage.ts";
import { type FileWatch, watchFiles } from "./file-watch.ts";
import { type LandingBell, landingBell } from "./landing-bell.ts";
import { loadFile } from "./load-file.ts";

/** What a run may reach for; handed in, so that tests bring their own time and watch. */
export interface Context {
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly log: Log;
  readonly progress: Progress;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Real milliseconds of silence that end an exchange with AB2D; its own defaults where absent. */
  readonly timeouts?: Timeouts;
  /** The slowest download that is borne; its own default where absent. */
  readonly pace?: Pace;
}

export interface LandAndLoadOptions {
  readonly landingDir: string;
  /** Downloads at once. */
  readonly downloads: number;
  /** Files loaded at once, each on a connection of its own. */
  readonly loaders: number;
  /** Whether landed files stay on disk once they are loaded. */
  readonly keepLanded: boolean;
}

/**
 * Downloads a job's files and loads them side by side: a download never waits for a load, because AB2D's files expire. The
 * transaction that loads the last file completes the run. A file that can't be had keeps none of the others from being
 * loaded; its error is thrown at the end.
 */
export async function landAndLoad(
  run: LedgerRun,
  { session, job }: { readonly session: Session; readonly job: LedgerJob },
  options: LandAndLoadOptions,
  context: Context,
): Promise<void> {
  await distrustLandedFiles(run, { job, options, context });
  const files = await transaction(context.pool, (tx) => filesOfRun(run.runId, tx));
  const watch = watchFiles(run, files, context.progress);
  const landings = landingBell();
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const landing = landFiles({ run, session, job, files, watch, ring: landings.ring }, options, {
    ...context,
    signal,
  }).finally(landings.close);
  const loading = loadSideBySide(run, { ...options, landings, watch }, context).catch((error: unknown) => {
    // What can't be loaded now need not be downloaded now.
    stop.abort(error);
    throw error;
  });
  const [landed, loaded] = await Promise.allSettled([landing, loading]);
  if (loaded.status === "rejected") throw loaded.reason;
  if (landed.status === "rejected") throw landed.reason;
  await finish(run, options, context);
}

/**
 * Completes the run. A file that is still locked, by the session of a loader that was killed a moment ago, is waited for and
 * loaded. Throws an EtlError RUN_UNFINISHED (exit 75) when something is left that nobody here can do.
 */
export async function finish(
  run: LedgerRun,
  options: Pick<LandAndLoadOptions, "keepLanded">,
  context: Context,
): Promise<void> {
  while (!(await transaction(context.pool, (tx) => completeRun(run.runId, tx)))) {
    try {
      if (await loadNextFile(run, { ...options, waits: true }, context)) continue;
      if (await transaction(context.pool, (tx) => completeRun(run.runId, tx))) return;
    } catch (error) {
      // Still locked after several tries.
      if (sqlstate(error) !== "55P03") throw error;
    }
    throw new EtlError(`Cannot complete run ${run.runId}: some of its files are neither loaded nor on disk`, {
      code: "RUN_UNFINISHED",
      exitCode: ExitCode.tryAgainLater,
      hint: "Run the same command again.",
    });
  }
}

/** Looks again at files that an earlier process landed, before a loader may take them: what is not as it was is downloaded anew. */
async function distrustLandedFiles(
  run: LedgerRun,
  {
    job,
    options,
    context,
  }: { readonly job: LedgerJob; readonly options: LandAndLoadOptions; readonly context: Context },
): Promise<void> {
  const files = await transaction(context.pool, (tx) => filesOfRun(run.runId, tx));
  const limit = pLimit(options.downloads);
  const doubtful = files.filter((file) => file.jobId === job.jobId && file.state === "landed");
  await Promise.all(
    doubtful.map((file) =>
      limit(async () => {
        context.signal.throwIfAborted();
        if (await isStillLanded(file)) return;
        await transaction(context.pool, (tx) => recordLoss(file.outputFileId, tx));
      }),
    ),
  );
}

export interface LoadLandedOptions extends Pick<LandAndLoadOptions, "loaders" | "keepLanded"> {
  readonly watch?: FileWatch;
  readonly landings?: LandingBell;
}

interface LoadNextOptions extends Omit<LoadLandedOptions, "loaders" | "landings"> {
  /** Whether a file that another loader has is waited for. */
  readonly waits?: boolean;
}

/** Loads the run's landed files with `loaders` at once until none is left and, with `landings`, none can come any more. */
export async function loadSideBySide(
  run: LedgerRun,
  options: LoadLandedOptions,
  context: Context,
): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([context.signal, failure.signal]);
  const loader = async (): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const rung = options.landings?.next();
      if (await loadNextFile(run, options, { ...context, signal })) continue;
      if (rung === undefined || (await rung) === "closed") {
        // A file may have landed between the look and the close.
        if (!(await loadNextFile(run, options, { ...context, signal }))) return;
      }
    }
  };
  const loaders = Array.from({ length: options.loaders }, () =>
    loader().catch((error: unknown) => {
      failure.abort(error);
      // Who waits for a landing has to hear of it.
      options.landings?.close();
      throw error;
    }),
  );
  const results = await Promise.allSettled(loaders);
  context.signal.throwIfAborted();
  for (const result of results)
    if (result.status === "rejected") throw failure.signal.reason ?? result.reason;
}

/** SQLSTATEs after which a file's transaction is worth another attempt: another loader or the server got in its way. */
const WORTH_ANOTHER_TRY =
  /^(40001|40P01|23505|55P03|57P01|57P02|57P03|08\w{3}|ECONNRESET|ECONNREFUSED|EPIPE)$/;

/** Loads the run's next landed file, if there is one, and completes the run with the last. Returns whether there was one. */
async function loadNextFile(
  run: LedgerRun,
  { keepLanded, watch, waits = false }: LoadNextOptions,
  { pool, clock, log, signal }: Pick<Context, "pool" | "clock" | "log" | "signal">,
): Promise<boolean> {
  const loaded = await retry(
    () =>
      transaction(pool, async (tx) => {
        const file = await takeLandedFile(run.runId, { waits }, tx);
        if (file?.landedPath === undefined) return undefined;
        const landed = { ...file, landedPath: file.landedPath };
        watch?.loading(file);
        const result = await loadFile(landed, originOf(file, run), tx, {
          signal,
          onBatch: (read) => {
            signal.throwIfAborted();
            watch?.read(file, read);
          },
        });
        await recordLoaded(result, tx);
        // A series may have much to compare at its end: `finish` does that, without the locks of a file's transaction.
        if (run.seriesId === undefined) await completeRun(run.runId, tx);
        return { ...landed, isReferredTo: result.isReferredTo };
      }),
    {
      clock,
      signal,
      attempts: 8,
      firstDelay: 50,
      longestDelay: 2_000,
      shouldRetry: (error) =>
        error instanceof ReplacedMeanwhile ||
        WORTH_ANOTHER_TRY.test(errorCode(error) ?? lossOfConnection(error)),
      onRetry: (error, { attempt }) =>
        log.info("file_load_retried", { run_id: run.runId, attempt, code: errorCode(error) ?? "connection" }),
    },
  );
  if (loaded === undefined) return false;
  watch?.loaded(loaded);
  if (run.command !== "load" && !keepLanded && !loaded.isReferredTo)
    await removeLandedFile(loaded.landedPath);
  return true;
}

/** The driver's errors for a lost connection carry no code. */
function lossOfConnection(error: unknown): string {
  return error instanceof Error &&
    /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
      error.message,
    )
    ? "ECONNRESET"
    : "";
}

function originOf(file: LedgerFile, run: LedgerRun): FileOrigin {
  return {
    outputFileId: file.outputFileId,
    runId: run.runId,
    contractNumber: run.contractNumber,
    apiVersion: run.apiVersion,
    exportedAt: file.exportedAt,
  };
}

interface Landing {
  readonly run: LedgerRun;
  readonly session: Session;
  readonly job: LedgerJob;
  readonly files: readonly LedgerFile[];
  readonly watch: FileWatch;
  readonly ring: () => void;
}

async function landFiles(
  { run, session, job, files, watch, ring }: Landing,
  { landingDir, downloads }: LandAndLoadOptions,
  { pool, clock, log, signal, pace }: Context,
): Promise<void> {
  const folder = landingFolder(landingDir, { contract: run.contractNumber, jobId: job.jobId });
  const limit = pLimit(downloads);
  const land = async (file: LedgerFile): Promise<void> => {
    signal.throwIfAborted();
    const landed = await download(
      { name: file.fileName, sha256: file.expectedSha256, byteLength: file.expectedByteLength },
      {
        folder,
        open: () => openOutputFile(session, { jobId: job.jobId, name: file.fileName }),
        clock,
        signal,
        ...(pace ? { pace } : {}),
        onBytes: (bytes) => watch.received(bytes),
        onRetry: (error) =>
          log.info("download_retried", {
            job_id: job.jobId,
            file: file.fileName,
            code: errorCode(error) ?? null,
          }),
      },
    );
    const issues = file.kind === "error" ? await readErrorFile(landed.path) : {};
    await transaction(pool, (tx) => recordLanding(file.outputFileId, { ...landed, ...issues }, tx));
    watch.landed(file);
    ring();
  };
  const wanted = files.filter((file) => file.jobId === job.jobId && file.state === "listed");
  // Error files first: a run is not complete without them, and they are small.
  const inOrder = [...wanted].sort((a, b) => Number(a.kind === "data") - Number(b.kind === "data"));
  const results = await Promise.allSettled(inOrder.map((file) => limit(() => land(file))));
  signal.throwIfAborted();
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function isStillLanded(file: LedgerFile): Promise<boolean> {
  if (file.landedPath === undefined || file.byteLength === undefined) return false;
  if (file.landedSha256 === undefined) return false;
  return verifyLandedFile({
    path: file.landedPath,
    byteLength: file.byteLength,
    sha256: file.landedSha256,
  });
}
