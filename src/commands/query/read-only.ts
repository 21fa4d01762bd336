import type pg from "pg";
import { asEtlError } from "../../as-etl-error.ts";
import { EtlError, ExitCode, sqlstate } from "../../errors.ts";
import { QUERY_SESSION } from "./query-session.ts";

/** A row's values as PostgreSQL writes them. */
export type Row = readonly (string | null)[];

/** What a statement returned. */
export interface Result {
  readonly fields: readonly Pick<pg.FieldDef, "name" | "dataTypeID">[];
  readonly rows: readonly Row[];
}

/** A statement for `readOnly`. */
export interface Statement {
  readonly sql: string;
  /** For `$1`, `$2` … */
  readonly values?: readonly string[];
  /** What to do when the statement is refused. */
  readonly hint: string;
}

/** Runs one statement that can't change anything. Stops when `signal` aborts. Throws an EtlError that quotes no row. */
export async function readOnly(
  { sql, values = [], hint }: Statement,
  { pool, signal }: { readonly pool: pg.Pool; readonly signal: AbortSignal },
): Promise<Result> {
  const client = await pool.connect();
  const cancel = (): void => {
    const { processID } = client as pg.PoolClient & { readonly processID: number };
    // If the server is gone there is nothing to cancel, and the statement fails by itself.
    pool.query("select pg_cancel_backend($1)", [processID]).catch(() => {});
  };
  signal.addEventListener("abort", cancel, { once: true });
  try {
    await client.query(QUERY_SESSION);
    await client.query("begin transaction read only");
    // The extended protocol takes one statement at a time.
    const statement = {
      text: sql,
      values: [...values],
      rowMode: "array",
      queryMode: "extended",
      types: { getTypeParser: () => String as never },
    } as const;
    const { fields, rows }: Result = await client.query<(string | null)[]>(statement);
    if (fields.length === 0) throw noRows(hint);
    return { fields, rows };
  } catch (error) {
    signal.throwIfAborted();
    throw queryError(error, hint);
  } finally {
    signal.removeEventListener("abort", cancel);
    // Closing the session ends its transaction.
    client.release(true);
  }
}

function noRows(hint: string): EtlError {
  return new EtlError("Cannot run the query: it returns no rows", {
    code: "USAGE",
    exitCode: ExitCode.usage,
    hint,
  });
}

/** SQLSTATE class 42 is about the statement itself, which the asker wrote; other messages can quote rows. */
function queryError(error: unknown, hint: string): EtlError {
  if (error instanceof EtlError) return error;
  const state = sqlstate(error);
  if (state === undefined) return asEtlError(error);
  const isReadOnly = state === "25006";
  const isAboutStatement = state.startsWith("42") && error instanceof Error;
  const reason = isReadOnly ? "query only reads" : isAboutStatement ? error.message : "PostgreSQL refused it";
  return new EtlError(`Cannot run the query: ${reason} (${state})`, {
    code: "QUERY_FAILED",
    exitCode: isReadOnly || isAboutStatement ? ExitCode.usage : ExitCode.unavailable,
    hint,
  });
}
