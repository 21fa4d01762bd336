import { createHash } from "node:crypto";
import type { FileOrigin } from "../domain/file-origin.ts";
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
}

/** Another loader replaced a text while this one waited to confirm it. The file's transaction has to begin anew. */
export class ReplacedMeanwhile extends TransientError {
  constructor() {
    super("Cannot confirm a line: another loader replaced it meanwhile", {
      code: "REPLACED_MEANWHILE",
      exitCode: ExitCode.tryAgainLater,
      hint: "Run the same command again.",
    });
  }
}

interface HeldLine {
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
    return { news: [], rejected, unchangedCount: 0, duplicateCount: 0, newestLastUpdated: undefined };
  }

  const encoder = copyEncoder(STAGED_LINE);
  for (const line of keyed) encoder.add(stagedRow(line, file.outputFileId));
  await tx.copy("ab2d_etl.staged_line", Object.keys(STAGED_LINE), encoder.finish());
  const held = await tx.run<HeldLine>("staging/confirm_unchanged", {
    output_file_id: file.outputFileId,
    api_version: file.apiVersion,
    first_line_number: keyed[0]!.lineNumber,
    last_line_number: keyed.at(-1)!.lineNumber,
    exported_at: formatInstant(file.exportedAt),
    contract_number: file.contractNumber,
    run_id: file.runId,
  });

  if (held.some((line) => line.is_lost)) throw new ReplacedMeanwhile();

  const heldNumbers = new Set(held.map((line) => line.line_number));
  const duplicateCount = held.filter((line) => line.is_of_this_file).length;
  return {
    news: keyed.filter((line) => !heldNumbers.has(line.lineNumber)),
    rejected,
    unchangedCount: held.length - duplicateCount,
    duplicateCount,
    newestLastUpdated: newestOf(keyed),
  };
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
