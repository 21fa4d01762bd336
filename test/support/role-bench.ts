import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject, onTestFinished } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { Door } from "../../src/commands/command.ts";
import { settle } from "../../src/config.ts";
import { silentLog } from "../../src/log.ts";
import { grantRoles, type RowLevelSecurity } from "../../src/postgres/grant-roles.ts";
import { createPool } from "../../src/postgres/pool.ts";
import { transaction } from "../../src/postgres/transaction.ts";
import { silentProgress } from "../../src/progress.ts";
import type { FreshDatabase } from "./fresh-database.ts";
import { withDatabase } from "./global-setup.ts";

/** A login role of the test's own. */
export interface Login {
  readonly name: string;
  readonly pool: pg.Pool;
  readonly url: string;
  rows<Row extends object = Record<string, unknown>>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
  /** The error code with which PostgreSQL refuses a statement; `undefined` when it does not. */
  refusal(sql: string): Promise<string | undefined>;
}

/** A database with the roles of `sql/roles.sql`, and people who log in there. */
export interface RoleBench {
  readonly database: FreshDatabase;
  /** As who may do everything there. */
  readonly admin: pg.Pool;
  /** Makes the roles again, with row-level security on, off or as it is. */
  grant(rowLevelSecurity?: RowLevelSecurity): Promise<RowLevelSecurity>;
  /** Makes a login role; `options` follow its name in `create role`. */
  login(options?: string): Promise<Login>;
}

/** Hands out names for roles. They go when the test ends, after the databases made since, where they own things. */
export function roleNames(): () => string {
  const names: string[] = [];
  onTestFinished(async () => {
    const client = new pg.Client({ connectionString: inject("adminUrl") });
    await client.connect();
    try {
      for (const name of names) await client.query(`drop role if exists ${name}`);
    } finally {
      await client.end();
    }
  });
  return () => {
    const name = `test_${randomBytes(6).toString("hex")}`;
    names.push(name);
    return name;
  };
}

/**
 * Makes the roles in a database. Those of the tests' server may read on afterwards; they stay in the server, other databases may use
 * them. `nextName` comes from {@link roleNames}, called before the database was made.
 */
export async function roleBench(database: FreshDatabase, nextName: () => string): Promise<RoleBench> {
  const [here] = await database.rows<{ name: string; tester: string }>(
    "select current_database() as name, current_user as tester",
  );
  const admin = createPool(withDatabase(inject("adminUrl"), here!.name), { max: 2 });
  onTestFinished(() => admin.end());
  const grant = (rowLevelSecurity?: RowLevelSecurity) =>
    transaction(admin, (tx) => grantRoles(tx, rowLevelSecurity));
  await grant();
  await join(here!.tester, admin);
  return {
    database,
    admin,
    grant,
    async login(options = "") {
      const login = nextName();
      const password = randomBytes(12).toString("hex");
      const canLogin = /\bnologin\b/.test(options) ? "" : "login";
      await admin.query(`create role ${login} ${canLogin} password '${password}' ${options}`);
      return loginOn(database.url, { name: login, password });
    },
  };
}

/** A role's own connections to a database. */
export function loginOn(
  databaseUrl: string,
  { name, password }: { readonly name: string; readonly password: string },
): Login {
  const url = databaseUrl.replace(/^(postgres(?:ql)?:\/\/)([^@/]*@)?/, `$1${name}:${password}@`);
  const pool = createPool(url);
  onTestFinished(() => pool.end());
  const rows = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await pool.query<Row>(sql, [...values])).rows;
  return {
    name,
    pool,
    url,
    rows,
    async refusal(sql) {
      try {
        await rows(sql);
        return undefined;
      } catch (error) {
        return (error as { code?: string }).code ?? "no code";
      }
    },
  };
}

/** Lets the tests' own role go on in a database that belongs to `ab2d_owner` now. Test files side by side may both do it. */
async function join(role: string, admin: pg.Pool): Promise<void> {
  const { rows } = await admin.query("select pg_has_role($1, 'ab2d_owner', 'usage') as is_member", [role]);
  if (rows[0].is_member) return;
  try {
    await admin.query(`grant ab2d_owner to ${role}`);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== "23505" && code !== "XX000") throw error;
  }
}

/** Whether the tests' server lets us make roles. An ordinary role of TEST_DATABASE_URL may not be able to. */
export async function mayMakeRoles(): Promise<boolean> {
  const client = new pg.Client({ connectionString: inject("adminUrl") });
  await client.connect();
  try {
    const { rows } = await client.query(`
      select rolsuper or (
        rolcreaterole and not exists (
          select from pg_roles
          where rolname in ('ab2d_owner', 'ab2d_loader', 'ab2d_analyst')
            and current_setting('server_version_num')::integer >= 160000
            and not pg_has_role(oid, 'member with admin option')
        )
      ) as may
      from pg_roles
      where rolname = current_user`);
    return rows[0].may;
  } finally {
    await client.end();
  }
}

/** What the program hands to a command that works on the database at `url`, with settings that came by flag. */
export function doorTo(url: string, flags: Door["flags"] = {}): Door {
  return {
    settings: settle({ flags, env: { DATABASE_URL: url } }),
    flags,
    env: {},
    clock: systemClock,
    log: silentLog,
    progress: silentProgress,
    signal: new AbortController().signal,
    isTerminal: false,
    say: () => {},
  };
}
