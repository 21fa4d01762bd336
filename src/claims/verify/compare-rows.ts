import { copiedRows } from "./copied-rows.ts";

/** A row that is not what its EOB maps to. */
export interface RowDifference {
  readonly table: string;
  readonly eobId: string;
  readonly kind: "missing" | "extra" | "edited";
  /** The columns of an edited row that differ. */
  readonly columns: readonly string[];
}

export interface ComparedRows {
  readonly table: string;
  /** In the order of the fields; the first is eob_id. */
  readonly columns: readonly string[];
  /** How many of the first columns are the key. */
  readonly keyLength: number;
  /** Rows in binary COPY format, as they should be and as they are. */
  readonly wanted: Buffer;
  readonly found: Buffer;
}

/** What differs between rows as they should be and as they are, byte by byte as PostgreSQL writes their values. */
export function compareRows({ table, columns, keyLength, wanted, found }: ComparedRows): RowDifference[] {
  // By far most batches.
  if (wanted.equals(found)) return [];
  const left = new Map(copiedRows(found).map((row) => [keyOf(row, keyLength), row] as const));
  const differences: RowDifference[] = [];
  for (const row of copiedRows(wanted)) {
    const key = keyOf(row, keyLength);
    const eobId = row[0]!.toString("utf8");
    const held = left.get(key);
    left.delete(key);
    if (held === undefined) differences.push({ table, eobId, kind: "missing", columns: [] });
    else {
      const edited = columns.filter((_, field) => !isSame(row[field]!, held[field]!));
      if (edited.length > 0) differences.push({ table, eobId, kind: "edited", columns: edited });
    }
  }
  for (const row of left.values())
    differences.push({ table, eobId: row[0]!.toString("utf8"), kind: "extra", columns: [] });
  return differences;
}

function keyOf(row: readonly (Buffer | null)[], keyLength: number): string {
  return row
    .slice(0, keyLength)
    .map((field) => field?.toString("base64"))
    .join(" ");
}

function isSame(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}
