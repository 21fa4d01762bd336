import { setTimeout } from "node:timers/promises";
import { sql } from "kysely";
import type { Transaction } from "../postgres/transaction.ts";

const LOADING_LOCK = 4_802_004;

/** Milliseconds between two tries. */
const PAUSE = 200;

/**
 * Keeps a change of source away until the transaction ends: the first thing a file's transaction does. Files don't keep each
 * other away. While a source is being switched, which takes minutes for a large contract, this tries again and again, so that
 * `signal` can end it: it then throws the signal's reason.
 */
export async function keepSourcesAsTheyAre(tx: Transaction, signal?: AbortSignal): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const attempt = sql<{
      taken: boolean;
    }>`select pg_try_advisory_xact_lock_shared(${LOADING_LOCK}) as taken`;
    const { rows } = await attempt.execute(tx.db);
    if (rows[0]?.taken) return;
    await setTimeout(PAUSE);
  }
}

/**
 * Waits for the files that are being loaded, whatever their contract, and keeps others from being started until the transaction
 * ends. Without it a switch and a file could each hold rows of a shared claim that the other one wants.
 */
export async function keepFilesWaiting(tx: Transaction): Promise<void> {
  await tx.execute("select pg_advisory_xact_lock($1)", [LOADING_LOCK]);
}
