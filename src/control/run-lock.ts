import { hostname } from "node:os";
import { sql } from "kysely";
import type pg from "pg";
import type { ContractNumber } from "../domain/contract-number.ts";
import { EtlError, ExitCode } from "../errors.ts";
import type { Transaction } from "../postgres/transaction.ts";

const LOCK_CLASS = 4_802_003;

/** The right to run for one contract. */
export interface RunLock {
  /** Aborts when the lock is lost with its connection: another process may run now. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Takes the contract's run lock: an advisory lock of a database session, which ends with it however the process ends.
 * Throws an EtlError RUN_LOCKED (exit 75) that names the holder when another process has it.
 */
export async function takeRunLock(contract: ContractNumber, pool: pg.Pool): Promise<RunLock> {
  const client = await pool.connect();
  const lost = new AbortController();
  const onLoss = (): void =>
    lost.abort(
      new EtlError(
        `Cannot go on with contract ${contract}: the database session that holds its run lock is gone`,
        {
          code: "RUN_LOCK_LOST",
          exitCode: ExitCode.tryAgainLater,
          hint: "What was committed stays. Run the same command again.",
        },
      ),
    );
  client.on("error", onLoss);
  client.on("end", onLoss);
  const letGo = (): void => {
    client.off("error", onLoss);
    client.off("end", onLoss);
    // The session has a name of its own: nobody else gets it from the pool.
    client.release(true);
  };
  try {
    await client.query("select set_config('application_name', $1, false)", [
      `ab2d ${contract} ${hostname()} ${process.pid}`.slice(0, 63),
    ]);
    const { rows } = await client.query<{ taken: boolean }>(
      "select pg_try_advisory_lock($1, hashtext($2)) as taken",
      [LOCK_CLASS, contract],
    );
    if (!rows[0]?.taken) throw await lockedBy(contract, client);
  } catch (error) {
    letGo();
    throw error;
  }
  return {
    lost: lost.signal,
    async release() {
      // Closing the session would do too, but only once the server has noticed.
      try {
        if (!lost.signal.aborted) await client.query("select pg_advisory_unlock_all()");
      } finally {
        letGo();
      }
    },
  };
}

/**
 * Keeps all runs of these contracts away until the transaction ends. Throws an EtlError RUN_LOCKED (exit 75) when one is at work.
 */
export async function keepRunsWaiting(contracts: readonly ContractNumber[], tx: Transaction): Promise<void> {
  for (const contract of contracts) {
    const { rows } = await sql<{
      taken: boolean;
    }>`select pg_try_advisory_xact_lock(${LOCK_CLASS}, hashtext(${contract})) as taken`.execute(tx.db);
    if (rows[0]?.taken) continue;
    throw new EtlError(`Cannot change what is held of contract ${contract}: a run is at work for it`, {
      code: "RUN_LOCKED",
      exitCode: ExitCode.tryAgainLater,
      hint: "Wait until it has ended; `ab2d status` shows how far it is.",
    });
  }
}

async function lockedBy(contract: ContractNumber, client: pg.PoolClient): Promise<EtlError> {
  const { rows } = await client.query<{
    application_name: string | null;
    backend_start: Date | null;
    pid: number;
  }>(
    `select pid, application_name, backend_start
    from pg_locks
    left join pg_stat_activity using (pid)
    where locktype = 'advisory' and granted and classid = $1 and objid::bigint = (hashtext($2)::bigint & 4294967295)
      and pg_locks.database = (select oid from pg_database where datname = current_database())`,
    [LOCK_CLASS, contract],
  );
  const [, , host, pid] = rows[0]?.application_name?.split(" ") ?? [];
  const since = rows[0]?.backend_start?.toISOString();
  const holder =
    host && pid ? `process ${pid} on ${host} has run for it since ${since}` : "another process runs for it";
  return new EtlError(`Cannot run for contract ${contract}: ${holder}`, {
    code: "RUN_LOCKED",
    exitCode: ExitCode.tryAgainLater,
    hint: "Wait until it has ended; `ab2d status` shows how far it is.",
  });
}
