import type pg from "pg";
import { startEmbeddedPostgres } from "./embedded.ts";
import { connect, createPool } from "./pool.ts";

/** A database that answers, and how to let go of it. */
export interface OpenDatabase {
  readonly pool: pg.Pool;
  /** Where it is, in words for people, without a password. */
  readonly place: string;
  close(): Promise<void>;
}

/**
 * Opens the database at `url`, or the embedded server in `folder` when there is no URL. Everything behind this door knows a
 * connection pool only.
 */
export async function openDatabase({
  url,
  folder,
  connections,
}: {
  readonly url: string | undefined;
  readonly folder: string;
  /** Most connections at once. */
  readonly connections?: number;
}): Promise<OpenDatabase> {
  const embedded = url === undefined ? await startEmbeddedPostgres({ folder }) : undefined;
  const pool = createPool(url ?? embedded!.url, connections === undefined ? {} : { max: connections });
  try {
    await connect(pool);
  } catch (error) {
    await pool.end();
    await embedded?.stop();
    throw error;
  }
  return {
    pool,
    place: embedded ? `the embedded PostgreSQL in ${embedded.folder}` : "the PostgreSQL of DATABASE_URL",
    async close() {
      await pool.end();
      await embedded?.stop();
    },
  };
}
