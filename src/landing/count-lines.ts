import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import split2 from "split2";
import { openLandedFile } from "./open-landed-file.ts";

/** Longer lines are no OperationOutcomes of AB2D's; split2 ends with an error instead of holding them. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/**
 * Counts the lines of a landed error file that are not blank: each is an OperationOutcome, and stands for claims that AB2D left
 * out. Their text may quote claims, so that only their number goes further. Throws what {@link openLandedFile} throws.
 */
export async function countLines(path: string): Promise<number> {
  let count = 0;
  await pipeline(
    Readable.from(await openLandedFile(path)),
    split2({ maxLength: MAX_LINE_LENGTH }),
    async (lines) => {
      for await (const line of lines as AsyncIterable<string>) if (line.trim() !== "") count += 1;
    },
  );
  return count;
}
