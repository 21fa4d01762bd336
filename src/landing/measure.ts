import { createHash } from "node:crypto";

/** What a stream of bytes turned out to be. */
export interface Measurement {
  readonly byteLength: number;
  /** In lower-case hex. */
  readonly sha256: string;
}

export interface MeasureOptions {
  /** Told each piece's length with the total so far; what it throws ends the measuring. */
  readonly onBytes?: (bytes: number, total: number) => void;
}

/** Counts and hashes `source` to its end. */
export async function measure(
  source: AsyncIterable<Buffer>,
  { onBytes }: MeasureOptions = {},
): Promise<Measurement> {
  const hash = createHash("sha256");
  let byteLength = 0;
  for await (const chunk of source) {
    byteLength += chunk.length;
    onBytes?.(chunk.length, byteLength);
    hash.update(chunk);
  }
  return { byteLength, sha256: hash.digest("hex") };
}
