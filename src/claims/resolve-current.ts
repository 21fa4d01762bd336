import {
  addChanges,
  type ChangeColumns,
  changesIn,
  type FingerprintChanges,
} from "../domain/fingerprint-changes.ts";
import type { Transaction } from "../postgres/transaction.ts";
import { awaitResolution } from "./resolution-lock.ts";
import { resolveFamilies } from "./resolve-families.ts";

/**
 * Chooses the current version of every family that the file touched, gives its rows below the header to those that became
 * current and takes them from those that no longer are, and merges the file's MBIs. The last thing a file's transaction does
 * to claims: it takes the resolution lock, which is held until the commit. Returns what it adds to the sums over the tables' rows.
 */
export async function resolveCurrent(outputFileId: number, tx: Transaction): Promise<FingerprintChanges> {
  const file = { output_file_id: outputFileId };
  await awaitResolution(tx);
  const families = await resolveFamilies(outputFileId, tx);
  await tx.run("claims/touch_beneficiaries", file);
  const steps: ChangeColumns[] = [];
  for (const step of ["merge_mbis", "demote_mbis", "promote_mbis", "describe_beneficiaries"])
    steps.push(...(await tx.run<ChangeColumns>(`claims/${step}`, file)));
  return addChanges(families.changes, changesIn(steps));
}
