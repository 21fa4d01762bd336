import type { FreshDatabase } from "./fresh-database.ts";

/**
 * Everything that is a function of the lines received: every claims table and the stored EOBs without the columns that tell
 * when and from which file a row came.
 */
export async function claimsTables(
  database: FreshDatabase,
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const contents: Record<string, readonly unknown[]> = {};
  for (const [table, { omit, orderBy }] of Object.entries(TABLES)) {
    const rows = await database.rows<{ row: unknown }>(
      `select to_jsonb(t) ${omit.map((column) => `- '${column}'`).join(" ")} as row from ${table} as t order by ${orderBy}`,
    );
    contents[table] = rows.map(({ row }) => row);
  }
  return contents;
}

const TABLES: Readonly<Record<string, { readonly omit: readonly string[]; readonly orderBy: string }>> = {
  "ab2d.claim_version": { omit: ["first_seen_at", "superseded_at"], orderBy: "eob_id" },
  "ab2d.claim_line": { omit: [], orderBy: "eob_id, line_number" },
  "ab2d.claim_diagnosis": { omit: [], orderBy: "eob_id, diagnosis_number" },
  "ab2d.claim_procedure": { omit: [], orderBy: "eob_id, procedure_number" },
  "ab2d.claim_provider": { omit: [], orderBy: "eob_id, provider_number" },
  "ab2d.claim_contract": { omit: ["first_seen_at", "first_run_id"], orderBy: "eob_id, contract_number" },
  "ab2d.beneficiary": { omit: ["first_seen_at"], orderBy: "beneficiary_id" },
  "ab2d.beneficiary_identifier": { omit: ["first_seen_at"], orderBy: "beneficiary_id, mbi" },
  "ab2d_etl.eob": { omit: ["output_file_id", "line_number"], orderBy: "eob_id" },
};

/** The numbers of rows that an analyst sees. */
export async function rowCounts(database: FreshDatabase): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const table of [
    "claim",
    "claim_version",
    "claim_line",
    "claim_diagnosis",
    "claim_procedure",
    "claim_provider",
    "beneficiary",
  ]) {
    const [row] = await database.rows<{ count: number }>(`select count(*) as count from ab2d.${table}`);
    counts[table] = row!.count;
  }
  return counts;
}
