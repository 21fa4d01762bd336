import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, inject, it, onTestFinished } from "vitest";
import { EtlError } from "../../src/errors.ts";
import { connect, createPool } from "../../src/postgres/pool.ts";
import { freshDatabase } from "../support/fresh-database.ts";
import { withDatabase } from "../support/global-setup.ts";

const SECRET = "correct-horse";

async function failureOf(url: string): Promise<EtlError> {
  const pool = createPool(url);
  onTestFinished(() => pool.end());
  const error: unknown = await connect(pool).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(EtlError);
  return error as EtlError;
}

/** A port on loopback where nobody listens. */
async function closedPort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("createPool()", () => {
  it.each([
    ["", "no scheme"],
    [`mysql://u:${SECRET}@h/d`, "another scheme"],
    [`host=h user=u password=${SECRET}`, "libpq's own notation"],
    [` postgres://u:${SECRET}@h/d`, "a space in front"],
    [`postgres://u:${SECRET}@h:port/d`, "a port that is no number"],
    [`postgres://u:${SECRET}@h:99999/d`, "a port that is none"],
    [`postgres://u:${SECRET}@h/d?sslrootcert=/no/such/${SECRET}`, "a certificate that is not there"],
  ])("refuses %j: %s, and does not repeat it", (url) => {
    let error: unknown;
    try {
      createPool(url);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "DATABASE_URL_INVALID", exitCode: 78 });
    const { message, hint, stack, cause } = error as EtlError;
    expect(`${message} ${hint} ${stack}`).not.toContain(SECRET);
    expect(cause).toBeUndefined();
  });

  it("names its connections ab2d, and opens no more than max", async () => {
    const { url } = await freshDatabase();
    const pool = createPool(url, { max: 2 });
    onTestFinished(() => pool.end());
    const named = await Promise.all(
      [1, 2, 3, 4, 5].map(() => pool.query("select current_setting('application_name') as name")),
    );
    expect(named.map(({ rows }) => rows[0].name)).toEqual(Array(5).fill("ab2d"));
    expect(pool.totalCount).toBeLessThanOrEqual(2);
  });

  it("outlives connections that the server ends while they are idle", async () => {
    const { url, rows } = await freshDatabase();
    const pool = createPool(url, { max: 1 });
    onTestFinished(() => pool.end());
    const removed = new Promise((resolve) => pool.once("remove", resolve));
    const { rows: found } = await pool.query("select pg_backend_pid() as pid");
    await rows("select pg_terminate_backend($1)", [found[0].pid]);
    await removed;
    expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  describe("in any time zone of the process", () => {
    const own = process.env.TZ;
    afterEach(() => {
      if (own === undefined) delete process.env.TZ;
      else process.env.TZ = own;
    });

    it.each(["Pacific/Auckland", "America/Los_Angeles", "UTC"])(
      "gives days, counts, numerics and instants as they are, in %s",
      async (zone) => {
        process.env.TZ = zone;
        const { pool } = await freshDatabase();
        const { rows } = await pool.query(`
        select
          date '2024-03-01' as day,
          array[date '2024-03-01', null] as days,
          null::date as no_day,
          date '-infinity' as before_all,
          9007199254740991 as count,
          3.10::numeric as numeric,
          timestamptz '2024-03-01 00:00:00-05' as instant,
          'x'::bytea as bytes,
          array['a']::text[] as texts`);
        expect(rows).toEqual([
          {
            day: "2024-03-01",
            days: ["2024-03-01", null],
            no_day: null,
            before_all: "-infinity",
            count: 9007199254740991,
            numeric: "3.10",
            instant: new Date("2024-03-01T05:00:00Z"),
            bytes: Buffer.from("x"),
            texts: ["a"],
          },
        ]);
      },
    );
  });
});

describe("connect()", () => {
  it("resolves when the database answers", async () => {
    const { pool } = await freshDatabase();
    await connect(pool);
  });

  it("says that nobody answers", async () => {
    const error = await failureOf(`postgres://u:${SECRET}@127.0.0.1:${await closedPort()}/d`);
    expect(error).toMatchObject({
      code: "DATABASE_UNREACHABLE",
      exitCode: 69,
      message: expect.stringContaining("ECONNREFUSED"),
    });
    expect(`${error.message} ${error.hint} ${error.stack} ${String(error.cause)}`).not.toContain(SECRET);
  });

  it("says that the server refuses the user", async () => {
    const error = await failureOf(
      inject("databaseUrl").replace(/\/\/[^/@]*@|\/\/(?=\/)/, `//nobody_of_ours:${SECRET}@`),
    );
    expect(error).toMatchObject({
      code: "DATABASE_REFUSED",
      exitCode: 77,
      message: expect.stringMatching(/\(28\w{3}\)/),
    });
    expect(`${error.message} ${error.hint} ${error.stack} ${String(error.cause)}`).not.toMatch(
      /correct-horse|nobody_of_ours/,
    );
  });

  it("says that there is no such database", async () => {
    const error = await failureOf(withDatabase(inject("databaseUrl"), "no_such_database"));
    expect(error).toMatchObject({
      code: "DATABASE_REFUSED",
      exitCode: 77,
      message: expect.stringContaining("3D000"),
    });
  });
});
