import { describe, expect, it } from "vitest";
import { freshDatabase } from "../support/fresh-database.ts";

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

  it("say the same of a column of the view claim as of claim_version's", async () => {
    const { rows } = await freshDatabase();
    const different = await rows(`
      select view_column.attname
      from pg_attribute as view_column
      left join pg_attribute as table_column
        on table_column.attrelid = 'ab2d.claim_version'::regclass
        and table_column.attname = view_column.attname
      where view_column.attrelid = 'ab2d.claim'::regclass
        and view_column.attnum > 0
        and col_description(view_column.attrelid, view_column.attnum)
          is distinct from col_description(table_column.attrelid, table_column.attnum)`);
    expect(different).toEqual([]);
  });
});
