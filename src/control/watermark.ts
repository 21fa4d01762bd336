import type { SourceSystem } from "../domain/api-version.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import type { Transaction } from "../postgres/transaction.ts";

/** From where the next export of a contract starts. */
export interface Watermark {
  /** The start of the last complete run. */
  readonly exportedAt: Date;
  /** The Since-Datetime that the server returned for it, verbatim; `undefined` where it sent none. */
  readonly sinceDatetime: string | undefined;
  readonly runId: number;
}

/** The contract's watermark for a source system; `undefined` before its first complete run. */
export async function readWatermark(
  contract: ContractNumber,
  source: SourceSystem,
  tx: Transaction,
): Promise<Watermark | undefined> {
  const row = await tx.db
    .selectFrom("ab2d_etl.watermark")
    .selectAll()
    .where("contract_number", "=", contract)
    .where("source_system", "=", source)
    .executeTakeFirst();
  return (
    row && { exportedAt: row.exported_at, sinceDatetime: row.since_datetime ?? undefined, runId: row.run_id }
  );
}

/** Moves the watermark forward, in the transaction that completes the run. It never moves back. */
export async function advanceWatermark(
  { contract, source }: { readonly contract: ContractNumber; readonly source: SourceSystem },
  watermark: Watermark,
  tx: Transaction,
): Promise<void> {
  await tx.db
    .insertInto("ab2d_etl.watermark")
    .values({
      contract_number: contract,
      source_system: source,
      exported_at: watermark.exportedAt,
      since_datetime: watermark.sinceDatetime ?? null,
      run_id: watermark.runId,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["contract_number", "source_system"])
        .doUpdateSet((eb) => ({
          exported_at: eb.ref("excluded.exported_at"),
          since_datetime: eb.ref("excluded.since_datetime"),
          run_id: eb.ref("excluded.run_id"),
          advanced_at: new Date(),
        }))
        .whereRef("excluded.exported_at", ">", "ab2d_etl.watermark.exported_at"),
    )
    .execute();
}
