import { randomUUID } from "node:crypto";
import type pg from "pg";

type Client = Pick<pg.ClientBase, "query">;

/**
 * Whether `first` stays on one server session from statement to statement, as the run lock needs. Behind a pooler in
 * transaction mode it moves on: while `second` holds a session in a transaction, a pooler must not give `first` that one, and what
 * was set there is gone.
 */
export async function keepsSession(first: Client, second: Client): Promise<boolean> {
  const mark = randomUUID();
  const before = await first.query<{ pid: number }>(
    "select pg_backend_pid() as pid, set_config('ab2d.doctor', $1, false)",
    [mark],
  );
  try {
    // Poolers hand out the session that was used last, which is the one that `first` has just left.
    await second.query("begin");
    await second.query("select 1");
    const after = await first.query<{ pid: number; mark: string | null }>(
      "select pg_backend_pid() as pid, current_setting('ab2d.doctor', true) as mark",
    );
    return after.rows[0]?.pid === before.rows[0]?.pid && after.rows[0]?.mark === mark;
  } finally {
    await second.query("rollback");
  }
}
