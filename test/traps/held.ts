import type { SyncBench } from "../support/sync-bench.ts";

/** What is held now: for what is neither the truth nor what was before. */
export async function heldOf({ database }: SyncBench): Promise<Record<string, boolean>> {
  const rows = await database.rows<{ eob_id: string; is_current: boolean }>(
    "select eob_id, is_current from ab2d.claim_version where source_system = 'ccw'",
  );
  return Object.fromEntries(rows.map((row) => [row.eob_id, row.is_current]));
}
