import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { freshDatabase } from "./support/fresh-database.ts";
import { mayMakeRoles, roleBench, roleNames } from "./support/role-bench.ts";

const PRIVILEGES = ["select", "insert", "update", "delete", "truncate", "references", "trigger"];
const READ = { loader: "select", analyst: "select" };
const READ_BY_LOADER = { loader: "select", analyst: "" };

/** What each role may do with each table, view and sequence. Whatever is not here is nobody's but the owner's, and fails the test. */
const RELATIONS: Readonly<Record<string, { readonly loader: string; readonly analyst: string }>> = {
  "ab2d.beneficiary": READ,
  "ab2d.beneficiary_contract": { loader: "select insert update delete", analyst: "select" },
  "ab2d.beneficiary_identifier": { loader: "select insert update delete", analyst: "select" },
  "ab2d.claim": READ,
  "ab2d.claim_contract": { loader: "select insert update delete", analyst: "select" },
  "ab2d.claim_diagnosis": { loader: "select insert delete", analyst: "select" },
  "ab2d.claim_history": READ,
  "ab2d.claim_line": { loader: "select insert delete", analyst: "select" },
  "ab2d.claim_procedure": { loader: "select insert delete", analyst: "select" },
  "ab2d.claim_provider": { loader: "select insert delete", analyst: "select" },
  "ab2d.claim_version": { loader: "select insert update delete", analyst: "select" },
  "ab2d.code_list": READ,
  "ab2d.condition_evidence": READ,
  "ab2d.contract": { loader: "select insert update", analyst: "select" },
  "ab2d.contract_analyst": READ,
  "ab2d.contract_completeness": READ,
  "ab2d.data_dictionary": READ,
  "ab2d.data_freshness": READ,
  "ab2d.part_d_fill": READ,
  "ab2d.patient": { loader: "select insert update delete", analyst: "select" },
  "ab2d.person": READ,
  "ab2d.possible_duplicate_claim": READ,
  "ab2d.tuva_medical_claim": READ,
  "ab2d_etl.audit_event": { loader: "select insert", analyst: "" },
  "ab2d_etl.audit_event_audit_event_id_seq": { loader: "", analyst: "" },
  "ab2d_etl.delivered_eob": { loader: "select insert delete", analyst: "" },
  "ab2d_etl.eob": { loader: "select insert update delete", analyst: "" },
  "ab2d_etl.export_job": { loader: "select insert update", analyst: "" },
  "ab2d_etl.family_order": READ_BY_LOADER,
  "ab2d_etl.fingerprint": { loader: "select update", analyst: "" },
  "ab2d_etl.migration": READ_BY_LOADER,
  "ab2d_etl.newest_mbi": READ_BY_LOADER,
  "ab2d_etl.output_file": { loader: "select insert update", analyst: "" },
  "ab2d_etl.output_file_output_file_id_seq": { loader: "", analyst: "" },
  "ab2d_etl.recomputed_fingerprint": READ_BY_LOADER,
  "ab2d_etl.rejected_line": { loader: "select insert", analyst: "" },
  "ab2d_etl.run": { loader: "select insert update", analyst: "" },
  "ab2d_etl.run_run_id_seq": { loader: "", analyst: "" },
  "ab2d_etl.schema_drift": { loader: "select insert update", analyst: "" },
  "ab2d_etl.series": { loader: "select insert update", analyst: "" },
  "ab2d_etl.series_series_id_seq": { loader: "", analyst: "" },
  "ab2d_etl.staged_line": { loader: "select insert delete", analyst: "" },
  "ab2d_etl.staged_mbi": { loader: "select insert delete", analyst: "" },
  "ab2d_etl.touched_family": { loader: "select insert delete", analyst: "" },
  "ab2d_etl.watermark": { loader: "select insert update", analyst: "" },
};

/** Who may call each function. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  "ab2d.are_all_contracts(text[])": "ab2d_analyst",
  "ab2d.beneficiaries_of(text)": "ab2d_analyst ab2d_loader",
  "ab2d.joined_beneficiaries()": "ab2d_analyst ab2d_loader",
  "ab2d.refuse_prefix_within_another()": "",
  "ab2d.sees_contract(text)": "ab2d_analyst ab2d_loader",
  "ab2d.visible_contracts()": "ab2d_analyst",
  "ab2d_etl.as_fingerprint(numeric)": "ab2d_loader",
  "ab2d_etl.line_fingerprint(bytea)": "ab2d_loader",
  "ab2d_etl.row_hash(ab2d.beneficiary_identifier)": "ab2d_loader",
  "ab2d_etl.row_hash(ab2d.claim_contract)": "ab2d_loader",
  "ab2d_etl.row_hash(ab2d.claim_version)": "ab2d_loader",
  "ab2d_etl.row_hash(ab2d.patient)": "ab2d_loader",
  "ab2d_etl.row_hash(ab2d_etl.eob)": "ab2d_loader",
};

const SCHEMAS: Readonly<Record<string, { readonly loader: string; readonly analyst: string }>> = {
  ab2d: { loader: "usage", analyst: "usage" },
  ab2d_etl: { loader: "usage", analyst: "" },
};

describe.skipIf(!(await mayMakeRoles()))("sql/roles.sql", () => {
  async function setup() {
    const nextName = roleNames();
    const database = await freshDatabase();
    return roleBench(database, nextName);
  }

  it("gives each role its rights on each table, view and sequence, and no others", async () => {
    const { admin, login, database } = await setup();
    const nobody = await login();
    const { rows } = await admin.query<{ relation: string; role: string; held: string; owner: string }>(
      `select
        format('%I.%I', nspname, relname) as relation,
        role.name as role,
        pg_get_userbyid(pg_class.relowner)::text as owner,
        coalesce((
          select string_agg(privilege, ' ' order by position)
          from unnest($1::text[]) with ordinality as wanted (privilege, position)
          where case
            when relkind = 'S' then privilege in ('select', 'update') and has_sequence_privilege(role.name, pg_class.oid, privilege)
            when privilege in ('select', 'insert', 'update', 'references')
              then has_any_column_privilege(role.name, pg_class.oid, privilege)
            else has_table_privilege(role.name, pg_class.oid, privilege)
          end
        ), '') as held
      from pg_class
      join pg_namespace on pg_namespace.oid = relnamespace
      cross join unnest($2::text[]) as role (name)
      where nspname in ('ab2d', 'ab2d_etl')
        and relkind in ('r', 'p', 'v', 'm', 'f', 'S')`,
      [PRIVILEGES, ["ab2d_loader", "ab2d_analyst", nobody.name]],
    );
    expect(new Set(rows.map(({ owner }) => owner))).toEqual(new Set(["ab2d_owner"]));
    const found: Record<string, Record<string, string>> = {};
    for (const { relation, role, held } of rows) {
      if (role === nobody.name) expect(`${relation} ${held}`).toBe(`${relation} `);
      else found[relation] = { ...found[relation], [role.slice("ab2d_".length)]: held };
    }
    expect(found).toEqual(RELATIONS);
    // A column's own right would be more than its table's.
    expect(
      await database.rows("select 1 from pg_attribute where attacl is not null and attrelid >= 16384"),
    ).toEqual([]);
  });

  it("gives each function and schema to those who need it, and to nobody else", async () => {
    const { admin, login } = await setup();
    const nobody = await login();
    const roles = ["ab2d_analyst", "ab2d_loader", nobody.name];
    const functions = await admin.query<{ name: string; held: string; owner: string }>(
      `select
        format('%I.%I(%s)', nspname, proname, oidvectortypes(proargtypes)) as name,
        pg_get_userbyid(proowner)::text as owner,
        coalesce(string_agg(role.name, ' ' order by role.name) filter (where has_function_privilege(role.name, pg_proc.oid, 'execute')), '') as held
      from pg_proc
      join pg_namespace on pg_namespace.oid = pronamespace
      cross join unnest($1::text[]) as role (name)
      where nspname in ('ab2d', 'ab2d_etl')
      group by pg_proc.oid, nspname`,
      [roles],
    );
    expect(Object.fromEntries(functions.rows.map(({ name, held }) => [name, held]))).toEqual(FUNCTIONS);
    expect(new Set(functions.rows.map(({ owner }) => owner))).toEqual(new Set(["ab2d_owner"]));
    const schemas = await admin.query<{ name: string; role: string; held: string; owner: string }>(
      `select
        nspname::text as name,
        role.name as role,
        pg_get_userbyid(nspowner)::text as owner,
        concat_ws(' ',
          case when has_schema_privilege(role.name, pg_namespace.oid, 'usage') then 'usage' end,
          case when has_schema_privilege(role.name, pg_namespace.oid, 'create') then 'create' end
        ) as held
      from pg_namespace
      cross join unnest($1::text[]) as role (name)
      where nspname in ('ab2d', 'ab2d_etl')`,
      [roles],
    );
    const found: Record<string, Record<string, string>> = {};
    for (const { name, role, held, owner } of schemas.rows) {
      expect(owner).toBe("ab2d_owner");
      if (role === nobody.name) expect(held).toBe("");
      else found[name] = { ...found[name], [role.slice("ab2d_".length)]: held };
    }
    expect(found).toEqual(SCHEMAS);
  });

  it("makes roles that cannot log in and have no rights over the server", async () => {
    const { admin } = await setup();
    const { rows } = await admin.query(`
      select distinct rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
      from pg_roles
      where rolname in ('ab2d_owner', 'ab2d_loader', 'ab2d_analyst')`);
    expect(rows).toEqual([
      {
        rolcanlogin: false,
        rolsuper: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        rolbypassrls: false,
      },
    ]);
  });

  it("has a policy for analysts on every table with rows of persons or contracts", async () => {
    const { admin, grant } = await setup();
    expect(await grant("on")).toBe("on");
    const { rows } = await admin.query<{ name: string }>(`
      select relname::text as name
      from pg_class
      where relnamespace = 'ab2d'::regnamespace
        and relkind in ('r', 'p')
        and not (
          relrowsecurity
          and exists (select from pg_policies where schemaname = 'ab2d' and tablename = relname and roles = '{ab2d_analyst}' and cmd = 'SELECT')
          and exists (select from pg_policies where schemaname = 'ab2d' and tablename = relname and roles = '{ab2d_loader}')
        )`);
    expect(rows.map(({ name }) => name)).toEqual(["code_list"]);
  });

  it("runs again without a change, keeps row-level security as it is, turns it on and off", async () => {
    const { admin, grant } = await setup();
    const state = async () =>
      (
        await admin.query(`
          select relname, relacl::text, relowner, relrowsecurity,
            (select array_agg(policyname || roles::text || cmd || coalesce(qual, '') || coalesce(with_check, '') order by policyname)
              from pg_policies where schemaname = nspname and tablename = relname) as policies
          from pg_class join pg_namespace on pg_namespace.oid = relnamespace
          where nspname in ('ab2d', 'ab2d_etl') order by 1`)
      ).rows;
    const off = await state();
    expect(await grant()).toBe("off");
    expect(await state()).toEqual(off);
    expect(await grant("on")).toBe("on");
    const on = await state();
    expect(on).not.toEqual(off);
    expect(await grant()).toBe("on");
    expect(await state()).toEqual(on);
    expect(await grant("off")).toBe("off");
    expect(await state()).toEqual(off);
  });

  it("closes a table of a later migration to analysts until it has a policy, and covers its rights", async () => {
    const { admin, grant, login } = await setup();
    await grant("on");
    const analyst = await login("in role ab2d_analyst");
    const loader = await login("in role ab2d_loader");
    await admin.query("create table ab2d.later (mbi text)");
    await admin.query("insert into ab2d.later values ('x')");
    expect(await analyst.refusal("select * from ab2d.later")).toBe("42501");
    await grant();
    expect(await analyst.rows("select * from ab2d.later")).toEqual([]);
    expect(await loader.rows("select * from ab2d.later")).toEqual([{ mbi: "x" }]);
  });

  it("refuses a setting that is neither on nor off", async () => {
    const { admin } = await setup();
    const client = await admin.connect();
    try {
      await client.query("set ab2d.row_level_security = 'yes'");
      const file = readFileSync(new URL("../sql/roles.sql", import.meta.url), "utf8");
      await expect(client.query(file)).rejects.toMatchObject({ code: "22023" });
    } finally {
      client.release(true);
    }
  });

  it("can run in several databases of a server at once", async () => {
    const nextName = roleNames();
    const databases = await Promise.all([1, 2, 3].map(() => freshDatabase()));
    await Promise.all(databases.map((database) => roleBench(database, nextName)));
  });
});
