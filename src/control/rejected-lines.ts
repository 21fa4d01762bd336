import type { ContractNumber } from "../domain/contract-number.ts";
import type { RejectedLine } from "../domain/ndjson-line.ts";
import { copyEncoder } from "../postgres/copy-encoder.ts";
import type { Transaction } from "../postgres/transaction.ts";

const REJECTED_LINE = {
  output_file_id: "int8",
  line_number: "int8",
  byte_offset: "int8?",
  byte_length: "int8",
  reason: "text",
  line: "bytea?",
} as const;

/** Keeps lines aside that could not be loaded, whole, with their place and the reason. */
export async function keepRejectedLines(
  outputFileId: number,
  lines: readonly RejectedLine[],
  tx: Transaction,
): Promise<void> {
  if (lines.length === 0) return;
  const encoder = copyEncoder(REJECTED_LINE);
  for (const { lineNumber, byteOffset, byteLength, reason, line } of lines) {
    encoder.add({
      output_file_id: BigInt(outputFileId),
      line_number: BigInt(lineNumber),
      byte_offset: byteOffset === null ? null : BigInt(byteOffset),
      byte_length: BigInt(byteLength),
      reason,
      line,
    });
  }
  await tx.copy("ab2d_etl.rejected_line", Object.keys(REJECTED_LINE), encoder.finish());
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

/** How many lines of a run were rejected, by reason. */
export async function countRejections(
  runId: number,
  tx: Transaction,
): Promise<Readonly<Record<string, number>>> {
  const rows = await tx.db
    .selectFrom("ab2d_etl.rejected_line")
    .innerJoin(
      "ab2d_etl.output_file",
      "ab2d_etl.output_file.output_file_id",
      "ab2d_etl.rejected_line.output_file_id",
    )
    .select((eb) => ["ab2d_etl.rejected_line.reason", eb.fn.countAll<number>().as("count")])
    .where("ab2d_etl.output_file.run_id", "=", runId)
    .groupBy("ab2d_etl.rejected_line.reason")
    .orderBy("ab2d_etl.rejected_line.reason")
    .execute();
  return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
}

/**
 * The export jobs of a contract some of whose landed files have to stay: error files until a later run is complete, and files
 * with lines that were too long to be kept in the database.
 */
export async function jobsWithKeptFiles(
  contract: ContractNumber,
  tx: Transaction,
): Promise<readonly string[]> {
  const rows = await tx.db
    .selectFrom("ab2d_etl.output_file")
    .innerJoin("ab2d_etl.run", "ab2d_etl.run.run_id", "ab2d_etl.output_file.run_id")
    .leftJoin(
      "ab2d_etl.rejected_line",
      "ab2d_etl.rejected_line.output_file_id",
      "ab2d_etl.output_file.output_file_id",
    )
    .select("ab2d_etl.output_file.job_id")
    .distinct()
    .where("ab2d_etl.run.contract_number", "=", contract)
    .where((eb) =>
      eb.or([
        eb.and([
          eb("ab2d_etl.output_file.kind", "=", "error"),
          eb("ab2d_etl.output_file.state", "=", "landed"),
          eb(
            "ab2d_etl.run.run_id",
            ">",
            eb
              .selectFrom("ab2d_etl.run as whole")
              .select((one) => one.fn.coalesce(one.fn.max<number>("whole.run_id"), one.lit(0)).as("run_id"))
              .where("whole.contract_number", "=", contract)
              .where("whole.state", "=", "complete"),
          ),
        ]),
        eb.and([
          eb("ab2d_etl.rejected_line.state", "=", "open"),
          eb("ab2d_etl.rejected_line.line", "is", null),
        ]),
      ]),
    )
    .execute();
  return rows.flatMap(({ job_id }) => job_id ?? []);
}
