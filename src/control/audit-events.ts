import { hostname, userInfo } from "node:os";
import type { Transaction } from "../postgres/transaction.ts";
import { PROGRAM_VERSION } from "../version.ts";

export interface AuditEvent {
  readonly action: string;
  readonly contractNumber?: string;
  readonly runId?: number;
  /** Counts, ids of jobs, instants: never row text or a secret. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** Writes down what was done, by whom, where, and with which version of the program. */
export async function recordAuditEvent(event: AuditEvent, tx: Transaction): Promise<void> {
  await tx.db
    .insertInto("ab2d_etl.audit_event")
    .values({
      actor: actor(),
      host: hostname(),
      program_version: PROGRAM_VERSION,
      action: event.action,
      contract_number: event.contractNumber ?? null,
      run_id: event.runId ?? null,
      detail: JSON.stringify(event.detail ?? {}),
    })
    .execute();
}

function actor(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an account, as containers have: the number is all that is known.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
