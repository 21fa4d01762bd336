import { sql } from "kysely";
import type { ApiVersion } from "../domain/api-version.ts";
import type { Transaction } from "../postgres/transaction.ts";

/** Places of claims that were never seen before. */
export interface NewDrift {
  readonly places: number;
  /** The first ten of them by name. */
  readonly paths: readonly string[];
}

/**
 * Counts EOBs in which something was not as the mapper knows it, by place. Rows are locked in the order of their names, so that
 * loaders side by side don't wait for each other in a circle.
 */
export async function countDrift(
  places: ReadonlyMap<string, number>,
  { apiVersion, runId }: { readonly apiVersion: ApiVersion; readonly runId: number },
  tx: Transaction,
): Promise<void> {
  const rows = [...places]
    .filter(([, eobs]) => eobs > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([place, eobs]) => ({
      api_version: apiVersion,
      json_path: place,
      occurrence_count: eobs,
      first_run_id: runId,
      last_run_id: runId,
    }));
  if (rows.length === 0) return;
  await tx.db
    .insertInto("ab2d_etl.schema_drift")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["api_version", "json_path"]).doUpdateSet((eb) => ({
        occurrence_count: eb(
          "ab2d_etl.schema_drift.occurrence_count",
          "+",
          eb.ref("excluded.occurrence_count"),
        ),
        last_seen_at: sql<Date>`clock_timestamp()`,
        last_run_id: eb.ref("excluded.last_run_id"),
      })),
    )
    .execute();
}

/** What a run met that none before it had. */
export async function newDriftOf(runId: number, tx: Transaction): Promise<NewDrift> {
  const rows = await tx.db
    .selectFrom("ab2d_etl.schema_drift")
    .select("json_path")
    .where("first_run_id", "=", runId)
    .orderBy("json_path")
    .execute();
  return { places: rows.length, paths: rows.slice(0, 10).map(({ json_path }) => json_path) };
}
