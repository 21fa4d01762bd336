import type { Selectable } from "kysely";
import { formatInstant, type Instant, instantOf, MINUS_INFINITY } from "../domain/instant.ts";
import type { LineCounts } from "../domain/line-counts.ts";
import { EtlError, ExitCode } from "../errors.ts";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/transaction.ts";

/** A file that a manifest lists or that `load` was given. */
export interface LedgerFile {
  readonly outputFileId: number;
  readonly runId: number;
  readonly jobId: string | undefined;
  readonly kind: "data" | "error";
  readonly fileName: string;
  readonly state: "listed" | "landed" | "loaded" | "unobtainable";
  readonly expectedByteLength: number | undefined;
  readonly expectedSha256: string | undefined;
  readonly landedPath: string | undefined;
  /** Of the uncompressed bytes on disk, measured when they landed. */
  readonly landedSha256: string | undefined;
  /** An error file's OperationOutcomes by severity and code. */
  readonly issueCounts: Readonly<Record<string, number>>;
  readonly exportedAt: Instant;
  readonly byteLength: number | undefined;
  readonly lineCount: number;
  readonly counts: LineCounts;
  readonly loadSeconds: number | undefined;
  /** The latest meta.lastUpdated of its lines. */
  readonly newestLastUpdated: Date | undefined;
}

export interface NewFile {
  readonly runId: number;
  readonly jobId?: string;
  readonly kind: "data" | "error";
  readonly fileName: string;
  readonly expectedByteLength?: number | undefined;
  readonly expectedSha256?: string | undefined;
  /** The start of the export; absent for a stray file of unknown age. */
  readonly exportedAt: Date | undefined;
  /** Where the file lies, if it is on disk already. */
  readonly landedPath?: string;
}

/** Enters files into the ledger. Those that are there already stay as they are, but for one that was given up with its job. */
export async function listFiles(files: readonly NewFile[], tx: Transaction): Promise<void> {
  for (const file of files) {
    await tx.db
      .insertInto("ab2d_etl.output_file")
      .values({
        run_id: file.runId,
        job_id: file.jobId ?? null,
        kind: file.kind,
        file_name: file.fileName,
        state: file.landedPath === undefined ? "listed" : "landed",
        expected_byte_count: file.expectedByteLength ?? null,
        expected_sha256: file.expectedSha256 ?? null,
        exported_at: file.exportedAt ?? "-infinity",
        landed_path: file.landedPath ?? null,
        landed_at: file.landedPath === undefined ? null : new Date(),
      })
      .onConflict((conflict) =>
        conflict
          .columns(["job_id", "file_name"])
          .doUpdateSet({ state: "listed", landed_path: null, landed_at: null, byte_count: null })
          .where("ab2d_etl.output_file.state", "=", "unobtainable"),
      )
      .execute();
  }
}

/**
 * Makes sure that a job's manifest still lists what it listed before: it is frozen once the job is complete. Throws
 * MANIFEST_CHANGED (76). A job that has not been listed yet has nothing to be compared with.
 */
export async function compareListing(
  jobId: string,
  files: readonly NewFile[],
  tx: Transaction,
): Promise<void> {
  const known = await tx.db
    .selectFrom("ab2d_etl.output_file")
    .select(["kind", "file_name", "expected_byte_count", "expected_sha256"])
    .where("job_id", "=", jobId)
    .execute();
  if (known.length === 0) return;
  const before = known.map((row) =>
    [row.kind, row.file_name, row.expected_byte_count, row.expected_sha256].join(" "),
  );
  const now = new Set(
    files.map((file) =>
      [file.kind, file.fileName, file.expectedByteLength ?? null, file.expectedSha256 ?? null].join(" "),
    ),
  );
  if (before.length === now.size && before.every((file) => now.has(file))) return;
  throw new EtlError(
    `Cannot go on with export job ${jobId}: its manifest has changed since it was first read`,
    {
      code: "MANIFEST_CHANGED",
      exitCode: ExitCode.protocol,
      hint: "What was loaded stays, and the watermark did not move. Run again: a new job brings the whole window.",
    },
  );
}

/** All files of a run, in the order of the manifest. */
export async function filesOfRun(runId: number, tx: Transaction): Promise<readonly LedgerFile[]> {
  const rows = await tx.db
    .selectFrom("ab2d_etl.output_file")
    .selectAll()
    .where("run_id", "=", runId)
    .orderBy("output_file_id")
    .execute();
  return rows.map(ledgerFile);
}

/** Whether a run has files that are neither on disk nor, data files, loaded. Asked after every file: it reads no more than one row. */
export async function hasUnfinishedFiles(runId: number, tx: Transaction): Promise<boolean> {
  const row = await tx.db
    .selectFrom("ab2d_etl.output_file")
    .select("output_file_id")
    .where("run_id", "=", runId)
    .where((eb) =>
      eb.or([eb("state", "=", "listed"), eb.and([eb("state", "=", "landed"), eb("kind", "=", "data")])]),
    )
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** A file on disk. The lines of an error file are counted when it lands, those of a data file when it is loaded. */
export interface LandedOnDisk {
  readonly path: string;
  readonly byteLength: number;
  /** Of the uncompressed bytes, in hex. */
  readonly sha256: string;
  readonly lineCount?: number;
  /** An error file's OperationOutcomes by severity and code. */
  readonly issueCounts?: Readonly<Record<string, number>>;
}

/** Notes that a file is on disk, verified. */
export async function recordLanding(
  outputFileId: number,
  { path, byteLength, sha256, lineCount = 0, issueCounts }: LandedOnDisk,
  tx: Transaction,
): Promise<void> {
  await tx.db
    .updateTable("ab2d_etl.output_file")
    .set({
      state: "landed",
      landed_path: path,
      landed_at: new Date(),
      byte_count: byteLength,
      landed_sha256: sha256,
      line_count: lineCount,
      issue_counts: issueCounts === undefined ? null : JSON.stringify(issueCounts),
    })
    .where("output_file_id", "=", outputFileId)
    .where("state", "=", "listed")
    .execute();
}

/** Notes that a landed file is no longer there as it was: it has to be downloaded again. */
export async function recordLoss(outputFileId: number, tx: Transaction): Promise<void> {
  await tx.db
    .updateTable("ab2d_etl.output_file")
    .set({ state: "listed", landed_path: null, landed_at: null, byte_count: null })
    .where("output_file_id", "=", outputFileId)
    .where("state", "=", "landed")
    .execute();
}

/**
 * Hands out the run's next landed file and keeps every other loader from it until the transaction ends. A file that another
 * loader has is passed over, unless `waits`: then it is waited for, and handed out if that loader gave it up.
 */
export async function takeLandedFile(
  runId: number,
  { waits }: { readonly waits: boolean },
  tx: Transaction,
): Promise<LedgerFile | undefined> {
  const next = tx.db
    .selectFrom("ab2d_etl.output_file")
    .selectAll()
    .where("run_id", "=", runId)
    .where("kind", "=", "data")
    .where("state", "=", "landed")
    .orderBy("output_file_id")
    .limit(1)
    .forUpdate();
  // A wait ends in SQLSTATE 55P03 after a second, so that who waits can be stopped.
  if (waits) await tx.execute("set local lock_timeout = '1s'");
  const row = await (waits ? next : next.skipLocked()).executeTakeFirst();
  if (waits) await tx.execute("set local lock_timeout = 0");
  return row && ledgerFile(row);
}

export interface LoadedFile {
  readonly outputFileId: number;
  /** Lines read, counted apart from their outcomes: the database compares the two. */
  readonly lineCount: number;
  readonly byteLength: number;
  readonly counts: LineCounts;
  readonly fingerprintDelta: bigint;
  /** The latest meta.lastUpdated of its lines. */
  readonly newestLastUpdated?: Instant | undefined;
  readonly seconds: number;
}

/** Notes, in the transaction that loads it, that a file is loaded. The database refuses counts that do not balance. */
export async function recordLoaded(file: LoadedFile, tx: Transaction): Promise<void> {
  const { counts } = file;
  await tx.db
    .updateTable("ab2d_etl.output_file")
    .set({
      state: "loaded",
      loaded_at: new Date(),
      load_seconds: file.seconds,
      byte_count: file.byteLength,
      line_count: file.lineCount,
      new_count: counts.new,
      newer_count: counts.newer,
      unchanged_count: counts.unchanged,
      stale_count: counts.stale,
      duplicate_count: counts.duplicate,
      excluded_count: counts.excluded,
      rejected_count: counts.rejected,
      blank_count: counts.blank,
      fingerprint_delta: file.fingerprintDelta.toString(),
      newest_last_updated:
        file.newestLastUpdated === undefined ? null : formatInstant(file.newestLastUpdated),
    })
    .where("output_file_id", "=", file.outputFileId)
    .execute();
}

function ledgerFile(row: Selectable<Database["ab2d_etl.output_file"]>): LedgerFile {
  return {
    outputFileId: row.output_file_id,
    runId: row.run_id,
    jobId: row.job_id ?? undefined,
    kind: row.kind as LedgerFile["kind"],
    fileName: row.file_name,
    state: row.state as LedgerFile["state"],
    expectedByteLength: row.expected_byte_count ?? undefined,
    expectedSha256: row.expected_sha256 ?? undefined,
    landedPath: row.landed_path ?? undefined,
    landedSha256: row.landed_sha256 ?? undefined,
    issueCounts: row.issue_counts ?? {},
    // The driver reads -infinity as the number.
    exportedAt: row.exported_at instanceof Date ? instantOf(row.exported_at) : MINUS_INFINITY,
    byteLength: row.byte_count ?? undefined,
    lineCount: row.line_count,
    counts: {
      new: row.new_count,
      newer: row.newer_count,
      unchanged: row.unchanged_count,
      stale: row.stale_count,
      duplicate: row.duplicate_count,
      excluded: row.excluded_count,
      rejected: row.rejected_count,
      blank: row.blank_count,
    },
    newestLastUpdated: row.newest_last_updated ?? undefined,
    loadSeconds: row.load_seconds === null ? undefined : Number(row.load_seconds),
  };
}
