import { sql } from "kysely";
import type pg from "pg";
import type { RowDifference } from "../claims/verify/compare-rows.ts";
import { compareStored } from "../claims/verify/compare-stored.ts";
import { type Repair, repairClaims } from "../claims/verify/repair-claims.ts";
import { recordAuditEvent } from "../control/audit-events.ts";
import { keepRunsWaiting } from "../control/run-lock.ts";
import type { ContractNumber } from "../domain/contract-number.ts";
import { planByIndex } from "../postgres/plan-by-index.ts";
import { sqlFile } from "../postgres/sql-file.ts";
import { type Transaction, transaction } from "../postgres/transaction.ts";
import { CHECKS, type Check, DEEP_CHECKS } from "./verify-checks.ts";

export interface VerifyRequest {
  /** Map every stored EOB again and compare every column. */
  readonly deep: boolean;
}

export interface VerifyContext {
  readonly pool: pg.Pool;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** What a check found. */
export interface CheckResult extends Check {
  /** Rows of the check's result; 0: all is well. */
  readonly found: number;
  /** The file that shows the rows; `null` for what only `--deep` can find. */
  readonly file: string | null;
  /** Of a deep check: the rows by what is wrong with them, and the edited columns. Counts only. */
  readonly detail?: Readonly<Record<string, number>>;
}

/**
 * Checks that what was loaded is all there and as it was loaded. It reads one moment of the database: one transaction on a snapshot,
 * so that loads may go on meanwhile. Notes in the audit that it was done, and what came out.
 */
export async function verify(
  { deep }: VerifyRequest,
  { pool, signal }: VerifyContext,
): Promise<readonly CheckResult[]> {
  const results = await transaction(pool, async (tx) => {
    await tx.execute("set transaction isolation level repeatable read, read only");
    const found: CheckResult[] = [];
    for (const check of CHECKS) {
      signal.throwIfAborted();
      found.push({ ...check, file: `sql/checks/${check.name}.sql`, found: await countRows(check.name, tx) });
    }
    return deep ? [...found, ...(await deepResults(tx, signal))] : found;
  });
  const wrong = results.filter(({ found }) => found > 0);
  await transaction(pool, (tx) =>
    recordAuditEvent(
      { action: "verified", detail: { deep, found: wrong.map(({ name, found }) => `${name} ${found}`) } },
      tx,
    ),
  );
  return results;
}

async function countRows(name: string, tx: Transaction): Promise<number> {
  const { text } = sqlFile(`checks/${name}`);
  const rows = text.trimEnd().replace(/;$/, "");
  const counted = await sql<{
    count: number;
  }>`select count(*) as count from (${sql.raw(rows)}) as wrong`.execute(tx.db);
  return counted.rows[0]?.count ?? 0;
}

async function deepResults(tx: Transaction, signal: AbortSignal): Promise<CheckResult[]> {
  const details = new Map<string, Map<string, number>>();
  const counts = new Map<string, number>();
  await planByIndex(tx);
  for await (const { differences } of compareStored(tx)) {
    signal.throwIfAborted();
    for (const { table, kind, columns } of differences) {
      counts.set(table, (counts.get(table) ?? 0) + 1);
      const detail = details.get(table) ?? new Map<string, number>();
      details.set(table, detail);
      for (const what of namesOf(kind, columns)) detail.set(what, (detail.get(what) ?? 0) + 1);
    }
  }
  return Object.entries(DEEP_CHECKS).map(([table, check]) => ({
    ...check,
    name: `deep ${table.slice(table.indexOf(".") + 1)}`,
    file: null,
    found: counts.get(table) ?? 0,
    detail: Object.fromEntries(details.get(table) ?? []),
  }));
}

function namesOf(kind: RowDifference["kind"], columns: readonly string[]): readonly string[] {
  return kind === "edited" ? columns.map((column) => `edited ${column}`) : [kind];
}

/** What was repaired, and the tables whose rows were taken over as they are. */
export interface RepairResult extends Repair {
  readonly accepted: readonly string[];
}

/**
 * Derives anew what follows from the stored EOBs, in one transaction. Keeps all runs and loads away until it ends. Throws an EtlError
 * RUN_LOCKED (exit 75) when a run is at work.
 */
export function repair({ pool, signal }: VerifyContext): Promise<RepairResult> {
  return transaction(pool, async (tx) => {
    const contracts = await tx.db.selectFrom("ab2d.contract").select("contract_number").execute();
    await keepRunsWaiting(
      contracts.map(({ contract_number }) => contract_number as ContractNumber),
      tx,
    );
    const done = await repairClaims(tx);
    signal.throwIfAborted();
    const accepted = await tx.run<{ table_name: string }>("repair/accept_fingerprints");
    const result = { ...done, accepted: accepted.map(({ table_name }) => table_name).sort() };
    await recordAuditEvent({ action: "repaired", detail: { ...result } }, tx);
    return result;
  });
}
