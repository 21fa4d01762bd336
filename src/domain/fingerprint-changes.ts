/** The tables whose rows are added up in `ab2d_etl.fingerprint`. */
export type FingerprintedTable =
  | "ab2d_etl.eob"
  | "ab2d.claim_version"
  | "ab2d.claim_contract"
  | "ab2d.beneficiary_identifier"
  | "ab2d.patient";

/** What was added to the sum over the rows of each table, not yet reduced modulo 2^64. Tables without a change are left out. */
export type FingerprintChanges = Readonly<Partial<Record<FingerprintedTable, bigint>>>;

/** The changes of several steps together. */
export function addChanges(...steps: readonly FingerprintChanges[]): FingerprintChanges {
  const total: Partial<Record<FingerprintedTable, bigint>> = {};
  for (const changes of steps) {
    for (const [table, change] of Object.entries(changes) as [FingerprintedTable, bigint][])
      total[table] = (total[table] ?? 0n) + change;
  }
  return total;
}

const COLUMNS = {
  eob_change: "ab2d_etl.eob",
  version_change: "ab2d.claim_version",
  contract_change: "ab2d.claim_contract",
  identifier_change: "ab2d.beneficiary_identifier",
  patient_change: "ab2d.patient",
} as const satisfies Record<string, FingerprintedTable>;

/** The columns in which a statement tells what it adds to fingerprints: whole numbers of any size, as text. */
export type ChangeColumns = Readonly<Partial<Record<keyof typeof COLUMNS, string>>>;

/** The changes that rows of a statement tell, together. */
export function changesIn(rows: readonly ChangeColumns[]): FingerprintChanges {
  const total: Partial<Record<FingerprintedTable, bigint>> = {};
  for (const row of rows) {
    for (const [column, table] of Object.entries(COLUMNS) as [keyof ChangeColumns, FingerprintedTable][]) {
      const change = row[column];
      if (change !== undefined) total[table] = (total[table] ?? 0n) + BigInt(change);
    }
  }
  return total;
}
