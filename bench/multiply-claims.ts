import type pg from "pg";
import { columnsOf } from "./columns-of.ts";

/** What a copy has in place of the original's value: ids of its own, and providers that some copies share. */
const COPIED: Readonly<Record<string, string>> = {
  eob_id: "eob_id || '-' || copy",
  claim_id: "claim_id || '-' || copy",
  claim_group_id: "claim_group_id || '-' || copy",
  claim_control_number: "claim_control_number || '-' || copy",
  claim_family_key: "claim_family_key || '-' || copy",
  beneficiary_id: "beneficiary_id || '-' || copy",
  patient_id: "patient_id || '-' || copy",
  mbi: "translate(upper(substr(md5(mbi || copy), 1, 1)), '0ABCDEF', '1234567') || upper(substr(md5(mbi || copy), 2, 10))",
  current_mbi:
    "translate(upper(substr(md5(current_mbi || copy), 1, 1)), '0ABCDEF', '1234567') || upper(substr(md5(current_mbi || copy), 2, 10))",
};

/** A practice has members of four copies. */
function copiedNpi(column: string): string {
  return `lpad(((${column}::bigint + copy / 4 * 1009) % 10000000000)::text, 10, '0')`;
}

const NPI = /(^|_)npi$/;

const TABLES = [
  "claim_version",
  "claim_line",
  "claim_diagnosis",
  "claim_procedure",
  "claim_provider",
  "claim_contract",
  "patient",
  "beneficiary_identifier",
  "beneficiary_contract",
];

/**
 * Adds `copies` copies of every person and claim in the database, under ids, MBIs and providers of their own. Every fiftieth
 * person's claims are then delivered to both contracts, as after a change of contract. The tables are vacuumed and analyzed.
 */
export async function multiplyClaims(
  pool: pg.Pool,
  { copies, contracts }: { readonly copies: number; readonly contracts: readonly [string, string] },
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("set synchronous_commit = off; set maintenance_work_mem = '256MB'; set jit = off");
    // Adding rows in the order of nothing to eight indexes takes several times as long as making them afterwards.
    const indexes = await takeIndexesAway(client);
    for (const table of TABLES) await copyRows(client, table, copies);
    await deliverToBoth(client, contracts);
    for (const index of indexes) await client.query(index);
    await client.query("vacuum analyze");
  } finally {
    client.release(true);
  }
}

async function copyRows(client: pg.PoolClient, table: string, copies: number): Promise<void> {
  const names = await columnsOf(client, `ab2d.${table}`);
  const values = names.map((name) => (NPI.test(name) ? copiedNpi(name) : (COPIED[name] ?? name)));
  await client.query(
    `insert into ab2d.${table} (${names.join(", ")})
     select ${values.join(", ")}
     from ab2d.${table}
     cross join generate_series(1, ${copies}) as copy`,
  );
}

/** Drops the indexes that hold no constraint of a table, and returns the statements that make them again. */
async function takeIndexesAway(client: pg.PoolClient): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
     from pg_index
     join pg_class on pg_class.oid = pg_index.indrelid
     where pg_class.relnamespace = 'ab2d'::regnamespace
       and pg_class.relname = any ($1)
       and not indisprimary
     order by 1`,
    [TABLES],
  );
  for (const { name } of rows) await client.query(`drop index ${name}`);
  return rows.map(({ definition }) => definition);
}

async function deliverToBoth(client: pg.PoolClient, contracts: readonly [string, string]): Promise<void> {
  await client.query(
    `create temp table moved as
     select beneficiary_id
     from ab2d.patient
     where abs(hashtext(beneficiary_id)) % 50 = 0`,
  );
  for (const contract of contracts) {
    await client.query(
      `insert into ab2d.claim_contract (eob_id, contract_number, first_run_id)
       select eob_id, $1, min(first_run_id)
       from moved
       join ab2d.claim_version using (beneficiary_id)
       join ab2d.claim_contract using (eob_id)
       group by eob_id
       on conflict do nothing`,
      [contract],
    );
    await client.query(
      `insert into ab2d.beneficiary_contract
         (beneficiary_id, contract_number, is_only_contract, first_service_date, last_service_date)
       select beneficiary_id, $1, false, min(first_service_date), max(last_service_date)
       from moved
       join ab2d.beneficiary_contract using (beneficiary_id)
       group by beneficiary_id
       on conflict do nothing`,
      [contract],
    );
  }
  await client.query(
    `update ab2d.beneficiary_contract
     set is_only_contract = false
     where is_only_contract
       and beneficiary_id in (select beneficiary_id from moved)`,
  );
}
