import type { Transaction } from "../postgres/transaction.ts";
import { awaitResolution } from "./resolution-lock.ts";
import { resolveFamilies } from "./resolve-families.ts";

/**
 * Chooses the current version of every family that the file touched, gives its rows below the header to those that became
 * current and takes them from those that no longer are, and merges the file's MBIs. The last thing a file's transaction does
 * to claims: it takes the resolution lock, which is held until the commit.
 */
export async function resolveCurrent(outputFileId: number, tx: Transaction): Promise<void> {
  const file = { output_file_id: outputFileId };
  await awaitResolution(tx);
  await resolveFamilies(outputFileId, tx);
  await tx.run("claims/touch_beneficiaries", file);
  await tx.run("claims/merge_mbis", file);
  await tx.run("claims/demote_mbis", file);
  await tx.run("claims/promote_mbis", file);
  await tx.run("claims/describe_beneficiaries", file);
}
