import { describe, expect, it } from "vitest";
import {
  A,
  analystBench,
  B,
  C,
  COUNTS,
  countsOf,
  expectedCounts,
  FOREIGN,
  relationsOf,
  TEAM,
} from "./support/analyst-bench.ts";
import { mayMakeRoles } from "./support/role-bench.ts";

describe.skipIf(!(await mayMakeRoles()))("an analyst cannot", () => {
  it("see anything of ab2d_etl", async () => {
    const bench = await analystBench();
    const analyst = await bench.analyst([A, B, C]);
    const relations = await relationsOf(bench, "ab2d_etl");
    expect(relations.length).toBeGreaterThan(10);
    for (const { name } of relations)
      expect(await analyst.refusal(`select 1 from ${name}`), name).toBe("42501");
  });

  it("write, make or turn off anything", async () => {
    const bench = await analystBench();
    const analyst = await bench.analyst([A]);
    const columns = await bench.database.rows<{ relation: string; first: string }>(`
      select relname::text as relation, attname::text as first
      from pg_attribute
      join pg_class on pg_class.oid = attrelid
      where relnamespace = 'ab2d'::regnamespace and attnum = 1`);
    for (const { name, own_name, is_table } of await relationsOf(bench, "ab2d")) {
      const { first } = columns.find(({ relation }) => relation === own_name)!;
      for (const sql of [
        `insert into ${name} default values`,
        `update ${name} set ${first} = ${first}`,
        `delete from ${name}`,
        ...(is_table
          ? [`truncate ${name}`, `alter table ${name} disable row level security`]
          : [`drop view ${name}`]),
      ]) {
        // A view that takes no rows from anybody (55000) is not asked for rights.
        expect(is_table ? ["42501"] : ["42501", "55000"], sql).toContain(await analyst.refusal(sql));
      }
    }
    for (const sql of [
      "create table ab2d.x (y text)",
      "create view ab2d.x as select 1",
      "create function ab2d.x() returns text language sql as 'select null::text'",
      "create function public.x() returns text language sql as 'select null::text'",
      "create table public.x (y text)",
      "create schema x",
      "create or replace function ab2d.visible_contracts() returns text[] language sql as 'select null::text[]'",
      "create or replace view ab2d.claim as select 1",
      "drop policy analyst_sees_own_contracts on ab2d.claim_line",
      `insert into ab2d.contract_analyst values (current_user, '${B}')`,
      "set role ab2d_owner",
      "set role ab2d_loader",
      "set session authorization ab2d_owner",
      "grant ab2d_owner to current_user",
      "alter role current_user bypassrls",
      "select * from pg_catalog.pg_statistic",
    ]) {
      expect(await analyst.refusal(sql), sql).toBe("42501");
    }
  });

  it("talk the server out of row-level security", async () => {
    const bench = await analystBench();
    const analyst = await bench.analyst([A]);
    const client = await analyst.pool.connect();
    try {
      for (const value of ["off", ""]) {
        await client.query(`set ab2d.row_level_security = '${value}'`);
        const { rows } = await client.query("select count(*) as count from ab2d.claim");
        expect(rows).toEqual([{ count: COUNTS["ab2d.claim"]![0] }]);
      }
      // This setting makes a query fail that a policy would narrow.
      await client.query("set row_security = off");
      await expect(client.query("select count(*) from ab2d.claim")).rejects.toMatchObject({ code: "42501" });
    } finally {
      client.release(true);
    }
  });

  it("put functions or operators of their own in the place of PostgreSQL's", async () => {
    const bench = await analystBench();
    const analyst = await bench.analyst([A]);
    await bench.admin.query("create schema sandbox");
    await bench.admin.query(`grant create, usage on schema sandbox to ${analyst.name}`);
    const client = await analyst.pool.connect();
    try {
      for (const sql of [
        "create function sandbox.pg_has_role(oid, text) returns boolean language sql as 'select true'",
        "create function sandbox.pg_has_role(name, oid, text) returns boolean language sql as 'select true'",
        "create function sandbox.yes(name, name) returns boolean language sql as 'select true'",
        "create function sandbox.yes(text, text) returns boolean language sql as 'select true'",
        "create function sandbox.no(text, text) returns boolean language sql as 'select false'",
        "create function sandbox.yes(anyarray, anyarray) returns boolean language sql as 'select true'",
        "create operator sandbox.= (leftarg = name, rightarg = name, function = sandbox.yes)",
        "create operator sandbox.= (leftarg = text, rightarg = text, function = sandbox.yes)",
        "create operator sandbox.<> (leftarg = text, rightarg = text, function = sandbox.no)",
        "create function sandbox.gather(text[], text) returns text[] language sql as $$ select array['Z1111', 'Z2222', 'Z3333'] $$",
        "create aggregate sandbox.array_agg(text) (sfunc = sandbox.gather, stype = text[], initcond = '{}')",
        "create operator sandbox.<@ (leftarg = anyarray, rightarg = anyarray, function = sandbox.yes)",
        "create function sandbox.visible_contracts() returns text[] language sql as $$ select array['Z1111', 'Z2222', 'Z3333'] $$",
        "create function sandbox.are_all_contracts(text[]) returns boolean language sql as 'select true'",
        "create temporary table contract_analyst as select current_user as role_name, 'Z2222' as contract_number",
        "create temporary table pg_roles as select oid, 'x'::name as rolname from pg_catalog.pg_roles",
        "set search_path = sandbox, pg_catalog, pg_temp, ab2d",
      ]) {
        await client.query(sql);
      }
      // Theirs are what their own queries use.
      expect((await client.query("select 'a'::text = 'b'::text as is_tricked")).rows).toEqual([
        { is_tricked: true },
      ]);
      expect((await client.query("select array_agg('a'::text) as gathered")).rows).toEqual([
        { gathered: [A, B, C] },
      ]);
      const rows = async <Row extends object>(sql: string): Promise<Row[]> =>
        (await client.query<Row>(sql)).rows;
      expect(await countsOf({ rows })).toEqual(expectedCounts(0));
      const visible = await client.query("select ab2d.visible_contracts() as contracts");
      expect(visible.rows).toEqual([{ contracts: [A] }]);
    } finally {
      client.release(true);
    }
  });

  it("have a function look at rows before they are left out", async () => {
    const bench = await analystBench();
    await bench.admin.query("analyze");
    const analyst = await bench.analyst([A]);
    const client = await analyst.pool.connect();
    const seen: string[] = [];
    client.on("notice", ({ message }) => seen.push(message ?? ""));
    try {
      await client.query(`
        create function pg_temp.peek(value text) returns boolean language plpgsql cost 0.0000001
        as $$ begin raise notice 'PEEK %', value; return true; end $$`);
      for (const name of Object.keys(COUNTS)) {
        const text = "(select to_jsonb(t))::text";
        seen.length = 0;
        for (const sql of [
          `select count(*) from ${name} as t where pg_temp.peek(${text})`,
          `select count(*) from ${name} as t join ${name} as u on pg_temp.peek(to_jsonb(t)::text || to_jsonb(u)::text)`,
          `explain (analyze, verbose, costs off, timing off, summary off) select * from ${name} as t where pg_temp.peek(to_jsonb(t)::text)`,
        ]) {
          const { rows } = await client.query(sql);
          const shown = `${JSON.stringify(rows)} ${seen.join(" ")}`;
          for (const foreign of FOREIGN[A]!) expect(shown, `${name}: ${sql}`).not.toContain(foreign);
        }
        expect(seen.length > 0, name).toBe(COUNTS[name]![0] > 0);
      }
      // Nor does an error tell: the division fails for a row of another contract only.
      const { rows } = await client.query(
        `select count(*) as count from ab2d.claim_contract where 1 / (case contract_number when '${B}' then 0 else 1 end) = 1`,
      );
      expect(rows).toEqual([{ count: COUNTS["ab2d.claim_contract"]![0] }]);
    } finally {
      client.release(true);
    }
  });

  it("read what the planner knows of columns, or have COPY bring more", async () => {
    const bench = await analystBench();
    await bench.admin.query("analyze");
    const analyst = await bench.analyst([A]);
    expect(
      await analyst.rows(
        "select distinct tablename from pg_stats where schemaname in ('ab2d', 'ab2d_etl') order by 1",
      ),
    ).toEqual([{ tablename: "code_list" }]);
    expect(await analyst.rows("select 1 from pg_stats_ext where schemaname in ('ab2d', 'ab2d_etl')")).toEqual(
      [],
    );
    expect(await analyst.refusal("copy ab2d.claim_line to program 'cat'")).toBe("42501");
    expect(await analyst.refusal("copy ab2d.claim_line from stdin")).toBe("42501");
  });

  it("find out by trying which other contracts there are", async () => {
    const bench = await analystBench();
    const analyst = await bench.analyst([A]);
    await bench.analyst([B, C]);
    for (const guess of [[A], [B], [A, B], [B, C], [A, B, C], [A, B, C, "Z9999"], []]) {
      expect(
        await analyst.rows("select ab2d.are_all_contracts($1) as are_all", [guess]),
        guess.join(" "),
      ).toEqual([{ are_all: false }]);
    }
    for (const other of [B, C]) {
      expect(await analyst.rows("select ab2d.sees_contract($1) as sees", [other])).toEqual([{ sees: false }]);
    }
    expect(await analyst.rows("select ab2d.sees_contract($1) as sees", [A])).toEqual([{ sees: true }]);
  });

  it("learn by a plan that another role had made in the same session", async () => {
    const bench = await analystBench();
    const [ofA, ofB] = [await bench.analyst([A], TEAM), await bench.analyst([B], TEAM)];
    const pooled = await bench.login(`noinherit in role ${ofA.name}, ${ofB.name}`);
    const client = await pooled.pool.connect();
    try {
      await client.query(`set role ${ofA.name}`);
      await client.query(
        "prepare counted as select count(*) as count from ab2d.claim_version join ab2d.claim_line using (eob_id)",
      );
      for (const [{ name }, column] of [
        [ofA, 0],
        [ofB, 1],
        [ofA, 0],
      ] as const) {
        await client.query(`set role ${name}`);
        const { rows } = await client.query("execute counted");
        expect(rows).toEqual([{ count: COUNTS["ab2d.claim_line"]![column] }]);
      }
    } finally {
      client.release(true);
    }
  });
});
