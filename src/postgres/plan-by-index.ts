import type { Transaction } from "./transaction.ts";

/**
 * Makes the rest of the transaction plan by key and index, which is right at every size. Staging tables are never analysed and
 * their rows come and go inside one transaction, so the planner's guesses about them are worthless, and a wrong one reads the
 * whole of a claims table.
 */
export async function planByIndex(tx: Transaction): Promise<void> {
  await tx.execute("set local enable_hashjoin = off");
  await tx.execute("set local enable_mergejoin = off");
  await tx.execute("set local enable_seqscan = off");
}
