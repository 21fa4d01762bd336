import type { FreshDatabase } from "./fresh-database.ts";

interface Column {
  readonly relation: string;
  readonly relation_comment: string;
  readonly column_name: string;
  readonly column_type: string;
  readonly is_nullable: boolean;
  readonly column_comment: string;
}

/** `docs/data-dictionary.md`, made from the comments in a migrated database's catalog. */
export async function dataDictionary(database: FreshDatabase): Promise<string> {
  const columns = await database.rows<Column>(`
    select
      pg_class.relname as relation,
      obj_description(pg_class.oid, 'pg_class') as relation_comment,
      pg_attribute.attname as column_name,
      format_type(pg_attribute.atttypid, pg_attribute.atttypmod) as column_type,
      not pg_attribute.attnotnull and pg_class.relkind = 'r' as is_nullable,
      col_description(pg_class.oid, pg_attribute.attnum) as column_comment
    from pg_class
    join pg_attribute on pg_attribute.attrelid = pg_class.oid
    where pg_class.relnamespace = 'ab2d'::regnamespace
      and pg_class.relkind in ('r', 'v')
      and pg_attribute.attnum > 0
      and not pg_attribute.attisdropped
    order by pg_class.relname, pg_attribute.attnum`);
  const relations = [...new Set(columns.map(({ relation }) => relation))];
  const sections = relations.map((relation) => {
    const own = columns.filter((column) => column.relation === relation);
    const rows = own.map(
      ({ column_name, column_type, is_nullable, column_comment }) =>
        `| \`${column_name}\` | ${column_type}${is_nullable ? ", may be null" : ""} | ${column_comment.replaceAll("|", "\\|")} |`,
    );
    return [
      `## ab2d.${relation}`,
      own[0]!.relation_comment,
      ["| column | type | meaning |", "| --- | --- | --- |", ...rows].join("\n"),
    ].join("\n\n");
  });
  return `${[
    "# Data dictionary",
    "Made by `npm run docs` from the comments in the database (`comment on`); a test fails when it is out of date.",
    ...sections,
  ].join("\n\n")}\n`;
}
