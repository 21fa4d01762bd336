import { createHash } from "node:crypto";
import type { FileOrigin } from "../domain/file-origin.ts";
import {
  addChanges,
  type ChangeColumns,
  changesIn,
  type FingerprintChanges,
} from "../domain/fingerprint-changes.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import type { KeyedLine, RejectedLine } from "../domain/ndjson-line.ts";
import { ExitCode } from "../errors.ts";
import type { RowOf } from "../postgres/columns.ts";
import { copyEncoder } from "../postgres/copy-encoder.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { TransientError } from "../retry.ts";
import type { LineBatch } from "./line-batch.ts";
import { scanKey } from "./scan-key.ts";

const STAGED_LINE = {
  output_file_id: "int8",
  line_number: "int8",
  byte_offset: "int8?",
  byte_length: "int8",
  eob_id: "text?",
  last_updated: "timestamptz?",
  line_sha256: "bytea",
} as const;

/** A batch whose lines are staged: what is byte for byte held already is counted, the rest is news. */
export interface StagedBatch {
  readonly news: readonly KeyedLine[];
  readonly rejected: readonly RejectedLine[];
  readonly unchangedCount: number;
  /** Lines that this same file brought before, byte for byte. */
  readonly duplicateCount: number;
  /** The latest meta.lastUpdated that the scan found. */
  readonly newestLastUpdated: Instant | undefined;
  /** What this adds to the sums over the tables' rows. */
  readonly changes: FingerprintChanges;
}

/** How often a batch is looked at while other loaders change what it is about to confirm. */
const MOST_LOOKS = 5;

/** Other loaders changed again and again what this one was to confirm. The file's transaction has to begin anew. */
export class ReplacedMeanwhile extends TransientError {
  constructor() {
    super("Cannot confirm a line: other loaders change it again and again", {
      code: "REPLACED_MEANWHILE",
      exitCode: ExitCode.tryAgainLater,
      hint: "Run the same command again.",
    });
  }
}

interface HeldLine extends ChangeColumns {
  readonly line_number: number;
  readonly is_of_this_file: boolean;
  readonly is_lost: boolean;
}

/**
 * Stages one row per line by key and hash, and asks the database which lines it holds byte for byte: those only gain their
 * contract, and the export that confirmed them. All other lines come back as news, to be parsed.
 */
export async function stage(batch: LineBatch, file: FileOrigin, tx: Transaction): Promise<StagedBatch> {
  const keyed: KeyedLine[] = batch.lines.map((line) => ({
    ...line,
    ...scanKey(line.bytes),
    sha256: createHash("sha256").update(line.bytes).digest(),
  }));
  const rejected = batch.oversize.map((line) => ({ ...line, reason: "line_too_long", line: null }));
  if (keyed.length === 0) {
    return {
      news: [],
      rejected,
      unchangedCount: 0,
      duplicateCount: 0,
      newestLastUpdated: undefined,
      changes: {},
    };
  }

  const encoder = copyEncoder(STAGED_LINE);
  for (const line of keyed) encoder.add(stagedRow(line, file.outputFileId));
  await tx.copy("ab2d_etl.staged_line", Object.keys(STAGED_LINE), encoder.finish());
  const { held, changes } = await confirmUnchanged(keyed, file, tx);
  const heldNumbers = new Set(held.map((line) => line.line_number));
  const duplicateCount = held.filter((line) => line.is_of_this_file).length;
  return {
    news: keyed.filter((line) => !heldNumbers.has(line.lineNumber)),
    rejected,
    unchangedCount: held.length - duplicateCount,
    duplicateCount,
    newestLastUpdated: newestOf(keyed),
    changes,
  };
}

/**
 * Confirms what is held byte for byte. Rows that another loader changed meanwhile are looked at again, as they are now: they are
 * confirmed then, or turn out to be replaced, which makes their lines news.
 */
async function confirmUnchanged(
  keyed: readonly KeyedLine[],
  file: FileOrigin,
  tx: Transaction,
): Promise<{ readonly held: readonly HeldLine[]; readonly changes: FingerprintChanges }> {
  let changes: FingerprintChanges = {};
  for (let attempt = 0; attempt < MOST_LOOKS; attempt += 1) {
    const held = await tx.run<HeldLine>("staging/confirm_unchanged", {
      output_file_id: file.outputFileId,
      api_version: file.apiVersion,
      first_line_number: keyed[0]!.lineNumber,
      last_line_number: keyed.at(-1)!.lineNumber,
      exported_at: formatInstant(file.exportedAt),
      contract_number: file.contractNumber,
      run_id: file.runId,
    });
    // The same in every row.
    changes = addChanges(changes, changesIn(held.slice(0, 1)));
    if (!held.some((line) => line.is_lost)) return { held, changes };
  }
  throw new ReplacedMeanwhile();
}

function newestOf(lines: readonly KeyedLine[]): Instant | undefined {
  let newest: Instant | undefined;
  for (const { lastUpdated } of lines) {
    if (lastUpdated !== null && (newest === undefined || lastUpdated > newest)) newest = lastUpdated;
  }
  return newest;
}

function stagedRow(line: KeyedLine, outputFileId: number): RowOf<typeof STAGED_LINE> {
  return {
    output_file_id: BigInt(outputFileId),
    line_number: BigInt(line.lineNumber),
    byte_offset: line.byteOffset === null ? null : BigInt(line.byteOffset),
    byte_length: BigInt(line.bytes.length),
    eob_id: line.eobId,
    last_updated: line.lastUpdated,
    line_sha256: line.sha256,
  };
}
