import { describe, expect, it } from "vitest";
import { freshDatabase } from "../support/fresh-database.ts";

const LABEL = "(?:Code system|CCW|CCLF): ";
const FREE_TEXT = `(?:(?!${LABEL}).)`;
const VERSIONS = "(?:V1, V2, V3|V1, V2|V2, V3|V1 only|V3 only|No version)";

/** Meaning, code system, CCW name, CCLF name, versions, trap: in this order, each at most once, a sentence each. */
const FORM = new RegExp(
  `^[^ ]${FREE_TEXT}*\\.(?: Code system: [^.]+\\.)?(?: CCW: [^.]+\\.)?(?: CCLF: [^.]+\\.)?(?: ${VERSIONS}(?:\\.|[,;] ${FREE_TEXT}+\\.)(?: ${FREE_TEXT}+\\.)?)?$`,
);

/** Columns that no claim fills: the sponsor's own tables, the loader's runs, and the dictionary itself. */
const NOT_FROM_CLAIMS =
  /^(?:(?:code_list|part_d_fill|contract_analyst|data_dictionary)\.|contract\.(?!contract_number)|data_freshness\.(?:last_run_\w+|watermark)$)/;

/** What stands in parentheses, and the names outside of them. */
function namesIn(text: string) {
  return {
    asides: [...text.matchAll(/\(([^)]*)\)/g)].map(([, aside]) => aside!),
    names: text
      .replace(/, by role$/, "")
      .replaceAll(/\([^)]*\)/g, "")
      .split(/,? (?:and |or |to )?|,/)
      .filter((name) => name !== ""),
  };
}

describe("migrations/", () => {
  it("comment on every table, view and column that analysts read", async () => {
    const { rows } = await freshDatabase();
    const readable = await rows<{ name: string; comment: string | null }>(`
      select
        relname || coalesce('.' || attname, '') as name,
        case when attname is null then obj_description(pg_class.oid, 'pg_class') else col_description(pg_class.oid, attnum) end as comment
      from pg_class
      left join lateral (
        select null::name as attname, 0::int2 as attnum
        union all
        select attname, attnum
        from pg_attribute
        where attrelid = pg_class.oid and attnum > 0 and not attisdropped
      ) as attribute on true
      where relnamespace = 'ab2d'::regnamespace and relkind in ('r', 'v', 'm', 'p', 'f')
      order by 1`);
    expect(readable.length).toBeGreaterThan(150);
    expect(
      readable.filter(({ comment }) => comment === null || comment.trim() === "").map(({ name }) => name),
    ).toEqual([]);
  });

  it("comment on both schemas and every table and view of the loader, and name the grain", async () => {
    const { rows } = await freshDatabase();
    const bare = await rows(`
      select relname
      from pg_class
      where relnamespace = 'ab2d_etl'::regnamespace
        and relkind in ('r', 'v', 'm', 'p', 'f')
        and obj_description(oid, 'pg_class') is null
        -- Made by the program itself, before there is a migration.
        and relname <> 'migration'`);
    expect(bare).toEqual([]);
    const schemas = await rows(
      "select obj_description(oid, 'pg_namespace') is not null as is_described from pg_namespace where nspname in ('ab2d', 'ab2d_etl')",
    );
    expect(schemas).toEqual([{ is_described: true }, { is_described: true }]);

    const unclear = await rows(`
      select relname
      from pg_class
      where relnamespace in ('ab2d'::regnamespace, 'ab2d_etl'::regnamespace)
        and relkind in ('r', 'v')
        and relname <> 'migration'
        and obj_description(oid, 'pg_class') not like 'Grain: one row per %'`);
    expect(unclear).toEqual([]);
  });

  it("comment on every function, trigger and index of the analysts' schema but the primary keys", async () => {
    const { rows } = await freshDatabase();
    const bare = await rows(`
      select oid::regprocedure::text as name
      from pg_proc
      where pronamespace = 'ab2d'::regnamespace and obj_description(oid, 'pg_proc') is null
      union all
      select indexrelid::regclass::text
      from pg_index
      join pg_class on pg_class.oid = indexrelid
      where relnamespace = 'ab2d'::regnamespace and not indisprimary and obj_description(indexrelid, 'pg_class') is null
      union all
      select tgname::text
      from pg_trigger
      join pg_class on pg_class.oid = tgrelid
      where relnamespace = 'ab2d'::regnamespace and not tgisinternal and obj_description(pg_trigger.oid, 'pg_trigger') is null`);
    expect(bare).toEqual([]);
  });

  it("say in one form what a column means, its code system, its names at CMS, its versions and its trap", async () => {
    const { rows } = await freshDatabase();
    const columns = await rows<{ name: string; description: string }>(
      "select table_name || '.' || column_name as name, description from ab2d.data_dictionary order by 1",
    );
    expect(columns.length).toBeGreaterThan(400);
    expect(columns.filter(({ description }) => !FORM.test(description))).toEqual([]);
  });

  it("say of every column with claims data which versions carry it", async () => {
    const { rows } = await freshDatabase();
    const silent = await rows<{ name: string }>(
      "select table_name || '.' || column_name as name from ab2d.data_dictionary where in_v1 is null order by 1",
    );
    expect(silent.filter(({ name }) => !NOT_FROM_CLAIMS.test(name))).toEqual([]);
  });

  it("say so of no other column", async () => {
    const { rows } = await freshDatabase();
    const speaking = await rows<{ name: string }>(
      "select table_name || '.' || column_name as name from ab2d.data_dictionary where in_v1 is not null order by 1",
    );
    expect(speaking.filter(({ name }) => NOT_FROM_CLAIMS.test(name))).toEqual([]);
  });

  it("name fields of CMS's files as these do, each with its files", async () => {
    const { rows } = await freshDatabase();
    const columns = await rows<{ ccw_name: string | null; cclf_name: string | null }>(
      "select distinct ccw_name, cclf_name from ab2d.data_dictionary",
    );
    const cclf = columns.flatMap(({ cclf_name }) => (cclf_name === null ? [] : [namesIn(cclf_name)]));
    const ccw = columns.flatMap(({ ccw_name }) => (ccw_name === null ? [] : [namesIn(ccw_name)]));
    expect(cclf.length).toBeGreaterThan(30);
    for (const { names } of [...cclf, ...ccw]) {
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) expect(name).toMatch(/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/);
    }
    for (const { asides } of cclf) {
      expect(asides.length).toBeGreaterThan(0);
      for (const files of asides) expect(files).toMatch(/^CCLF[1-9](?:(?: to |, )CCLF[1-9])*$/);
    }
  });

  it("say the same of a column of a view as of the table's that it is", async () => {
    const { rows } = await freshDatabase();
    const different = await rows(`
      select view_column.table_name, view_column.column_name
      from (values
        ('claim', 'claim_version'),
        ('claim_history', 'claim_version'),
        ('beneficiary', 'patient'),
        ('condition_evidence', 'claim_diagnosis')
      ) as repeated (view_name, source_name)
      join ab2d.data_dictionary as view_column on view_column.table_name = view_name
      join ab2d.data_dictionary as source_column
        on source_column.table_name = source_name
        and source_column.column_name = view_column.column_name
      where view_column.description is distinct from source_column.description`);
    expect(different).toEqual([]);
  });
});

describe("ab2d.data_dictionary", () => {
  it("takes a comment apart", async () => {
    const { rows } = await freshDatabase();
    const [claimType] = await rows(
      "select * from ab2d.data_dictionary where table_name = 'claim_version' and column_name = 'drg_code'",
    );
    expect(claimType).toMatchObject({
      table_name: "claim_version",
      kind: "table",
      data_type: "text",
      is_nullable: true,
      code_system: "MS-DRG",
      ccw_name: "CLM_DRG_CD",
      cclf_name: "DGNS_DRG_CD (CCLF1)",
      in_v1: true,
      in_v2: true,
      in_v3: true,
      table_description: expect.stringMatching(/^Grain: one row per EOB id/),
    });
    const versions = await rows(
      `select column_name, kind, is_nullable, in_v1, in_v2, in_v3
      from ab2d.data_dictionary
      where (table_name, column_name) in (
        ('claim', 'claim_group_id'), ('claim', 'facility_ccn'), ('claim', 'final_action'), ('claim', 'referring_npi'),
        ('tuva_medical_claim', 'paid_amount'), ('code_list', 'code_prefix')
      )
      order by column_name`,
    );
    const view = { kind: "view", is_nullable: null };
    expect(versions).toEqual([
      { column_name: "claim_group_id", ...view, in_v1: true, in_v2: true, in_v3: false },
      {
        column_name: "code_prefix",
        kind: "table",
        is_nullable: false,
        in_v1: null,
        in_v2: null,
        in_v3: null,
      },
      { column_name: "facility_ccn", ...view, in_v1: true, in_v2: false, in_v3: false },
      { column_name: "final_action", ...view, in_v1: false, in_v2: false, in_v3: true },
      { column_name: "paid_amount", ...view, in_v1: false, in_v2: false, in_v3: false },
      { column_name: "referring_npi", ...view, in_v1: false, in_v2: true, in_v3: true },
    ]);
  });

  it("has every column once, numbered without gaps", async () => {
    const { rows } = await freshDatabase();
    const found = await rows(`
      select table_name, array_agg(column_name order by ordinal_position) as columns, max(ordinal_position) as last
      from ab2d.data_dictionary
      group by table_name
      order by table_name`);
    const catalog = await rows(`
      select relname as table_name, array_agg(attname::text order by attnum) as columns, count(*)::int as last
      from pg_class
      join pg_attribute on attrelid = pg_class.oid
      where relnamespace = 'ab2d'::regnamespace and relkind in ('r', 'v') and attnum > 0 and not attisdropped
      group by relname
      order by relname`);
    expect(found).toEqual(catalog);
  });
});
