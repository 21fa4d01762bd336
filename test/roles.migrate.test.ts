import { spawnSync } from "node:child_process";
import pg from "pg";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { migrateCommand } from "../src/commands/migrate.ts";
import { startEmbeddedPostgres } from "../src/postgres/embedded.ts";
import { createPool } from "../src/postgres/pool.ts";
import { freshDatabase } from "./support/fresh-database.ts";
import { withDatabase } from "./support/global-setup.ts";
import { doorTo, type Login, loginOn, mayMakeRoles, roleBench, roleNames } from "./support/role-bench.ts";

const SCRIPT = new URL("../sql/roles.sql", import.meta.url).pathname;

async function migrate(
  url: string,
  options: { readonly roles?: boolean } = {},
  flags: Parameters<typeof doorTo>[1] = {},
): Promise<{ readonly text: string; readonly json: unknown }> {
  return migrateCommand.run([], options, doorTo(url, flags));
}

async function audited({ rows }: Pick<Login, "rows">): Promise<unknown[]> {
  return rows(
    "select action, detail from ab2d_etl.audit_event where action = 'roles_granted' order by audit_event_id",
  );
}

const granted = (row_level_security: "on" | "off") => ({
  action: "roles_granted",
  detail: { row_level_security },
});

describe.skipIf(!(await mayMakeRoles()))("ab2d migrate --roles", () => {
  /** A database, and the URL of who may make roles there. */
  async function setup() {
    const nextName = roleNames();
    const database = await freshDatabase();
    const [here] = await database.rows<{ name: string }>("select current_database() as name");
    const url = withDatabase(inject("adminUrl"), here!.name);
    const admin = createPool(url, { max: 1 });
    onTestFinished(() => admin.end());
    const rows = async <Row extends object>(sql: string): Promise<Row[]> =>
      (await admin.query<Row>(sql)).rows;
    return { database, url, rows, nextName };
  }

  it("makes the roles with row-level security as the setting says, keeps it without one, and is audited", async () => {
    const { url, rows } = await setup();
    expect(await migrate(url)).toMatchObject({
      text: "The schema is up to date.",
      json: { applied: [], roles_granted: false, row_level_security: "off" },
    });
    expect((await migrate(url, { roles: true })).text).toBe(
      "The schema is up to date.\nThe roles are in place; row-level security is off.",
    );
    expect(await migrate(url, { roles: true }, { rowLevelSecurity: "on" })).toMatchObject({
      json: { applied: [], roles_granted: true, row_level_security: "on" },
    });
    expect((await migrate(url, { roles: true })).json).toMatchObject({ row_level_security: "on" });
    expect((await migrate(url, { roles: true }, { rowLevelSecurity: "off" })).json).toMatchObject({
      row_level_security: "off",
    });
    expect(await audited({ rows })).toEqual([granted("off"), granted("on"), granted("on"), granted("off")]);
  });

  it("is needed to turn row-level security on, and plain migrate says so", async () => {
    const { url, rows } = await setup();
    const { text, json } = await migrate(url, {}, { rowLevelSecurity: "on" });
    expect(text).toContain("Row-level security is off, the setting says on: run `ab2d migrate --roles`.");
    expect(json).toMatchObject({ roles_granted: false, row_level_security: "off" });
    expect(await audited({ rows })).toEqual([]);
  });

  it("is done by plain migrate where the roles are in place and something was added", async () => {
    const { url, rows } = await setup();
    await migrate(url, { roles: true }, { rowLevelSecurity: "on" });
    await rows("create table ab2d.later (mbi text)");
    expect((await migrate(url)).json).toMatchObject({ roles_granted: true, row_level_security: "on" });
    expect(
      await rows(
        "select relrowsecurity, pg_get_userbyid(relowner)::text as owner from pg_class where oid = 'ab2d.later'::regclass",
      ),
    ).toEqual([{ relrowsecurity: true, owner: "ab2d_owner" }]);
    expect((await migrate(url)).json).toMatchObject({ roles_granted: false });
  });

  it("is refused to members of ab2d_loader, and open to members of ab2d_owner", async () => {
    const { url, rows, database, nextName } = await setup();
    const bench = await roleBench(database, nextName);
    const stranger = await bench.login("in role ab2d_loader");
    await expect(migrate(stranger.url, { roles: true })).rejects.toMatchObject({ code: "42501" });
    const plain = await bench.login();
    await bench.admin.query(`grant ab2d_owner to ${plain.name}`);
    // A member of ab2d_owner needs no right to create roles any more.
    expect((await migrate(plain.url, { roles: true })).json).toMatchObject({ roles_granted: true });
    expect(await audited({ rows })).toEqual([granted("off")]);
    expect((await migrate(url)).json).toMatchObject({ roles_granted: false });
  });

  it("waits ten seconds for tables in use, then changes nothing and says so", async () => {
    const { url, rows, database } = await setup();
    const reader = await database.pool.connect();
    try {
      await reader.query("begin");
      await reader.query("select 1 from ab2d.claim_line");
      await expect(migrate(url, { roles: true })).rejects.toMatchObject({ code: "ROLES_BUSY", exitCode: 75 });
    } finally {
      await reader.query("rollback");
      reader.release();
    }
    expect(await audited({ rows })).toEqual([]);
    expect((await migrate(url)).json).toMatchObject({ roles_granted: false, row_level_security: "off" });
  });

  it("can be done in psql, with PGOPTIONS for the setting", async ({ skip }) => {
    if (spawnSync("psql", ["--version"]).status !== 0) skip("there is no psql on this machine");
    const { url, rows } = await setup();
    const psql = (options: string) =>
      spawnSync(
        "psql",
        ["--no-psqlrc", "--quiet", "--single-transaction", "-v", "ON_ERROR_STOP=1", "-f", SCRIPT, url],
        {
          encoding: "utf8",
          env: { PATH: process.env["PATH"], PGOPTIONS: options },
        },
      );
    const state = "select relrowsecurity as is_on from pg_class where oid = 'ab2d.claim_line'::regclass";
    for (const [options, is_on] of [
      ["", false],
      ["-c ab2d.row_level_security=on", true],
      ["", true],
      ["-c ab2d.row_level_security=off", false],
    ] as const) {
      const { status, stderr } = psql(options);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(await rows(state)).toEqual([{ is_on }]);
    }
    const failed = psql("-c ab2d.row_level_security=maybe");
    expect(failed.status).not.toBe(0);
    expect(failed.stderr).toContain("must be on or off");
  });
});

describe("ab2d migrate --roles by who is no superuser", () => {
  it("works for who owns the database and may create roles, and refuses who may not", async () => {
    // A server of its own: roles belong to the whole server, and here they must not be there yet.
    const server = await startEmbeddedPostgres();
    onTestFinished(() => server.stop());
    await expect(migrate(server.url, { roles: true })).rejects.toMatchObject({
      code: "ROLES_REFUSED",
      exitCode: 77,
    });
    const superuser = new pg.Client({ connectionString: withDatabase(server.superuserUrl, "ab2d") });
    await superuser.connect();
    onTestFinished(() => superuser.end());
    const left =
      "select rolname from pg_roles where rolname in ('ab2d_owner', 'ab2d_loader', 'ab2d_analyst')";
    expect((await superuser.query(left)).rows).toEqual([]);
    await superuser.query("alter role ab2d createrole");
    expect((await migrate(server.url, { roles: true }, { rowLevelSecurity: "on" })).json).toMatchObject({
      applied: [],
      roles_granted: true,
      row_level_security: "on",
    });
    // It goes on as a member of ab2d_owner, also without that right, and makes the rights of what a migration adds.
    await superuser.query("alter role ab2d nocreaterole");
    const own = createPool(server.url, { max: 1 });
    onTestFinished(() => own.end());
    await own.query("create table ab2d.later (mbi text)");
    expect((await migrate(server.url)).json).toMatchObject({ roles_granted: true, row_level_security: "on" });
    await superuser.query("create role reader login password 'reader' in role ab2d_analyst");
    const reader = loginOn(server.url, { name: "reader", password: "reader" });
    expect(await reader.rows("select * from ab2d.later")).toEqual([]);
    expect(await reader.refusal("select * from ab2d_etl.eob")).toBe("42501");
    await own.query("insert into ab2d.later values ('x')");
    expect(await reader.rows("select * from ab2d.later")).toEqual([]);
  });
});
