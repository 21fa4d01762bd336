import type { Instant } from "./instant.ts";

/** One line of an NDJSON file, or one entry of a Bundle, without its line ending. */
export interface NdjsonLine {
  /** From 1. */
  readonly lineNumber: number;
  /** Bytes before it in the uncompressed file; `null` for an entry of a Bundle. */
  readonly byteOffset: number | null;
  /** The line as received. */
  readonly bytes: Buffer;
}

/** A line whose bytes are over the limit: only its place, length and hash are known, the text stays in the landed file. */
export interface OversizeLine {
  readonly lineNumber: number;
  readonly byteOffset: number | null;
  readonly byteLength: number;
  readonly sha256: Buffer;
}

/** A line with the key that a scan of its bytes found. `eobId` is null where the scan could not tell. */
export interface KeyedLine extends NdjsonLine {
  readonly eobId: string | null;
  readonly lastUpdated: Instant | null;
  readonly sha256: Buffer;
}

/** A line that is kept aside, and why. `line` is null when it is over the size limit. */
export interface RejectedLine {
  readonly lineNumber: number;
  readonly byteOffset: number | null;
  readonly byteLength: number;
  readonly reason: string;
  readonly line: Buffer | null;
}
