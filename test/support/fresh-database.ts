import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject, onTestFinished } from "vitest";
import { createPool } from "../../src/postgres/pool.ts";
import { withDatabase } from "./global-setup.ts";

export interface FreshDatabase {
  readonly pool: pg.Pool;
  readonly url: string;
  /** The rows of a query, as objects. */
  rows<Row extends object = Record<string, unknown>>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
}

/** A database of the test's own, migrated and empty, dropped when the test ends. */
export async function freshDatabase({
  empty = false,
}: {
  readonly empty?: boolean;
} = {}): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await onServer(`create database ${name}${empty ? "" : ` template ${inject("template")}`}`);
  const url = withDatabase(inject("databaseUrl"), name);
  const pool = createPool(url);
  onTestFinished(async () => {
    await pool.end();
    await dropDatabase(name);
  });
  return {
    pool,
    url,
    async rows<Row extends object>(sql: string, values: readonly unknown[] = []) {
      const result = await pool.query<Row>(sql, [...values]);
      return result.rows;
    },
  };
}

async function dropDatabase(name: string): Promise<void> {
  try {
    await onServer(`drop database ${name} with (force)`);
  } catch (error) {
    // An autovacuum worker is the superuser's, whom our role may not terminate; a plain drop sends it away.
    if ((error as { code?: string }).code !== "42501") throw error;
    await onServer(`drop database ${name}`);
  }
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject("databaseUrl") });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
