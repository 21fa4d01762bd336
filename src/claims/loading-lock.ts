import type { Transaction } from "../postgres/transaction.ts";

const LOADING_LOCK = 4_802_004;

/**
 * Keeps a change of source away until the transaction ends: the first thing a file's transaction does. Files don't keep each
 * other away. While a source is being switched, this waits.
 */
export async function keepSourcesAsTheyAre(tx: Transaction): Promise<void> {
  await tx.execute("select pg_advisory_xact_lock_shared($1)", [LOADING_LOCK]);
}

/**
 * Waits for the files that are being loaded, whatever their contract, and keeps others from being started until the transaction
 * ends. Without it a switch and a file could each hold rows of a shared claim that the other one wants.
 */
export async function keepFilesWaiting(tx: Transaction): Promise<void> {
  await tx.execute("select pg_advisory_xact_lock($1)", [LOADING_LOCK]);
}
