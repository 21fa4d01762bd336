import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import split2 from "split2";
import { openLandedFile } from "./open-landed-file.ts";

/** A longer line is no OperationOutcome of AB2D's: it is passed over, not held and not counted. */
const LINES = { maxLength: 16 * 1024 * 1024, skipOverflow: true };

/**
 * Counts the lines of a landed error file that are not blank: each is an OperationOutcome, and stands for claims that AB2D left
 * out. Their text may quote claims, so that only their number goes further. Throws what {@link openLandedFile} throws.
 */
export async function countLines(path: string): Promise<number> {
  let count = 0;
  await pipeline(Readable.from(await openLandedFile(path)), split2(LINES), async (lines) => {
    for await (const line of lines as AsyncIterable<string>) if (line.trim() !== "") count += 1;
  });
  return count;
}
