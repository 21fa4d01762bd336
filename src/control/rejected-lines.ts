import type { RejectedLine } from "../domain/ndjson-line.ts";
import type { Transaction } from "../postgres/transaction.ts";

/** Keeps lines aside that could not be loaded, whole, with their place and the reason. */
export async function keepRejectedLines(
  outputFileId: number,
  lines: readonly RejectedLine[],
  tx: Transaction,
): Promise<void> {
  for (const { lineNumber, byteOffset, byteLength, reason, line } of lines) {
    await tx.db
      .insertInto("ab2d_etl.rejected_line")
      .values({
        output_file_id: outputFileId,
        line_number: lineNumber,
        byte_offset: byteOffset,
        byte_length: byteLength,
        reason,
        line,
      })
      .execute();
  }
}

/** How many rejected lines of a run are neither accepted nor retried. */
export async function countOpenRejectedLines(runId: number, tx: Transaction): Promise<number> {
  const { count } = await tx.db
    .selectFrom("ab2d_etl.rejected_line")
    .innerJoin(
      "ab2d_etl.output_file",
      "ab2d_etl.output_file.output_file_id",
      "ab2d_etl.rejected_line.output_file_id",
    )
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("ab2d_etl.output_file.run_id", "=", runId)
    .where("ab2d_etl.rejected_line.state", "=", "open")
    .executeTakeFirstOrThrow();
  return count;
}
