import type pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { copyEncoder } from "../../src/postgres/copy-encoder.ts";
import { createPool } from "../../src/postgres/pool.ts";
import { type Transaction, transaction } from "../../src/postgres/transaction.ts";
import { freshDatabase } from "../support/fresh-database.ts";

/** A database, and a pool of one connection to it: whoever keeps that from the pool stops the test. */
async function setup() {
  const database = await freshDatabase();
  await database.rows("create table note (id int4 primary key, text text)");
  const pool = createPool(database.url, { max: 1 });
  onTestFinished(() => pool.end());
  return { ...database, pool, notes: () => database.rows("select id, text from note order by id") };
}

function write(tx: Transaction, id: number, text = "x"): Promise<void> {
  return tx.execute("insert into note values ($1, $2)", [id, text]);
}

async function processIdOf(tx: Transaction, { rows }: Awaited<ReturnType<typeof setup>>): Promise<number> {
  await tx.execute("select pg_advisory_xact_lock(77)");
  const [lock] = await rows<{ pid: number }>(
    "select pid from pg_locks where locktype = 'advisory' and objid = 77",
  );
  return lock!.pid;
}

async function expectUsable(pool: pg.Pool): Promise<void> {
  expect(await transaction(pool, async (tx) => write(tx, 99).then(() => "done"))).toBe("done");
  expect(pool.totalCount).toBeLessThanOrEqual(1);
  expect(pool.idleCount).toBe(pool.totalCount);
}

describe("transaction()", () => {
  it("commits when the work resolves, and gives what it gave", async () => {
    const { pool, notes } = await setup();
    const given = await transaction(pool, async (tx) => {
      await write(tx, 1);
      expect(await notes()).toEqual([]);
      return { value: 7 };
    });
    expect(given).toEqual({ value: 7 });
    expect(await notes()).toEqual([{ id: 1, text: "x" }]);
  });

  it("rolls back when the work throws, and throws the same error", async () => {
    const { pool, notes } = await setup();
    const error = new Error("enough");
    const failing = transaction(pool, async (tx) => {
      await write(tx, 1);
      throw error;
    });
    await expect(failing).rejects.toBe(error);
    expect(await notes()).toEqual([]);
    await expectUsable(pool);
  });

  it("rolls back when a statement fails, even if the work goes on", async () => {
    const { pool, notes } = await setup();
    const failing = transaction(pool, async (tx) => {
      await write(tx, 1);
      await write(tx, 1).catch(() => {});
      await write(tx, 2);
    });
    await expect(failing).rejects.toMatchObject({ code: "25P02" });
    expect(await notes()).toEqual([]);
    await expectUsable(pool);
  });

  it("throws when the commit itself fails", async () => {
    const { pool, notes, rows } = await setup();
    await rows("alter table note add constraint text_is_unique unique (text) deferrable initially deferred");
    const failing = transaction(pool, async (tx) => {
      await write(tx, 1, "same");
      await write(tx, 2, "same");
    });
    await expect(failing).rejects.toMatchObject({ code: "23505" });
    expect(await notes()).toEqual([]);
    await expectUsable(pool);
  });

  it("throws when the commit turns into a rollback because the work hid a failure", async () => {
    const { pool, notes } = await setup();
    const hiding = transaction(pool, async (tx) => {
      await write(tx, 1);
      await write(tx, 1).catch(() => {});
    });
    await expect(hiding).rejects.toMatchObject({ code: "TRANSACTION_FAILED", exitCode: 70 });
    expect(await notes()).toEqual([]);
    await expectUsable(pool);
  });

  it("joins Kysely, SQL files, COPY and single statements in one transaction", async () => {
    const { pool, rows } = await setup();
    const columns = { output_file_id: "int8", claim_family_key: "text" } as const;
    const error = new Error("undo");
    for (const isUndone of [true, false]) {
      const work = transaction(pool, async (tx) => {
        await tx.db
          .insertInto("ab2d.contract")
          .values({ contract_number: "Z0001", contract_name: null, active_source_system: "ccw" })
          .execute();
        await tx.run("claims/touch_families", { output_file_id: 1, claim_family_keys: ["a", "b"] });
        const encoder = copyEncoder(columns);
        encoder.add({ output_file_id: 1n, claim_family_key: "c" });
        await tx.copy("ab2d_etl.touched_family", Object.keys(columns), encoder.finish());
        await tx.execute(
          "update ab2d_etl.touched_family set claim_family_key = $1 where claim_family_key = $2",
          ["d", "a"],
        );
        const contract = await tx.db.selectFrom("ab2d.contract").selectAll().executeTakeFirstOrThrow();
        expect(contract).toEqual({
          contract_number: "Z0001",
          contract_name: null,
          attested_on: null,
          active_source_system: "ccw",
        });
        if (isUndone) throw error;
      });
      await (isUndone ? expect(work).rejects.toBe(error) : work);
      expect(await rows("select claim_family_key from ab2d_etl.touched_family order by 1")).toEqual(
        isUndone ? [] : ["b", "c", "d"].map((key) => ({ claim_family_key: key })),
      );
      expect(await rows("select contract_number from ab2d.contract")).toHaveLength(isUndone ? 0 : 1);
    }
  });

  it("gives the rows of a SQL file", async () => {
    const { pool } = await setup();
    const found = await transaction(pool, (tx) =>
      tx.run<{ holds_claims: boolean }>("control/holds_claims_in_window", {
        contract_number: "Z0001",
        source_system: "ccw",
        since: null,
        until: null,
      }),
    );
    expect(found).toEqual([{ holds_claims: false }]);
  });

  it("throws a server's error in the midst of a COPY, and the connection goes on", async () => {
    const { pool, notes } = await setup();
    const encoder = copyEncoder({ id: "int4", text: "text" });
    for (let id = 0; id < 200_000; id += 1) encoder.add({ id: id % 100_000, text: "some text" });
    const rows = encoder.finish();
    const failing = transaction(pool, (tx) => tx.copy("note", ["id", "text"], rows));
    await expect(failing).rejects.toMatchObject({ code: "23505" });
    expect(await notes()).toEqual([]);
    await expectUsable(pool);
  });

  it("throws for a COPY of bytes that are no rows", async () => {
    const { pool } = await setup();
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("not in binary format"),
      copyEncoder({ id: "int4" }).finish(),
    ]) {
      const columns = ["id", "text"];
      const copying = transaction(pool, async (tx) => tx.copy("note", columns, bytes));
      if (bytes.length === 21) await copying;
      else await expect(copying).rejects.toMatchObject({ code: "22P04" });
    }
    await expectUsable(pool);
  });

  describe("whose connection is ended by the server", () => {
    it("throws when a statement was under way, and the pool gives a new one", async () => {
      const bench = await setup();
      const failing = transaction(bench.pool, async (tx) => {
        await write(tx, 1);
        const pid = await processIdOf(tx, bench);
        // A statement that lasts: it waits for a lock that another session holds.
        const holder = createPool(bench.url, { max: 1 });
        await holder.query("select pg_advisory_lock(78)");
        const waiting = tx.execute("select pg_advisory_xact_lock(78)");
        waiting.catch(() => {}); // It may fail before it is awaited below.
        const terminate =
          "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted and pid = $1";
        while ((await holder.query(terminate, [pid])).rows.length === 0);
        await holder.end();
        await waiting;
      });
      await expect(failing).rejects.toMatchObject({ code: "57P01" });
      expect(await bench.notes()).toEqual([]);
      await expectUsable(bench.pool);
    });

    it("throws when no statement was, and the pool gives a new one", async () => {
      const bench = await setup();
      const failing = transaction(bench.pool, async (tx) => {
        await write(tx, 1);
        await bench.rows("select pg_terminate_backend($1)", [await processIdOf(tx, bench)]);
      });
      await expect(failing).rejects.toThrow();
      expect(await bench.notes()).toEqual([]);
      await expectUsable(bench.pool);
    });

    it("throws the work's own error when that came first", async () => {
      const bench = await setup();
      const error = new Error("enough");
      const failing = transaction(bench.pool, async (tx) => {
        await bench.rows("select pg_terminate_backend($1)", [await processIdOf(tx, bench)]);
        throw error;
      });
      await expect(failing).rejects.toBe(error);
      await expectUsable(bench.pool);
    });

    it("throws in the midst of a COPY", async () => {
      const bench = await setup();
      const encoder = copyEncoder({ id: "int4", text: "text" });
      for (let id = 0; id < 100_000; id += 1) encoder.add({ id, text: "some text" });
      const rows = encoder.finish();
      const failing = transaction(bench.pool, async (tx) => {
        const pid = await processIdOf(tx, bench);
        await bench.rows("select pg_terminate_backend($1)", [pid]);
        await tx.copy("note", ["id", "text"], rows);
      });
      await expect(failing).rejects.toThrow();
      expect(await bench.notes()).toEqual([]);
      await expectUsable(bench.pool);
    });
  });
});
