import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EtlError, ExitCode, errorCode } from "../errors.ts";
import type { Transaction } from "./transaction.ts";

const FILE = new URL("../../sql/roles.sql", import.meta.url);

/** Whether analysts see rows of their own contracts only. */
export type RowLevelSecurity = "on" | "off";

/** What a database has of the roles of `sql/roles.sql`. */
export interface RolesState {
  /** Whether the schemas belong to `ab2d_owner`, as `sql/roles.sql` leaves them. */
  readonly are_granted: boolean;
  /** Whether something in them belongs to another role than the schemas do, as after a migration. */
  readonly has_additions: boolean;
  readonly row_level_security: RowLevelSecurity;
}

/**
 * Runs `sql/roles.sql` in the transaction: makes the roles that are missing, hands the schemas to `ab2d_owner`, sets all rights anew,
 * and turns row-level security on or off; `undefined` leaves that as it is. Returns how it is now. The schema must be up to date.
 *
 * Throws an EtlError ROLES_REFUSED (exit 77) when the role may not do it, ROLES_BUSY (exit 75) when the tables are in use.
 */
export async function grantRoles(
  tx: Transaction,
  rowLevelSecurity: RowLevelSecurity | undefined,
): Promise<RowLevelSecurity> {
  try {
    // Policies and owners change under a lock that excludes all readers: behind a long query others would queue up.
    await tx.execute("set local lock_timeout = '10s'");
    await tx.execute("select set_config('ab2d.row_level_security', $1, true)", [rowLevelSecurity ?? ""]);
    await tx.execute(readFileSync(fileURLToPath(FILE), "utf8"));
  } catch (error) {
    throw refusal(error) ?? error;
  }
  return (await rolesState(tx)).row_level_security;
}

/** What a migrated database has of the roles. Changes nothing. */
export async function rolesState(tx: Pick<Transaction, "run">): Promise<RolesState> {
  const [state] = await tx.run<RolesState>("control/roles_state");
  return state!;
}

function refusal(error: unknown): EtlError | undefined {
  const code = errorCode(error);
  // 0LP01: no admin option on one of the roles; 42501: no right to create roles, or the schemas are somebody else's.
  if (code === "42501" || code === "0LP01") {
    return new EtlError(`Cannot make the roles: this role lacks a right (${code})`, {
      code: "ROLES_REFUSED",
      exitCode: ExitCode.refused,
      hint: "Run it as superuser, or as a role that owns the ab2d schemas and may create roles; or let an administrator run sql/roles.sql in psql.",
    });
  }
  if (code === "55P03" || code === "40P01") {
    return new EtlError("Cannot make the roles: the tables are in use", {
      code: "ROLES_BUSY",
      exitCode: ExitCode.tryAgainLater,
      hint: "Nothing was changed. Run the same command again when no load and no long query runs.",
    });
  }
  return undefined;
}
