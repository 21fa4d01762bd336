import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { freshDatabase } from "../support/fresh-database.ts";

/** The tables of the loader's schema that no typed statement touches: staging, claims, fingerprints, and migrate's own. */
const NOT_LEDGER = [
  "eob",
  "family_order",
  "fingerprint",
  "migration",
  "newest_mbi",
  "recomputed_fingerprint",
  "staged_line",
  "staged_mbi",
  "touched_family",
];

interface Column {
  readonly isNullable: boolean;
  readonly hasDefault: boolean;
  readonly isString: boolean;
}

type Tables = Record<string, Record<string, Column>>;

/** The tables and columns of the type `Database`, read from its source text. */
function declaredTables(): Tables {
  const source = readFileSync(new URL("../../src/postgres/database.ts", import.meta.url), "utf8");
  const body = source.slice(source.indexOf("export interface Database {"));
  const tables: Tables = {};
  for (const [, table, members] of body.matchAll(/^ {2}"([a-z0-9_.]+)": \{\n([\s\S]*?)^ {2}\};/gm)) {
    tables[table!] = {};
    for (const [, column, type] of members!.matchAll(/^ {4}(\w+): (.+);$/gm)) {
      const selected = /^ColumnType<([^,]+),/.exec(type!)?.[1] ?? type!;
      tables[table!]![column!] = {
        isNullable: /null/i.test(selected) || type === "NullableTimestamp",
        hasDefault: /^Generated<|<Date, (never|Date \| undefined),/.test(type!),
        isString: /^(Generated<)?string\b/.test(selected),
      };
    }
  }
  return tables;
}

let catalog: Promise<Tables> | undefined;

/** The tables and columns of a migrated database; read once. */
function catalogTables(): Promise<Tables> {
  catalog ??= readCatalog();
  return catalog;
}

async function readCatalog(): Promise<Tables> {
  const { rows } = await freshDatabase();
  const columns = await rows<{
    table_name: string;
    column_name: string;
    is_nullable: boolean;
    has_default: boolean;
    type: string;
  }>(
    `select
       nspname || '.' || relname as table_name,
       attname as column_name,
       not attnotnull as is_nullable,
       atthasdef or attidentity <> '' as has_default,
       format_type(atttypid, atttypmod) as type
     from pg_attribute
     join pg_class on pg_class.oid = attrelid
     join pg_namespace on pg_namespace.oid = relnamespace
     where attnum > 0
       and not attisdropped
       and relkind in ('r', 'v')
       and (nspname = 'ab2d_etl' and relname <> all($1) or nspname = 'ab2d' and relname in ('contract', 'part_d_fill'))
     order by 1, attnum`,
    [NOT_LEDGER],
  );
  const tables: Tables = {};
  for (const { table_name, column_name, is_nullable, has_default, type } of columns) {
    tables[table_name] ??= {};
    tables[table_name][column_name] = {
      isNullable: is_nullable,
      hasDefault: has_default,
      isString: ["text", "uuid", "date"].includes(type),
    };
  }
  return tables;
}

function names(tables: Tables): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(tables).map(([table, columns]) => [table, Object.keys(columns).sort()]),
  );
}

describe("Database", () => {
  it("has the ledger's tables and columns, all of them and no others", async () => {
    const [declared, catalog] = [declaredTables(), await catalogTables()];
    expect(Object.keys(declared).length).toBeGreaterThan(7);
    expect(names(declared)).toEqual(names(catalog));
  });

  it("knows which columns may be null", async () => {
    const [declared, catalog] = [declaredTables(), await catalogTables()];
    for (const [table, columns] of Object.entries(catalog)) {
      for (const [column, { isNullable }] of Object.entries(columns)) {
        expect(declared[table]?.[column]?.isNullable, `${table}.${column}`).toBe(isNullable);
      }
    }
  });

  it("lets an insert leave out a column only where the table has a default or takes null", async () => {
    const [declared, catalog] = [declaredTables(), await catalogTables()];
    for (const [table, columns] of Object.entries(declared)) {
      for (const [column, { hasDefault }] of Object.entries(columns)) {
        if (hasDefault) expect(catalog[table]?.[column]?.hasDefault, `${table}.${column}`).toBe(true);
      }
    }
  });

  it("takes text for what the driver gives as text", async () => {
    const [declared, catalog] = [declaredTables(), await catalogTables()];
    for (const [table, columns] of Object.entries(catalog)) {
      for (const [column, { isString }] of Object.entries(columns)) {
        if (isString) expect(declared[table]?.[column]?.isString, `${table}.${column}`).toBe(true);
      }
    }
  });
});
