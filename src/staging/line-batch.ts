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
  /**
   * A batch is cut when it holds this many bytes, `LINE_COST` a line included. 4 MiB keeps a loader near 110 MB; larger batches
   * are little faster.
   */
  readonly batchBytes?: number;
  /** A longer line is rejected by reference to its file. */
  readonly maxLineBytes?: number;
}

/**
 * Bytes that a line counts for beside its own: the objects that stand for it. Without them a batch of two-byte lines is two
 * million lines, and takes 2.3 GB once they are keyed; with them, 15 MB.
 */
export const LINE_COST = 512;

export const BATCH_BYTES = 2 * 1024 * 1024;
export const MAX_LINE_BYTES = 16 * 1024 * 1024;
