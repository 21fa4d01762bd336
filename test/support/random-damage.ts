import fc from "fast-check";
import type { FreshDatabase } from "./fresh-database.ts";

/** Every table with claims data: what somebody could damage. */
export const DAMAGED_TABLES = [
  "ab2d_etl.eob",
  "ab2d.claim_version",
  "ab2d.claim_line",
  "ab2d.claim_diagnosis",
  "ab2d.claim_procedure",
  "ab2d.claim_provider",
  "ab2d.claim_contract",
  "ab2d.beneficiary_identifier",
  "ab2d.patient",
  "ab2d.beneficiary_contract",
] as const;

export type DamagedTable = (typeof DAMAGED_TABLES)[number];

/** What is done to one row. */
export interface Damage {
  readonly table: DamagedTable;
  /** Picks the row. */
  readonly row: number;
  /** Picks the column that is edited; `null`: the row is deleted. */
  readonly column: number | null;
  /** Picks the new value. */
  readonly value: number;
}

/** `count` damages, the same for the same seed: each table as often as the others, a deletion in four. */
export function damages(seed: number, count: number): readonly Damage[] {
  const drawn = fc.sample(
    fc.noBias(
      fc.record({
        row: fc.nat({ max: 1_000_000 }),
        column: fc.oneof(
          { weight: 1, arbitrary: fc.constant(null) },
          { weight: 3, arbitrary: fc.nat({ max: 1_000_000 }) },
        ),
        value: fc.nat({ max: 1_000_000 }),
      }),
    ),
    { seed, numRuns: count },
  );
  return drawn.map((damage, index) => ({
    table: DAMAGED_TABLES[index % DAMAGED_TABLES.length]!,
    ...damage,
  }));
}

/** SQL for another value of a column's type. */
const OTHER_VALUES: Readonly<Record<string, readonly string[]>> = {
  text: [
    "COLUMN || 'x'",
    "coalesce(COLUMN, '') || '0'",
    "nullif(COLUMN, COLUMN)",
    "reverse(COLUMN) || '1'",
    "''",
  ],
  boolean: ["not COLUMN", "COLUMN is not true"],
  integer: ["COLUMN + 1", "coalesce(COLUMN, 0) + 7", "nullif(COLUMN, COLUMN)"],
  bigint: ["COLUMN + 1", "COLUMN - 1"],
  numeric: ["COLUMN + 0.01", "coalesce(COLUMN, 0) * 10 + 1", "nullif(COLUMN, COLUMN)"],
  date: ["COLUMN + 1", "coalesce(COLUMN, '2020-01-01') - 30", "nullif(COLUMN, COLUMN)"],
  "timestamp with time zone": [
    "COLUMN + interval '1 microsecond'",
    "coalesce(COLUMN, '2020-01-01') - interval '1 day'",
    "'-infinity'",
    "'infinity'",
    "nullif(COLUMN, COLUMN)",
  ],
  bytea: [
    "set_byte(COLUMN, 31, get_byte(COLUMN, 31) # 1)",
    "set_byte(COLUMN, 0, get_byte(COLUMN, 0) # 128)",
    "'\\x00'",
  ],
  "text[]": ["array_append(COLUMN, 'x')", "COLUMN[2:]"],
  "integer[]": ["array_append(COLUMN, 99)", "COLUMN[2:]"],
  // What is between the braces stays JSON: one more space, another digit, nothing at all.
  json: [
    "(COLUMN::text || ' ')::json",
    "regexp_replace(COLUMN::text, '([0-8])(?=[0-9]*\")', '9')::json",
    "replace(COLUMN::text, 'a', 'e')::json",
    "'{}'::json",
    "'null'::json",
  ],
};

/**
 * Damages a row. Returns what was done, and how to undo it; `undefined` where it changed nothing, or a constraint forbids it. The
 * copies in `saved_TABLE` have to be there ({@link saveTables}).
 */
export async function inflict(
  database: FreshDatabase,
  { table, row, column, value }: Damage,
): Promise<{ readonly what: string; undo(): Promise<void> } | undefined> {
  const columns = await database.rows<{ name: string; type: string }>(
    `select attname::text as name, format_type(atttypid, null) as type
    from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
  const [picked] = await database.rows<{ ctid: string }>(
    `select ctid::text as ctid from ${table} order by hashtext(ctid::text || $1) limit 1`,
    [String(row)],
  );
  let what = `delete from ${table}`;
  let changed = "";
  if (column !== null) {
    const { name, type } = columns[column % columns.length]!;
    const values = OTHER_VALUES[type]!;
    changed = values[value % values.length]!.replaceAll("COLUMN", name);
    what = `update ${table}: ${name} = ${changed}`;
    const [same] = await database.rows<{ same: boolean }>(
      `select (${changed})::text is not distinct from ${name}::text as same from ${table} where ctid = $1::tid`,
      [picked!.ctid],
    );
    if (same!.same) return undefined;
    try {
      await database.rows(`update ${table} set ${name} = ${changed} where ctid = $1::tid`, [picked!.ctid]);
    } catch (error) {
      // Class 23: a constraint forbids it.
      if ((error as { code?: string }).code?.startsWith("23")) return undefined;
      throw error;
    }
  } else {
    await database.rows(`delete from ${table} where ctid = $1::tid`, [picked!.ctid]);
  }
  return {
    what,
    async undo() {
      await database.rows(`delete from ${table}`);
      await database.rows(`insert into ${table} select * from ${savedName(table)}`);
    },
  };
}

/** Copies of all tables, from which {@link inflict} undoes a damage. */
export async function saveTables(database: FreshDatabase): Promise<void> {
  for (const table of DAMAGED_TABLES)
    await database.rows(`create table ${savedName(table)} as table ${table}`);
}

/** Everything as it was saved: tables and fingerprints. */
export async function restoreTables(database: FreshDatabase): Promise<void> {
  for (const table of DAMAGED_TABLES) {
    await database.rows(`delete from ${table}`);
    await database.rows(`insert into ${table} select * from ${savedName(table)}`);
  }
  await database.rows(
    `update ab2d_etl.fingerprint set fingerprint = now.fingerprint, accepted_at = null
    from ab2d_etl.recomputed_fingerprint as now where now.table_name = fingerprint.table_name`,
  );
}

function savedName(table: DamagedTable): string {
  return `public.saved_${table.slice(table.indexOf(".") + 1)}`;
}
