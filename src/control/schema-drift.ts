import type { ApiVersion } from "../domain/api-version.ts";
import type { Transaction } from "../postgres/transaction.ts";

/** Counts EOBs in which something was not as the mapper knows it. */
export async function countDrift(
  drift: { readonly apiVersion: ApiVersion; readonly jsonPath: string; readonly occurrences: number },
  tx: Transaction,
): Promise<void> {
  if (drift.occurrences === 0) return;
  await tx.db
    .insertInto("ab2d_etl.schema_drift")
    .values({ api_version: drift.apiVersion, json_path: drift.jsonPath, occurrence_count: drift.occurrences })
    .onConflict((conflict) =>
      conflict.columns(["api_version", "json_path"]).doUpdateSet((eb) => ({
        occurrence_count: eb("ab2d_etl.schema_drift.occurrence_count", "+", drift.occurrences),
        last_seen_at: new Date(),
      })),
    )
    .execute();
}
