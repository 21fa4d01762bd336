import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { Umzug } from "umzug";
import { EtlError, ExitCode, errorCode } from "../errors.ts";

const FOLDER = new URL("../../migrations/", import.meta.url);
/** Any number will do, as long as every version of the program takes the same. */
const MIGRATION_LOCK = 4_802_001;

interface AppliedMigration {
  readonly name: string;
  readonly sha256: string;
}

/**
 * Brings the schema up to date: runs the files of `migrations/` that the database does not have yet, each in one
 * transaction with its own entry in `ab2d_etl.migration`, under an advisory lock. Returns the names of those it ran.
 *
 * Throws an EtlError SCHEMA_NEWER (exit 78) when the database has migrations that this program does not know,
 * MIGRATION_EDITED (exit 70) when an applied file has changed, and MIGRATION_FAILED (exit 78) when one does not run.
 */
export async function migrate(pool: pg.Pool): Promise<readonly string[]> {
  const client = await pool.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await client.query("create schema if not exists ab2d_etl");
    await client.query(
      `create table if not exists ab2d_etl.migration (
        name text primary key,
        sha256 text not null,
        applied_at timestamptz not null default clock_timestamp()
      )`,
    );
    const files = migrationFiles();
    await checkApplied(client, files);
    const umzug = new Umzug({
      migrations: files.map(({ name, text, sha256 }) => ({
        name,
        up: () => runMigration(client, { name, text, sha256 }),
      })),
      storage: {
        // The entry is written in the migration's own transaction, so there is nothing left to log.
        logMigration: async () => {},
        unlogMigration: async () => {},
        executed: async () => (await appliedMigrations(client)).map(({ name }) => name),
      },
      logger: undefined,
    });
    const ran = await umzug.up();
    return ran.map(({ name }) => name);
  } catch (error) {
    throw error instanceof EtlError ? error : (ownCause(error) ?? error);
  } finally {
    // Closing the connection lets go of the lock, whatever happened.
    client.release(true);
  }
}

/** The migrations that this program has and the database lacks. Throws as {@link migrate} does, and changes nothing. */
export async function pendingMigrations(pool: pg.Pool): Promise<readonly string[]> {
  const files = migrationFiles();
  const { rows } = await pool.query<{ exists: boolean }>(
    "select to_regclass('ab2d_etl.migration') is not null as exists",
  );
  if (!rows[0]?.exists) return files.map(({ name }) => name);
  await checkApplied(pool, files);
  const applied = new Set((await appliedMigrations(pool)).map(({ name }) => name));
  return files.map(({ name }) => name).filter((name) => !applied.has(name));
}

interface MigrationFile extends AppliedMigration {
  readonly text: string;
}

function migrationFiles(): readonly MigrationFile[] {
  const folder = fileURLToPath(FOLDER);
  return readdirSync(folder)
    .filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(new URL(name, FOLDER), "utf8");
      return { name, text, sha256: createHash("sha256").update(text).digest("hex") };
    });
}

async function appliedMigrations(client: Pick<pg.ClientBase, "query">): Promise<readonly AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    "select name, sha256 from ab2d_etl.migration order by name",
  );
  return rows;
}

async function checkApplied(
  client: Pick<pg.ClientBase, "query">,
  files: readonly MigrationFile[],
): Promise<void> {
  for (const { name, sha256 } of await appliedMigrations(client)) {
    const file = files.find((candidate) => candidate.name === name);
    if (!file) {
      throw new EtlError(
        `Cannot use this database: it has the migration ${name}, which this program does not know`,
        {
          code: "SCHEMA_NEWER",
          exitCode: ExitCode.configuration,
          hint: "A newer version of ab2d has migrated this database: use that version.",
        },
      );
    }
    if (file.sha256 !== sha256) {
      throw new EtlError(
        `Cannot trust this database's schema: the migration ${name} was changed after it was applied`,
        {
          code: "MIGRATION_EDITED",
          exitCode: ExitCode.invariantBroken,
          hint: "Install a released version of ab2d again; released migrations never change.",
        },
      );
    }
  }
}

async function runMigration(client: pg.PoolClient, { name, text, sha256 }: MigrationFile): Promise<void> {
  try {
    await client.query("begin");
    await client.query("set local lock_timeout = '10s'");
    await client.query(text);
    await client.query("insert into ab2d_etl.migration (name, sha256) values ($1, $2)", [name, sha256]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw new EtlError(
      `Cannot apply the migration ${name}: PostgreSQL answers ${errorCode(error) ?? "with an error"}`,
      {
        code: "MIGRATION_FAILED",
        exitCode: errorCode(error) === "55P03" ? ExitCode.tryAgainLater : ExitCode.configuration,
        hint: "Nothing of it was kept. The role needs the right to create schemas in this database.",
        cause: error,
      },
    );
  }
}

/** Umzug wraps what a migration throws; ours is the cause. */
function ownCause(error: unknown): EtlError | undefined {
  return error instanceof Error && error.cause instanceof EtlError ? error.cause : undefined;
}
