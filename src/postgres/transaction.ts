import { pipeline } from "node:stream/promises";
import { Kysely, PostgresDialect } from "kysely";
import type pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { EtlError, ExitCode } from "../errors.ts";
import type { Database } from "./database.ts";
import { sqlFile } from "./sql-file.ts";

/** One connection inside one transaction: what is written through it commits together or not at all. */
export interface Transaction {
  /** The ledger's small statements. */
  readonly db: Kysely<Database>;
  /** Runs `sql/NAME.sql` with its named parameters and returns the rows. */
  run<Row extends object>(name: string, values?: Readonly<Record<string, unknown>>): Promise<Row[]>;
  /**
   * Copies rows in binary format into `table` (schema and name) and its `columns`. Where row-level security binds our role,
   * PostgreSQL refuses COPY: then the rows go through a temporary table.
   */
  copy(table: string, columns: readonly string[], rows: Buffer): Promise<void>;
  /** The rows of a query in binary COPY format, header and trailer included. COPY takes no parameters: settings can stand in. */
  copyOut(query: string): Promise<Buffer>;
  /** Runs one statement that is not worth a file: a lock, a setting. */
  execute(text: string, values?: readonly unknown[]): Promise<void>;
}

/**
 * Runs `work` in a transaction on a connection of its own: commits when it resolves, rolls back when it throws. If the
 * answer to the commit is lost, the error is thrown although the work may have been done: ask the ledger before repeating.
 */
export async function transaction<T>(pool: pg.Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A connection that dies while no statement runs emits 'error'; without a listener that would end the process.
  const ignoreLoss = (): void => {};
  client.on("error", ignoreLoss);
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const result = await work(transactionOn(client));
    const { command } = await client.query("commit");
    // Where a statement failed and the work went on regardless, PostgreSQL rolls back and calls that no error.
    if (command !== "COMMIT") throw notCommitted();
    return result;
  } catch (error) {
    try {
      await client.query("rollback");
    } catch (rollbackError) {
      // The connection is gone, and with it the transaction: the pool must not hand it out again.
      broken = rollbackError as Error;
    }
    throw error;
  } finally {
    client.off("error", ignoreLoss);
    client.release(broken);
  }
}

function notCommitted(): EtlError {
  return new EtlError("Cannot commit: a statement of the transaction failed, and the work went on after it", {
    code: "TRANSACTION_FAILED",
    exitCode: ExitCode.invariantBroken,
    hint: "Nothing of the transaction was kept. Please report this.",
  });
}

function transactionOn(client: pg.PoolClient): Transaction {
  const connection = { query: client.query.bind(client), release: () => {} };
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: { connect: async () => connection as never, end: async () => {} } }),
  });
  const detours = new Map<string, Promise<string | undefined>>();
  return {
    db,
    async run<Row extends object>(name: string, values: Readonly<Record<string, unknown>> = {}) {
      const { text, parameters } = sqlFile(name);
      const { rows } = await client.query<Row>(
        text,
        parameters.map((parameter) => values[parameter]),
      );
      return rows;
    },
    async copy(table, columns, rows) {
      if (!detours.has(table)) detours.set(table, copyDetour(client, table));
      const detour = await detours.get(table);
      const list = columns.join(", ");
      const stream = client.query(copyFrom(`copy ${detour ?? table} (${list}) from stdin (format binary)`));
      await pipeline([rows], stream);
      if (detour === undefined) return;
      await client.query(`insert into ${table} (${list}) select ${list} from ${detour}`);
      await client.query(`truncate ${detour}`);
    },
    async copyOut(query) {
      const chunks: Buffer[] = [];
      for await (const chunk of client.query(copyTo(`copy (${query}) to stdout (format binary)`)))
        chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
    async execute(text, values = []) {
      await client.query(text, [...values]);
    },
  };
}

/** A temporary table shaped like `table`, gone with the transaction, if row-level security keeps COPY from `table` itself. */
async function copyDetour(client: pg.PoolClient, table: string): Promise<string | undefined> {
  const { rows } = await client.query<{ is_active: boolean }>("select row_security_active($1) as is_active", [
    table,
  ]);
  if (!rows[0]?.is_active) return undefined;
  const detour = `pg_temp.copied_${table.slice(table.indexOf(".") + 1)}`;
  await client.query(
    `create temporary table ${detour} on commit drop as select * from ${table} with no data`,
  );
  // Where index plans are forced, reading a table without one looks expensive enough to compile the statement.
  await client.query("set local jit = off");
  return detour;
}
