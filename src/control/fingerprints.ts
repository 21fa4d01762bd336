import type { FingerprintChanges } from "../domain/fingerprint-changes.ts";
import type { Transaction } from "../postgres/transaction.ts";

/** Notes what the transaction changed in the tables that have a fingerprint. One of the last things before its commit. */
export async function addToFingerprints(changes: FingerprintChanges, tx: Transaction): Promise<void> {
  const changed = Object.entries(changes).filter(([, change]) => change !== 0n);
  if (changed.length === 0) return;
  await tx.run("control/add_to_fingerprints", {
    table_names: changed.map(([table]) => table),
    changes: changed.map(([, change]) => change.toString()),
  });
}
