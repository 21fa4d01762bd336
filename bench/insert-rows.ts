// What is most often written: line by line with split2, JSON.parse, rows into multi-row `insert … on conflict` through kysely, a
// transaction a file. `node insert-rows.js CONTRACT FILE…` on the database of DATABASE_URL.
//
// It maps with the product's mapper, so that it has the same rows to write. It leaves out: which of two texts of an EOB is newer
// beyond lastUpdated, which version of a family is current (it takes the word of `status`), the order of MBIs, rejected lines (the
// first bad one ends it), counts and fingerprints, and it never tells what is unchanged before it has sent all of it.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import split2 from "split2";
import { mapEob } from "../src/claims/map-eob.ts";
import { parseEob } from "../src/claims/parse-eob.ts";
import type { Claim } from "../src/claims/read-news.ts";

/** Claims to an insert: PostgreSQL takes at most 65,535 parameters, and a claim can have 50 lines of 29 columns. */
const CLAIMS_AT_ONCE = 100;
const MOST_PARAMETERS = 65_535;

type Row = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: the tables' types are not what this is about.
type Anything = any;

interface Line {
  readonly text: string;
  readonly number: number;
  readonly claim: Claim;
}

const [contract = "", ...files] = process.argv.slice(2);
const db = new Kysely<Anything>({
  dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env["DATABASE_URL"] }) }),
});
for (const file of files) await db.transaction().execute((tx) => insertFile(file, tx));
await db.destroy();

async function insertFile(file: string, tx: Transaction<Anything>): Promise<void> {
  let batch: Line[] = [];
  let number = 0;
  for await (const text of createReadStream(file).pipe(split2()) as AsyncIterable<string>) {
    number += 1;
    const claim = mapEob(parseEob(text), { apiVersion: "v2" });
    if (claim.kind !== "claim") throw new Error(`line ${number} of ${file} is no claim`);
    batch.push({ text, number, claim });
    if (batch.length < CLAIMS_AT_ONCE) continue;
    await insertBatch(batch, tx);
    batch = [];
  }
  await insertBatch(batch, tx);
}

async function insertBatch(batch: readonly Line[], tx: Transaction<Anything>): Promise<void> {
  if (batch.length === 0) return;
  const headers = batch.map(({ claim }) => claim.header);
  const current = batch.filter(({ claim }) => claim.header.is_final).map(({ claim }) => claim.children);
  const isNewer = (table: string, column: string) =>
    sql<boolean>`${sql.ref(`excluded.${column}`)} > ${sql.ref(`${table}.${column}`)}`;
  await insert(tx, "ab2d_etl.eob", ["eob_id"], batch.map(eobRow), isNewer("eob", "ranked_at"));
  await insert(
    tx,
    "ab2d.claim_version",
    ["eob_id"],
    batch.map(versionRow),
    isNewer("claim_version", "last_updated"),
  );
  // A claim may have fewer rows than before.
  const ids = headers.map(({ eob_id }) => eob_id);
  for (const [table, number, rows] of [
    ["claim_line", "line_number", current.flatMap(({ lines }) => lines)],
    ["claim_diagnosis", "diagnosis_number", current.flatMap(({ diagnoses }) => diagnoses)],
    ["claim_procedure", "procedure_number", current.flatMap(({ procedures }) => procedures)],
    ["claim_provider", "provider_number", current.flatMap(({ providers }) => providers)],
  ] as const) {
    await tx.deleteFrom(`ab2d.${table}`).where("eob_id", "in", ids).execute();
    await insert(tx, `ab2d.${table}`, ["eob_id", number], rows);
  }
  await insert(
    tx,
    "ab2d.claim_contract",
    ["eob_id", "contract_number"],
    ids.map((eob_id) => ({ eob_id, contract_number: contract, first_run_id: 1 })),
  );
  await insertMembers(batch, tx);
}

async function insertMembers(batch: readonly Line[], tx: Transaction<Anything>): Promise<void> {
  const patients = new Map<string, Row>();
  const identifiers = new Map<string, Row>();
  const spans = new Map<string, { first: string | null; last: string | null }>();
  for (const { claim } of batch) {
    const { beneficiary_id, patient_id, source_system, service_from, service_to, is_final } = claim.header;
    const current_mbi = claim.mbis.find(({ currency }) => currency === "current")?.mbi ?? null;
    patients.set(beneficiary_id, { beneficiary_id, source_system, patient_id, current_mbi });
    for (const { mbi, currency } of claim.mbis) {
      const is_current = currency === "current";
      identifiers.set(`${beneficiary_id} ${mbi}`, {
        beneficiary_id,
        mbi,
        currency,
        is_current,
        exported_at: "-infinity",
      });
    }
    const span = spans.get(beneficiary_id) ?? { first: null, last: null };
    spans.set(beneficiary_id, span);
    if (!is_final) continue;
    if (span.first === null || service_from < span.first) span.first = service_from;
    if (span.last === null || service_to > span.last) span.last = service_to;
  }
  await insert(tx, "ab2d.patient", ["beneficiary_id"], [...patients.values()]);
  await insert(tx, "ab2d.beneficiary_identifier", ["beneficiary_id", "mbi"], [...identifiers.values()]);
  const rows = [...spans].map(([beneficiary_id, { first, last }]) => ({
    beneficiary_id,
    contract_number: contract,
    is_only_contract: true,
    first_service_date: first,
    last_service_date: last,
  }));
  await tx
    .insertInto("ab2d.beneficiary_contract")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["beneficiary_id", "contract_number"]).doUpdateSet({
        first_service_date: sql`least(beneficiary_contract.first_service_date, excluded.first_service_date)`,
        last_service_date: sql`greatest(beneficiary_contract.last_service_date, excluded.last_service_date)`,
      }),
    )
    .execute();
}

/** One or more statements of `insert … on conflict … do update`, each with as many rows as parameters allow. */
async function insert(
  tx: Transaction<Anything>,
  table: string,
  key: readonly string[],
  rows: readonly object[],
  condition?: ReturnType<typeof sql<boolean>>,
): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.keys(rows[0]!);
  const others = columns.filter((column) => !key.includes(column));
  const atOnce = Math.floor(MOST_PARAMETERS / columns.length);
  for (let from = 0; from < rows.length; from += atOnce) {
    await tx
      .insertInto(table)
      .values(rows.slice(from, from + atOnce) as Row[])
      .onConflict((conflict) => {
        const update = conflict
          .columns(key as string[])
          .doUpdateSet(Object.fromEntries(others.map((column) => [column, sql.ref(`excluded.${column}`)])));
        return condition === undefined ? update : update.where(condition);
      })
      .execute();
  }
}

function eobRow({ text, number, claim: { header, mbis } }: Line): Row {
  return {
    eob_id: header.eob_id,
    api_version: "v2",
    ranked_at: timestamp(header.last_updated) ?? "-infinity",
    exported_at: "-infinity",
    stamped_at: "-infinity",
    line_sha256: createHash("sha256").update(text).digest(),
    output_file_id: 1,
    line_number: number,
    mbis: mbis.map(({ mbi }) => mbi),
    mbi_currencies: mbis.map(({ currency }) => currency),
    resource: text,
  };
}

function versionRow({ text, claim: { header } }: Line): Row {
  return {
    ...header,
    last_updated: timestamp(header.last_updated),
    is_current: header.is_final,
    version_number: 1,
    content_sha256: createHash("sha256").update(text).digest(),
    first_seen_at: new Date(),
  };
}

/** Microseconds as a date; AB2D sends milliseconds. */
function timestamp(instant: bigint | null): Date | null {
  return instant === null ? null : new Date(Number(instant / 1000n));
}
