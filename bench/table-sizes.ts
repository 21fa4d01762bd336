import type pg from "pg";
import { CLAIM_TABLES, type ClaimTable } from "./claim-tables.ts";

/** What a table takes on disk, indexes and texts kept apart included. */
export interface TableSize {
  readonly table: ClaimTable;
  readonly rows: number;
  readonly bytes: number;
}

/** Measures the claim tables. */
export async function tableSizes(pool: pg.Pool): Promise<readonly TableSize[]> {
  const sizes: TableSize[] = [];
  for (const table of CLAIM_TABLES) {
    const { rows } = await pool.query<{ rows: number; bytes: number }>(
      `select count(*) as rows, pg_total_relation_size($1::regclass) as bytes from ${table}`,
      [table],
    );
    sizes.push({ table, ...rows[0]! });
  }
  return sizes;
}
