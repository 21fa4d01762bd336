import type pg from "pg";

/** The columns of a table, schema and name, that rows are written into: those that PostgreSQL works out itself are left out. */
export async function columnsOf(
  client: Pick<pg.ClientBase, "query">,
  table: string,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name
     from pg_attribute
     where attrelid = $1::regclass
       and attnum > 0
       and not attisdropped
       and attgenerated = ''
     order by attnum`,
    [table],
  );
  return rows.map(({ name }) => name);
}
