import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { withDatabase } from "../support/global-setup.ts";

/** A database that is made to be disturbed. */
export interface CrashDatabase {
  readonly name: string;
  readonly url: string;
  rows<Row extends object = Record<string, unknown>>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
  /** Terminates what sessions the program has there, and says how many. */
  terminateSessions(): Promise<number>;
  /** Waits until no session of the program is left; the server notices a killed client when it next reads from it. Throws after 10 s. */
  sessionsGone(): Promise<void>;
  /** Closes the sessions of this object, so that the database can be copied. */
  close(): Promise<void>;
  drop(): Promise<void>;
}

/** Makes a database from `template`, by default the migrated, empty one, on the server of `serverUrl`, by default the tests'. */
export async function crashDatabase({
  template = inject("template"),
  serverUrl = inject("databaseUrl"),
}: {
  readonly template?: string;
  readonly serverUrl?: string;
} = {}): Promise<CrashDatabase> {
  const name = `crash_${randomBytes(6).toString("hex")}`;
  await onServer(serverUrl, `create database ${name} template ${template}`);
  const url = withDatabase(serverUrl, name);
  // Of another name than the program's sessions: those are terminated, these are not.
  const pool = new pg.Pool({ connectionString: url, application_name: "crash test", max: 2 });
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const rows = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const result = await pool.query<Row>(sql, [...values]);
    return result.rows;
  };
  const sessions =
    "from pg_stat_activity where datname = current_database() and application_name like 'ab2d%'";
  return {
    name,
    url,
    rows,
    async terminateSessions() {
      const ended = await rows(`select pg_terminate_backend(pid) ${sessions}`);
      return ended.length;
    },
    async sessionsGone() {
      const startedAt = performance.now();
      while ((await rows(`select pid ${sessions}`)).length > 0) {
        if (performance.now() - startedAt > 10_000) throw new Error("sessions of a killed process are left");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    close: () => pool.end(),
    async drop() {
      if (!pool.ended) await pool.end();
      await onServer(serverUrl, `drop database ${name} with (force)`).catch(() =>
        onServer(serverUrl, `drop database ${name}`),
      );
    },
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
