import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import type pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { EtlError } from "../../src/errors.ts";
import { migrate, pendingMigrations } from "../../src/postgres/migrate.ts";
import { createPool } from "../../src/postgres/pool.ts";
import { type FreshDatabase, freshDatabase } from "../support/fresh-database.ts";

const FOLDER = new URL("../../migrations/", import.meta.url);
const FILES = readdirSync(FOLDER).sort();

function poolOn(url: string): pg.Pool {
  const pool = createPool(url);
  onTestFinished(() => pool.end());
  return pool;
}

async function appliedNames({ rows }: FreshDatabase): Promise<string[]> {
  return (await rows<{ name: string }>("select name from ab2d_etl.migration order by name")).map(
    ({ name }) => name,
  );
}

/** Everything of both schemas that a migration makes, as one text each. */
async function shapeOf({ rows }: FreshDatabase): Promise<unknown[]> {
  return rows(`
    select 'column' as kind, attrelid::regclass::text || '.' || attname || ' ' || format_type(atttypid, atttypmod) as what
    from pg_attribute
    join pg_class on pg_class.oid = attrelid
    where relnamespace::regnamespace::text in ('ab2d', 'ab2d_etl') and attnum > 0
    union all
    select 'constraint', conrelid::regclass::text || '.' || conname || ' ' || pg_get_constraintdef(oid)
    from pg_constraint
    where connamespace::regnamespace::text in ('ab2d', 'ab2d_etl')
    order by 1, 2`);
}

describe("migrations/", () => {
  it("are numbered without a gap", () => {
    expect(FILES.map((name) => name.slice(0, 4))).toEqual(
      FILES.map((_, index) => String(index + 1).padStart(4, "0")),
    );
    for (const name of FILES) expect(name).toMatch(/^\d{4}_[a-z0-9_]+\.sql$/);
  });
});

describe("migrate()", () => {
  it("brings an empty database up to date, and notes each file with its hash", async () => {
    const database = await freshDatabase({ empty: true });
    expect(await migrate(database.pool)).toEqual(FILES);
    const noted = await database.rows(
      "select name, sha256, applied_at <= clock_timestamp() as is_dated from ab2d_etl.migration order by name",
    );
    expect(noted).toEqual(
      FILES.map((name) => ({
        name,
        sha256: createHash("sha256")
          .update(readFileSync(new URL(name, FOLDER)))
          .digest("hex"),
        is_dated: true,
      })),
    );
  });

  it("does nothing the second time", async () => {
    const database = await freshDatabase();
    const before = await database.rows("select * from ab2d_etl.migration order by name");
    expect(await migrate(database.pool)).toEqual([]);
    expect(await database.rows("select * from ab2d_etl.migration order by name")).toEqual(before);
  });

  it("runs every file once when four migrate at the same time", async () => {
    const database = await freshDatabase({ empty: true });
    const ran = await Promise.all([1, 2, 3, 4].map(() => migrate(poolOn(database.url))));
    expect(ran.flat().sort()).toEqual(FILES);
    expect(ran.map((names) => names.length).sort()).toEqual([0, 0, 0, FILES.length]);
    expect(await shapeOf(database)).toEqual(await shapeOf(await freshDatabase()));
  });

  it("leaves the lock and the connections free", async () => {
    const database = await freshDatabase();
    const pool = poolOn(database.url);
    await migrate(pool);
    expect(pool.totalCount).toBe(0);
    expect(
      await database.rows("select 1 from pg_locks where locktype = 'advisory' and objid = 4802001"),
    ).toEqual([]);
  });

  it("refuses a database whose applied file was changed", async () => {
    const database = await freshDatabase();
    await database.rows("update ab2d_etl.migration set sha256 = repeat('0', 64) where name = $1", [FILES[1]]);
    for (const attempt of [migrate, pendingMigrations]) {
      await expect(attempt(database.pool)).rejects.toMatchObject({
        code: "MIGRATION_EDITED",
        exitCode: 70,
        message: expect.stringContaining(FILES[1]!),
      });
    }
  });

  it("refuses a database that a newer program has migrated, and changes nothing", async () => {
    const database = await freshDatabase({ empty: true });
    await database.rows("create schema ab2d_etl");
    await database.rows(
      "create table ab2d_etl.migration (name text primary key, sha256 text, applied_at timestamptz default now())",
    );
    await database.rows("insert into ab2d_etl.migration values ('9999_from_the_future.sql', '')");
    for (const attempt of [migrate, pendingMigrations]) {
      await expect(attempt(database.pool)).rejects.toMatchObject({
        code: "SCHEMA_NEWER",
        exitCode: 78,
        message: expect.stringContaining("9999_from_the_future.sql"),
      });
    }
    expect(await appliedNames(database)).toEqual(["9999_from_the_future.sql"]);
    expect(await database.rows("select 1 from pg_namespace where nspname = 'ab2d'")).toEqual([]);
  });

  it("keeps nothing of a file that fails, keeps those before it, and goes on from there", async () => {
    const database = await freshDatabase({ empty: true });
    // The view of 0003 comes after its tables: they are made, then undone.
    await database.rows("create schema ab2d");
    await database.rows("create table ab2d.claim (in_the_way text)");
    const failure: unknown = await migrate(database.pool).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EtlError);
    expect(failure).toMatchObject({
      code: "MIGRATION_FAILED",
      exitCode: 78,
      message: "Cannot apply the migration 0003_claims.sql: PostgreSQL answers 42P07",
    });
    expect(await appliedNames(database)).toEqual(FILES.slice(0, 2));
    expect(
      await database.rows("select to_regclass('ab2d.claim_version') as a, to_regclass('ab2d_etl.eob') as b"),
    ).toEqual([{ a: null, b: null }]);
    expect(await pendingMigrations(database.pool)).toEqual(FILES.slice(2));

    await database.rows("drop table ab2d.claim");
    expect(await migrate(database.pool)).toEqual(FILES.slice(2));
    expect(await shapeOf(database)).toEqual(await shapeOf(await freshDatabase()));
  });

  it.each(["ends", "breaks"])("fails, and nothing else does, when its connection %s", async (end) => {
    const database = await freshDatabase();
    const holder = await database.pool.connect();
    await holder.query("select pg_advisory_lock(4802001)");
    const pool = poolOn(database.url);
    const socket = new Promise<Socket>((resolve) =>
      pool.once("connect", (client) =>
        resolve((client as unknown as { connection: { stream: Socket } }).connection.stream),
      ),
    );
    const migrating = migrate(pool).then(
      () => undefined,
      (error: unknown) => error,
    );
    let waiting: readonly { pid: number }[] = [];
    while (waiting.length === 0) {
      const { rows } = await holder.query<{ pid: number }>(
        "select pid from pg_locks where locktype = 'advisory' and not granted",
      );
      waiting = rows;
    }
    if (end === "ends") await holder.query("select pg_terminate_backend($1)", [waiting[0]!.pid]);
    else (await socket).destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
    expect(await migrating).toMatchObject({ code: end === "ends" ? "57P01" : "ECONNRESET" });
    holder.release(true);
    expect(await migrate(pool)).toEqual([]);
  });
});

describe("pendingMigrations()", () => {
  it("names every file for an empty database, and makes nothing there", async () => {
    const database = await freshDatabase({ empty: true });
    expect(await pendingMigrations(database.pool)).toEqual(FILES);
    expect(await database.rows("select 1 from pg_namespace where nspname like 'ab2d%'")).toEqual([]);
  });

  it("names none for a database that is up to date", async () => {
    expect(await pendingMigrations((await freshDatabase()).pool)).toEqual([]);
  });

  it("names what is missing", async () => {
    const database = await freshDatabase();
    await database.rows("delete from ab2d_etl.migration where name = $1", [FILES.at(-1)]);
    expect(await pendingMigrations(database.pool)).toEqual([FILES.at(-1)]);
  });
});
