import type { NdjsonLine, OversizeLine } from "../domain/ndjson-line.ts";

/** Some lines of a file, in order: as many as are staged, looked up and merged in one round. */
export interface LineBatch {
  readonly lines: readonly NdjsonLine[];
  readonly oversize: readonly OversizeLine[];
  /** Lines that hold nothing but white space. */
  readonly blankCount: number;
  /** Uncompressed bytes of the file up to the end of this batch. */
  readonly bytesRead: number;
}

export interface BatchOptions {
  /** A batch is cut when it holds this many bytes. 4 MiB keeps a loader near 110 MB; larger batches are little faster. */
  readonly batchBytes?: number;
  /** A longer line is rejected by reference to its file. */
  readonly maxLineBytes?: number;
}

export const BATCH_BYTES = 4 * 1024 * 1024;
export const MAX_LINE_BYTES = 16 * 1024 * 1024;
