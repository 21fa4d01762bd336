import { entityDiagram } from "./entity-diagram.ts";
import type { FreshDatabase } from "./fresh-database.ts";

interface Column {
  readonly table_name: string;
  readonly table_description: string;
  readonly column_name: string;
  readonly data_type: string;
  readonly is_nullable: boolean | null;
  readonly description: string;
}

interface Described {
  readonly name: string;
  readonly description: string;
}

interface ReadBy {
  readonly view_name: string;
  readonly reads: readonly string[];
}

/** `docs/data-dictionary.md`, made from a migrated database: the view data_dictionary, and the catalog for what has no columns. */
export async function dataDictionary(database: FreshDatabase): Promise<string> {
  const columns = await database.rows<Column>(`
    select table_name, table_description, column_name, data_type, is_nullable, description
    from ab2d.data_dictionary
    order by table_name, ordinal_position`);
  const relations = [...new Set(columns.map(({ table_name }) => table_name))];
  return `${[
    "# Data dictionary",
    "Made by `npm run docs` from the comments in the database (`comment on`); a test fails when it is out of date. In the database the same is in the view `ab2d.data_dictionary`, one row per column, with code system, CCW and CCLF names and versions in columns of their own.",
    "## How the tables join",
    "Primary keys (PK) and the columns that tables join by (FK); there are no foreign key constraints. A line's label names the column. Claims tables carry `beneficiary_id` too.",
    await entityDiagram(database),
    "The views, and what each reads:",
    await viewsAndWhatTheyRead(database),
    ...relations.map((relation) => section(columns.filter(({ table_name }) => table_name === relation))),
    "## Functions",
    bullets(
      await database.rows<Described>(`
        select 'ab2d.' || proname || '(' || pg_get_function_identity_arguments(oid) || ')' as name, obj_description(oid, 'pg_proc') as description
        from pg_proc
        where pronamespace = 'ab2d'::regnamespace and prorettype <> 'trigger'::regtype
        order by 1`),
    ),
    "## Indexes and why they are there",
    "Beside those of the primary keys.",
    await indexes(database),
  ].join("\n\n")}\n`;
}

function section(columns: readonly Column[]): string {
  const { table_name, table_description } = columns[0]!;
  const rows = withoutRepetition(columns).map(
    ({ name, data_type, is_nullable, description }) =>
      `| ${name} | ${data_type}${is_nullable ? ", may be null" : ""} | ${cell(description)} |`,
  );
  return [
    `## ab2d.${table_name}`,
    table_description,
    ["| column | type | meaning |", "| --- | --- | --- |", ...rows].join("\n"),
  ].join("\n\n");
}

/** Columns that differ by a number at the end only, as one row: `diagnosis_code_1` … `diagnosis_code_25`. */
function withoutRepetition(columns: readonly Column[]): readonly (Column & { readonly name: string })[] {
  const stem = ({ column_name, description }: Column) => `${column_name.replace(/_\d+$/, "")} ${description}`;
  return columns.flatMap((column, index) => {
    const before = columns[index - 1];
    if (before && stem(before) === stem(column)) return [];
    const last = columns.findLast((other) => stem(other) === stem(column))!;
    const name =
      last === column ? `\`${column.column_name}\`` : `\`${column.column_name}\` … \`${last.column_name}\``;
    return [{ ...column, name }];
  });
}

async function viewsAndWhatTheyRead({ rows }: FreshDatabase): Promise<string> {
  const views = await rows<ReadBy>(`
    select
      view_class.relname::text as view_name,
      array_agg(distinct read_class.relname::text order by read_class.relname::text) as reads
    from pg_class as view_class
    join pg_rewrite on pg_rewrite.ev_class = view_class.oid
    join pg_depend on pg_depend.objid = pg_rewrite.oid and pg_depend.refclassid = 'pg_class'::regclass
    join pg_class as read_class on read_class.oid = pg_depend.refobjid
    where view_class.relnamespace = 'ab2d'::regnamespace
      and view_class.relkind = 'v'
      and read_class.relnamespace = 'ab2d'::regnamespace
      and read_class.oid <> view_class.oid
    group by view_class.relname
    order by 1`);
  const lines = views.map(
    ({ view_name, reads }) => `| \`${view_name}\` | ${reads.map((name) => `\`${name}\``).join(", ")} |`,
  );
  return ["| view | reads |", "| --- | --- |", ...lines].join("\n");
}

async function indexes({ rows }: FreshDatabase): Promise<string> {
  const made = await rows<Described & { readonly made_on: string }>(`
    select
      relname as name,
      regexp_replace(pg_get_indexdef(indexrelid), '^CREATE (UNIQUE )?INDEX \\S+ ON ab2d\\.(\\S+) USING btree ', '\\2 ') as made_on,
      obj_description(indexrelid, 'pg_class') as description
    from pg_index
    join pg_class on pg_class.oid = indexrelid
    where relnamespace = 'ab2d'::regnamespace and not indisprimary
    order by relname`);
  const lines = made.map(
    ({ name, made_on, description }) => `| \`${name}\` | ${cell(made_on)} | ${cell(description)} |`,
  );
  return ["| index | on | reason |", "| --- | --- | --- |", ...lines].join("\n");
}

function bullets(described: readonly Described[]): string {
  return described.map(({ name, description }) => `- \`${name}\`: ${description}`).join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
