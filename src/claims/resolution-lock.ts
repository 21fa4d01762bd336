import type { Transaction } from "../postgres/transaction.ts";

const RESOLUTION_LOCK = 4_802_002;

/** Waits for its turn to choose current claims, until the transaction ends: each sees what the one before it committed. */
export async function awaitResolution(tx: Transaction): Promise<void> {
  await tx.execute("select pg_advisory_xact_lock($1)", [RESOLUTION_LOCK]);
}
