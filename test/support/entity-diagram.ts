import type { FreshDatabase } from "./fresh-database.ts";

interface Table {
  readonly name: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly key: readonly string[];
}

interface Join {
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly sign: string;
}

/**
 * A mermaid diagram of the tables of schema ab2d: keys and join columns only. A table whose primary key is one column owns that column;
 * whichever other table has a column of that name joins it. A column in the keys of several tables that none owns joins these.
 */
export async function entityDiagram({ rows }: FreshDatabase): Promise<string> {
  const tables = await rows<Table>(`
    select
      relname::text as name,
      jsonb_object_agg(attname, replace(format_type(atttypid, null), ' ', '_') order by attnum) as columns,
      (
        select array_agg(key_column.attname::text order by array_position(indkey::int2[], key_column.attnum))
        from pg_index
        join pg_attribute as key_column on key_column.attrelid = indrelid and key_column.attnum = any (indkey::int2[])
        where indrelid = pg_class.oid and indisprimary
      ) as key
    from pg_class
    join pg_attribute on attrelid = pg_class.oid
    where relnamespace = 'ab2d'::regnamespace and relkind in ('r', 'p') and attnum > 0 and not attisdropped
    group by pg_class.oid, relname
    order by relname`);
  const joins = joinsOf(tables);
  const entities = tables.map(({ name, columns, key }) => {
    const foreign = new Set(
      joins.filter(({ to, sign }) => to === name && sign === OWNED).map(({ by }) => by),
    );
    const lines = [...new Set([...key, ...foreign])].map((column) => {
      const marks = [key.includes(column) ? "PK" : "", foreign.has(column) ? "FK" : ""].filter(Boolean);
      return `    ${columns[column]} ${column} ${marks.join(", ")}`;
    });
    return [`  ${name} {`, ...lines, "  }"].join("\n");
  });
  const lines = joins.map(({ from, to, by, sign }) => `  ${from} ${sign} ${to} : ${by}`);
  return ["```mermaid", "erDiagram", ...entities, ...lines, "```"].join("\n");
}

const OWNED = "||--o{";
const SHARED = "}o--o{";

function joinsOf(tables: readonly Table[]): readonly Join[] {
  const owners = new Map(tables.flatMap((table) => (table.key.length === 1 ? [[table.key[0]!, table]] : [])));
  const owned = tables.flatMap((table) =>
    [...owners].flatMap(([by, owner]): Join[] =>
      owner !== table && by in table.columns && !isCopied(table, by, owners)
        ? [{ from: owner.name, to: table.name, by, sign: OWNED }]
        : [],
    ),
  );
  const shared = tables.flatMap((table, index) =>
    tables
      .slice(index + 1)
      .flatMap((other) =>
        table.key
          .filter((by) => !owners.has(by) && other.key.includes(by) && !haveOwner(table, other, owners))
          .map((by): Join => ({ from: table.name, to: other.name, by, sign: SHARED })),
      ),
  );
  return [...owned, ...shared];
}

/** Whether a column only repeats what the table's owner by another column of its key says. */
function isCopied(table: Table, column: string, owners: ReadonlyMap<string, Table>): boolean {
  if (table.key.includes(column)) return false;
  return table.key.some((by) => {
    const owner = owners.get(by);
    return owner !== undefined && owner !== table && column in owner.columns;
  });
}

/** Whether two tables meet in an owner already, as the lines and diagnoses of a claim do. */
function haveOwner(table: Table, other: Table, owners: ReadonlyMap<string, Table>): boolean {
  return table.key.some((by) => owners.has(by) && other.key.includes(by));
}
