/** Where a line of an export stands. */
export interface LinePlace {
  /** From 0, in the job. */
  readonly inJob: number;
  /** From 0, in its batch. */
  readonly inBatch: number;
}

/**
 * The batches with every line changed, left out or followed by others. A line is text in Latin-1, a character a byte, so that
 * broken bytes stay as they are; it ends in its line feed, and so must what takes its place.
 */
export async function* linesIn(
  batches: AsyncIterable<Buffer>,
  change: (line: string, place: LinePlace) => readonly string[],
): AsyncGenerator<Buffer> {
  let inJob = 0;
  for await (const batch of batches) {
    const lines = batch.toString("latin1").split(/(?<=\n)/);
    yield Buffer.from(
      lines.flatMap((line, inBatch) => change(line, { inJob: inJob++, inBatch })).join(""),
      "latin1",
    );
  }
}

/** The batches, then those that `more` makes when they are all through. */
export async function* followedBy(
  batches: AsyncIterable<Buffer>,
  more: () => readonly Buffer[],
): AsyncGenerator<Buffer> {
  yield* batches;
  yield* more();
}
